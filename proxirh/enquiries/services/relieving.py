"""What somebody who is away, or who leaves, has in hand goes to colleagues: each enquiry as if it were the only one.

Whoever does it reads rows and nothing else. To hand over is to propose (decision 0022): whoever is named sees the name
and the place first, and may decline.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries import notices
from proxirh.enquiries.conflicts import free_members
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.relief import read_held, rows_of
from proxirh.enquiries.relief_meetings import meetings_away
from proxirh.enquiries.services.passing import Manner, Passing, label_of, move_to, reassign_enquiry
from proxirh.enquiries.services.treating import NOT_IN_CHARGE, REASSIGNED, has_reassigned
from proxirh.enquiries.sharing import hands_of
from proxirh.enquiries.workflow import HandlingState
from proxirh.kernel import journal
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.territories.actor import Actor
from proxirh.territories.models import Absence
from proxirh.territories.services.attendance import departure_of, record_absence

WHY = "ce qui ne peut pas attendre une personne absente"
AWAY, LEAVING = "absence_imprevue", "depart"
ELSEWHERE = "Elle n’est plus entre ces mains."
ENDED = "Elle a pris fin entre-temps."
KEPT = "Son rendez-vous est gardé : elle reste entre les mêmes mains."
NOBODY_ELSE = "Personne d’autre de son équipe ne peut la recevoir aujourd’hui. Proposez-la depuis sa page."


@dataclass(slots=True)
class Relieved:
    """References of what was proposed to someone, and of what was left as it was, by reason."""

    moved: list[str] = field(default_factory=list)
    left: dict[str, list[str]] = field(default_factory=dict)

    def leave(self, reference: str, why: str) -> None:
        """This one stays where it is."""
        self.left.setdefault(why, []).append(reference)


@dataclass(frozen=True, slots=True)
class _Move:
    """The same for each enquiry: by whom, out of whose hands, to whom when somebody is named, and how."""

    actor: Actor
    person: Person
    to: Person | None
    manner: Manner
    key: UUID
    at: datetime

    def apply(self, row: Enquiry, done: Relieved) -> None:
        own = uuid5(self.key, row.uid.hex)
        if journal.already(row, own):
            done.moved.append(row.reference)
            return
        if not row.is_open:
            done.leave(row.reference, ENDED)
            return
        full = Enquiry.objects.for_system(WHY).to_reassign().get(pk=row.pk)
        if not _is_with(full, self.person):
            done.leave(row.reference, ELSEWHERE)
            return
        to = self.to or self.in_turn(full)
        if to is None:
            done.leave(row.reference, NOBODY_ELSE)
            return
        manner = self.manner if full.lead_id else replace(self.manner, word="")
        try:
            reassign_enquiry(
                actor=self.actor, enquiry=row, to=to, reason=Passing.ABSENCE, manner=manner, key=own, at=self.at
            )
        except DomainError as refusal:
            done.leave(row.reference, str(refusal))
        else:
            done.moved.append(row.reference)

    def in_turn(self, enquiry: Enquiry) -> Person | None:
        """Whoever has least in hand of those of its team who may meet it and serve today; never who moves it."""
        others = free_members(enquiry, at=self.at) - {self.person.pk, self.actor.person_id}
        if not others:
            return None
        day = local_day(self.at, enquiry.department.time_zone)
        present = sorted(one.turn for one in hands_of(others, day=day) if not one.is_absent)
        people = Person.objects.select_related("data_key").in_bulk([key for *_, key in present])
        found = (people[key] for *_, key in present)
        return next((one for one in found if not has_reassigned(label_of(one), enquiry)), None)


def _is_with(enquiry: Enquiry, person: Person) -> bool:
    """Led by her, or untaken under her name."""
    if enquiry.lead_id is not None:
        return enquiry.lead_id == person.pk
    return enquiry.handlings.filter(state=HandlingState.OFFERED, is_lead=True, person=person).exists()


def _rows(actor: Actor, seen: Collection[UUID]) -> list[Enquiry]:
    """Rows of these through the door of the coordination, in the order in which they were shown."""
    found = {row.uid: row for row in rows_of(actor).filter(uid__in=seen)}
    return [found[uid] for uid in seen if uid in found]


# ── An absence that nobody had foreseen ──────────────────────────────────────────────────────────
def cover_absence(
    *, actor: Actor, person: Person, until: date, seen: Collection[UUID], key: UUID, at: datetime | None = None
) -> Relieved:
    """Write the absence down, then propose each enquiry of `seen` to whose turn it is in its team.

    One transaction each: what cannot be moved keeps none of the others, and stays in her hands; so does one whose
    appointment she keeps meanwhile, which nobody else could read. Their authors learn
    once that she is away and that somebody takes over; their next step stays. The same key again moves nothing twice.
    Raises NotAllowed for whoever does not answer for her académie and for oneself, DomainError for a day that is past.
    """
    at = at or timezone.now()
    absence = record_absence(actor=actor, person=person, until=until, at=at)
    manner = Manner(word="absent", mark=AWAY, tells_former=False, keeps_notes_from=_back_from(absence, at))
    move, done = _Move(actor, person, None, manner, key, at), Relieved()
    kept = {one.uid for one in meetings_away(actor, person.pk, until=absence.valid_until, at=at).rows}
    for row in _rows(actor, seen):
        if row.uid in kept:
            done.leave(row.reference, KEPT)
        else:
            move.apply(row, done)
    if _cover_unseen(move, until=absence.valid_until) or done.moved:
        _tell(move)
    return done


def _back_from(absence: Absence, at: datetime) -> datetime:
    """When she serves again: the thirty days of her notes do not run while she is away."""
    return max(at, datetime.combine(absence.valid_until + timedelta(days=1), time(), UTC))


def _cover_unseen(move: _Move, *, until: date) -> int:
    """What a conflict of interest keeps from whoever covers the absence: moved by the service itself, shown to her
    neither before nor after."""
    actor, person = move.actor, move.person
    hers = Enquiry.objects.for_system(WHY).held_by(person.pk).filter(academy_id__in=actor.answers_for)
    hidden = hers.exclude(pk__in=rows_of(actor).order_by().values("pk"))
    moved = 0
    for pk in [one.pk for one in read_held(hidden) if one.cannot_wait(until)]:
        row = Enquiry.objects.for_system(WHY).to_reassign().get(pk=pk)
        to = move.in_turn(row)
        if to is None:
            continue
        manner = move.manner if row.lead_id else replace(move.manner, word="")
        try:
            with transaction.atomic():
                move_to(to, row, row.team_id, label=journal.SYSTEM, reason=Passing.ABSENCE, manner=manner, at=move.at)
        except DomainError:  # somebody moved it meanwhile
            continue
        moved += 1
    return moved


# ── Somebody leaves ──────────────────────────────────────────────────────────────────────────────
def entrust_all(
    *,
    actor: Actor,
    person: Person,
    seen: Collection[UUID],
    to: Person | None = None,
    note: str = "",
    key: UUID,
    at: datetime | None = None,
) -> Relieved:
    """Propose what somebody who leaves has in hand: each of `seen` to `to`, or to whose turn it is in its team.

    `note` goes with each, for whoever follows it next. Her private notes are set aside for her; the authors learn that
    somebody else takes over. One transaction each, and the same key again moves nothing twice. Raises NotAllowed for
    whoever does not answer for her académie, when she does not leave, and for oneself at either end.
    """
    at = at or timezone.now()
    if not actor.second_factor or departure_of(actor, person.uid, day=timezone.localdate(at)) is None:
        raise NotAllowed(NOT_IN_CHARGE)
    if to is not None and to.pk == actor.person_id:
        raise NotAllowed(REASSIGNED)
    if to is not None and to.pk == person.pk:
        raise DomainError("Cette personne s’en va. Choisissez-en une autre.")
    manner = Manner(mark=LEAVING, note=note, tells_former=False)
    move, done = _Move(actor, person, to, manner, key, at), Relieved()
    for row in _rows(actor, seen):
        move.apply(row, done)
    if done.moved:
        _tell(move)
    return done


@transaction.atomic
def _tell(move: _Move) -> None:
    """Whoever had them, once for all."""
    notices.tell_relieved(move.person, dedupe_key=f"relieved:{move.key}", at=move.at)
