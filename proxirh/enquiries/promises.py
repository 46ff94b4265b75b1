"""What may honestly be promised at a given moment, in the working days of the author's département."""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.utils import timezone

from proxirh.kernel.calendar import add_working_days, due_at, is_working_day, local_day
from proxirh.territories.models import Academy, Department

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


def call_back_today(department: Department, *, at: datetime | None = None) -> CallBack:
    """What « à rappeler aujourd’hui » can mean where the author is, now."""
    now = (at or timezone.now()).astimezone(ZoneInfo(department.time_zone))
    return CallBack(
        today=now.date(),
        is_working_day=is_working_day(now.date(), department.holiday_calendar),
        is_in_time=now.time() < LAST_CALL,
        next_working_day=add_working_days(now.date(), 1, department.holiday_calendar),
    )


def first_answer_on(department: Department, academy: Academy, *, at: datetime | None = None) -> date:
    """Day by whose end a person will have answered an enquiry sent now to a team of `academy`."""
    moment = due_at(
        at or timezone.now(),
        working_days=academy.first_answer_days,
        calendar=department.holiday_calendar,
        zone=department.time_zone,
    )
    return local_day(moment, department.time_zone)


def last_whole_month(department: Department, *, at: datetime | None = None) -> date:
    """First day of the month before this one, where the author is."""
    today = local_day(at or timezone.now(), department.time_zone)
    return date(today.year - (today.month == 1), (today.month - 2) % 12 + 1, 1)
