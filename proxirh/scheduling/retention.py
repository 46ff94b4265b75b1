"""What time takes of an agenda: what was held, the openings that are over, the versions of past days."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from proxirh.kernel.retention import kept, rows_rule
from proxirh.scheduling.models import AgendaDay, Appointment, Availability, AvailabilityChange, HeldTime

# Nobody writes a day that is past: a week is more than any clock may be wrong by.
WRITTEN = timedelta(days=7)
WHY = "conservation"


def _held(at: datetime) -> QuerySet[HeldTime]:
    return HeldTime.objects.filter(ends_at__lt=at - kept("CONTENT"))


def _over(at: datetime) -> QuerySet[Availability]:
    return Availability.objects.filter(valid_until__lt=(at - kept("CONTENT")).date())


def _changed(at: datetime) -> QuerySet[AvailabilityChange]:
    return AvailabilityChange.objects.filter(day__lt=(at - kept("CONTENT")).date())


def _met(at: datetime) -> QuerySet[Appointment]:
    return Appointment.objects.for_system(WHY).ended_before(at - kept("CONTENT"))


def _all(_at: datetime) -> int:
    return Appointment.objects.for_system(WHY).count()


def _past(at: datetime) -> QuerySet[AgendaDay]:
    return AgendaDay.objects.filter(day__lt=(at - WRITTEN).date())


RULES = (
    rows_rule("rendez-vous", "rendez-vous passés", _met, covers=Appointment, among=_all, keep=("CONTENT",)),
    rows_rule("agenda", "temps retenus, passés", _held, covers=HeldTime, keyed=False, keep=("CONTENT",)),
    rows_rule("disponibilités", "disponibilités terminées", _over, covers=Availability, keyed=False, keep=("CONTENT",)),
    rows_rule(
        "jours changés", "jours changés, passés", _changed, covers=AvailabilityChange, keyed=False, keep=("CONTENT",)
    ),
    rows_rule("jours", "versions des jours passés", _past, covers=AgendaDay, keyed=False),
)
