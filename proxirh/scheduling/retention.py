"""What time takes of an agenda: what was held, the openings that are over, the versions of past days."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from proxirh.kernel.retention import kept, rows_rule
from proxirh.scheduling.models import (
    AgendaDay,
    Appointment,
    Availability,
    AvailabilityChange,
    CollectiveSession,
    HeldTime,
    SitePermanence,
    VisitRequest,
)
from proxirh.scheduling.workflow import VisitState

# Nobody writes a day that is past: a week is more than any clock may be wrong by.
WRITTEN = timedelta(days=7)

# A visit, and what was useful to know on the way to it.
VISITED = timedelta(days=30)


def _held(at: datetime) -> QuerySet[HeldTime]:
    return HeldTime.objects.filter(ends_at__lt=at - kept("CONTENT"))


def _over(at: datetime) -> QuerySet[Availability]:
    return Availability.objects.filter(valid_until__lt=(at - kept("CONTENT")).date())


def _changed(at: datetime) -> QuerySet[AvailabilityChange]:
    return AvailabilityChange.objects.filter(day__lt=(at - kept("CONTENT")).date())


def _met(at: datetime) -> QuerySet[Appointment]:
    return Appointment.objects.filter(ends_at__lt=at - kept("CONTENT"))


def _past(at: datetime) -> QuerySet[AgendaDay]:
    return AgendaDay.objects.filter(day__lt=(at - WRITTEN).date())


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
    rows_rule("rendez-vous", "rendez-vous passés", _met, covers=Appointment, keep=("CONTENT",)),
    rows_rule("agenda", "temps retenus, passés", _held, covers=HeldTime, keyed=False, keep=("CONTENT",)),
    rows_rule("disponibilités", "disponibilités terminées", _over, covers=Availability, keyed=False, keep=("CONTENT",)),
    rows_rule(
        "jours changés", "jours changés, passés", _changed, covers=AvailabilityChange, keyed=False, keep=("CONTENT",)
    ),
    rows_rule("jours", "versions des jours passés", _past, covers=AgendaDay, keyed=False),
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
