"""Figures as the page shows them: each chart with its table, its population and its reservations."""

from collections.abc import Mapping, Sequence

from proxirh.enquiries.figures import APART as APART_KEY
from proxirh.enquiries.figures import Breakdown, Figures
from proxirh.steering import periods
from proxirh.steering.indicators import describe
from proxirh.territories.figures import UNKNOWN, Count, Network, PlaceCount
from proxirh.territories.services.network import Serving
from proxirh.ui import french
from proxirh.ui.charts import Chart, bar_chart
from proxirh.ui.components import Table

WITHHELD = (
    "Données insuffisantes : trop peu de personnes derrière au moins une ligne. "
    "Le tableau n’est pas montré, pour ne désigner personne."
)
GROUPED = "Les mois qui comptent trop peu de personnes pour être montrés seuls sont regroupés."
RECEIVED = "Demandes reçues"
OPTIONAL = " Réponse facultative, donnée après l’envoi."
APART = "Les lignes comptées à part n’entrent pas dans les pourcentages."


def labels_of(name: str) -> dict[str, str]:
    """Labels of the rows of an indicator, those apart told as such, one by one and in one."""
    one = describe(name)
    apart = ", ".join(one.keys[key] for key in one.apart)
    return {
        **{key: f"{label} (à part)" if key in one.apart else label for key, label in one.keys.items()},
        **({APART_KEY: f"{apart} (à part)"} if apart else {}),
    }


TOPICS, OUTCOMES = labels_of("enquiries.by_topic"), labels_of("outcomes.by_family")
FAMILIES, CHANNELS = labels_of("requesters.by_category"), labels_of("enquiries.by_channel")
SEXES, AGES = labels_of("requesters.by_sex"), labels_of("requesters.by_age")


def breakdown_chart(
    title: str,
    table: Breakdown,
    labels: Mapping[str, str],
    *,
    header: str,
    description: str,
    counted: str = "Demandes",
) -> Chart:
    """One breakdown, whole or withheld."""
    counts = table.counts or {}
    return bar_chart(
        title=title,
        rows=[(labels[key], n) for key, n in counts.items()],
        shares=[table.share(key) for key in counts],
        label_header=header,
        value_header=counted,
        description=description,
        note=WITHHELD if table.counts is None else "",
    )


def volume_chart(figures: Figures) -> Chart:
    """Enquiries over time, as finely as may be shown."""
    reach = periods.reach(figures.covered, figures.period) or "sur toute la période"
    grouped = any(len(step.months()) > 1 for step in figures.volume)
    return bar_chart(
        title="Demandes reçues",
        rows=[(periods.named(step), n) for step, n in figures.volume.items()],
        label_header="Période",
        value_header="Demandes",
        description=f"{RECEIVED} {reach}, comptées au jour où la personne a demandé." if figures.volume else "",
        note=WITHHELD if not figures.volume else GROUPED if grouped else "",
    )


def all_charts(figures: Figures) -> list[Chart]:
    """Every chart of the page, in reading order; each says where it stops."""

    def one(
        title: str, table: Breakdown, labels: Mapping[str, str], header: str, *, who: str = RECEIVED, more=""
    ) -> Chart:
        reach = periods.reach(table.covered, figures.period) or "sur toute la période"
        said = f"{who} {reach}.{more}" if table.covered else ""
        return breakdown_chart(title, table, labels, header=header, description=said)

    return [
        volume_chart(figures),
        one(
            "De quoi il est question", figures.topics, TOPICS, "Type de demande", more=" Type retenu au dernier codage."
        ),
        one(
            "Suites données",
            figures.outcomes,
            OUTCOMES,
            "Suite",
            who="Demandes terminées, parmi celles reçues",
            more=" Plusieurs suites peuvent valoir pour une même demande.",
        ),
        one("Qui demande", figures.categories, FAMILIES, "Catégorie"),
        one("Par quel chemin", figures.channels, CHANNELS, "Canal"),
        one("Femmes et hommes", figures.sexes, SEXES, "Sexe", more=OPTIONAL),
        one("Âge", figures.ages, AGES, "Tranche d’âge", more=OPTIONAL),
    ]


def quick_charts(figures: Figures) -> list[Chart]:
    """Quick exchanges, with the same keys as the enquiries and never with them."""

    def one(title: str, table: Breakdown, labels: Mapping[str, str], header: str) -> Chart:
        reach = periods.reach(table.covered, figures.period) or "sur toute la période"
        said = f"Échanges éclair notés {reach}." if table.covered else ""
        return breakdown_chart(title, table, labels, header=header, description=said, counted="Échanges")

    return [
        one("De quoi il était question", figures.quick.topics, TOPICS, "Type de demande"),
        one("Qui a posé la question", figures.quick.categories, FAMILIES, "Catégorie"),
        one("Suites données sur place", figures.quick.outcomes, OUTCOMES, "Suite"),
    ]


COUNSELLORS = "Personnes"
MAIN_MISSION = "Chaque personne est comptée une fois, d’après la mission qui prend le plus de son temps."


def network_charts(network: Network) -> list[Chart]:
    """Who the counsellors are, in the order of the founding slides; then where, by the next places below."""
    places = (
        ("Par région académique", "Région", network.by_region),
        ("Par département", "Département", network.by_department),
    )
    charts = [
        _kinds("Profil", network.by_profile, MAIN_MISSION),
        _kinds("Quotité", network.by_working_share, "Part du temps de chaque personne, toutes ses missions ajoutées."),
        _kinds("Implantation", network.by_location, MAIN_MISSION),
        *(_places(title, header, found) for title, header, found in places if len(found) > 1),
    ]
    return charts if network.by_region else [*charts, *academy_charts(network)]


def academy_charts(network: Network) -> list[Chart]:
    """The académies of a scope, when there are several; those of the country have a page of their own."""
    return [_places("Par académie", "Académie", network.by_academy)] if len(network.by_academy) > 1 else []


def _kinds(title: str, rows: Sequence[Count], description: str) -> Chart:
    shown = [row for row in rows if row.count or row.key != UNKNOWN]
    apart = any(row.key == UNKNOWN for row in shown)
    return bar_chart(
        title=title,
        rows=[(row.label, row.count) for row in shown],
        shares=[row.share for row in shown],
        label_header=title,
        value_header=COUNSELLORS,
        description=description,
        note=APART if apart else "",
    )


def _places(title: str, header: str, places: Sequence[PlaceCount]) -> Chart:
    """Counsellors by place, with the full-time equivalent in the table."""
    return bar_chart(
        title=title,
        rows=[(place.label, place.counsellors) for place in places],
        column=("Temps plein", [french.number(place.fte, 1) for place in places]),
        label_header=header,
        value_header=COUNSELLORS,
        description="Qui sert en deux endroits compte dans les deux. Temps plein\u00a0: quotités ajoutées.",
    )


def serving_table(people: Sequence[Serving]) -> Table:
    """The list of a day, by name."""
    return Table(
        caption="Missions de conseil ce jour-là",
        header=("Nom", "Équipe", "Implantation", "Quotité", "Depuis le", "Jusqu’au"),
        rows=[
            (
                one.name or "nom à compléter",
                one.team or "—",
                ", ".join(part for part in (one.location, one.site) if part) or "—",
                f"{one.working_share} %",
                french.plain_day(one.valid_from),
                french.plain_day(one.valid_until) if one.valid_until else "—",
            )
            for one in people
        ],
        row_headers=True,
        numeric=frozenset({3}),
    )
