"""Collective sessions: one host gives a time to several people, who never read of each other."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from proxirh.kernel import journal
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.workflow import swap
from proxirh.scheduling.errors import SlotTaken
from proxirh.scheduling.invitations import session_cancellation
from proxirh.scheduling.models import CollectiveSession, HeldTime, Holder, MeetingPlace, SessionSeat, SessionTitle
from proxirh.scheduling.permissions import keeps_agenda, may_cancel_session, runs_session
from proxirh.scheduling.services import agenda
from proxirh.scheduling.services.agenda import Asked
from proxirh.scheduling.services.announcing import tell
from proxirh.scheduling.services.openings import USED
from proxirh.scheduling.services.seats import OVER, claim, fill, tell_of_session
from proxirh.scheduling.slots import check_quarters
from proxirh.scheduling.workflow import SEATED, SESSION_WORKFLOW, SeatState, SessionState
from proxirh.territories.actor import Actor
from proxirh.territories.models import Academy, Department
from proxirh.territories.services.serving import departments_served

NOT_YOURS = "Cette rencontre n’est pas la vôtre."
BUSY = "Votre agenda est déjà pris à ce moment, trajet compris. Choisissez une autre heure."
LONGEST = timedelta(hours=8)
MOST_AHEAD = timedelta(days=370)
FEWEST, MOST = 2, 200
NUMBER = "De 2 à 200 places."
TRIES = 5


@dataclass(frozen=True, slots=True)
class When:
    """From when to when, where (a place, or a link), and until when one may register."""

    starts_at: datetime
    ends_at: datetime
    register_until: datetime
    place: MeetingPlace | None = None
    video_link: str = ""


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────
def hosted_by(actor: Actor) -> QuerySet[CollectiveSession]:
    """Her own, with how many seats are taken, people wait, and seats nobody said the attendance of."""
    rows = CollectiveSession.objects.filter(host=actor.person_id or 0).select_related("place", "department")
    return rows.annotate(
        taken=Count("seats", filter=Q(seats__state__in=SEATED)),
        waiting=Count("seats", filter=Q(seats__state=SeatState.WAITING)),
        unsaid=Count("seats", filter=Q(seats__state=SeatState.REGISTERED)),
    )


def open_in(academy: Academy, *, at: datetime) -> QuerySet[CollectiveSession]:
    """Those of an académie to which one may still register; full ones have a waiting list."""
    rows = CollectiveSession.objects.filter(state=SessionState.OPEN, register_until__gt=at, department__academy=academy)
    return rows.select_related("place", "department").annotate(taken=Count("seats", filter=Q(seats__state__in=SEATED)))


def to_come_in(academy: Academy, *, at: datetime) -> QuerySet[CollectiveSession]:
    """Those of an académie that take place, whether or not one may still register: for whoever runs it."""
    rows = CollectiveSession.objects.filter(state=SessionState.OPEN, ends_at__gt=at, department__academy=academy)
    return rows.select_related("place", "department").annotate(taken=Count("seats", filter=Q(seats__state__in=SEATED)))


def own_seats(actor: Actor) -> QuerySet[SessionSeat]:
    """Where she is registered or waits, or was; nobody else’s."""
    rows = SessionSeat.objects.filter(person=actor.person_id or 0)
    return rows.select_related("session__place", "session__department").order_by("-session__starts_at")


def ahead_of(seat: SessionSeat) -> int:
    """How many wait before her."""
    waiting = SessionSeat.objects.filter(session=seat.session_id, state=SeatState.WAITING, rank__lt=seat.rank)
    return waiting.count()


def names_of(actor: Actor, session: CollectiveSession) -> list[SessionSeat]:
    """Who comes and who waits, for the host alone; NotAllowed for anybody else."""
    if not runs_session(actor, session):
        raise NotAllowed(NOT_YOURS)
    rows = session.seats.exclude(state=SeatState.CANCELLED).select_related("person__data_key")
    return list(rows.order_by("rank"))


# ── Writing: the session ─────────────────────────────────────────────────────────────────────────
def open_session(
    *,
    actor: Actor,
    department: Department,
    title: SessionTitle,
    when: When,
    capacity: int,
    key: UUID | None = None,
    at: datetime | None = None,
) -> CollectiveSession:
    """Invite people to a time, which is held in the agenda of its host; the same key twice opens it once.

    Raises NotAllowed for whoever receives nobody there, DomainError for times that make no sense, SlotTaken when her
    time is taken.
    """
    at = at or timezone.now()
    if not keeps_agenda(actor) or actor.person_id is None or department not in departments_served(actor):
        raise NotAllowed(NOT_YOURS)
    if key and (sent := _sent(actor, key, title=title, when=when, capacity=capacity)):
        return sent
    _check(department, when, at=at)
    if not FEWEST <= capacity <= MOST:
        raise DomainError(NUMBER)
    asked = _asked(actor.person_id, when)
    for left in reversed(range(TRIES)):
        read = agenda.read(asked)
        if not agenda.is_free(asked):
            raise SlotTaken(BUSY)
        try:
            with transaction.atomic():
                held = agenda.hold(asked, read=read, kind=Holder.SESSION)
                made = CollectiveSession.objects.create(
                    department=department,
                    host_id=actor.person_id,
                    title=title,
                    capacity=capacity,
                    held=held,
                    time_zone=when.place.time_zone if when.place else department.time_zone,
                    created_at=at,
                    idempotency_key=key,
                    **_columns(when),
                )
                journal.record(actor=actor.label, verb="rencontre.ouverte", subject=made, at=at)
        except (SlotTaken, IntegrityError):
            if key and (sent := _sent(actor, key, title=title, when=when, capacity=capacity)):
                return sent
            if not left:
                raise
        else:
            return made
    raise SlotTaken(BUSY)


def move_session(*, actor: Actor, session: CollectiveSession, when: When, at: datetime | None = None) -> None:
    """Hold another time, or meet elsewhere; whoever is registered or waits is told. To the same is nothing.

    Also once registration is closed, which stays so unless another last day is given.
    """
    at = at or timezone.now()
    _check_runs(actor, session, at=at)
    if all(getattr(session, name) == value for name, value in _columns(when).items()):
        return
    _check(session.department, when, at=at, moved=session)
    asked = _asked(session.host_id, when)
    before = {name: getattr(session, name) for name in _columns(when)}
    zone = when.place.time_zone if when.place else session.department.time_zone
    for left in reversed(range(TRIES)):
        read = agenda.read(asked)
        held = HeldTime.objects.filter(pk=session.held_id or 0).first()
        if not agenda.is_free(asked, but=held.pk if held else None):
            raise SlotTaken(BUSY)
        try:
            with transaction.atomic():
                claim(session)
                if held is None:
                    held = agenda.hold(asked, read=read, kind=Holder.SESSION)
                else:
                    agenda.shift(held, asked, read=read)
                swap(session, before, {**_columns(when), "time_zone": zone, "held_id": held.pk})
                journal.record(actor=actor.label, verb="rencontre.déplacée", subject=session, at=at)
                session.place = when.place
                _tell_all(session, once=f"moved-{session.version}", at=at)
        except SlotTaken:
            if not left:
                raise
        else:
            return


@transaction.atomic
def cancel_session(*, actor: Actor, session: CollectiveSession, at: datetime | None = None) -> None:
    """It does not take place: its time is given back, and whoever is registered or waits is told. Twice is once.

    Its host may be away: whoever coordinates the académie or heads its service cancels it too, and the host is told.
    """
    at = at or timezone.now()
    if not may_cancel_session(actor, session):
        raise NotAllowed(NOT_YOURS)
    if session.state == SessionState.CANCELLED:
        return
    _check_to_come(session, at=at)
    claim(session)
    held = session.held_id
    SESSION_WORKFLOW.apply(session, "cancel", held_id=None)
    for one in HeldTime.objects.filter(pk=held or 0):
        agenda.release(one)
    journal.record(actor=actor.label, verb="rencontre.annulée", subject=session, at=at)
    _tell_all(session, once="cancelled", at=at)
    tell("session_for_staff", {session.host_id} - {actor.person_id}, about=session.uid, once="cancelled", at=at)


@transaction.atomic
def resize_session(*, actor: Actor, session: CollectiveSession, capacity: int, at: datetime | None = None) -> None:
    """Receive more people, and whoever waits has a seat and is told; or fewer, never under the seats that are taken."""
    at = at or timezone.now()
    _check_runs(actor, session, at=at)
    if not FEWEST <= capacity <= MOST:
        raise DomainError(NUMBER)
    if capacity == session.capacity:
        return
    claim(session)
    taken = session.seats.filter(state__in=SEATED).count()
    if capacity < taken:
        raise DomainError(f"{taken} personnes ont déjà leur place : gardez au moins {taken} places.")
    CollectiveSession.objects.filter(pk=session.pk).update(capacity=capacity)
    session.capacity = capacity
    journal.record(actor=actor.label, verb="rencontre.places", subject=session, at=at)
    fill(session, at=at)


@transaction.atomic
def note_attendance(
    *, actor: Actor, session: CollectiveSession, came: frozenset[UUID], at: datetime | None = None
) -> None:
    """Once it has begun, say who came; whoever had a seat and is not named did not. It may be said again."""
    at = at or timezone.now()
    if not runs_session(actor, session):
        raise NotAllowed(NOT_YOURS)
    if session.state != SessionState.OPEN or session.starts_at > at:
        raise DomainError("Dites qui est venu une fois la rencontre commencée.")
    seated = session.seats.filter(state__in=SEATED)
    said = dict(seated.values_list("uid", "state"))
    if all(state == (SeatState.CAME if uid in came else SeatState.DID_NOT_COME) for uid, state in said.items()):
        return
    claim(session)
    seated.filter(uid__in=came).update(state=SeatState.CAME)
    seated.exclude(uid__in=came).update(state=SeatState.DID_NOT_COME)
    journal.record(actor=actor.label, verb="rencontre.présences", subject=session, at=at)


def _check_runs(actor: Actor, session: CollectiveSession, *, at: datetime) -> None:
    if not runs_session(actor, session):
        raise NotAllowed(NOT_YOURS)
    _check_to_come(session, at=at)


def _check_to_come(session: CollectiveSession, *, at: datetime) -> None:
    if session.starts_at <= at:
        raise DomainError(OVER)


def _tell_all(session: CollectiveSession, *, once: str, at: datetime) -> None:
    """Those who wait have no event in their calendars: they are told without one."""
    there = dict(session.seats.values_list("person_id", "state"))
    seated = [person for person, state in there.items() if state == SeatState.REGISTERED]
    waiting = [person for person, state in there.items() if state == SeatState.WAITING]
    if session.state == SessionState.OPEN:
        tell_of_session(session, seated, once=once, at=at)
    else:
        away = partial(session_cancellation, session, at=at)
        tell("session_for_agent", seated, about=session.uid, once=once, event=away, at=at)
    tell("session_for_agent", waiting, about=session.uid, once=once, at=at)


def _sent(actor: Actor, key: UUID, *, title: SessionTitle, when: When, capacity: int) -> CollectiveSession | None:
    """What the same form made already; StaleState when it said something else."""
    row = hosted_by(actor).filter(idempotency_key=key).first()
    written = {**_columns(when), "title": title, "capacity": capacity}
    if row is not None and not all(getattr(row, name) == value for name, value in written.items()):
        raise StaleState(USED)
    return row


def _columns(when: When) -> dict[str, object]:
    return {
        "starts_at": when.starts_at,
        "ends_at": when.ends_at,
        "register_until": when.register_until,
        "place_id": when.place.pk if when.place else None,
        "video_link": when.video_link,
    }


def _asked(person_id: int, when: When) -> Asked:
    return Asked(person_id, when.starts_at, when.ends_at, when.place.pk if when.place else None)


def _check(department: Department, when: When, *, at: datetime, moved: CollectiveSession | None = None) -> None:
    """One that is `moved` may keep a place that is used no longer, and a registration that is closed."""
    if when.starts_at <= at:
        raise DomainError("Ce moment est passé. Choisissez-en un autre.")
    if when.starts_at - at > MOST_AHEAD:
        raise DomainError("Un an à l’avance, au plus.")
    if when.ends_at <= when.starts_at:
        raise DomainError("La fin précède le début.")
    if when.ends_at - when.starts_at > LONGEST:
        raise DomainError("Une rencontre dure huit heures au plus.")
    check_quarters(when.starts_at, when.ends_at)
    if when.register_until > when.starts_at or (moved is None and when.register_until <= at):
        raise DomainError("Les inscriptions se ferment entre maintenant et le début de la rencontre.")
    place = when.place
    if (place is None) == (not when.video_link):
        raise DomainError("Choisissez un lieu, ou donnez un lien de visioconférence ; pas les deux.")
    if place is not None and (
        place.department_id != department.pk or not (place.is_open or (moved and place.pk == moved.place_id))
    ):
        raise DomainError("Ce lieu n’est pas utilisé dans ce département.")
