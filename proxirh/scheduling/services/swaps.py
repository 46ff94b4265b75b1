"""Half-days that colleagues of a line offer each other: accepted once, and one owner at any moment.

Between the two agendas, whoever has the lower key is written first: two exchanges never wait for each other.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.kernel import journal
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.scheduling import duty_mails
from proxirh.scheduling.models import DutyShift, ShiftSwap
from proxirh.scheduling.permissions import answers_line
from proxirh.scheduling.roster import Roster
from proxirh.scheduling.services import agenda
from proxirh.scheduling.services.agenda import Asked
from proxirh.scheduling.services.duty import NOT_PLANNED, claim, hand_over, insisting, still_planned
from proxirh.scheduling.workflow import SHIFT_WORKFLOW, SWAP_WORKFLOW, ShiftState, ShiftStep, SwapState, SwapStep
from proxirh.territories.actor import Actor
from proxirh.territories.models import Team
from proxirh.territories.services.lines import officers

NOT_YOURS = "Cette permanence n’est pas la vôtre."
NOT_FOR_YOU = "Cet échange ne vous est pas proposé."
TOO_LATE = "Cette demi-journée a déjà commencé."
SETTLED = "Cet échange est déjà réglé. Relisez vos permanences."
ALREADY = "Cette permanence est déjà proposée. Retirez d’abord cette proposition."
NOT_A_COLLEAGUE = "Choisissez une personne de l’équipe, ou toute l’équipe."
YOURS_TAKEN = "Autre chose occupe déjà votre agenda à ce moment. L’échange n’est pas possible."
HERS_TAKEN = "Autre chose occupe déjà votre collègue à ce moment. L’échange n’est plus possible."


def own_shifts(actor: Actor, *, at: datetime) -> QuerySet[DutyShift]:
    """One’s own half-days that are not over, on lines that one answers."""
    rows = DutyShift.objects.filter(
        person_id=actor.person_id or 0, line__in=actor.lines, state=ShiftState.PLANNED, ends_at__gt=at
    )
    return rows.select_related("line__academy", "line__department", "person__data_key")


def offered_to(actor: Actor, *, at: datetime) -> QuerySet[ShiftSwap]:
    """What colleagues offer somebody, and she may still take."""
    hers = Q(offered_to=actor.person_id or 0) | Q(offered_to=None)
    rows = _alive(at).filter(hers, shift__line__in=actor.lines)
    return rows.exclude(shift__person=actor.person_id or 0)


def asked_by(actor: Actor, *, at: datetime) -> QuerySet[ShiftSwap]:
    """What somebody offers and nobody has taken yet."""
    return _alive(at).filter(shift__person=actor.person_id or 0)


def offers(actor: Actor) -> QuerySet[ShiftSwap]:
    """Everything that somebody offered or was offered, settled or not: what her addresses find."""
    who = actor.person_id or 0
    mine = Q(shift__person=who) | Q(offered_to=who) | Q(offered_to=None)
    return _with_all().filter(mine, shift__line__in=actor.lines)


def _alive(at: datetime) -> QuerySet[ShiftSwap]:
    return _with_all().filter(
        Q(in_return=None) | Q(in_return__state=ShiftState.PLANNED, in_return__starts_at__gt=at),
        state=SwapState.ASKED,
        shift__state=ShiftState.PLANNED,
        shift__starts_at__gt=at,
    )


def _with_all() -> QuerySet[ShiftSwap]:
    return ShiftSwap.objects.select_related(
        "shift__person__data_key", "shift__line__academy", "shift__line__department",
        "offered_to__data_key", "in_return__person__data_key",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom a half-day may be offered to, and for which of hers."""

    person: Person
    shift: DutyShift | None = None


def choices(shift: DutyShift, *, at: datetime) -> list[Choice]:
    """Colleagues of that day, each without return or for one of her half-days of the three weeks around."""
    around = timedelta(days=21)
    there = {
        one.person.pk: one.person for one in officers(shift.line, day=shift.day) if one.person.pk != shift.person_id
    }
    theirs = DutyShift.objects.filter(
        line=shift.line,
        person__in=there,
        state=ShiftState.PLANNED,
        starts_at__gt=at,
        day__gte=shift.day - around,
        day__lte=shift.day + around,
    ).exclude(day=shift.day, half=shift.half)
    found = [Choice(person) for person in there.values()]
    return found + [Choice(there[one.person_id], one) for one in theirs.order_by("starts_at", "pk")]


def ask_swap(
    *,
    actor: Actor,
    shift: DutyShift,
    to: Person | None = None,
    in_return: DutyShift | None = None,
    at: datetime | None = None,
) -> ShiftSwap:
    """Offer one’s half-day to a colleague, for one of hers or for none, or to the whole line; nothing changes until it
    is accepted. Twice is the same as once.
    """
    at = at or timezone.now()
    if shift.person_id != actor.person_id or not answers_line(actor, shift.line_id):
        raise NotAllowed(NOT_YOURS)
    _check_to_come(shift, at=at)
    if in_return is not None:
        _check_to_come(in_return, at=at)
        if to is None or in_return.person_id != to.pk or in_return.line_id != shift.line_id:
            raise DomainError(NOT_A_COLLEAGUE)
    team = [one.person for one in officers(shift.line, day=shift.day) if one.person.pk != shift.person_id]
    told = team if to is None else [one for one in team if one.pk == to.pk]
    if to is not None and not told:
        raise DomainError(NOT_A_COLLEAGUE)
    written = {"offered_to_id": to.pk if to else None, "in_return_id": in_return.pk if in_return else None}
    try:
        with transaction.atomic():
            made = ShiftSwap.objects.create(shift=shift, asked_at=at, **written)
            journal.record(actor=actor.label, verb="échange.proposé", subject=made, at=at)
            duty_mails.tell_offered(made, told, at=at)
    except IntegrityError:
        there = ShiftSwap.objects.filter(shift=shift, state=SwapState.ASKED).first()
        if there is None or any(getattr(there, name) != value for name, value in written.items()):
            raise DomainError(ALREADY) from None
        return there
    return made


@transaction.atomic
def withdraw_swap(*, actor: Actor, offer: ShiftSwap, at: datetime | None = None) -> None:
    """Offer it no more; twice is the same as once."""
    at = at or timezone.now()
    if offer.shift.person_id != actor.person_id or not answers_line(actor, offer.shift.line_id):
        raise NotAllowed(NOT_YOURS)
    if offer.state == SwapState.WITHDRAWN:
        return
    SWAP_WORKFLOW.apply(offer, SwapStep.WITHDRAW, settled_at=at)
    journal.record(actor=actor.label, verb="échange.retiré", subject=offer, at=at)


@transaction.atomic
def refuse_swap(*, actor: Actor, offer: ShiftSwap, at: datetime | None = None) -> None:
    """Say no to what was offered to oneself by name; the half-day stays where it was. Twice is the same as once."""
    at = at or timezone.now()
    if offer.offered_to_id is None or offer.offered_to_id != actor.person_id:
        raise NotAllowed(NOT_FOR_YOU)
    if not answers_line(actor, offer.shift.line_id):
        raise NotAllowed(NOT_FOR_YOU)
    if offer.state == SwapState.REFUSED:
        return
    SWAP_WORKFLOW.apply(offer, SwapStep.REFUSE, settled_at=at)
    journal.record(actor=actor.label, verb="échange.refusé", subject=offer, at=at)
    duty_mails.tell_settled(offer, offer.shift.person, at=at)


def accept_swap(*, actor: Actor, offer: ShiftSwap, at: datetime | None = None) -> None:
    """Take what a colleague offers; both agendas change together, and the first to accept has it.

    Nobody passes a limit by an exchange, nor an absence or another engagement. Raises DomainError when it is settled,
    StaleState when somebody keeps writing.
    """
    at = at or timezone.now()
    if offer.offered_to_id not in (None, actor.person_id) or offer.shift.person_id == actor.person_id:
        raise NotAllowed(NOT_FOR_YOU)
    if not answers_line(actor, offer.shift.line_id):
        raise NotAllowed(NOT_FOR_YOU)
    taker = Person.objects.get(pk=actor.person_id or 0)

    def act() -> None:
        found = _with_all().get(pk=offer.pk)
        if found.state != SwapState.ASKED:
            raise DomainError(SETTLED)
        line = found.shift.line
        days = [one.day for one in (found.shift, found.in_return) if one]
        roster = Roster(line, min(days), max(days), at=at)
        given = still_planned(roster, found.shift)
        back = still_planned(roster, found.in_return) if found.in_return else None
        for one in filter(None, (given, back)):
            _check_to_come(one, at=at)
        gone = tuple(filter(None, (given, back)))
        _check_limits(roster, taker, given, gone, said="Pour vous, ")
        if back is not None:
            _check_limits(roster, given.person, back, gone, said="Pour votre collègue, ")
        claim(roster)
        SWAP_WORKFLOW.apply(found, SwapStep.ACCEPT, settled_at=at)
        made = (
            [hand_over(roster, given, taker, ShiftStep.SWAP, busy=YOURS_TAKEN)]
            if back is None
            else _cross(line, given, back)
        )
        for one in made:
            journal.record(actor=actor.label, verb="permanence.échangée", subject=one, at=at)
        duty_mails.tell_settled(found, given.person, at=at)

    insisting(act)


def _cross(line: Team, given: DutyShift, back: DutyShift) -> list[DutyShift]:
    """Two half-days change hands: each person’s own time is moved, taking what it lacks before it gives the rest."""
    made = []
    for mine, other in sorted(((given, back), (back, given)), key=lambda pair: pair[0].person_id):
        held = mine.held
        if held is None:
            raise DomainError(NOT_PLANNED)
        asked = Asked(mine.person_id, other.starts_at, other.ends_at)
        read = agenda.read(asked)
        if not agenda.is_free(asked, but=held.pk):
            raise DomainError(YOURS_TAKEN if mine is back else HERS_TAKEN)
        SHIFT_WORKFLOW.apply(mine, ShiftStep.SWAP, held=None)
        agenda.shift(held, asked, read=read)
        made.append((mine, other, held))
    return [
        DutyShift.objects.create(
            line=line,
            person_id=mine.person_id,
            day=other.day,
            half=other.half,
            starts_at=other.starts_at,
            ends_at=other.ends_at,
            substitute_of=other,
            held=held,
        )
        for mine, other, held in made
    ]


def _check_limits(roster: Roster, person: Person, shift: DutyShift, gone: Collection[DutyShift], *, said: str) -> None:
    """DomainError for whoever is away, already there, or beyond a limit once the exchange is made."""
    why = roster.why_not(person.pk, shift.day, shift.half)
    if not why and (limit := roster.beyond(person.pk, shift.day, shift.half, but=tuple(gone))):
        why = f"cela ferait {limit}"
    if why:
        raise DomainError(f"{said}ce n’est pas possible\u00a0: {why}.")


def _check_to_come(shift: DutyShift, *, at: datetime) -> None:
    if shift.state != ShiftState.PLANNED:
        raise DomainError(NOT_PLANNED)
    if shift.starts_at <= at:
        raise DomainError(TOO_LATE)
