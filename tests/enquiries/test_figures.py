"""Figures come from the monthly counts, in whole months, and are withheld when too few people stand behind them."""

import statistics
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxirh.enquiries import figures
from proxirh.enquiries.figures import Period, delay
from proxirh.enquiries.models import MonthlyCount
from proxirh.kernel import disclosure

AUTUMN = Period(date(2026, 9, 1), date(2026, 12, 1))
TODAY = date(2027, 9, 10)


def count(
    indicator: str,
    key: str,
    n: int,
    month: date = date(2026, 9, 1),
    department: str = "15",
    counted_in: date | None = None,
) -> None:
    MonthlyCount.objects.create(
        month=month, department_code=department, indicator=indicator, key=key, n=n, counted_in=counted_in or month
    )


def read(period: Period, today: date = TODAY) -> figures.Figures:
    return figures.figures(["15"], period, commitment=2, today=today)


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
    """Mutation: take the lower of both middles for the median."""
    histogram: dict[str, int] = {}
    for day in days:
        histogram[str(day)] = histogram.get(str(day), 0) + 1
    found = delay(histogram, commitment=2, threshold=5)
    ordered = sorted(days)
    assert found.n == len(days)
    assert found.median == statistics.median(days)
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
def test_months_too_small_are_grouped_with_the_next_ones() -> None:
    """Mutation: let a step be one month whatever it holds."""
    count("enquiries.by_topic", "1", 2, month=date(2026, 9, 1))
    count("enquiries.by_topic", "1", 10, month=date(2027, 1, 1))
    year = Period.school_year(date(2026, 9, 1))
    first, *others = read(year).volume.items()
    assert first == (Period(date(2026, 9, 1), date(2027, 2, 1)), 12)
    assert [n for _, n in others] == [0] * 7
    count("enquiries.by_topic", "1", 9, month=date(2026, 9, 1))
    assert list(read(year).volume.values()) == [11, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0]


@pytest.mark.django_db
def test_a_month_too_small_is_told_only_with_the_next_ones() -> None:
    """Mutation: judge each period alone: October would fall from the quarter and its two other months."""
    for month, small in ((9, 20), (10, 3), (11, 20)):
        count("outcomes.by_family", "information", 40, month=date(2026, month, 1))
        count("outcomes.by_family", "external_referral", small, month=date(2026, month, 1))
    shown = [read(Period.month(date(2026, month, 1))).outcomes.counts is not None for month in (9, 10, 11)]
    assert shown == [True, False, False]
    assert read(AUTUMN).outcomes.total == 163


@pytest.mark.django_db
def test_a_table_stops_before_the_months_that_are_too_small_and_says_where() -> None:
    """Mutation: end a table with its period: the last day of August less the first of September is August."""
    for month, small in ((9, 20), (10, 3)):
        count("outcomes.by_family", "information", 40, month=date(2026, month, 1))
        count("outcomes.by_family", "external_referral", small, month=date(2026, month, 1))
    found = read(Period.school_year(AUTUMN.start)).outcomes
    assert (found.total, found.covered) == (60, Period.month(date(2026, 9, 1)))


@pytest.mark.django_db
@given(
    months=st.lists(st.tuples(*[st.integers(0, 9)] * 3), min_size=12, max_size=12),
    threshold=st.sampled_from([5, 11]),
)
def test_what_two_readings_differ_by_could_be_shown_itself(months: list[tuple[int, ...]], threshold: int) -> None:
    """Mutation: drop may_show from `steps`. Every table of every day, less every other that it holds."""
    year = Period.school_year(date(2026, 9, 1))
    firsts = year.months()

    def table(one: Period) -> dict[str, int]:
        inside = [row for first, row in zip(firsts, months, strict=True) if one.start <= first < one.end]
        return {str(key): sum(row[key] for row in inside) for key in range(3)}

    spans = {year, *map(Period.month, firsts), *map(Period.quarter, firsts)}
    told = set()
    for until in [*firsts, year.end]:
        for span in spans:
            found = figures.steps(table, span, until=until, threshold=threshold)
            told |= {(found[0].start, found[-1].end)} if found else set()
    for start, end in told:
        for other, end_of_other in told:
            for left in ((start, other), (end_of_other, end)):
                if start <= other and end_of_other <= end and left[0] < left[1]:
                    assert disclosure.may_show(table(Period(*left)), threshold=threshold)


@pytest.mark.django_db
def test_nothing_moves_when_an_enquiry_arrives_or_ends_before_the_month_does() -> None:
    """Mutation: leave `until` out of the months, or of what was counted: her list and one cell would move together."""
    today = date(2026, 11, 17)
    for indicator in ("enquiries.by_topic", "outcomes.by_family", "delays.first_answer", "delays.handling"):
        for key in ("1", "2") if indicator != "outcomes.by_family" else ("information", "other"):
            count(indicator, key, 30)
    before = read(AUTUMN, today)
    count("enquiries.by_topic", "2", 1, month=date(2026, 11, 1))
    for indicator, key in (("outcomes.by_family", "other"), ("delays.handling", "2"), ("delays.first_answer", "1")):
        count(indicator, key, 1, counted_in=date(2026, 11, 1))
    count("enquiries.by_topic", "7", -1, counted_in=date(2026, 11, 1))
    assert read(AUTUMN, today) == before
    assert before.covered == Period(date(2026, 9, 1), date(2026, 11, 1))
    after = read(AUTUMN, date(2026, 12, 1))
    assert (before.outcomes.total, after.outcomes.total) == (60, 61)
    assert (before.handling.n, after.handling.n) == (60, 61)


@pytest.mark.django_db
def test_rows_apart_that_are_small_become_one_row_before_the_table_is_withheld() -> None:
    """Mutation: judge the eight rows alone; or show them when one step is too small for them."""
    for month, (six, eight) in ((9, (2, 4)), (10, (5, 5))):
        for key, n in (("1", 30), ("2", 10), ("6", six), ("8", eight)):
            count("enquiries.by_topic", key, n, month=date(2026, month, 1))
    merged = read(AUTUMN).topics
    assert merged.counts == {"1": 60, "2": 20, "3": 0, "4": 0, "5": 0, "apart": 16}
    assert (merged.share("apart"), merged.share("1")) == (None, 0.75)
    october = read(Period.month(date(2026, 10, 1))).topics
    assert october.counts is not None
    assert (october.counts["6"], october.counts["8"]) == (5, 5)


@pytest.mark.django_db
def test_the_public_sees_the_answers_given_in_the_month_whenever_asked_and_no_later_one() -> None:
    """Mutation: leave `counted_in` out of what is read."""
    count("delays.first_answer", "30", 11, month=date(2026, 7, 1), counted_in=date(2026, 9, 1))
    count("delays.first_answer", "0", 99, month=date(2026, 9, 1), counted_in=date(2026, 10, 1))
    found = figures.public_first_answer(["15"], date(2026, 9, 15), commitment=2)
    assert (found.n, found.median) == (11, 30)


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
