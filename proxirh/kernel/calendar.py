"""Working days of a place, but for the days when its service is closed and for its public holidays: those of the
`holidays` library (Code du travail L3133-1 and local law).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

import holidays

# Name of the calendar in our reference data → subdivision of France in the library (None: metropole).
SUBDIVISIONS: dict[str, str | None] = {
    "metropole": None,
    "alsace-moselle": "6AE",
    "guadeloupe": "971",
    "martinique": "972",
    "guyane": "973",
    "la-reunion": "974",
    "mayotte": "976",
    "saint-pierre-et-miquelon": "PM",
    "saint-barthelemy": "BL",
    "saint-martin": "MF",
}
END_OF_DAY = time(23, 59)


ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of one place: the name of its public holidays, and the days when the service is closed."""

    name: str
    closed: frozenset[date] = frozenset()


@lru_cache(maxsize=256)
def named_holidays(calendar: str, year: int) -> dict[date, str]:
    """Public holidays of one calendar in one year, in order, with their French names; KeyError for an unknown one."""
    found = holidays.country_holidays("FR", subdiv=SUBDIVISIONS[calendar], years=year, language="fr")
    return dict(sorted(found.items()))


@lru_cache(maxsize=256)
def public_holidays(calendar: str, year: int) -> frozenset[date]:
    """Public holidays of one calendar in one year; raises KeyError for an unknown calendar."""
    return frozenset(named_holidays(calendar, year))


def days_of(first: date, last: date) -> Iterator[date]:
    """Each day from one to another, both included; none when the last precedes the first."""
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def is_working_day(day: date, calendar: Calendar) -> bool:
    """Monday to Friday, public holidays and closed days excepted."""
    return day.weekday() < 5 and day not in public_holidays(calendar.name, day.year) and day not in calendar.closed


def add_working_days(day: date, count: int, calendar: Calendar) -> date:
    """The `count`-th working day strictly after `day`."""
    while count > 0:
        day += ONE_DAY
        if is_working_day(day, calendar):
            count -= 1
    return day


def working_days_between(start: date, end: date, calendar: Calendar) -> int:
    """Working days strictly after `start` up to `end` included; 0 when `end` is not after `start`."""
    count = 0
    while start < end:
        start += ONE_DAY
        count += is_working_day(start, calendar)
    return count


class DayCounter:
    """The same count for many pairs of days between two: each day is looked at once."""

    def __init__(self, first: date, last: date, calendar: Calendar) -> None:
        self._first = first.toordinal()
        self._until = list(accumulate(is_working_day(day, calendar) for day in days_of(first, last)))

    def between(self, start: date, end: date) -> int:
        """Working days strictly after `start` up to `end` included; 0 when `end` is not after `start`."""
        return max(0, self._until[end.toordinal() - self._first] - self._until[start.toordinal() - self._first])


def local_day(moment: datetime, zone: str) -> date:
    """Date of `moment` where the reader lives."""
    return moment.astimezone(ZoneInfo(zone)).date()


def end_of_day(day: date, zone: str) -> datetime:
    """23:59 there, on that day."""
    return datetime.combine(day, END_OF_DAY, tzinfo=ZoneInfo(zone))


def due_at(moment: datetime, *, working_days: int, calendar: Calendar, zone: str) -> datetime:
    """23:59 local time on the `working_days`-th working day after the local date of `moment`."""
    return end_of_day(add_working_days(local_day(moment, zone), working_days, calendar), zone)
