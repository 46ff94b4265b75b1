"""What somebody asked or joined goes with her: her time is given back, her seat goes to the next, then the rows go."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from proxirh.kernel.models import DataKey
from proxirh.scheduling.models import SessionSeat, VisitRequest
from proxirh.scheduling.services.seats import leave
from proxirh.scheduling.services.visits import withdraw_visit
from proxirh.scheduling.workflow import SeatState, SessionState, VisitState
from proxirh.territories.actor import Actor


@transaction.atomic
def forget_asked(*, actor: Actor, at: datetime | None = None) -> None:
    """Withdraw and leave what is to come, so that others are told, then erase all of it with its keys."""
    at = at or timezone.now()
    visits = VisitRequest.objects.filter(asked_by=actor.person_id or 0)
    seats = SessionSeat.objects.filter(person=actor.person_id or 0)
    to_come = Q(starts_at=None) | Q(starts_at__gt=at)
    for visit in visits.filter(to_come, state__in=(VisitState.ASKED, VisitState.TAKEN)):
        withdraw_visit(actor=actor, visit=visit, at=at)
    kept = seats.filter(state__in=(SeatState.REGISTERED, SeatState.WAITING), session__state=SessionState.OPEN)
    for seat in kept.filter(session__starts_at__gt=at).select_related("session").order_by("session"):
        leave(actor=actor, seat=seat, at=at)
    keys = list(visits.values_list("data_key", flat=True))
    visits.delete()
    seats.delete()
    DataKey.objects.destroy(*keys)
