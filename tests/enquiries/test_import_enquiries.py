"""A past register becomes facts and monthly counts: row by row, all or nothing, once, and nobody behind."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError
from django.db.models import Model

from proxirh.enquiries import counting, figures
from proxirh.enquiries.figures import Period
from proxirh.enquiries.imports.register_rows import CHANNELS, OUTCOMES, REQUIRED
from proxirh.enquiries.models import Enquiry, EnquiryFact, MonthlyCount, Register, RegisterLine
from proxirh.enquiries.retention import REGISTERS
from proxirh.kernel.encryption import own_index
from proxirh.kernel.models import DataKey, JournalEntry
from proxirh.territories.models import Department, Site, Topic
from tests.importing import Outcome, run_command, tally
from tests.test_canaries import every_stored_value

pytestmark = pytest.mark.django_db

HEADER = ";".join(REQUIRED)
REFERENCE = "REG-2019-0042"
ROW = {
    "reference": REFERENCE,
    "deposee_le": "2019-10-31",
    "departement": "15",
    "uai": "0150001V",
    "categorie": "2d",
    "sexe": "F",
    "annee_naissance": "1979",
    "motif": "1.2",
    "canal": "courriel",
    "prise_en_charge_le": "2019-11-04",
    "premiere_reponse_le": "2019-11-05",
    "close_le": "2019-11-29",
    "issues": "orientation_en|information",
    "satisfaction": "4",
}
OPEN = {"prise_en_charge_le": "", "premiere_reponse_le": "", "close_le": "", "issues": "", "satisfaction": ""}

type Load = Callable[..., Outcome]


def row(**changes: str) -> dict[str, str]:
    return ROW | changes


@pytest.fixture(autouse=True)
def site() -> Site:
    return Site.objects.create(uai="0150001V", name="Collège", department=Department.objects.get(code="15"))


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Import rows, for good unless told otherwise."""

    def command(*rows: dict[str, str] | str, options: tuple[str, ...] = ("--apply",), mark: str = "") -> Outcome:
        lines = [one if isinstance(one, str) else ";".join(one[name] for name in REQUIRED) for one in rows]
        path = tmp_path / "registre.csv"
        path.write_text(mark + "\n".join([HEADER, *lines]), encoding="utf-8")
        return run_command("import_enquiries", path, *options)

    return command


def counts() -> Counter[tuple[date, str, str, str]]:
    """What the monthly counts add up to, empty cells left out."""
    found: Counter[tuple[date, str, str, str]] = Counter()
    for one in MonthlyCount.objects.all():
        found[one.month, one.department_code, one.indicator, one.key] += one.n
    return Counter({cell: n for cell, n in found.items() if n})


def stands_for() -> Counter[tuple[date, str, str, str]]:
    """What the facts stand for."""
    found: Counter[tuple[date, str, str, str]] = Counter()
    for fact in EnquiryFact.objects.all():
        for indicator, key, n in counting.counts_of(fact):
            found[fact.month, fact.department_code, indicator, key] += n
    return found


def rows_of(*models: type[Model]) -> list[int]:
    return [model._default_manager.count() for model in models]


def test_a_row_makes_one_fact_and_its_counts_in_the_months_of_its_events(load: Load) -> None:
    """Friday 1 and Monday 11 November 2019 are holidays. Mutation: count the day of asking."""
    outcome = load(row())
    assert (outcome.code, outcome.tally, outcome.errors) == (0, tally(added=1), "")
    fact = EnquiryFact.objects.get()
    assert (fact.day, fact.department_code, fact.category_code, fact.family) == (date(2019, 10, 31), "15", "2d", "2d")
    assert (fact.topic_code, fact.channel, fact.sex, fact.age_band) == ("1.2", "email", "F", "40_49")
    assert fact.outcomes == ["individual_information", "internal_referral"]
    assert (fact.first_answer_days, fact.handling_days, fact.satisfaction) == (2, 19, 4)
    asked, closed = date(2019, 10, 1), date(2019, 11, 1)
    told = MonthlyCount.objects.values_list("indicator", "key", "month", "counted_in", "n")
    assert set(told) == {
        ("enquiries.by_topic", "1.2", asked, asked, 1),
        ("enquiries.by_channel", "email", asked, asked, 1),
        ("requesters.by_category", "2d", asked, asked, 1),
        ("requesters.by_sex", "F", asked, asked, 1),
        ("requesters.by_age", "40_49", asked, asked, 1),
        ("delays.first_answer", "2", asked, closed, 1),
        ("delays.handling", "19", asked, closed, 1),
        ("outcomes.by_family", "information", asked, closed, 1),
        ("outcomes.by_family", "internal_referral", asked, closed, 1),
        ("outcomes.by_outcome", "individual_information", asked, closed, 1),
        ("outcomes.by_outcome", "internal_referral", asked, closed, 1),
        ("satisfaction.score", "4", asked, closed, 1),
    }
    assert counts() == stands_for()


def test_closed_months_tell_it_at_once(load: Load) -> None:
    """Mutation: count the rows of a first import in the month of the import."""
    load(*(row(reference=str(number)) for number in range(11)))
    found = figures.figures(["15"], Period.month(date(2019, 10, 1)), commitment=2, today=date.today())  # noqa: DTZ011
    assert (found.total, found.covered) == (11, Period.month(date(2019, 10, 1)))


def test_only_facts_are_made_and_nothing_of_the_row_is_left_to_read(load: Load, site: Site) -> None:
    """No enquiry, hence no page, owner, ladder nor survey. Mutation: keep the reference, or the site."""
    load(row(annee_naissance="1977", reference="REGISTRECANARI"))
    assert rows_of(EnquiryFact, RegisterLine, Register, Enquiry) == [1, 1, 1, 0]
    everything = b"\n".join(value for _, value in every_stored_value())
    assert b"REGISTRECANARI" not in everything
    line = RegisterLine.objects.select_related("register__data_key").get()
    assert bytes(line.digest) == own_index(line.register.data_key.clear, "register", "REGISTRECANARI")
    names = {field.name for model in (EnquiryFact, RegisterLine, Register) for field in model._meta.concrete_fields}
    assert not {name for name in names if "site" in name or "birth" in name or "reference" in name}
    written = JournalEntry.objects.get(verb="registre.repris")
    assert written.details == {"added": 1, "changed": 0}


@pytest.mark.parametrize(
    ("column", "changes"),
    [
        ("reference", {"reference": ""}),
        ("reference", {"reference": "x" * 101}),
        ("deposee_le", {"deposee_le": ""}),
        ("deposee_le", {"deposee_le": "31/10/2019"}),
        ("deposee_le", {"deposee_le": "2019-02-30"}),
        ("deposee_le", {"deposee_le": "2999-01-01"} | OPEN),
        ("deposee_le", {"deposee_le": "0219-10-31"}),
        ("departement", {"departement": ""}),
        ("departement", {"departement": "99"}),
        ("uai", {"uai": "0150001W"}),
        ("uai", {"uai": "015"}),
        ("uai", {"uai": "0150002W"}),
        ("uai", {"departement": "63"}),
        ("categorie", {"categorie": ""}),
        ("categorie", {"categorie": "professeur_2d"}),
        ("sexe", {"sexe": "H"}),
        ("annee_naissance", {"annee_naissance": "79"}),
        ("annee_naissance", {"annee_naissance": "2019"}),
        ("annee_naissance", {"annee_naissance": "1879"}),
        ("motif", {"motif": ""}),
        ("motif", {"motif": "9"}),
        ("motif", {"motif": "1.6"}),
        ("motif", {"motif": "4.5"}),
        ("motif", {"motif": "6.1"}),
        ("canal", {"canal": ""}),
        ("canal", {"canal": "email"}),
        ("prise_en_charge_le", {"prise_en_charge_le": "2019-10-30"}),
        ("premiere_reponse_le", {"premiere_reponse_le": "2019-10-30"}),
        ("premiere_reponse_le", {"premiere_reponse_le": "2999-01-01"}),
        ("close_le", {"close_le": "2019-10-30", "prise_en_charge_le": ""}),
        ("close_le", {"close_le": "2019-11-03"}),
        ("close_le", {"close_le": "2999-01-01"}),
        ("issues", {"issues": ""}),
        ("issues", {"close_le": ""}),
        ("issues", {"issues": "information|"}),
        ("issues", {"issues": "information|information"}),
        ("issues", {"issues": "ecoute"}),
        ("satisfaction", {"satisfaction": "0"}),
        ("satisfaction", {"satisfaction": "6"}),
        ("satisfaction", {"satisfaction": "4,5"}),
    ],
)
def test_a_bad_row_is_refused_by_its_column_and_stops_everything(
    load: Load, column: str, changes: dict[str, str]
) -> None:
    """Mutation of each: leave its check out of `read_line`."""
    outcome = load(row(reference="bonne"), row(**changes))
    assert (outcome.code, outcome.refusals, outcome.tally) == (1, [(3, column)], tally(added=1, refused=1))
    assert rows_of(EnquiryFact, MonthlyCount, RegisterLine, Register) == [0, 0, 0, 0]


def test_a_reference_comes_once_in_a_departement(load: Load) -> None:
    """Mutation: look for it in the whole file."""
    elsewhere = row(departement="63", uai="")
    outcome = load(row(), elsewhere, row(sexe="M"))
    assert (outcome.code, outcome.refusals) == (1, [(4, "reference")])
    assert load(row(), elsewhere).tally == tally(added=2)


def test_the_rest_may_be_written_without_the_refused_ones(load: Load) -> None:
    outcome = load(row(), row(reference="x", motif="9"), options=("--apply", "--skip-refused"))
    assert (outcome.code, outcome.tally) == (1, tally(added=1, refused=1))
    assert rows_of(EnquiryFact, RegisterLine) == [1, 1]


def test_what_may_be_empty_is_unknown_or_has_not_happened(load: Load) -> None:
    assert load(row(uai="", sexe="", annee_naissance="", **OPEN)).code == 0
    fact = EnquiryFact.objects.get()
    assert (fact.sex, fact.age_band, fact.outcomes) == ("unknown", "unknown", [])
    assert (fact.first_answer_days, fact.handling_days, fact.satisfaction) == (None, None, None)
    assert counts() == stands_for()


def test_the_first_answer_may_come_after_the_end(load: Load) -> None:
    assert load(row(premiere_reponse_le="2019-12-02")).code == 0


@pytest.mark.parametrize(
    ("born", "band"),
    [("1980", "under_40"), ("1979", "40_49"), ("1970", "40_49"), ("1969", "50_and_over"), ("", "unknown")],
)
def test_the_age_is_the_year_of_asking_minus_the_year_of_birth(load: Load, born: str, band: str) -> None:
    """Mutations: 40 among those under 40; 50 among those of 40 to 49."""
    load(row(annee_naissance=born))
    assert EnquiryFact.objects.get().age_band == band


def test_every_topic_channel_and_outcome_of_the_nomenclatures_is_known(load: Load) -> None:
    """The codes of RULES §9, said here a second time. Mutation: swap two channels."""
    codes = {*"12345678"} | {
        f"{branch}.{n}" for branch, most in zip("12345", (5, 4, 4, 4, 3), strict=True) for n in range(1, most + 1)
    }
    assert set(Topic.objects.values_list("code", flat=True)) == codes
    assert load(*(row(reference=f"m{code}", motif=code) for code in sorted(codes))).tally == tally(added=len(codes))
    assert set(EnquiryFact.objects.values_list("topic_code", flat=True)) == codes
    channels = dict(
        zip(("courriel", "telephone", "courrier", "relais"), ("email", "phone", "letter", "relay"), strict=True)
    )
    assert {"web": "web", "permanence": "permanence"} | channels == CHANNELS
    assert set(CHANNELS.values()) == set(figures.CHANNELS)
    assert OUTCOMES == {
        "information": "individual_information",
        "information_collective": "collective_information",
        "orientation_en": "internal_referral",
        "orientation_externe": "external_referral",
        "accompagnement": "support_engaged",
        "injoignable": "not_reached",
        "hors_perimetre": "other_service",
        "retiree": "withdrawn",
    }


@pytest.mark.parametrize(
    ("department", "asked", "closed", "days"),
    [
        # Good Friday, 10 April 2020, is worked in Paris and not in Strasbourg; Easter Monday nowhere.
        ("75", "2020-04-09", "2020-04-14", 2),
        ("67", "2020-04-09", "2020-04-14", 1),
        # 26 December, a Thursday, in Moselle alone.
        ("57", "2019-12-24", "2019-12-27", 1),
        ("54", "2019-12-24", "2019-12-27", 2),
        # The abolition of slavery: 20 December in La Réunion, 22 May in Martinique, 27 April in Mayotte.
        ("974", "2019-12-19", "2019-12-23", 1),
        ("75", "2019-12-19", "2019-12-23", 2),
        ("972", "2020-05-20", "2020-05-25", 1),
        ("976", "2020-04-24", "2020-04-28", 1),
        ("75", "2020-04-24", "2020-04-28", 2),
        # Asked on a Saturday: day 0 is that day. The same day is 0; more than sixty is 61.
        ("75", "2020-02-01", "2020-02-03", 1),
        ("75", "2020-02-03", "2020-02-03", 0),
        ("75", "2020-02-03", "2020-12-01", 61),
    ],
)
def test_the_calendar_of_the_departement_counts_the_delays(
    load: Load, department: str, asked: str, closed: str, days: int
) -> None:
    """Counted by hand. Mutation: one calendar for everybody."""
    given = {"departement": department, "deposee_le": asked, "premiere_reponse_le": closed, "close_le": closed}
    assert load(row(uai="", prise_en_charge_le="", **given)).code == 0
    fact = EnquiryFact.objects.get()
    assert (fact.first_answer_days, fact.handling_days) == (days, days)


def test_a_dry_run_says_the_same_and_writes_nothing(load: Load) -> None:
    dry = load(row(), row(reference="autre"), options=())
    assert rows_of(EnquiryFact, MonthlyCount, RegisterLine, Register, DataKey) == [0, 0, 0, 0, 0]
    assert load(row(), row(reference="autre")).tally == dry.tally == tally(added=2)
    changed = (row(sexe="M"), row(reference="autre"))
    assert load(*changed, options=()).tally == load(*changed).tally == tally(changed=1, unchanged=1)


def test_running_it_twice_changes_nothing(load: Load) -> None:
    """Mutation: make the print of a reference under a fresh key."""
    rows = [row(reference=f"r{number}") for number in range(3)]
    load(*rows)
    before = counts(), rows_of(EnquiryFact, MonthlyCount, RegisterLine, Register, JournalEntry)
    assert load(*rows).tally == tally(unchanged=3)
    assert (counts(), rows_of(EnquiryFact, MonthlyCount, RegisterLine, Register, JournalEntry)) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"sexe": "M"},
        {"motif": "4.1"},
        {"deposee_le": "2019-09-30"},
        {"issues": "retiree"},
        {"premiere_reponse_le": ""},
        {"satisfaction": "5"},
        {"satisfaction": ""},
        OPEN,
    ],
    ids="-".join,
)
def test_a_corrected_row_moves_its_fact_and_its_counts(load: Load, changes: dict[str, str]) -> None:
    """What was counted is taken back in this month, as acts on the past are. Mutation: add without taking back."""
    load(row(), row(reference="autre"))
    told = set(MonthlyCount.objects.values_list("pk", flat=True))
    assert load(row(**changes), row(reference="autre")).tally == tally(changed=1, unchanged=1)
    assert EnquiryFact.objects.count() == 2
    assert counts() == stands_for()
    now = date.today().replace(day=1)  # noqa: DTZ011
    assert set(MonthlyCount.objects.exclude(pk__in=told).values_list("counted_in", flat=True)) <= {now}
    assert set(MonthlyCount.objects.values_list("pk", flat=True)) >= told
    assert load(row(**changes)).tally == tally(unchanged=1)


def test_a_mark_at_the_beginning_is_no_part_of_the_first_column(load: Load) -> None:
    assert load(row(), mark="\ufeff").tally == tally(added=1)


@pytest.mark.parametrize("text", [b"", b"reference;deposee_le\n", b"\xe9;\n", (HEADER + ";nom\n").encode()])
def test_a_file_or_a_header_that_does_not_read_ends_at_once(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "registre.csv"
    path.write_bytes(text)
    assert run_command("import_enquiries", path, "--apply").code == 2
    assert run_command("import_enquiries", tmp_path / "absent.csv").code == 2


def test_nothing_is_half_imported_when_the_database_refuses(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: no transaction around `settle`."""

    def refuse(*_args: object, **_options: object) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(MonthlyCount.objects, "bulk_create", refuse)
    assert load(row()).code == 3
    assert rows_of(EnquiryFact, MonthlyCount, RegisterLine, Register, DataKey) == [0, 0, 0, 0, 0]


def test_in_its_time_a_fact_becomes_coarser_and_the_counts_stay(load: Load) -> None:
    """Not before thirty days, so that what has just come may be corrected. Mutations: no such days; count it again."""
    load(row())
    before, line = counts(), RegisterLine.objects.get()
    assert REGISTERS.due(line.imported_at + timedelta(days=29)) == 0
    at = line.imported_at + timedelta(days=30)
    assert (REGISTERS.due(at), REGISTERS.apply(at=at), REGISTERS.due(at)) == (1, 1, 0)
    fact = EnquiryFact.objects.get()
    assert (fact.day, fact.topic_code) == (date(2019, 10, 1), "1")
    assert (fact.sex, fact.age_band, fact.channel) == ("unknown", "unknown", "unknown")
    assert (fact.handling_days, fact.satisfaction) == (19, 4)
    assert counts() == before
    assert load(row()).tally == tally(unchanged=1)
    assert load(row(satisfaction="1")).tally == tally(ignored=1)
    assert counts() == before


def test_a_row_that_still_lives_keeps_its_detail(load: Load) -> None:
    """Mutation: read the day of asking instead of the last one."""
    yesterday = date.today() - timedelta(days=1)  # noqa: DTZ011
    load(row(close_le=yesterday.isoformat()))
    assert REGISTERS.due(RegisterLine.objects.get().imported_at + timedelta(days=300)) == 0


def test_one_query_more_for_each_few_hundred_rows_and_never_one_a_row(
    load: Load, django_assert_max_num_queries
) -> None:
    """Mutation: look for the print of each row by itself."""
    with django_assert_max_num_queries(40):
        load(*(row(reference=f"r{number}") for number in range(400)))
    with django_assert_max_num_queries(20):
        load(*(row(reference=f"r{number}") for number in range(400)))
