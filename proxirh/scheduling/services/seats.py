"""Registering to a collective session, and leaving it: a numbered seat each, then a waiting list.

Whoever writes a seat first has the session to herself (`claim`), then reads its seats: none is given twice, and none
stays empty while somebody waits. The unique numbers are the last to refuse.
"""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max
from django.urls import reverse
from django.utils import timezone

from proxirh.kernel import journal
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.scheduling.invitations import session_invitation
from proxirh.scheduling.models import CollectiveSession, SessionSeat
from proxirh.scheduling.services.announcing import tell
from proxirh.scheduling.workflow import SEAT_WORKFLOW, SEATED, SeatState, SessionState
from proxirh.territories.actor import Actor

CANCELLED = "Cette rencontre est annulée."
OVER = "Cette rencontre a déjà commencé."
CLOSED = "Les inscriptions à cette rencontre sont closes."
UNNAMED = "Dites d’abord comment vous vous appelez : la personne qui anime lit votre nom, et elle seule."


def claim(session: CollectiveSession) -> None:
    """Have the session to oneself until the transaction ends: whoever comes next waits, then reads its seats.

    Raises StaleState once it is cancelled.
    """
    rows = CollectiveSession.objects.filter(pk=session.pk, state=SessionState.OPEN)
    if rows.update(version=F("version") + 1) != 1:
        raise StaleState(CANCELLED)
    session.refresh_from_db(fields=["version", "capacity"])


def tell_of_session(session: CollectiveSession, people: Iterable[int], *, once: str, at: datetime) -> None:
    """Write to people who have a seat that there is something to read, with the event as it now is."""
    link = settings.PROXIRH_BASE_URL + reverse("scheduling:my_sessions")
    tell(
        "session_for_agent",
        people,
        about=session.uid,
        once=once,
        event=lambda address: session_invitation(session, address, link=link, at=at),
        at=at,
    )


@transaction.atomic
def register(*, actor: Actor, session: CollectiveSession, at: datetime | None = None) -> SessionSeat:
    """Take a seat, or a rank in the waiting list once all are taken; twice is the same as once.

    Raises DomainError once registration is closed, StaleState when the session was cancelled meanwhile.
    """
    at = at or timezone.now()
    if actor.person_id is None:
        raise NotAllowed("Connectez-vous d’abord : un code arrive à votre adresse.")
    if session.host_id == actor.person_id:
        raise DomainError("Vous animez cette rencontre : vous y êtes déjà.")
    if (seat := _seat_of(actor, session)) is not None:
        return seat
    claim(session)
    if CollectiveSession.objects.filter(pk=session.pk, register_until__lte=at).exists():
        raise DomainError(CLOSED)
    if (seat := _seat_of(actor, session)) is not None:  # from another tab, meanwhile
        return seat
    number = _free_number(session)
    last = session.seats.aggregate(last=Max("rank"))["last"] or 0
    written = {
        "state": SeatState.REGISTERED if number else SeatState.WAITING,
        "number": number,
        "rank": last + 1,
        "created_at": at,
    }
    seat, _ = SessionSeat.objects.update_or_create(session=session, person_id=actor.person_id, defaults=written)
    journal.record(actor=actor.label, verb="rencontre.inscription", subject=session, at=at)
    return seat


@transaction.atomic
def leave(*, actor: Actor, seat: SessionSeat, at: datetime | None = None) -> None:
    """Give one’s seat or rank back before it begins; the first who waits has the seat, and is told. Twice is once."""
    at = at or timezone.now()
    if actor.person_id is None or seat.person_id != actor.person_id:
        raise NotAllowed("Cette inscription n’est pas la vôtre.")
    session = seat.session
    if _seat_of(actor, session) is None:
        return
    claim(session)
    seat.refresh_from_db(fields=["state", "number"])
    if seat.state == SeatState.CANCELLED:  # from another tab, meanwhile
        return
    if CollectiveSession.objects.filter(pk=session.pk, starts_at__lte=at).exists():
        raise DomainError(OVER)
    SEAT_WORKFLOW.apply(seat, "leave", number=None)
    journal.record(actor=actor.label, verb="rencontre.désinscription", subject=session, at=at)
    fill(session, at=at)


def _seat_of(actor: Actor, session: CollectiveSession) -> SessionSeat | None:
    """Hers, or her rank; None when she has neither, or gave it back."""
    rows = SessionSeat.objects.filter(session=session, person=actor.person_id or 0)
    return rows.exclude(state=SeatState.CANCELLED).first()


def _free_number(session: CollectiveSession) -> int | None:
    """The lowest seat that nobody has; None when as many are taken as may be, whatever their numbers."""
    taken = set(session.seats.filter(state__in=SEATED).values_list("number", flat=True))
    if len(taken) >= session.capacity:
        return None
    return next(n for n in range(1, session.capacity + 1) if n not in taken)


def fill(session: CollectiveSession, *, at: datetime) -> None:
    """Give each free seat to the first who still waits, and tell her; the session is ours, and takes place."""
    for first in session.seats.filter(state=SeatState.WAITING).order_by("rank"):
        number = _free_number(session)
        if number is None:
            return
        SEAT_WORKFLOW.apply(first, "promote", number=number)
        journal.record(actor=journal.SYSTEM, verb="rencontre.place-donnée", subject=session, at=at)
        tell_of_session(session, [first.person_id], once=f"place-{first.rank}", at=at)
