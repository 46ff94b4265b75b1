"""Each indicator, against figures computed by hand on five enquiries, and the traps of the founding slides."""

import math
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from proxirh.enquiries import counting
from proxirh.enquiries.figures import Period
from proxirh.enquiries.models import MonthlyCount
from proxirh.steering.indicators import INDICATORS
from proxirh.steering.publication import Shown
from proxirh.steering.report import Breakdown, Report, Value
from proxirh.steering.reporting import build_report
from proxirh.territories.figures import read_scope
from proxirh.territories.models import Academy
from tests.steering.small_world import AUTUMN, NOTED, NOW, TODAY, fill
from tests.territories.founding import found_network, let_time_pass

pytestmark = pytest.mark.django_db

CLERMONT = "academie:clermont-ferrand"


def read(scope: str = CLERMONT, period: Period = AUTUMN, **more) -> Report:
    return build_report(read_scope(scope), period, at=NOW, **{"today": TODAY, **more})


def counts(report: Report, name: str) -> dict[str, int | None]:
    found = report[name]
    assert isinstance(found, Breakdown)
    return {row.key: row.count for row in found.rows if row.count}


def shares(report: Report, name: str) -> dict[str, float | None]:
    found = report[name]
    assert isinstance(found, Breakdown)
    return {row.key: row.share for row in found.rows if row.count}


def value(report: Report, name: str) -> tuple[float | None, int | None]:
    found = report[name]
    assert isinstance(found, Value)
    return found.value, found.n


class Control:
    """Answers NOTHING or MERGED for the indicators it names, and tells no size of those it hides."""

    def __init__(self, hidden: tuple[str, ...] = (), merged: tuple[str, ...] = ()) -> None:
        self.hidden, self.merged, self.asked = hidden, merged, set()

    def decision(self, indicator, *, keys, apart, scope, period) -> Shown:
        self.asked.add((indicator, scope.code, period))
        return Shown.NOTHING if indicator in self.hidden else Shown.MERGED if indicator in self.merged else Shown.WHOLE

    def may_tell_size(self, indicator, *, scope, period) -> bool:
        self.asked.add((indicator, scope.code, period))
        return indicator not in self.hidden


def test_each_table_is_the_one_counted_by_hand() -> None:
    """Mutations: count the month of the act; take --to as included; count a family twice for one enquiry."""
    fill()
    report = read()
    assert counts(report, "enquiries.by_topic") == {"1": 2, "2": 1, "8": 1}
    assert shares(report, "enquiries.by_topic") == {"1": 2 / 3, "2": 1 / 3, "8": None}
    assert counts(report, "enquiries.by_subtopic") == {"1.1": 1, "1.2": 1, "2.1": 1, "8": 1}
    assert counts(report, "enquiries.by_channel") == {"web": 2, "phone": 1, "email": 1}
    assert counts(report, "enquiries.by_month") == {"2026-09": 2, "2026-10": 2}
    assert counts(report, "requesters.by_category") == {"1d": 1, "2d": 2, "biatss": 1}
    assert shares(report, "requesters.by_category") == {"1d": 0.25, "2d": 0.5, "biatss": 0.25}
    assert counts(report, "requesters.by_sex") == {"F": 2, "M": 1, "unknown": 1}
    assert shares(report, "requesters.by_sex") == {"F": 2 / 3, "M": 1 / 3, "unknown": None}
    assert counts(report, "requesters.by_age") == {"under_40": 1, "40_49": 1, "50_and_over": 1, "unknown": 1}
    assert shares(report, "requesters.by_age")["40_49"] == 1 / 3
    assert counts(report, "outcomes.by_family") == {"information": 1, "internal_referral": 1, "other": 1}
    assert shares(report, "outcomes.by_family") == {"information": 0.5, "internal_referral": 0.5, "other": None}
    assert sum(counts(report, "outcomes.by_outcome").values()) == 4
    totals = {one.id: one.total for one in report if isinstance(one, Breakdown)}
    assert totals["outcomes.by_family"] == 3
    assert {totals[name] for name in totals if name.startswith(("requesters.", "enquiries."))} == {4}


def test_each_figure_is_the_one_computed_by_hand() -> None:
    """Answers after 1, 2, 3 and 8 days; follow-ups of 5, 10 and 20; scores of 2, 4 and 5.

    Mutations: take the lower middle for the median; compare with another commitment; divide by n for the deviation.
    """
    fill()
    report = read()
    assert value(report, "enquiries.total") == (4, 4)
    assert value(report, "delays.first_answer_median_working_days") == (2.5, 4)
    assert value(report, "delays.first_answer_p90_working_days") == (8, 4)
    assert value(report, "delays.first_answer_within_commitment") == (50, 4)
    assert value(report, "delays.handling_median_working_days") == (10, 3)
    assert value(report, "delays.handling_p90_working_days") == (20, 3)
    assert value(report, "satisfaction.mean") == (11 / 3, 3)
    half = 1.96 * math.sqrt(7 / 3) / math.sqrt(3)
    assert value(report, "satisfaction.mean_low") == (pytest.approx(11 / 3 - half), 3)
    assert value(report, "satisfaction.mean_high") == (5, 3)
    assert value(report, "satisfaction.response_rate") == (100, 3)


@pytest.mark.parametrize(
    ("scope", "total", "median"),
    [
        ("national", 5, 2.5),
        ("region:auvergne-rhone-alpes", 4, 2.5),
        (CLERMONT, 4, 2.5),
        ("academie:la-reunion", 1, None),
        ("departement:15", 2, 2),
        ("departement:63", 2, 5),
    ],
)
def test_each_scope_counts_its_own_places(scope: str, total: int, median: float | None) -> None:
    """Mutation: read the places of the académie for a département."""
    fill()
    report = read(scope)
    assert value(report, "enquiries.total") == (total, total)
    assert value(report, "delays.first_answer_median_working_days")[0] == median


def test_what_is_known_of_an_academy_alone_is_in_none_of_its_departments() -> None:
    """Mutation: leave the académie's own place out of places_in."""
    counting.add_unnamed(Academy.objects.get(slug="clermont-ferrand"), day=date(2026, 9, 3), at=NOTED)
    found = {scope: counts(read(scope), "enquiries.by_topic") for scope in (CLERMONT, "departement:63", "national")}
    assert found == {CLERMONT: {"2": 1}, "departement:63": {}, "national": {"2": 1}}


def test_each_academy_is_held_to_its_own_commitment() -> None:
    """Mutation: use one commitment for the country."""
    fill()
    Academy.objects.filter(slug="la-reunion").update(first_answer_days=9)
    late = MonthlyCount(month=date(2026, 9, 1), department_code="974", indicator="delays.first_answer", key="9", n=4)
    late.counted_in = date(2026, 9, 1)
    late.save()
    assert value(read("national"), "delays.first_answer_within_commitment") == (75, 8)


def test_an_empty_period_has_every_key_and_no_figure() -> None:
    report = read(period=Period(date(2019, 9, 1), date(2019, 11, 1)))
    for one in report:
        if isinstance(one, Breakdown):
            assert {(row.count, row.share, row.suppressed) for row in one.rows} == {(0, None, False)}
            assert one.total == 0
        elif one.unit in {"working day", "score", "percent"}:
            assert (one.value, one.n, one.suppressed) == (None, 0, False)
    months = report["enquiries.by_month"]
    assert isinstance(months, Breakdown)
    assert [row.key for row in months.rows] == ["2019-09", "2019-10"]


def test_the_topics_of_the_slides_are_never_made_to_sum_to_100() -> None:
    """39, 17, 16, 15 and 14 %: 101 once rounded. Mutation: round the shares, or rescale them."""
    for topic, n in {"1": 39, "2": 17, "3": 16, "4": 15, "5": 14, "8": 50}.items():
        MonthlyCount.objects.create(
            month=AUTUMN.start, department_code="15", indicator="enquiries.by_topic", key=topic, n=n,
            counted_in=AUTUMN.start,
        )  # fmt: skip
    found = shares(read(), "enquiries.by_topic")
    assert found == {"1": 39 / 101, "2": 17 / 101, "3": 16 / 101, "4": 15 / 101, "5": 14 / 101, "8": None}
    assert sum(round(100 * share) for share in found.values() if share is not None) == 101


def test_a_counsellor_without_a_profile_stays_in_the_total() -> None:
    """310 in the profiles of July 2020 for 311 people. Mutation: count the total from the profiles."""
    found_network()
    let_time_pass()
    report = read("national", Period(date(2019, 9, 1), date(2020, 8, 1)))
    profiles = report["counsellors.by_profile"]
    assert isinstance(profiles, Breakdown)
    assert [row.key for row in profiles.rows] == ["administratif", "contractuel", "enseignant", "encadrement"]
    assert [row.count for row in profiles.rows] == [197, 32, 50, 31]
    assert profiles.rows[0].share == 197 / 310
    assert profiles.total == 310
    assert value(report, "counsellors.total") == (311, 311)
    assert value(report, "counsellors.fte") == (174.2, 311)
    assert value(report, "counsellors.mean_working_share") == (pytest.approx(100 * 174.2 / 311), 311)
    assert list(counts(report, "counsellors.by_location").items()) == [
        ("etablissement", 149), ("dsden", 100), ("rectorat", 56), ("autre", 6),
    ]  # fmt: skip
    coordinators = report["coordinators.by_academy"]
    assert isinstance(coordinators, Breakdown)
    assert (len(coordinators.rows), coordinators.total) == (30, 40)


def test_counsellors_are_those_of_the_last_day() -> None:
    """Forty leave on 31 July. Mutation: read the network on the day after the period."""
    found_network()
    let_time_pass()
    assert value(read("national", Period(date(2020, 7, 1), date(2020, 8, 1))), "counsellors.total")[0] == 311
    assert value(read("national", Period(date(2020, 8, 1), date(2020, 9, 1))), "counsellors.total")[0] == 281


def test_a_withheld_table_tells_nothing_but_its_labels() -> None:
    """Mutation: keep the total, or the shares, of what is withheld."""
    fill()
    report = read(controls=lambda *_: Control(hidden=("requesters.by_sex", "enquiries.by_topic", "delays.handling")))
    for name in ("requesters.by_sex", "enquiries.by_topic", "enquiries.by_subtopic", "enquiries.by_month"):
        found = report[name]
        assert isinstance(found, Breakdown)
        assert found.total is None
        assert {(row.count, row.share, row.suppressed) for row in found.rows} == {(None, None, True)}
    for name in ("enquiries.total", "delays.handling_median_working_days", "satisfaction.response_rate"):
        assert report[name] == Value(name, INDICATORS[name].unit, None, None, suppressed=True)
    assert report["requesters.by_age"].total == 4
    assert report.disclosure == "k11"


def test_rows_apart_in_one_are_known_by_their_sum_alone() -> None:
    """Mutation: show the row 8 of a merged table."""
    fill()
    report = read(controls=lambda *_: Control(merged=("enquiries.by_topic",)))
    found = report["enquiries.by_topic"]
    assert isinstance(found, Breakdown)
    assert found.total == 4
    assert [(row.key, row.count) for row in found.rows if row.suppressed] == [("6", None), ("7", None), ("8", None)]
    assert found.rows[0].share == 2 / 3
    details = report["enquiries.by_subtopic"]
    assert isinstance(details, Breakdown)
    assert details.suppressed


def test_under_control_the_current_month_is_not_told_yet() -> None:
    """Mutation: leave `until` out of what is read, or ask the control about a month that runs."""
    fill(at=datetime(2026, 9, 30, 12, tzinfo=UTC))
    october = date(2026, 10, 12)
    control = Control()
    held = read(today=october, controls=lambda *_: control)
    assert {period for _, _, period in control.asked} == {Period.month(date(2026, 9, 1))}
    assert value(held, "enquiries.total") == (2, 2)
    months = held["enquiries.by_month"]
    assert isinstance(months, Breakdown)
    assert [(row.key, row.count, row.suppressed) for row in months.rows] == [
        ("2026-09", 2, False), ("2026-10", None, True),
    ]  # fmt: skip
    assert value(read(today=october), "enquiries.total") == (4, 4)
    early = read(today=date(2026, 9, 12), controls=lambda *_: Control())
    assert value(early, "enquiries.total") == (None, None)
    assert value(early, "counsellors.total") == (0, 0)


def test_what_is_done_this_month_is_told_by_the_command_line_alone() -> None:
    """Mutation: read every act whatever its month."""
    fill(at=datetime(2026, 11, 20, tzinfo=UTC))
    today = date(2026, 11, 28)
    assert value(read(today=today, controls=lambda *_: Control()), "enquiries.total") == (0, 0)
    assert value(read(today=today), "enquiries.total") == (4, 4)


def test_the_cost_depends_neither_on_the_counts_nor_on_the_width() -> None:
    """Mutation: read the départements of each académie in turn."""
    costs = set()
    for scope, times in ((CLERMONT, 1), ("national", 1), ("national", 40)):
        for _ in range(times):
            fill()
        found = read_scope(scope)
        with CaptureQueriesContext(connection) as asked:
            build_report(found, AUTUMN, at=NOW, today=TODAY)
        costs.add(len(asked))
    assert max(costs) <= 8
    assert max(costs) - min(costs) <= 1


def test_each_indicator_says_all_of_itself() -> None:
    for name, one in INDICATORS.items():
        assert name == one.id
        texts = (one.definition, one.formula, one.population, one.period_rule, one.source, one.owner)
        assert all(text.endswith(".") and (text[0].isupper() or text[0].isdigit()) for text in texts), name
        assert one.name
        assert not one.name.endswith(".")
        assert set(one.apart) <= set(one.keys)
