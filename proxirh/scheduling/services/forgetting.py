"""What goes before its time: what somebody asked or joined, with her; appointments, with what they were taken for.

Within the transaction of whoever decides.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from proxirh.kernel.models import DataKey
from proxirh.outbox.services import forget_about
from proxirh.scheduling.models import Appointment, SessionSeat, VisitRequest
from proxirh.scheduling.services import agenda
from proxirh.scheduling.services.seats import leave
from proxirh.scheduling.services.visits import withdraw_visit
from proxirh.scheduling.workflow import SeatState, SessionState, VisitState
from proxirh.territories.actor import Actor

WHY = "effacement"


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


def forget_series(series: Collection[UUID]) -> None:
    """Erase every row of these series, what holds their time, the mails sent about them, and their keys."""
    rows = Appointment.objects.for_system(WHY).of_series(series)
    found = list(rows.values_list("pk", "data_key_id", "held_id"))
    for one in series:
        forget_about(one)
    rows.filter(pk__in=[pk for pk, _, _ in found]).delete()
    agenda.forget([held for _, _, held in found if held is not None])
    DataKey.objects.destroy(*(key for _, key, _ in found))
