"""What time takes of an agenda: what was held, openings and half-days that are over, versions of past days; and of
calls, whoever they were from."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from proxirh.kernel.retention import BATCH, Rule, kept, rows_rule
from proxirh.scheduling.models import (
    AgendaDay,
    Appointment,
    Availability,
    AvailabilityChange,
    CollectiveSession,
    DutyPattern,
    DutyShift,
    HeldTime,
    PhoneCall,
    Promise,
    Reinforcement,
    SitePermanence,
    VisitRequest,
)
from proxirh.scheduling.services.calling import erase_words
from proxirh.scheduling.workflow import VisitState

# Nobody writes a day that is past: a week is more than any clock may be wrong by.
WRITTEN = timedelta(days=7)
# A visit, and what was useful to know on the way to it.
VISITED = timedelta(days=30)
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


def _sessions(at: datetime) -> QuerySet[CollectiveSession]:
    return CollectiveSession.objects.filter(ends_at__lt=at - kept("CONTENT"))


def _permanences(at: datetime) -> QuerySet[SitePermanence]:
    return SitePermanence.objects.filter(day__lt=(at - kept("CONTENT")).date())


def _visits(at: datetime) -> QuerySet[VisitRequest]:
    """Past, declined or withdrawn; those that nobody answered, once their last day is past."""
    since = at - VISITED
    return VisitRequest.objects.filter(
        Q(state=VisitState.TAKEN, ends_at__lt=since)
        | Q(state__in=(VisitState.DECLINED, VisitState.CANCELLED), ended_at__lt=since)
        | Q(state=VisitState.ASKED, last_wished__lt=since.date())
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
    rows_rule(
        "permanences téléphoniques",
        "permanences téléphoniques passées",
        _answered,
        covers=DutyShift,
        keyed=False,
        keep=("CONTENT",),
    ),
    rows_rule("semaines types", "semaines types finies", _usual, covers=DutyPattern, keyed=False, keep=("CONTENT",)),
    rows_rule("renforts", "renforts finis", _reinforced, covers=Reinforcement, keyed=False, keep=("CONTENT",)),
    rows_rule(
        "rencontres",
        "rencontres passées, inscriptions comprises",
        _sessions,
        covers=CollectiveSession,
        keyed=False,
        keep=("CONTENT",),
    ),
    rows_rule(
        "permanences",
        "permanences en établissement, passées",
        _permanences,
        covers=SitePermanence,
        keyed=False,
        keep=("CONTENT",),
    ),
    rows_rule("demandes de visite", "demandes de visite terminées", _visits, covers=VisitRequest),
)
