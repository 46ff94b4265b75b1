"""Figures as the page shows them: each chart with its table, its population and its reservations."""

from collections.abc import Mapping
from datetime import date

from proxirh.enquiries.figures import Breakdown, Figures, Volume
from proxirh.ui import french
from proxirh.ui.charts import Chart, bar_chart

WITHHELD = "Trop peu de personnes derrière au moins une ligne : le tableau n’est pas montré, pour ne désigner personne."
APART = "Les lignes comptées à part n’entrent pas dans les pourcentages."
TOPICS = {
    "1": "projet professionnel",
    "2": "difficultés professionnelles",
    "3": "santé et qualité de vie au travail",
    "4": "aide aux dossiers",
    "5": "projet de formation",
    "6": "appui managérial (à part)",
    "7": "autre (à part)",
    "8": "question de gestion (à part)",
}
OUTCOMES = {
    "information": "information individuelle ou collective",
    "internal_referral": "orientation vers un interlocuteur de l’éducation nationale",
    "external_referral": "orientation vers un interlocuteur externe",
    "other": "autre suite (à part)",
}
FAMILIES = {
    "1d": "enseignants du premier degré",
    "2d": "enseignants du second degré et éducation",
    "biatss": "BIATSS",
    "encadrement": "encadrement",
}
CHANNELS = {
    "web": "site",
    "email": "e-mail",
    "phone": "téléphone",
    "permanence": "permanence",
    "letter": "courrier",
    "relay": "relais",
}
SEXES = {"F": "femmes", "M": "hommes", "unknown": "sans réponse (à part)"}
AGES = {
    "under_40": "moins de 40 ans",
    "40_49": "40 à 49 ans",
    "50_and_over": "50 ans et plus",
    "unknown": "sans réponse (à part)",
}


def breakdown_chart(
    title: str, table: Breakdown, labels: Mapping[str, str], *, header: str, unit: str, description: str
) -> Chart:
    """One breakdown, whole or withheld."""
    shown = table.counts is not None
    return bar_chart(
        title=title,
        rows=[(label, table.counts[key] if table.counts is not None else None) for key, label in labels.items()],
        shares=[table.share(key) for key in labels],
        label_header=header,
        value_header=unit,
        description=description,
        note=(APART if table.apart else "") if shown else WITHHELD,
    )


def _label(volume: Volume, day: date) -> str:
    if volume.grain == "month":
        return french.month(day)
    if volume.grain == "quarter":
        return f"trimestre de {french.month(day)}"
    return f"à partir de {french.month(day)}"


def volume_chart(volume: Volume, *, today: date) -> Chart:
    """Enquiries over time, as finely as may be shown, up to today."""
    coarse = {"quarter": "Regroupées par trimestre", "year": "Regroupées par année scolaire"}.get(volume.grain)
    if volume.counts is None:
        return bar_chart(title="Demandes reçues", rows=[("période", None)], label_header="Période", note=WITHHELD)
    return bar_chart(
        title="Demandes reçues",
        rows=[(_label(volume, day), n) for day, n in volume.counts.items() if day <= today],
        label_header="Période",
        value_header="Demandes",
        description="Comptées au jour où la personne a demandé.",
        note=f"{coarse} : certains mois ne comptent pas assez de personnes pour être montrés seuls." if coarse else "",
    )


def all_charts(figures: Figures, *, today: date) -> list[Chart]:
    """Every chart of the page, in reading order."""
    asked = "Toutes les demandes de la période"
    return [
        volume_chart(figures.volume, today=today),
        breakdown_chart(
            "De quoi il est question",
            figures.topics,
            TOPICS,
            header="Type de demande",
            unit="Demandes",
            description=f"{asked}, selon le type retenu au dernier codage.",
        ),
        breakdown_chart(
            "Suites données",
            figures.outcomes,
            OUTCOMES,
            header="Suite",
            unit="Demandes",
            description="Demandes terminées. Plusieurs suites peuvent valoir pour une même demande.",
        ),
        breakdown_chart(
            "Qui demande", figures.categories, FAMILIES, header="Catégorie", unit="Demandes", description=f"{asked}."
        ),
        breakdown_chart(
            "Par quel chemin", figures.channels, CHANNELS, header="Canal", unit="Demandes", description=f"{asked}."
        ),
        breakdown_chart(
            "Femmes et hommes",
            figures.sexes,
            SEXES,
            header="Sexe",
            unit="Demandes",
            description="Réponse facultative, donnée après l’envoi.",
        ),
        breakdown_chart(
            "Âge",
            figures.ages,
            AGES,
            header="Tranche d’âge",
            unit="Demandes",
            description="Réponse facultative, donnée après l’envoi.",
        ),
    ]
