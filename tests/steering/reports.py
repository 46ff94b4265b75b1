"""Reports made by hand: the founding figures, and one whose small numbers were held back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from proxirh.enquiries.figures import Period
from proxirh.steering.report import NONE, PUBLISHED, Breakdown, Measured, Report, Row, Value
from proxirh.territories.figures import Scope

# A number found nowhere else, told to be suppressed while it still stands in the row.
SECRET = 7919


@dataclass(frozen=True)
class Named:
    """What a test says of an indicator."""

    name: str
    unit_label: str
    section: str
    decimals: int = 0
    definition: str = "Ce qui est compté, une fois par demande."
    population: str = "Demandes reçues dans la période."


NAMES = {
    "counsellors.total": Named("Conseillers", "Personnes", "profiles"),
    "counsellors.by_profile": Named("Profil des conseillers", "Personnes", "profiles"),
    "counsellors.fte": Named("Équivalents temps plein", "Équivalents temps plein", "working_share", 1),
    "counsellors.mean_working_share": Named("Quotité moyenne", "%", "working_share"),
    "counsellors.by_location": Named("Implantation", "Personnes", "locations"),
    "requesters.by_category": Named("Catégorie", "Demandes", "requesters"),
    "requesters.by_sex": Named("Femmes et hommes", "Demandes", "requesters"),
    "requesters.by_age": Named("Âge", "Demandes", "requesters"),
    "enquiries.by_topic": Named("Type de demande", "Demandes", "topics"),
    "enquiries.by_channel": Named("Canal", "Demandes", "topics"),
    "enquiries.by_month": Named("Demandes par mois", "Demandes", "topics"),
    "outcomes.by_family": Named("Suites données", "Demandes", "outcomes"),
    "delays.first_answer_median_working_days": Named("Délai de première réponse", "Jours ouvrés", "delays"),
    "satisfaction.mean": Named("Satisfaction moyenne", "Note de 1 à 5", "satisfaction", 1),
}


def describe(name: str) -> Named:
    """What is said of one indicator."""
    return NAMES[name]


def breakdown(name: str, rows: Sequence[tuple[str, str, int]], apart: Sequence[str] = ()) -> Breakdown:
    """Counts with their shares of the rows that are not apart."""
    base = sum(count for key, _, count in rows if key not in apart)
    return Breakdown(
        name,
        "enquiry",
        sum(count for _, _, count in rows),
        tuple(
            Row(key, label, count, count / base if key not in apart and base else None) for key, label, count in rows
        ),
    )


MONTHS = ("sept.", "oct.", "nov.", "déc.", "janv.", "févr.", "mars", "avril", "mai", "juin", "juill.", "août")
# Topics whose rounded shares sum to 101 %, as on the founding slides.
MEASURED: tuple[Measured, ...] = (
    Value("counsellors.total", "person", 311, 311),
    breakdown(
        "counsellors.by_profile",
        [
            ("administratif", "Administratifs, adjoints gestionnaires compris", 197),
            ("contractuel", "Contractuels, psychologues compris", 32),
            ("enseignant", "Enseignants et personnels d’éducation", 50),
            ("encadrement", "Personnels d’encadrement", 31),
        ],
    ),
    Value("counsellors.fte", "full-time equivalent", 174.2, 311),
    Value("counsellors.mean_working_share", "percent", 56.0129, 311),
    breakdown(
        "counsellors.by_location",
        [
            ("etablissement", "Établissement ou circonscription", 149),
            ("dsden", "DSDEN", 100),
            ("rectorat", "Rectorat", 56),
            ("autre", "Autre (CIO, université, GRETA)", 6),
        ],
    ),
    breakdown(
        "requesters.by_category",
        [
            ("1d", "Enseignants du premier degré", 76_012),
            ("2d", "Enseignants du second degré et éducation", 84_013),
            ("biatss", "BIATSS", 32_014),
            ("encadrement", "Encadrement", 8_015),
        ],
    ),
    breakdown(
        "requesters.by_sex",
        [("F", "Femmes", 140_216), ("M", "Hommes", 35_017), ("unknown", "Sans réponse (à part)", 24_821)],
        ["unknown"],
    ),
    breakdown(
        "requesters.by_age",
        [
            ("under_40", "Moins de 40 ans", 59_518),
            ("40_49", "40 à 49 ans", 68_319),
            ("50_and_over", "50 ans et plus", 47_220),
            ("unknown", "Sans réponse", 24_997),
        ],
        ["unknown"],
    ),
    breakdown(
        "enquiries.by_topic",
        [
            ("1", "Projet professionnel", 67_450),
            ("2", "Difficultés professionnelles", 28_900),
            ("3", "Santé et qualité de vie au travail", 27_301),
            ("4", "Aide aux dossiers", 25_580),
            ("5", "Projet de formation", 24_102),
            ("6", "Appui managérial", 6_103),
            ("7", "Autre", 9_604),
            ("8", "Question de gestion", 11_014),
        ],
        ["6", "7", "8"],
    ),
    breakdown(
        "enquiries.by_channel",
        [
            ("web", "Site", 120_301),
            ("email", "E-mail", 50_302),
            ("phone", "Téléphone", 20_303),
            ("permanence", "Permanence", 9_148),
            ("letter", "Courrier", 0),
            ("relay", "Relais", 0),
        ],
    ),
    breakdown(
        "enquiries.by_month",
        [
            (f"{2019 + (i > 3)}-{(i + 8) % 12 + 1:02}", f"{name} {2019 + (i > 3)}", 12_003 + 811 * i)
            for i, name in enumerate(MONTHS)
        ],
    ),
    breakdown(
        "outcomes.by_family",
        [
            ("information", "Information individuelle ou collective", 121_405),
            ("internal_referral", "Orientation vers un interlocuteur de l’éducation nationale", 48_906),
            ("external_referral", "Orientation vers un interlocuteur externe", 10_907),
            ("other", "Autre suite", 18_836),
        ],
        ["other"],
    ),
    Value("delays.first_answer_median_working_days", "working day", 2, 187_654),
    Value("satisfaction.mean", "score", 4.2345, 23_456),
)
SCHOOL_YEAR = Period(date(2019, 9, 1), date(2020, 9, 1))
MADE = datetime(2020, 10, 8, 7, 30, 15, tzinfo=UTC)


def founding(disclosure: str = PUBLISHED) -> Report:
    """The country over its first school year."""
    return Report(Scope("national", "France"), SCHOOL_YEAR, disclosure, MADE, MEASURED)


def held_back() -> Report:
    """A small département: a table, rows apart and a mean are suppressed, with their numbers left inside."""
    suppressed = Breakdown(
        "requesters.by_category",
        "enquiry",
        None,
        tuple(
            Row(key, label, SECRET, 0.7919, suppressed=True)
            for key, label in (("1d", "Premier degré"), ("2d", "Second degré"))
        ),
    )
    merged = Breakdown(
        "enquiries.by_topic",
        "enquiry",
        251,
        (
            Row("1", "Projet professionnel", 121, 0.55),
            Row("2", "Difficultés professionnelles", 99, 0.45),
            Row("6", "Appui managérial", SECRET, None, suppressed=True),
            Row("7", "Autre", SECRET, None, suppressed=True),
        ),
    )
    mean = Value("satisfaction.mean", "score", float(SECRET), SECRET, suppressed=True)
    return Report(Scope("departement:15", "Cantal"), SCHOOL_YEAR, PUBLISHED, MADE, (suppressed, merged, mean))


def empty() -> Report:
    """A place where nobody asked: zeros, and means of nothing."""
    rows = [("1", "Projet professionnel", 0), ("2", "Difficultés professionnelles", 0)]
    return Report(
        Scope("academie:aix-marseille", "Aix-Marseille"),
        Period(date(2026, 10, 1), date(2026, 11, 1)),
        NONE,
        MADE,
        (breakdown("enquiries.by_topic", rows), Value("satisfaction.mean", "score", None, 0)),
    )
