"""Indicators of the network: who serves, published as they are and never crossed with sex or age (RULES §5)."""

from collections.abc import Callable, Iterable

from proxirh.steering.indicators.measures import counted, told
from proxirh.steering.indicators.shape import LAST_DAY, POSTINGS, Indicator, Material, Measure
from proxirh.steering.publication import Shown
from proxirh.steering.report import Measured, Value
from proxirh.territories.figures import Count, Network
from proxirh.territories.models import Location, Profile

FULL_TIME = "full-time equivalent"
SERVING = "Personnes dont une mission de conseil est ouverte."
ONCE = "Chaque personne une fois, d’après la mission qui prend le plus de son temps."


def _figure(read: Callable[[Network], float | None]) -> Measure:
    def measure(one: Indicator, material: Material) -> Measured:
        return Value(one.id, one.unit, read(material.network), material.network.counsellors)

    return measure


def _kinds(read: Callable[[Network], Iterable[Count]]) -> Measure:
    """Those whose kind is known: the others are in the number of counsellors alone."""

    def measure(one: Indicator, material: Material) -> Measured:
        found = {row.key: row.count for row in read(material.network)}
        return told(one, one.keys, found, Shown.WHOLE)

    return measure


def _coordinators(one: Indicator, material: Material) -> Measured:
    keys = {academy.slug: academy.name for academy in material.scope.academies}
    return told(one, keys, material.coordinators, Shown.WHOLE)


def _people(one: Indicator, material: Material) -> Measured:
    return counted(one, material.network.counsellors)


INDICATORS = (
    Indicator(
        id="counsellors.total",
        name="Conseillères et conseillers",
        definition="Personnes qui assurent une mission de conseil, chacune une fois, quel que soit leur profil.",
        formula="Nombre de personnes distinctes.",
        population=f"{SERVING} {LAST_DAY}",
        period_rule=LAST_DAY,
        unit="person",
        unit_label="Personnes",
        source=POSTINGS,
        section="profiles",
        measure=_people,
    ),
    Indicator(
        id="counsellors.by_profile",
        name="Profil des conseillers",
        definition="Le métier d’où viennent les conseillers. Un profil non renseigné n’est dans aucune ligne\u00a0: "
        "la somme peut être plus petite que le nombre de conseillers.",
        formula=f"Nombre de personnes par profil. {ONCE}",
        population=f"{SERVING} {LAST_DAY}",
        period_rule=LAST_DAY,
        unit="person",
        unit_label="Personnes",
        source=POSTINGS,
        section="profiles",
        keys={str(key): str(label) for key, label in Profile.choices},
        measure=_kinds(lambda network: network.by_profile),
    ),
    Indicator(
        id="counsellors.fte",
        name="Équivalents temps plein",
        definition="Le temps consacré au conseil, toutes missions ajoutées.",
        formula="Somme des quotités des missions, divisée par 100.",
        population=f"{SERVING} {LAST_DAY}",
        period_rule=LAST_DAY,
        unit=FULL_TIME,
        unit_label="Équivalents temps plein",
        source=POSTINGS,
        section="working_share",
        decimals=1,
        measure=_figure(lambda network: network.fte),
    ),
    Indicator(
        id="counsellors.mean_working_share",
        name="Quotité moyenne",
        definition="La part de son temps qu’une personne consacre en moyenne au conseil.",
        formula="100 × équivalents temps plein ÷ nombre de personnes.",
        population=f"{SERVING} {LAST_DAY}",
        period_rule=LAST_DAY,
        unit="percent",
        unit_label="%",
        source=POSTINGS,
        section="working_share",
        measure=_figure(lambda network: network.mean_working_share),
    ),
    Indicator(
        id="counsellors.by_location",
        name="Implantation des conseillers",
        definition="Le lieu où les conseillers exercent. Une implantation non renseignée n’est dans aucune ligne.",
        formula=f"Nombre de personnes par implantation. {ONCE}",
        population=f"{SERVING} {LAST_DAY}",
        period_rule=LAST_DAY,
        unit="person",
        unit_label="Personnes",
        source=POSTINGS,
        section="locations",
        keys={str(key): str(label) for key, label in Location.choices},
        measure=_kinds(lambda network: network.by_location),
    ),
    Indicator(
        id="coordinators.by_academy",
        name="Coordonnateurs par académie",
        definition="Personnes qui coordonnent le réseau d’une académie. Qui en coordonne deux compte dans les deux.",
        formula="Nombre de personnes distinctes par académie.",
        population=f"Personnes dont une mission de coordination est ouverte. {LAST_DAY}",
        period_rule=LAST_DAY,
        unit="person",
        unit_label="Personnes",
        source=POSTINGS,
        section="locations",
        rows="chaque académie du périmètre",
        measure=_coordinators,
    ),
)
