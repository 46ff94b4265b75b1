"""Days that come back: once, every day, on chosen weekdays every few weeks, on the nth weekday of a month.

Days are those of a wall calendar, without a zone: nine o’clock stays nine o’clock whatever the summer time does.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from dateutil import rrule
from django.db import models

WEEK = timedelta(days=7)
WORKING_WEEK = (0, 1, 2, 3, 4)
LAST = -1


class Frequency(models.TextChoices):
    """How often a day comes back."""

    ONCE = "once", "une seule fois"
    DAILY = "daily", "du lundi au vendredi"
    WEEKLY = "weekly", "chaque semaine, ou toutes les deux, trois… semaines"
    MONTHLY = "monthly", "chaque mois, par exemple le premier mardi"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Which days, from `first` to `last` included (None: without an end).

    `every` counts weeks or months; `weekdays` go from 0 (Monday) to 6; `nth` from 1 to 5, or LAST.
    """

    frequency: str
    first: date
    last: date | None = None
    every: int = 1
    weekdays: tuple[int, ...] = ()
    nth: int = 1

    def days(self, start: date, end: date) -> tuple[date, ...]:
        """Those from `start` to `end`, both included, in order."""
        start, end = max(start, self.first), end if self.last is None else min(end, self.last)
        return _days(self, start, end) if start <= end else ()


@lru_cache(maxsize=4096)
def _days(rhythm: Rhythm, start: date, end: date) -> tuple[date, ...]:
    if rhythm.frequency == Frequency.ONCE:
        return (rhythm.first,) if start == rhythm.first else ()
    found = _rule(rhythm, start).between(_midnight(start), _midnight(end), inc=True)
    return tuple(one.date() for one in found)


def _rule(rhythm: Rhythm, start: date) -> rrule.rrule:
    """The rule from the last period of the rhythm that begins by `start`: none before it is gone through."""
    if rhythm.frequency == Frequency.MONTHLY:
        months = (start.year - rhythm.first.year) * 12 + start.month - rhythm.first.month
        year, month = divmod(rhythm.first.year * 12 + rhythm.first.month - 1 + months - months % rhythm.every, 12)
        return rrule.rrule(
            rrule.MONTHLY,
            dtstart=_midnight(date(year, month + 1, 1)),
            interval=rhythm.every,
            byweekday=[rrule.weekday(day, rhythm.nth) for day in rhythm.weekdays],
        )
    if rhythm.frequency == Frequency.DAILY:
        return rrule.rrule(rrule.WEEKLY, dtstart=_midnight(start), byweekday=WORKING_WEEK)
    monday = _monday(rhythm.first)
    weeks = (_monday(start) - monday).days // 7
    begins = monday + WEEK * (weeks - weeks % rhythm.every)
    return rrule.rrule(
        rrule.WEEKLY, dtstart=_midnight(begins), interval=rhythm.every, byweekday=rhythm.weekdays, wkst=rrule.MO
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min)
