"""Taking an appointment, moving it, cancelling it, and saying what became of it.

Who may meet whom is decided by whoever calls; here a time is held once, inside what is open, and each side is told.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from proxirh.kernel import journal, tokens
from proxirh.kernel.errors import DomainError, StaleState
from proxirh.kernel.models import DataKey, random_uid
from proxirh.kernel.workflow import swap
from proxirh.scheduling import letters
from proxirh.scheduling.errors import SlotTaken
from proxirh.scheduling.free import Wanted, free_slots
from proxirh.scheduling.models import Appointment, HeldTime, Holder, TopicLength, Way, WhyCancelled
from proxirh.scheduling.services import agenda
from proxirh.scheduling.services.agenda import Asked
from proxirh.scheduling.services.rules import rules_of
from proxirh.scheduling.slots import Slot, check_quarters
from proxirh.scheduling.workflow import APPOINTMENT_WORKFLOW, AppointmentState, AppointmentStep
from proxirh.territories.models import Academy, Department

# Each try reads again what is free: as many writers at once are rare, and each one that fails made another win.
TRIES = 40
# How many others whoever came second reads.
OTHERS = 3
LONGEST = timedelta(minutes=90)
PAST = "Ce moment est passé. Choisissez-en un autre."
NO_PHONE = "Aucun numéro n’est donné pour appeler. Choisissez une autre façon d’échanger."
NO_VIDEO = "La visioconférence n’est pas proposée ici. Choisissez une autre façon d’échanger."
MOVED = "Ce rendez-vous vient de changer. Relisez-le."
TOO_LATE_TO_CANCEL = "Il est trop tard pour annuler ici. Appelez le service : il préviendra qui vous attend."
TOO_LATE_TO_MOVE = "Il est trop tard pour le déplacer ici. Appelez le service, ou annulez-le s’il en est encore temps."
USED = "Cette page a déjà servi. Relisez ce qui est pris, puis recommencez depuis une page neuve."
NOT_YET = "Ce rendez-vous n’est pas fini."
REBOOKED_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Guest:
    """Whoever comes, as she gave herself: how to call her and where to write; each may be left out."""

    name: str = ""
    phone: str = ""
    address: str = ""
    wants_reminders: bool = True
    wants_texts: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """With whom, when, how, and where that person then is (None: anywhere)."""

    person_id: int
    start: datetime
    way: str
    place_id: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """How long, for which département, between which moments, and whether outside what is open too."""

    department: Department
    length: timedelta
    earliest: datetime
    latest: datetime
    is_anywhen: bool = False

    def wanted(self, way: str) -> Wanted:
        """What is looked for, by one way or any."""
        return Wanted(self.length, self.earliest, self.latest, way, department=self.department.pk)


def length_for(academy: Academy, branch: str) -> timedelta:
    """How long an académie gives to a branch of topics."""
    own = TopicLength.objects.filter(academy=academy, branch=branch).values_list("minutes", flat=True).first()
    return timedelta(minutes=own) if own else rules_of(academy).length


def usual_length(department: Department) -> timedelta:
    """How long one lasts, whatever it is about."""
    return rules_of(department.academy).length


def terms_for_agent(department: Department, length: timedelta, *, at: datetime) -> Terms:
    """What a person may take by herself."""
    rules = rules_of(department.academy)
    earliest, latest = at + timedelta(hours=rules.notice_hours), at + timedelta(days=rules.horizon_days)
    return Terms(department, length, earliest, latest)


def terms_for_staff(department: Department, length: timedelta, *, at: datetime) -> Terms:
    """What a counsellor may take with somebody who agrees: from now on, and outside her openings."""
    return Terms(department, length, at, at + timedelta(days=370), is_anywhen=True)


def offered(people: Collection[int], terms: Terms, *, way: str = "", but: int | None = None) -> Iterator[Slot]:
    """Slots that may be taken now, in order of time."""
    return free_slots(people, terms.wanted(way), but=but)


def alternatives(people: Collection[int], terms: Terms, *, way: str, after: datetime) -> list[Slot]:
    """The next ones, for whoever came second."""
    wanted = Wanted(terms.length, max(terms.earliest, after), terms.latest, way, department=terms.department.pk)
    found = list(islice(free_slots(people, wanted), OTHERS))
    return found or list(islice(offered(people, terms, way=way), OTHERS))


def book(
    *,
    by: str,
    guest: Guest,
    choice: Choice,
    terms: Terms,
    key: UUID,
    page: str = "",
    first: Callable[[], None] | None = None,
    then: Callable[[Appointment], None] | None = None,
    at: datetime | None = None,
) -> Appointment:
    """Take a time; `first` locks what it is for and `then` writes beside it, in the same transaction.

    The same key twice gives the same.

    Raises SlotTaken when it is no longer offered, DomainError for what may never be taken. Never inside another
    transaction.
    """
    at = at or timezone.now()
    if (sent := _sent(key, choice)) is not None:
        return sent
    _check(choice, guest, terms, at=at)
    rules = rules_of(terms.department.academy)
    room = rules.room(tokens.secret()) if choice.way == Way.VIDEO else ""
    series = random_uid()

    def write(held: HeldTime, slot: Slot) -> Appointment:
        made = Appointment.objects.create(
            series=series,
            data_key=DataKey.objects.issue(),
            person_id=choice.person_id,
            department=terms.department,
            held=held,
            way=choice.way,
            place_id=choice.place_id if choice.way == Way.ON_SITE else None,
            starts_at=slot.start,
            ends_at=slot.end,
            time_zone=terms.department.time_zone,
            name=guest.name,
            phone=guest.phone,
            address=guest.address,
            room=room,
            page=page,
            wants_reminders=guest.wants_reminders,
            wants_texts=guest.wants_texts and bool(guest.phone),
            idempotency_key=key,
            booked_at=at,
        )
        journal.record(actor=by, verb="rendez-vous.pris", subject=made, at=at)
        if then is not None:
            then(made)
        letters.tell_booked(made, at=at)
        return made

    try:
        return _take(choice, terms, write, first=first)
    except IntegrityError:
        sent = _sent(key, choice)
        if sent is None:
            raise
        return sent


def move(
    *,
    by: str,
    appointment: Appointment,
    choice: Choice,
    terms: Terms,
    key: UUID,
    first: Callable[[], None] | None = None,
    then: Callable[[Appointment], None] | None = None,
    at: datetime | None = None,
) -> Appointment:
    """Another time, or another person: a row follows in the same series. The time is taken before the old is left.

    One that was cancelled is taken again the same way; `first` and `then` as in `book`. Raises SlotTaken, or StaleState
    when somebody moved it first.
    """
    at = at or timezone.now()
    if (sent := _sent(key, choice)) is not None:
        return sent
    guest = Guest(appointment.name, appointment.phone, appointment.address, appointment.wants_reminders)
    _check(choice, guest, terms, at=at)

    def write(held: HeldTime, slot: Slot) -> Appointment:
        made = Appointment.objects.create(
            series=appointment.series,
            sequence=appointment.sequence + 1,
            data_key=DataKey.objects.issue(),
            person_id=choice.person_id,
            department=appointment.department,
            held=held,
            way=choice.way,
            place_id=choice.place_id if choice.way == Way.ON_SITE else None,
            starts_at=slot.start,
            ends_at=slot.end,
            time_zone=appointment.time_zone,
            name=appointment.name,
            phone=appointment.phone,
            address=appointment.address,
            room=appointment.room or _room(choice, terms),
            page=appointment.page,
            wants_reminders=appointment.wants_reminders,
            wants_texts=appointment.wants_texts,
            idempotency_key=key,
            booked_at=at,
        )
        journal.record(actor=by, verb="rendez-vous.déplacé", subject=made, at=at)
        if then is not None:
            then(made)
        letters.tell_moved(made, before=appointment, at=at)
        return made

    def leave() -> None:
        if first is not None:
            first()
        _leave(appointment, at=at)

    try:
        return _take(choice, terms, write, first=leave, held=appointment.held_id)
    except IntegrityError:
        sent = _sent(key, choice)
        if sent is None:
            raise StaleState(MOVED) from None
        return sent


@transaction.atomic
def cancel(
    *, by: str, appointment: Appointment, step: AppointmentStep, why: WhyCancelled, at: datetime | None = None
) -> None:
    """Give the time back and tell the other side; the event is taken out of calendars. Twice is the same as once."""
    at = at or timezone.now()
    if appointment.state in (AppointmentState.CANCELLED_BY_AGENT, AppointmentState.CANCELLED_BY_SERVICE):
        return
    if appointment.starts_at <= at:
        raise DomainError(PAST)
    held = appointment.held
    APPOINTMENT_WORKFLOW.apply(
        appointment,
        step,
        expected={"sequence": appointment.sequence},
        sequence=appointment.sequence + 1,
        held=None,
        why_cancelled=why,
        ended_at=at,
    )
    if held is not None:
        agenda.release(held)
    journal.record(actor=by, verb="rendez-vous.annulé", subject=appointment, at=at, why=str(why))
    letters.tell_cancelled(appointment, at=at)


@transaction.atomic
def tell_outcome(*, by: str, appointment: Appointment, was_kept: bool, at: datetime | None = None) -> bool:
    """Say what became of it, once it has begun; told the same twice, nothing happens. Returns whether it is news."""
    at = at or timezone.now()
    step = AppointmentStep.KEEP if was_kept else AppointmentStep.MISS
    if appointment.state == APPOINTMENT_WORKFLOW.moves[step].target:
        return False
    if appointment.starts_at > at:
        raise DomainError(NOT_YET)
    APPOINTMENT_WORKFLOW.apply(appointment, step, ended_at=at)
    journal.record(actor=by, verb="rendez-vous.tenu" if was_kept else "rendez-vous.manqué", subject=appointment, at=at)
    if not was_kept:
        letters.tell_missed(appointment, at=at)
    return True


@transaction.atomic
def stop_reminders(*, by: str, appointment: Appointment, at: datetime | None = None) -> None:
    """No reminder any more; the appointment stands. Twice is the same as once."""
    wanted = {"wants_reminders": appointment.wants_reminders, "wants_texts": appointment.wants_texts}
    if not any(wanted.values()):
        return
    swap(appointment, wanted, dict.fromkeys(wanted, False))
    journal.record(actor=by, verb="rendez-vous.sans-rappel", subject=appointment, at=at or timezone.now())


def may_cancel(appointment: Appointment, *, at: datetime) -> bool:
    """By whoever comes, until so many hours before."""
    before = timedelta(hours=rules_of(appointment.department.academy).cancel_hours)
    return appointment.is_confirmed and at <= appointment.starts_at - before


def may_move(appointment: Appointment, *, at: datetime) -> bool:
    """By whoever comes, until so many hours before; one that was cancelled is taken again for a month."""
    if appointment.state in (AppointmentState.CANCELLED_BY_AGENT, AppointmentState.CANCELLED_BY_SERVICE):
        if appointment.is_cancelled_for_good:
            return False
        return appointment.ended_at is not None and at <= appointment.ended_at + REBOOKED_FOR
    before = timedelta(hours=rules_of(appointment.department.academy).move_hours)
    return appointment.is_confirmed and at <= appointment.starts_at - before


def _sent(key: UUID, choice: Choice) -> Appointment | None:
    """What the same form made already; StaleState when it said something else."""
    row = Appointment.objects.sent_with(key).first()
    if row is not None and (row.person_id, row.starts_at) != (choice.person_id, choice.start):
        raise StaleState(USED)
    return row


# ── The time itself ───────────────────────────────────────────────────────────────────────────────
def _check(choice: Choice, guest: Guest, terms: Terms, *, at: datetime) -> None:
    check_quarters(choice.start)
    if choice.start <= at:
        raise DomainError(PAST)
    if not terms.earliest <= choice.start <= terms.latest:
        raise SlotTaken
    if choice.way == Way.PHONE and not guest.phone:
        raise DomainError(NO_PHONE)
    if choice.way == Way.VIDEO and not rules_of(terms.department.academy).has_video:
        raise DomainError(NO_VIDEO)


def _room(choice: Choice, terms: Terms) -> str:
    return rules_of(terms.department.academy).room(tokens.secret()) if choice.way == Way.VIDEO else ""


def _take(
    choice: Choice,
    terms: Terms,
    write: Callable[[HeldTime, Slot], Appointment],
    *,
    first: Callable[[], None] | None = None,
    held: int | None = None,
) -> Appointment:
    """Hold the time and write what holds it, in one transaction; read again as long as others write at once.

    `held` is what is being moved. Locks are always taken in one order: what it is for, the appointment, the days.
    """
    for left in reversed(range(TRIES)):
        read = agenda.read(Asked(choice.person_id, choice.start, choice.start + LONGEST))
        old = HeldTime.objects.filter(pk=held or 0).first()
        slot = _find(choice, terms, but=old.pk if old else None)
        if slot is None:
            raise SlotTaken
        asked = Asked(choice.person_id, slot.start, slot.end, slot.place)
        try:
            with transaction.atomic():
                if first is not None:
                    first()
                if old is not None and old.person_id == choice.person_id:
                    agenda.shift(old, asked, read=read)
                    return write(old, slot)
                if old is not None:
                    return write(agenda.hand_on(old, asked, read=read, kind=Holder.APPOINTMENT), slot)
                return write(agenda.hold(asked, read=read, kind=Holder.APPOINTMENT), slot)
        except SlotTaken:
            if not left:
                raise
    raise SlotTaken


def _find(choice: Choice, terms: Terms, *, but: int | None) -> Slot | None:
    """The very slot, as it is offered now; whatever grid it was read on, it starts at a quarter of an open hour."""
    wanted = Wanted(terms.length, choice.start, choice.start + LONGEST, choice.way, department=terms.department.pk)
    for slot in free_slots([choice.person_id], wanted, but=but):
        if slot.start == choice.start and slot.place == choice.place_id:
            return slot
    if not terms.is_anywhen or choice.place_id is not None or choice.way == Way.ON_SITE:
        return None  # a place is that of an opening
    asked = Asked(choice.person_id, choice.start, choice.start + terms.length, choice.place_id)
    return Slot(asked.start, asked.end, asked.person_id, asked.place_id) if agenda.is_free(asked, but=but) else None


def _leave(row: Appointment, *, at: datetime) -> None:
    """The row that is left holds no time any more; the second of two writers is told.

    The instance stays as it was read: the transaction may be taken back, and tried again.
    """
    if row.is_confirmed:
        seen = Appointment.objects.for_system("déplacement").as_seen(row)
        if seen.update(held=None, ended_at=at, state=AppointmentState.MOVED) != 1:
            raise StaleState(MOVED)
