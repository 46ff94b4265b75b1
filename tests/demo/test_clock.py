"""The clock of the demonstration: as the calendar says, however far one looks back."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from proxirh.demo.generation.cast import Stage
from proxirh.demo.generation.seasons import Clock
from proxirh.kernel.calendar import Calendar, add_working_days, working_days_between

DATES = [date(2026, 6, 30), date(2026, 11, 28), date(2027, 2, 28)]
YEAR = timedelta(days=365)


def clock_on(today: date) -> Clock:
    return Clock("Europe/Paris", "metropole", today - YEAR, today)


@pytest.mark.parametrize("today", DATES)
@pytest.mark.parametrize("days", [1, 20, 250, 400])
def test_so_many_working_days_ago_is_in_the_past(today: date, days: int) -> None:
    """Also before the period that is told. Mutations: begin the table with the period; read it from its end."""
    clock = clock_on(today)
    at = datetime(today.year, today.month, today.day, 9, tzinfo=UTC)
    lives: Any = SimpleNamespace(rng=None, now=at)
    place: Any = SimpleNamespace(clock=clock)
    ledger: Any = None
    found = Stage(ledger, lives, place).ago(days)
    calendar = Calendar("metropole")
    assert found < at
    # A Saturday counts from the working day before it, as the calendar does.
    assert working_days_between(found.date(), today - timedelta(days=1), calendar) == days - 1
    assert clock.add(found.date(), days) == add_working_days(found.date(), days, calendar)


def test_too_far_back_is_refused_rather_than_read_from_the_end() -> None:
    """Mutation: let a negative place through."""
    clock, today = clock_on(DATES[0]), DATES[0]
    with pytest.raises(ValueError, match="before"):
        clock.before(today, 2000)
    for read in (clock.is_working, lambda day: clock.add(day, 1), lambda day: clock.before(day, 1)):
        with pytest.raises(ValueError, match="before"):
            read(today - 10 * YEAR)
