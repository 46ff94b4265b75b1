"""Working days by public-holiday calendar, from the `holidays` library (Code du travail L3133-1 and local law)."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
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


@lru_cache(maxsize=256)
def public_holidays(calendar: str, year: int) -> frozenset[date]:
    """Public holidays of one calendar in one year; raises KeyError for an unknown calendar."""
    return frozenset(holidays.country_holidays("FR", subdiv=SUBDIVISIONS[calendar], years=year))


def is_working_day(day: date, calendar: str) -> bool:
    """Monday to Friday, holidays excepted."""
    return day.weekday() < 5 and day not in public_holidays(calendar, day.year)


def add_working_days(day: date, count: int, calendar: str) -> date:
    """The `count`-th working day strictly after `day`."""
    while count > 0:
        day += timedelta(days=1)
        if is_working_day(day, calendar):
            count -= 1
    return day


def working_days_between(start: date, end: date, calendar: str) -> int:
    """Working days strictly after `start` up to `end` included; 0 when `end` is not after `start`."""
    count = 0
    while start < end:
        start += timedelta(days=1)
        count += is_working_day(start, calendar)
    return count


def local_day(moment: datetime, zone: str) -> date:
    """Date of `moment` where the reader lives."""
    return moment.astimezone(ZoneInfo(zone)).date()


def due_at(moment: datetime, *, working_days: int, calendar: str, zone: str) -> datetime:
    """23:59 local time on the `working_days`-th working day after the local date of `moment`."""
    day = add_working_days(local_day(moment, zone), working_days, calendar)
    return datetime.combine(day, END_OF_DAY, tzinfo=ZoneInfo(zone))
