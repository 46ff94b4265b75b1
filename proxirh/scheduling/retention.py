"""What time takes of an agenda: what was held, openings and half-days that are over, versions of past days; and of
calls, whoever they were from."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import QuerySet

from proxirh.kernel.retention import BATCH, Rule, kept, rows_rule
from proxirh.scheduling.models import (
    AgendaDay,
    Appointment,
    Availability,
    AvailabilityChange,
    DutyPattern,
    DutyShift,
    HeldTime,
    PhoneCall,
    Promise,
    Reinforcement,
)
from proxirh.scheduling.services.calling import erase_words

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


def _answered(at: datetime) -> QuerySet[DutyShift]:
    return DutyShift.objects.filter(ends_at__lt=at - kept("CONTENT"))


def _usual(at: datetime) -> QuerySet[DutyPattern]:
    return DutyPattern.objects.filter(valid_until__lt=(at - kept("CONTENT")).date())


def _reinforced(at: datetime) -> QuerySet[Reinforcement]:
    return Reinforcement.objects.filter(valid_until__lt=(at - kept("CONTENT")).date())


def _spoken(at: datetime) -> QuerySet[PhoneCall]:
    return PhoneCall.objects.to_erase(before=at - kept("CALLS"))


def _erase_spoken(at: datetime) -> Iterator[int]:
    while keys := list(_spoken(at).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        for key in keys:
            yield int(erase_words(key, at=at))


# The row stays, coarse and of nobody: it is counted.
CALLS = Rule(
    "appels",
    "appels reçus, avec ce qui en était noté et promis",
    (PhoneCall, Promise),
    due=lambda at: _spoken(at).count(),
    erase=_erase_spoken,
    keep=("CALLS",),
)


RULES = (
    CALLS,
    rows_rule("rendez-vous", "rendez-vous passés", _met, covers=Appointment, among=_all, keep=("CONTENT",)),
    rows_rule("agenda", "temps retenus, passés", _held, covers=HeldTime, keyed=False, keep=("CONTENT",)),
    rows_rule("disponibilités", "disponibilités terminées", _over, covers=Availability, keyed=False, keep=("CONTENT",)),
    rows_rule(
        "jours changés", "jours changés, passés", _changed, covers=AvailabilityChange, keyed=False, keep=("CONTENT",)
    ),
    rows_rule("jours", "versions des jours passés", _past, covers=AgendaDay, keyed=False),
    rows_rule("permanences", "permanences passées", _answered, covers=DutyShift, keyed=False, keep=("CONTENT",)),
    rows_rule("semaines types", "semaines types finies", _usual, covers=DutyPattern, keyed=False, keep=("CONTENT",)),
    rows_rule("renforts", "renforts finis", _reinforced, covers=Reinforcement, keyed=False, keep=("CONTENT",)),
)
