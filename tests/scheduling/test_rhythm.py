"""Days that come back, compared with a calendar gone through day by day."""

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxirh.kernel.calendar import days_of
from proxirh.scheduling.rhythm import LAST, Frequency, Rhythm

DAYS = st.dates(date(2025, 1, 1), date(2029, 12, 31))
WEEKDAYS = st.sets(st.integers(0, 6), min_size=1).map(sorted).map(tuple)


@st.composite
def rhythms(draw: st.DrawFn) -> Rhythm:
    first = draw(DAYS)
    last = draw(st.none() | st.integers(0, 900).map(lambda days: first + timedelta(days=days)))
    frequency = draw(st.sampled_from(Frequency.values))
    nth = draw(st.sampled_from([1, 2, 3, 4, 5, LAST]))
    return Rhythm(frequency, first, last, draw(st.integers(1, 6)), draw(WEEKDAYS), nth)


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def comes_back(rhythm: Rhythm, day: date) -> bool:
    """The same in the words of whoever reads it aloud."""
    if day < rhythm.first or (rhythm.last is not None and day > rhythm.last):
        return False
    match rhythm.frequency:
        case Frequency.ONCE:
            return day == rhythm.first
        case Frequency.DAILY:
            return day.weekday() < 5
        case Frequency.WEEKLY:
            weeks = (monday(day) - monday(rhythm.first)).days // 7
            return weeks % rhythm.every == 0 and day.weekday() in rhythm.weekdays
    months = (day.year - rhythm.first.year) * 12 + day.month - rhythm.first.month
    if months % rhythm.every or day.weekday() not in rhythm.weekdays:
        return False
    if rhythm.nth == LAST:
        return day.day + 7 > monthrange(day.year, day.month)[1]
    return (day.day - 1) // 7 + 1 == rhythm.nth


@given(rhythms(), DAYS, st.integers(0, 200))
def test_its_days_are_those_of_a_calendar(rhythm: Rhythm, start: date, length: int) -> None:
    """Mutation: begin each window at its own Monday, or at its own month."""
    end = start + timedelta(days=length)
    assert rhythm.days(start, end) == tuple(day for day in days_of(start, end) if comes_back(rhythm, day))


@given(rhythms(), DAYS, st.integers(0, 60), st.integers(0, 60))
def test_two_windows_say_what_one_says(rhythm: Rhythm, start: date, one: int, other: int) -> None:
    middle = start + timedelta(days=one)
    end = middle + timedelta(days=1 + other)
    whole = rhythm.days(start, middle) + rhythm.days(middle + timedelta(days=1), end)
    assert rhythm.days(start, end) == whole


def test_a_month_without_a_fifth_tuesday_has_none() -> None:
    fifth = Rhythm(Frequency.MONTHLY, date(2026, 11, 1), weekdays=(1,), nth=5)
    assert fifth.days(date(2026, 11, 1), date(2027, 3, 31)) == (date(2026, 12, 29), date(2027, 3, 30))


@pytest.mark.parametrize("frequency", Frequency.values)
def test_a_day_that_is_over_never_comes_back(frequency: str) -> None:
    rhythm = Rhythm(frequency, date(2026, 11, 2), date(2026, 11, 30), weekdays=(0,))
    assert rhythm.days(date(2026, 12, 1), date(2027, 12, 1)) == ()
