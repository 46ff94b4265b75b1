"""What an edition may publish of the monthly counts, by place and period (RULES §5)."""

from datetime import date

import pytest

from proxirh.enquiries.counting import place_of
from proxirh.enquiries.figures import BRANCHES, BRANCHES_APART, TOPICS, Period
from proxirh.enquiries.models import MonthlyCount
from proxirh.kernel.disclosure import INSIDE_ACADEMY
from proxirh.steering.publication import Publication, Shown
from proxirh.territories.figures import read_scope
from proxirh.territories.models import Academy

pytestmark = pytest.mark.django_db
YEAR = Period.school_year(date(2026, 9, 1))
AUTUMN, SEPTEMBER = Period.quarter(YEAR.start), Period.month(YEAR.start)
OVER = date(2027, 9, 1)
ROWS = {"keys": BRANCHES, "apart": BRANCHES_APART}


def count(code: str, by_key: dict[str, int], *months: date, counted_in: date | None = None) -> None:
    MonthlyCount.objects.bulk_create(
        MonthlyCount(month=month, department_code=code, indicator=TOPICS, key=key, n=n, counted_in=counted_in or month)
        for month in months
        for key, n in by_key.items()
    )


def decide(scope: str, period: Period, *, until: date = OVER, **options) -> Shown:
    found = Publication.read(period, until=until, **options)
    return found.decision(TOPICS, scope=read_scope(scope), period=period, **ROWS)


def size(scope: str, period: Period, *, until: date = OVER) -> bool:
    return Publication.read(period, until=until).may_tell_size(TOPICS, scope=read_scope(scope), period=period)


def fill() -> None:
    """Clermont-Ferrand (03, 15, 43, 63) with a large and a small département, and Lyon beside it."""
    months = YEAR.months()
    for code, n in (("63", 40), ("03", 30), ("15", 1), ("43", 1), ("69", 60)):
        count(code, {"1.1": n, "2": n, "3": n, "4": n, "5": n, "6": n, "8": n}, *months)


def test_a_small_place_is_told_by_year_a_large_one_by_month() -> None:
    """Mutation: judge the months of a place that its académie does not tell."""
    fill()
    assert decide("academie:clermont-ferrand", SEPTEMBER) is Shown.WHOLE
    assert decide("departement:63", SEPTEMBER) is Shown.WHOLE
    assert decide("departement:15", SEPTEMBER) is Shown.NOTHING
    assert decide("departement:15", AUTUMN) is Shown.NOTHING
    assert decide("departement:15", YEAR) is Shown.WHOLE
    assert decide("national", YEAR) is Shown.WHOLE


def test_the_rows_apart_become_one_before_the_table_is_withheld() -> None:
    """Mutation: ask of the merged rows what is asked of the whole ones."""
    count("69", dict.fromkeys("12345", 40) | {"6": 6, "8": 7}, *YEAR.months())
    assert decide("academie:lyon", SEPTEMBER) is Shown.MERGED
    assert decide("academie:lyon", AUTUMN) is Shown.WHOLE
    count("69", {"6": -3}, YEAR.start)
    assert decide("academie:lyon", SEPTEMBER) is Shown.NOTHING


def test_a_number_may_be_told_where_its_breakdown_may_not() -> None:
    fill()
    count("69", {"7": 3}, YEAR.start)
    assert size("departement:69", SEPTEMBER)
    assert decide("departement:69", SEPTEMBER) is Shown.MERGED
    count("69", {"1.1": -57}, YEAR.start)
    assert size("departement:69", SEPTEMBER)
    assert decide("departement:69", SEPTEMBER) is Shown.NOTHING


def test_nothing_of_the_current_month_counts_nor_is_told() -> None:
    """Mutation: forget `counted_in`, or the months that are not over."""
    fill()
    assert not size("national", SEPTEMBER, until=YEAR.start)
    assert decide("national", SEPTEMBER, until=YEAR.start) is Shown.NOTHING
    until = date(2026, 12, 1)
    before = decide("national", SEPTEMBER, until=until)
    count("69", {"1": -599}, YEAR.start, counted_in=until)
    assert before is decide("national", SEPTEMBER, until=until) is Shown.WHOLE
    assert decide("national", YEAR, until=until) is decide("national", AUTUMN, until=until)


def test_a_period_over_two_years_is_told_where_each_tells_its_part() -> None:
    fill()
    both = Period(YEAR.start, date(2028, 9, 1))
    assert decide("departement:15", both) is Shown.WHOLE
    count("15", {"1": 1}, date(2027, 9, 1))
    assert decide("departement:15", both, until=date(2028, 9, 1)) is Shown.NOTHING
    assert decide("departement:15", YEAR, until=date(2028, 9, 1)) is Shown.WHOLE


def test_what_an_academie_knows_without_a_departement_is_not_left_by_subtraction() -> None:
    """Mutation: leave out of the places the one that stands for the académie alone."""
    count("75", {"1": 300, "2": 300}, *YEAR.months())
    count("69", {"1": 300, "2": 300}, *YEAR.months())
    assert decide("departement:75", YEAR) is Shown.WHOLE
    count(place_of(Academy.objects.get(slug="paris")), {"2": 3}, YEAR.start)
    assert decide("academie:paris", YEAR) is Shown.WHOLE
    assert decide("departement:75", YEAR) is Shown.NOTHING


def test_a_key_of_no_row_is_told_by_no_other() -> None:
    """Mutation: drop it, as if nobody stood there: the number of all, told elsewhere, would give it."""
    count("69", {"1": 300, "2": 300}, *YEAR.months())
    count("69", {"lost": 3}, YEAR.start)
    assert decide("academie:lyon", YEAR) is Shown.NOTHING


def test_whoever_answers_for_an_academie_reads_from_five() -> None:
    fill()
    count("43", {"1": 4, "2": 4, "3": 4, "4": 4, "5": 4, "6": 4, "8": 4}, *YEAR.months())
    inside = {"threshold": INSIDE_ACADEMY, "academy": Academy.objects.get(slug="clermont-ferrand")}
    assert decide("departement:43", AUTUMN) is Shown.NOTHING
    assert decide("departement:43", YEAR, **inside) is Shown.WHOLE
    with pytest.raises(ValueError, match="one académie"):
        Publication.read(YEAR, until=OVER, threshold=INSIDE_ACADEMY)


@pytest.mark.parametrize("years", [1, 3])
def test_an_edition_costs_three_queries_and_one_a_breakdown(years: int, django_assert_num_queries) -> None:
    fill()
    period = Period(YEAR.start, date(2026 + years, 9, 1))
    scopes = [read_scope(name) for name in ("national", "academie:lyon", "departement:15")]
    with django_assert_num_queries(4):
        found = Publication.read(period, until=OVER)
        for scope in scopes:
            for one in (period, SEPTEMBER):
                found.decision(TOPICS, scope=scope, period=one, **ROWS)
                found.may_tell_size(TOPICS, scope=scope, period=one)
