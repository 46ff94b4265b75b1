"""Figures come from the monthly counts, in whole months, and are withheld when too few people stand behind them."""

import statistics
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxirh.enquiries import figures
from proxirh.enquiries.figures import Period, delay
from proxirh.enquiries.models import MonthlyCount

AUTUMN = Period(date(2026, 9, 1), date(2026, 12, 1))
TODAY = date(2027, 9, 10)


def count(indicator: str, key: str, n: int, month: date = date(2026, 9, 1), department: str = "15") -> None:
    MonthlyCount.objects.create(month=month, department_code=department, indicator=indicator, key=key, n=n)


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        (Period.month(date(2026, 12, 31)), date(2026, 12, 1), date(2027, 1, 1)),
        (Period.quarter(date(2026, 11, 2)), date(2026, 9, 1), date(2026, 12, 1)),
        (Period.quarter(date(2027, 1, 31)), date(2026, 12, 1), date(2027, 3, 1)),
        (Period.school_year(date(2026, 8, 31)), date(2025, 9, 1), date(2026, 9, 1)),
        (Period.school_year(date(2026, 9, 1)), date(2026, 9, 1), date(2027, 9, 1)),
    ],
)
def test_periods_are_whole_months(period: Period, start: date, end: date) -> None:
    assert (period.start, period.end) == (start, end)


def test_a_period_that_cuts_a_month_is_refused() -> None:
    with pytest.raises(ValueError, match="first of a month"):
        Period(date(2026, 9, 2), date(2026, 10, 1))


def test_the_previous_period_has_the_same_length_and_touches_it() -> None:
    before = AUTUMN.previous()
    assert (before.start, before.end) == (date(2026, 6, 1), date(2026, 9, 1))


@given(st.lists(st.integers(0, 61), min_size=5, max_size=200))
def test_median_and_ninth_decile_are_those_of_the_sorted_list(days: list[int]) -> None:
    """Mutation: take the rank n // 2 for the median."""
    histogram: dict[str, int] = {}
    for day in days:
        histogram[str(day)] = histogram.get(str(day), 0) + 1
    found = delay(histogram, commitment=2, threshold=5)
    ordered = sorted(days)
    assert found.n == len(days)
    assert found.median == statistics.median_low(days)
    assert found.p90 == ordered[-(-len(days) * 9 // 10) - 1]
    assert found.within == sum(day <= 2 for day in days) / len(days)


def test_a_delay_of_few_people_is_not_told() -> None:
    assert delay({"1": 4}, commitment=2, threshold=5) == figures.Delay(None, None, None, None)


@pytest.mark.django_db
def test_only_the_perimeter_and_the_months_asked_are_counted() -> None:
    count("enquiries.by_topic", "1.1", 20)
    count("enquiries.by_topic", "2.1", 10, month=date(2026, 10, 1))
    count("enquiries.by_topic", "1.2", 99, month=date(2026, 12, 1))
    count("enquiries.by_topic", "2.1", 99, month=date(2026, 12, 1))
    count("enquiries.by_topic", "1.2", 99, department="63")
    found = figures.figures(["15"], AUTUMN, commitment=2, today=TODAY)
    assert found.total == 30
    assert found.topics.counts == {"1": 20, "2": 10, "3": 0, "4": 0, "5": 0, "6": 0, "7": 0, "8": 0}
    assert found.topics.share("1") == 20 / 30


@pytest.mark.django_db
def test_branches_apart_are_shown_but_stay_out_of_the_shares() -> None:
    count("enquiries.by_topic", "1", 30)
    count("enquiries.by_topic", "2", 10)
    count("enquiries.by_topic", "8", 20)
    topics = figures.figures(["15"], AUTUMN, commitment=2, today=TODAY).topics
    assert topics.counts is not None
    assert (topics.counts["8"], topics.share("8"), topics.share("1"), topics.total) == (20, None, 0.75, 60)


@pytest.mark.django_db
def test_a_reopening_takes_back_what_closing_had_added() -> None:
    count("outcomes.by_family", "information", 6)
    count("outcomes.by_family", "internal_referral", 6)
    count("outcomes.by_family", "information", -1)
    assert figures.figures(["15"], AUTUMN, commitment=2, today=TODAY).outcomes.counts == {
        "information": 5,
        "internal_referral": 6,
        "external_referral": 0,
        "other": 0,
    }


@pytest.mark.django_db
def test_a_small_cell_withholds_its_whole_table() -> None:
    """Mutation: replace disclosure.shown by dict in breakdown."""
    count("requesters.by_category", "1d", 40)
    count("requesters.by_category", "encadrement", 4)
    assert figures.figures(["15"], AUTUMN, commitment=2, today=TODAY).categories.counts is None


@pytest.mark.django_db
def test_months_too_small_are_grouped_by_quarter_then_by_year() -> None:
    count("enquiries.by_topic", "1", 2, month=date(2026, 9, 1))
    count("enquiries.by_topic", "1", 10, month=date(2027, 1, 1))
    year = Period.school_year(date(2026, 9, 1))
    volume = figures.figures(["15"], year, commitment=2, today=TODAY).volume
    assert volume.grain == "year"
    assert volume.counts == {date(2026, 9, 1): 12}
    count("enquiries.by_topic", "1", 9, month=date(2026, 9, 1))
    assert figures.figures(["15"], year, commitment=2, today=TODAY).volume.grain == "month"


@pytest.mark.django_db
def test_a_period_hidden_among_shown_ones_does_not_fall_by_subtraction() -> None:
    """Mutation: judge each period alone."""
    for month, small in ((9, 20), (10, 3), (11, 20)):
        count("outcomes.by_family", "information", 40, month=date(2026, month, 1))
        count("outcomes.by_family", "external_referral", small, month=date(2026, month, 1))
    for month in (9, 10, 11):
        one = Period.month(date(2026, month, 1))
        assert figures.figures(["15"], one, commitment=2, today=TODAY).outcomes.counts is None
    assert figures.figures(["15"], AUTUMN, commitment=2, today=TODAY).outcomes.counts is not None


@pytest.mark.django_db
def test_a_small_quarter_hides_every_month_of_its_year() -> None:
    """Mutation: let a month depend on its quarter's months alone."""
    count("outcomes.by_family", "information", 40, month=date(2026, 9, 1))
    count("outcomes.by_family", "external_referral", 20, month=date(2026, 9, 1))
    count("outcomes.by_family", "information", 40, month=date(2027, 1, 1))
    count("outcomes.by_family", "external_referral", 2, month=date(2027, 1, 1))
    september = Period.month(date(2026, 9, 1))
    year = Period.school_year(date(2026, 9, 1))
    assert figures.figures(["15"], september, commitment=2, today=TODAY).outcomes.counts is None
    assert figures.figures(["15"], AUTUMN, commitment=2, today=TODAY).outcomes.counts is None
    assert figures.figures(["15"], year, commitment=2, today=TODAY).outcomes.counts is not None


@pytest.mark.django_db
def test_breakdowns_stop_at_the_last_whole_month_while_volumes_go_on() -> None:
    """Mutation: leave `until` out: the topic that moved by one tells what the last enquiry is about."""
    count("enquiries.by_topic", "1", 30, month=date(2026, 9, 1))
    count("enquiries.by_topic", "2", 30, month=date(2026, 9, 1))
    before = figures.figures(["15"], AUTUMN, commitment=2, today=date(2026, 11, 17))
    count("enquiries.by_topic", "2", 10, month=date(2026, 11, 1))
    after = figures.figures(["15"], AUTUMN, commitment=2, today=date(2026, 11, 17))
    assert after.topics.counts == before.topics.counts
    assert (before.total, after.total) == (60, 70)


@pytest.mark.django_db
def test_the_public_sees_the_delay_of_eleven_people_at_least() -> None:
    count("delays.first_answer", "1", 10)
    assert figures.public_first_answer(["15"], date(2026, 9, 15), commitment=2).median is None
    count("delays.first_answer", "2", 1)
    assert figures.public_first_answer(["15"], date(2026, 9, 15), commitment=2).median == 1


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [1, 400])
def test_reading_costs_one_query_whatever_the_number_of_rows(rows: int, django_assert_num_queries) -> None:
    for _ in range(rows):
        count("enquiries.by_topic", "1", 1)
    with django_assert_num_queries(1):
        figures.figures(["15"], AUTUMN, commitment=2, today=TODAY)
