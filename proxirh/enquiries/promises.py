"""What may honestly be promised at a given moment, in the working days of the author's département.

A promise told again later is worked out from what was known when it was made: a closure declared since moves nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.utils import timezone

from proxirh.kernel.calendar import add_working_days, due_at, is_working_day, local_day
from proxirh.territories.models import Academy, Department
from proxirh.territories.services.calendars import calendar_of, known, school_holidays

# Later in the day a promise to call back « aujourd’hui » would be a lie.
LAST_CALL = time(16, 30)


@dataclass(frozen=True, slots=True)
class CallBack:
    """Whether someone can call back on `today`, and the next working day in any case."""

    today: date
    is_working_day: bool
    is_in_time: bool
    next_working_day: date

    @property
    def is_possible(self) -> bool:
        """True on a working day, before the last hour."""
        return self.is_working_day and self.is_in_time


@dataclass(frozen=True, slots=True)
class Shut:
    """Days when the service answers nobody, before what is promised; `is_holiday`: schools are on holiday then."""

    first: date
    last: date
    is_holiday: bool


def call_back_today(department: Department, *, at: datetime | None = None) -> CallBack:
    """What « à rappeler aujourd’hui » means where the author is, at the moment of the promise."""
    at = at or timezone.now()
    now = at.astimezone(ZoneInfo(department.time_zone))
    calendar = calendar_of(department, known_at=at)
    return CallBack(
        today=now.date(),
        is_working_day=is_working_day(now.date(), calendar),
        is_in_time=now.time() < LAST_CALL,
        next_working_day=add_working_days(now.date(), 1, calendar),
    )


def first_answer_on(department: Department, academy: Academy, *, at: datetime | None = None) -> date:
    """Day by whose end a person will have answered an enquiry sent then to a team of `academy`."""
    at = at or timezone.now()
    calendar, zone = calendar_of(department, known_at=at), department.time_zone
    return local_day(due_at(at, working_days=academy.first_answer_days, calendar=calendar, zone=zone), zone)


def shut_before(department: Department, day: date, *, at: datetime | None = None) -> list[Shut]:
    """Closures that an answer promised for that day waits for; no query while there is none."""
    at = at or timezone.now()
    today = local_day(at, department.time_zone)
    closed = [one for one in known(department.closed, at) if one.first <= day and one.last >= today]
    if not closed:
        return []
    away = list(school_holidays(department, today, max(one.last for one in closed)))
    return [
        Shut(one.first, one.last, any(free.valid_from <= one.last and free.valid_until >= one.first for free in away))
        for one in closed
    ]


def last_whole_month(department: Department, *, at: datetime | None = None) -> date:
    """First day of the month before this one, where the author is."""
    today = local_day(at or timezone.now(), department.time_zone)
    return date(today.year - (today.month == 1), (today.month - 2) % 12 + 1, 1)
