"""The coordination is told where no appointment may be taken: once a day, and on three days at most for the same."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.kernel.calendar import is_working_day
from proxirh.kernel.errors import StaleState
from proxirh.outbox.services import Letter, queue_letters
from proxirh.scheduling.models import SlotAlarm
from proxirh.scheduling.services import alarms
from proxirh.territories.actor import on_day
from proxirh.territories.models import Academy, Posting, Role
from proxirh.territories.services.calendars import calendar_of
from proxirh.territories.services.serving import in_charge

KIND = "slots_missing"
# The morning is read at half past eight: by then, the mail has left.
FROM_HOUR = 6


def tell_of_missing_slots(*, at: datetime) -> int:
    """Read every académie where somebody serves, and tell its coordination what it was not told; returns how many
    mails."""
    served = Posting.objects.filter(on_day(timezone.localdate(at)), team__isnull=False).values("academy")
    return sum(_tell(one, at=at) for one in Academy.objects.filter(pk__in=served).order_by("pk"))


def _tell(academy: Academy, *, at: datetime) -> int:
    """On a working day of one of its départements, once its morning has begun; the reading is kept at any hour."""
    row = alarms.write_alarm(academy, at=at)
    department = academy.departments.order_by("code").first()
    if department is None:
        return 0
    there = timezone.localtime(at, ZoneInfo(department.time_zone))
    day = there.date()
    if there.hour < FROM_HOUR or not is_working_day(day, calendar_of(department)):
        return 0
    if not alarms.is_to_tell(row, day=day):
        return 0
    try:
        with transaction.atomic():
            alarms.note_told(row, day=day)
            return _write(row, academy, at=at)
    except StaleState:  # another worker tells it
        return 0


def _write(row: SlotAlarm, academy: Academy, *, at: datetime) -> int:
    """A count and where to read it; neither a team nor a person."""
    told = in_charge(academy.pk, Role.COORDINATOR, day=timezone.localdate(at))
    people = Person.objects.filter(pk__in=told).select_related("data_key").order_by("pk")
    keyed = {f"{KIND}:{academy.pk}:{row.told_on}:{one.pk}": one.staff_address for one in people if one.staff_address}
    context = {"count": len({one.team for one in row.lacks}), "is_last": row.days_told >= alarms.TOLD_AT_MOST}
    letter = Letter(kind=KIND, to=keyed, template=f"enquiries/mails/{KIND}.txt", context=context)
    return queue_letters([letter], at=at)
