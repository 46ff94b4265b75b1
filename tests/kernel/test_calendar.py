"""Delays count the working days of the agent's own calendar, and end at 23:59 where she lives."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxirh.kernel.calendar import (
    SUBDIVISIONS,
    Calendar,
    add_working_days,
    days_of,
    due_at,
    is_working_day,
    local_day,
    named_holidays,
    public_holidays,
    working_days_between,
)

METROPOLE = Calendar("metropole")
# From Thursday 24 December to the eve of Monday 4 January.
CHRISTMAS_WEEK = frozenset(days_of(date(2026, 12, 24), date(2027, 1, 3)))

# Local holidays that fall on no other day of the year 2026, read on the texts (Code du travail L3134-13 and L3422-2).
LOCAL_HOLIDAYS = {
    "metropole": set(),
    "saint-pierre-et-miquelon": set(),
    "alsace-moselle": {date(2026, 4, 3), date(2026, 12, 26)},
    "guadeloupe": {date(2026, 5, 27)},
    "martinique": {date(2026, 5, 22)},
    "guyane": {date(2026, 6, 10)},
    "la-reunion": {date(2026, 12, 20)},
    "mayotte": {date(2026, 4, 27)},
    "saint-barthelemy": {date(2026, 10, 9)},
    "saint-martin": {date(2026, 5, 28)},
}
NATIONAL_HOLIDAYS = {
    date(2026, 1, 1),
    date(2026, 4, 6),
    date(2026, 5, 1),
    date(2026, 5, 8),
    date(2026, 5, 14),
    date(2026, 5, 25),
    date(2026, 7, 14),
    date(2026, 8, 15),
    date(2026, 11, 1),
    date(2026, 11, 11),
    date(2026, 12, 25),
}


def test_each_calendar_has_its_expected_holidays() -> None:
    assert set(LOCAL_HOLIDAYS) == set(SUBDIVISIONS)


@pytest.mark.parametrize("calendar", SUBDIVISIONS)
def test_holidays_of_a_territory(calendar: str) -> None:
    """Mutation: give Alsace-Moselle the calendar of the metropole."""
    assert public_holidays(calendar, 2026) >= NATIONAL_HOLIDAYS | LOCAL_HOLIDAYS[calendar]
    elsewhere = set().union(*LOCAL_HOLIDAYS.values()) - LOCAL_HOLIDAYS[calendar]
    # Good Friday is also kept in Guadeloupe.
    assert not (public_holidays(calendar, 2026) & elsewhere) - {date(2026, 4, 3)}


@pytest.mark.parametrize(
    ("calendar", "asked", "due"),
    [
        ("metropole", date(2026, 4, 2), date(2026, 4, 7)),  # Thursday; Friday, then Tuesday after Easter Monday
        ("alsace-moselle", date(2026, 4, 2), date(2026, 4, 8)),  # Good Friday too
        ("metropole", date(2025, 12, 24), date(2025, 12, 29)),
        ("alsace-moselle", date(2025, 12, 24), date(2025, 12, 30)),  # 26 December
        ("metropole", date(2026, 5, 21), date(2026, 5, 26)),
        ("martinique", date(2026, 5, 21), date(2026, 5, 27)),  # 22 May, then Whit Monday
        ("metropole", date(2026, 5, 26), date(2026, 5, 28)),
        ("guadeloupe", date(2026, 5, 26), date(2026, 5, 29)),  # 27 May
        ("saint-martin", date(2026, 5, 26), date(2026, 5, 29)),  # 28 May
        ("guyane", date(2026, 6, 9), date(2026, 6, 12)),  # 10 June
        ("la-reunion", date(2027, 12, 17), date(2027, 12, 22)),  # 20 December
        ("mayotte", date(2026, 4, 24), date(2026, 4, 29)),  # 27 April
        ("saint-barthelemy", date(2026, 10, 8), date(2026, 10, 13)),  # 9 October
        ("saint-pierre-et-miquelon", date(2026, 10, 8), date(2026, 10, 12)),
        ("metropole", date(2026, 12, 31), date(2027, 1, 5)),  # the next year's holidays count too
        ("metropole", date(2026, 11, 14), date(2026, 11, 17)),  # asked on a Saturday
    ],
)
def test_two_working_days_later(calendar: str, asked: date, due: date) -> None:
    assert add_working_days(asked, 2, Calendar(calendar)) == due


@pytest.mark.parametrize(
    ("calendar", "zone", "asked", "due"),
    [
        # Half past eleven in the evening is still day 0 in Paris, and already the next one in La Réunion.
        ("metropole", "Europe/Paris", (2026, 11, 17, 22, 30), (2026, 11, 19, 22, 59)),
        ("la-reunion", "Indian/Reunion", (2026, 11, 17, 22, 30), (2026, 11, 20, 19, 59)),
        # Two in the morning in London is still the evening before in the Antilles.
        ("guadeloupe", "America/Guadeloupe", (2026, 11, 18, 2, 0), (2026, 11, 20, 3, 59)),
        ("guyane", "America/Cayenne", (2026, 11, 18, 2, 0), (2026, 11, 20, 2, 59)),
        ("mayotte", "Indian/Mayotte", (2026, 11, 17, 21, 30), (2026, 11, 20, 20, 59)),
        # Clocks move between asking and the due date: it stays 23:59 there.
        ("metropole", "Europe/Paris", (2026, 3, 27, 9, 0), (2026, 3, 31, 21, 59)),
        ("metropole", "Europe/Paris", (2026, 10, 23, 8, 0), (2026, 10, 27, 22, 59)),
        ("saint-pierre-et-miquelon", "America/Miquelon", (2026, 3, 6, 15, 0), (2026, 3, 11, 1, 59)),
    ],
)
def test_due_at_the_end_of_the_local_day(calendar: str, zone: str, asked: tuple, due: tuple) -> None:
    """Mutation: take the date of asking in UTC, or add 24 hours a day."""
    moment = due_at(datetime(*asked, tzinfo=UTC), working_days=2, calendar=Calendar(calendar), zone=zone)
    assert moment.astimezone(UTC) == datetime(*due, tzinfo=UTC)
    assert (moment.hour, moment.minute) == (23, 59)


def test_local_day_is_the_readers() -> None:
    moment = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert local_day(moment, "Europe/Paris") == date(2027, 1, 1)
    assert local_day(moment, "America/Martinique") == date(2026, 12, 31)


def test_unknown_calendar_is_refused() -> None:
    with pytest.raises(KeyError):
        is_working_day(date(2026, 11, 17), Calendar("atlantide"))


@given(
    start=st.dates(date(2020, 1, 1), date(2035, 1, 1)),
    count=st.integers(1, 70),
    calendar=st.builds(
        Calendar,
        st.sampled_from(sorted(SUBDIVISIONS)),
        st.frozensets(st.dates(date(2020, 1, 1), date(2035, 6, 1)), max_size=30),
    ),
)
def test_adding_then_counting_gives_the_number_back(start: date, count: int, calendar: Calendar) -> None:
    end = add_working_days(start, count, calendar)
    assert is_working_day(end, calendar)
    assert working_days_between(start, end, calendar) == count


def test_nothing_is_counted_backwards() -> None:
    assert working_days_between(date(2026, 11, 20), date(2026, 11, 17), METROPOLE) == 0


@pytest.mark.parametrize(
    ("calendar", "asked", "due"),
    [
        ("metropole", date(2026, 12, 22), date(2027, 1, 4)),  # 23 December, then the first day open again
        ("metropole", date(2026, 12, 23), date(2027, 1, 5)),
        ("metropole", date(2026, 12, 28), date(2027, 1, 5)),  # asked while the service is closed
        ("alsace-moselle", date(2026, 12, 22), date(2027, 1, 4)),  # 26 December would not count either
        ("la-reunion", date(2026, 12, 18), date(2026, 12, 22)),  # over before the closure begins
    ],
)
def test_a_closed_week_is_not_counted(calendar: str, asked: date, due: date) -> None:
    """Mutation: forget the closed days in `is_working_day`."""
    closed = Calendar(calendar, CHRISTMAS_WEEK)
    assert add_working_days(asked, 2, closed) == due
    assert working_days_between(asked, due, closed) == 2


@pytest.mark.parametrize(
    ("calendar", "zone", "asked", "closed", "due"),
    [
        # Clocks go forward on Sunday 29 March, in the middle of what is closed; back on Sunday 25 October.
        ("metropole", "Europe/Paris", (2026, 3, 26, 9), ((3, 27), (3, 30)), (2026, 4, 1, 21, 59)),
        ("metropole", "Europe/Paris", (2026, 10, 22, 8), ((10, 23), (10, 27)), (2026, 10, 29, 22, 59)),
        ("saint-pierre-et-miquelon", "America/Miquelon", (2026, 3, 5, 15), ((3, 6), (3, 9)), (2026, 3, 12, 1, 59)),
    ],
)
def test_a_deadline_across_a_closure_and_a_change_of_time(
    calendar: str, zone: str, asked: tuple, closed: tuple, due: tuple
) -> None:
    """Mutation: add 24 hours a day instead of combining the day with 23:59 there."""
    first, last = (date(2026, *day) for day in closed)
    place = Calendar(calendar, frozenset(days_of(first, last)))
    moment = due_at(datetime(*asked, tzinfo=UTC), working_days=2, calendar=place, zone=zone)
    assert moment.astimezone(UTC) == datetime(*due, tzinfo=UTC)
    assert (moment.hour, moment.minute) == (23, 59)


def test_holidays_bear_their_french_names_in_order() -> None:
    named = named_holidays("alsace-moselle", 2026)
    assert list(named) == sorted(named)
    assert named[date(2026, 4, 3)] == "Vendredi saint"
    assert date(2026, 12, 26) in named
