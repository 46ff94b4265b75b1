"""The ministry's calendar of school holidays: read as it is published, its traps included."""

from datetime import date
from pathlib import Path

import pytest

from proxirh.kernel.models import JournalEntry
from proxirh.territories.models import Academy, Department, SchoolHoliday
from tests.territories.conftest import Outcome, Run, tally

pytestmark = pytest.mark.django_db
HEADER = "description;population;start_date;end_date;location;zones;annee_scolaire"
CHRISTMAS = "Vacances de Noël;-;2026-12-18T23:00:00+00:00;2027-01-03T23:00:00+00:00;Lyon;Zone A;2026-2027"
SUMMER = "Vacances d'Été;{};2026-07-03T22:00:00+00:00;{}T22:00:00+00:00;Lyon;Zone A;2025-2026"


@pytest.fixture
def load(run: Run, tmp_path: Path):
    """Import rows, for good unless told otherwise."""

    def command(*rows: str, header: str = HEADER, options: tuple[str, ...] = ("--apply",), codec: str = "utf-8"):
        path = tmp_path / "calendrier.csv"
        path.write_bytes("\n".join([header, *rows]).encode(codec))
        return run("import_school_calendar", path, *options)

    return command


def days(**where) -> list[tuple[date, date]]:
    return list(SchoolHoliday.objects.filter(**where).values_list("valid_from", "valid_until"))


def test_a_dry_run_counts_and_writes_nothing(load) -> None:
    outcome: Outcome = load(CHRISTMAS, options=())
    assert (outcome.code, outcome.tally, outcome.errors) == (0, tally(added=1), "")
    assert not SchoolHoliday.objects.exists()


def test_days_are_those_of_paris_and_end_before_school_resumes(load) -> None:
    """Mutation: take the date in UTC, or keep the day when school resumes."""
    assert load(CHRISTMAS).tally == tally(added=1)
    found = SchoolHoliday.objects.get()
    assert (found.academy.slug, found.department, found.name, found.population) == (
        "lyon",
        None,
        "Vacances de Noël",
        "",
    )
    assert (found.valid_from, found.valid_until) == (date(2026, 12, 19), date(2027, 1, 3))
    assert JournalEntry.objects.get(verb="calendrier.importé").details["added"] == 1


@pytest.mark.parametrize("start", ["2026-12-19T00:00:00+01:00", "2026-12-18T23:00:00Z", "2026-12-19"])
def test_a_moment_says_its_zone_or_is_a_plain_day(load, start: str) -> None:
    load(CHRISTMAS.replace("2026-12-18T23:00:00+00:00", start))
    assert days() == [(date(2026, 12, 19), date(2027, 1, 3))]


def test_overseas_days_are_midnight_in_paris_too(load) -> None:
    """Mutation: convert to the time zone of the département."""
    load(
        "Vacances d'Été austral;-;2025-12-18T23:00:00+00:00;2026-01-20T23:00:00+00:00;Réunion;Réunion;2025-2026",
        "Vacances de Noël;-;2025-12-19T23:00:00+00:00;2026-01-04T23:00:00+00:00;Guadeloupe;Guadeloupe;2025-2026",
    )
    assert days(academy__slug="la-reunion") == [(date(2025, 12, 19), date(2026, 1, 20))]
    assert days(academy__slug="guadeloupe") == [(date(2025, 12, 20), date(2026, 1, 4))]


def test_a_calendar_of_its_own_holds_in_its_departement_only(load) -> None:
    """Mutation: give Saint-Pierre-et-Miquelon’s to the whole académie of Normandie."""
    row = "Vacances de Noël;-;2024-12-19T23:00:00+00:00;2025-01-05T23:00:00+00:00;{0};{0};2024-2025"
    week = "Semaine en mai;{};2025-05-29T22:00:00+00:00;2025-05-30T22:00:00+00:00;Guadeloupe;Guadeloupe;2024-2025"
    load(row.format("Saint Pierre et Miquelon"), week.format("Saint Martin"), week.format("Saint-Barthélemy"))
    assert set(SchoolHoliday.objects.values_list("academy__slug", "department__code")) == {
        ("normandie", "975"),
        ("guadeloupe", "978"),
        ("guadeloupe", "977"),
    }
    assert not Academy.objects.get(slug="normandie").school_holidays.filter(department=None).exists()
    assert Department.objects.get(code="975").academy.slug == "normandie"


def test_one_day_whose_two_dates_are_the_same_is_one_day(load) -> None:
    """Mutation: always take a day off the end."""
    load("Pont de l'Ascension;-;2027-05-06T22:00:00+00:00;2027-05-06T22:00:00+00:00;Paris;Zone C;2026-2027")
    assert days() == [(date(2027, 5, 7), date(2027, 5, 7))]


def test_pupils_and_teachers_have_each_their_row(load) -> None:
    load(SUMMER.format("Élèves", "2026-08-31"), SUMMER.format("Enseignants", "2026-08-30"))
    assert set(SchoolHoliday.objects.values_list("population", "valid_until")) == {
        ("Élèves", date(2026, 8, 31)),
        ("Enseignants", date(2026, 8, 30)),
    }
    assert "’" in SchoolHoliday.objects.first().name


def test_what_is_not_ours_or_has_no_end_is_ignored(load) -> None:
    pacific = CHRISTMAS.replace("Lyon", "{}")
    outcome = load(
        *(pacific.format(place) for place in ("Polynésie", "Nouvelle Calédonie", "Wallis et Futuna", "Caen", "Rouen")),
        "Début des Vacances d'Été;-;2027-07-02T22:00:00+00:00;2027-07-02T22:00:00+00:00;Lyon;Zone A;2026-2027",
        CHRISTMAS,
        CHRISTMAS,
    )
    assert (outcome.code, outcome.tally) == (0, tally(added=1, ignored=7))


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (CHRISTMAS.replace("Lyon", "Atlantide"), "location"),
        (CHRISTMAS.replace("Lyon", ""), "location"),
        (CHRISTMAS.replace("2027-01-03", "2026-11-03"), "end_date"),
        (CHRISTMAS.replace("2027-01-03", "2027-11-03"), "end_date"),
        (CHRISTMAS.replace("2027-01-03T23:00:00+00:00", ""), "end_date"),
        (CHRISTMAS.replace("2026-12-18T23:00:00+00:00", "le 19 décembre"), "start_date"),
        (CHRISTMAS.replace("2026-12-18T23:00:00+00:00", "2026-12-18T23:00:00"), "start_date"),
        (CHRISTMAS.replace("2026-12-18T23:00:00+00:00", "9999-12-31T23:59:59-23:59"), "start_date"),
        (CHRISTMAS.replace("2026-2027", "2027"), "annee_scolaire"),
        (CHRISTMAS.replace("Vacances de Noël", ""), "description"),
        (CHRISTMAS.replace("Vacances de Noël", "x" * 81), "description"),
        (CHRISTMAS + ";de trop", "colonnes"),
    ],
)
def test_a_wrong_row_is_refused_with_its_line_and_nothing_is_written(load, row: str, column: str) -> None:
    outcome = load(CHRISTMAS.replace("Lyon", "Dijon"), row)
    assert (outcome.code, outcome.refusals, outcome.tally) == (1, [(3, column)], tally(added=1, refused=1))
    assert not SchoolHoliday.objects.exists()
    assert load(CHRISTMAS.replace("Lyon", "Dijon"), row, options=("--apply", "--skip-refused")).code == 1
    assert SchoolHoliday.objects.count() == 1


def test_twice_is_unchanged_and_a_moved_date_is_changed(load) -> None:
    """Mutation: compare with nothing that the database holds."""
    other = CHRISTMAS.replace("Lyon", "Dijon")
    load(CHRISTMAS, other)
    assert load(CHRISTMAS, other).tally == tally(unchanged=2)
    assert JournalEntry.objects.filter(verb="calendrier.importé").count() == 1
    later = CHRISTMAS.replace("2027-01-03", "2027-01-05")
    assert load(later, options=()).tally == tally(changed=1)
    assert load(later).tally == tally(changed=1)
    assert days(academy__slug="lyon") == [(date(2026, 12, 19), date(2027, 1, 5))]
    assert days(academy__slug="dijon") == [(date(2026, 12, 19), date(2027, 1, 3))]


def test_two_periods_of_one_name_in_a_year_stay_two(load) -> None:
    """Mutation: keep one period a name."""
    bridge = "Pont;-;2027-05-{0}T22:00:00+00:00;2027-05-{0}T22:00:00+00:00;Guyane;Guyane;2026-2027"
    rows = bridge.format("06"), bridge.format("13")
    assert load(*rows).tally == tally(added=2)
    assert load(*reversed(rows)).tally == tally(unchanged=2)
    assert load(rows[1], bridge.format("20")).tally == tally(changed=1, unchanged=1)
    assert days() == [(date(2027, 5, 14), date(2027, 5, 14)), (date(2027, 5, 21), date(2027, 5, 21))]


def test_the_file_as_spreadsheets_write_it(load) -> None:
    """A mark of order, quotes around a cell that holds a semicolon, empty lines, a column more."""
    quoted = CHRISTMAS.replace("Vacances de Noël", '"Vacances de Noël ; fin d’année"').replace("Lyon", "Dijon")
    outcome = load(CHRISTMAS, "", ";;;;;;", quoted, "", codec="utf-8-sig")
    assert (outcome.code, outcome.tally) == (0, tally(added=2))
    assert SchoolHoliday.objects.filter(name="Vacances de Noël ; fin d’année").exists()
    assert load(f"{CHRISTMAS};x", header=f"{HEADER};autre").tally == tally(unchanged=1)


def test_another_codec_or_header_is_unreadable(load) -> None:
    assert load(CHRISTMAS, codec="latin-1").code == 2
    assert load("", header="a;b").code == 2
    assert load("", header="").code == 2
    assert not SchoolHoliday.objects.exists()
