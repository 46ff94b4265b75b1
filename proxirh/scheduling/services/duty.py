"""Who answers a line: one half-day at a time by hand, or the coming weeks from the weekly pattern.

Whoever writes a roster first bumps the version of its line, read before anything else: two that would each leave
somebody within her limits cannot both pass. Her time is then held as any other (`services.agenda`).
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.kernel import journal
from proxirh.kernel.calendar import days_of, local_day
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.workflow import swap
from proxirh.scheduling import duty_mails
from proxirh.scheduling.models import DutyPattern, DutyShift, Half, Holder, LineRules
from proxirh.scheduling.permissions import draws_roster
from proxirh.scheduling.roster import TWICE, Roster
from proxirh.scheduling.services import agenda
from proxirh.scheduling.services.agenda import Asked
from proxirh.scheduling.workflow import SHIFT_WORKFLOW, ShiftState, ShiftStep
from proxirh.territories.actor import Actor
from proxirh.territories.models import Team
from proxirh.territories.services.calendars import calendar_of_line

NOT_YOURS = "Le planning de cette ligne est dressé par la cheffe ou le chef de service."
BUSY = "Autre chose occupe déjà cette personne à ce moment. Choisissez une autre personne."
TOO_LATE = "Cette demi-journée a déjà commencé."
TOO_FAR = "Choisissez un jour dans l’année qui vient."
NOT_PLANNED = "Cette permanence n’est plus prévue. Relisez le planning."
ON_HER_AGENDA = "autre chose dans l’agenda"
# The weeks that the pattern fills; holes are told three weeks ahead.
FILLED = timedelta(days=42)
SEEN = timedelta(days=20)
MOST_AHEAD = timedelta(days=366)
TRIES = 5


@dataclass(slots=True)
class Filled:
    """How many half-days were made, why others were not, by reason, and who was told that she has new ones."""

    made: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    told: set[int] = field(default_factory=set)


def insisting[T](act: Callable[[], T]) -> T:
    """Do it in one transaction, and read all of it anew when somebody else wrote meanwhile."""
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                return act()
        except StaleState:
            if not left:
                raise
    raise StaleState


def claim(roster: Roster) -> None:
    """Bump the version of a roster as it was read; StaleState when it was written since."""
    if not roster.rules.pk:  # the usual ones, never written
        roster.rules, _ = LineRules.objects.get_or_create(line=roster.line)
    swap(roster.rules, {"version": roster.rules.version}, {"version": roster.rules.version + 1})


def put(
    roster: Roster,
    person: Person,
    day: date,
    half: str,
    *,
    is_usual: bool = False,
    substitute_of: DutyShift | None = None,
    busy: str = BUSY,
) -> DutyShift:
    """Write a half-day whose roster is claimed; DomainError when something else holds her time, SlotTaken in a race."""
    start, end = roster.hours(day, half)
    asked = Asked(person.pk, start, end)
    read = agenda.read(asked)
    if not agenda.is_free(asked):
        raise DomainError(busy)
    made = DutyShift.objects.create(
        line=roster.line,
        person=person,
        day=day,
        half=half,
        starts_at=start,
        ends_at=end,
        is_usual=is_usual,
        substitute_of=substitute_of,
        held=agenda.hold(asked, read=read, kind=Holder.SHIFT),
    )
    roster.add(made)
    return made


def give_back(shift: DutyShift, step: ShiftStep) -> None:
    """End a planned half-day and give its time back."""
    held = shift.held
    SHIFT_WORKFLOW.apply(shift, step, held=None)
    if held is not None:
        agenda.release(held)


def check_day(roster: Roster, day: date, half: str, *, at: datetime) -> None:
    """DomainError for a half-day that has begun, or too far."""
    if roster.hours(day, half)[0] <= at:
        raise DomainError(TOO_LATE)
    if day - local_day(at, roster.zone) > MOST_AHEAD:
        raise DomainError(TOO_FAR)


def assign(
    *,
    actor: Actor,
    line: Team,
    person: Person,
    day: date,
    half: str,
    beyond_limits: bool = False,
    at: datetime | None = None,
) -> DutyShift:
    """Put somebody of the line on a half-day; twice is the same as once.

    The head of service alone decides to pass a limit, with the person’s agreement (`beyond_limits`); nobody passes an
    absence, a closed day or another engagement.
    """
    at = at or timezone.now()
    check_drawn_by(actor, line)

    def act() -> DutyShift:
        roster = Roster(line, day, day, at=at)
        here = [one for one in roster.by_half.get((day, half), ()) if one.person_id == person.pk]
        if here:
            return here[0]
        _check_may(roster, person, day, half, beyond_limits=beyond_limits, at=at)
        claim(roster)
        made = put(roster, person, day, half)
        journal.record(actor=actor.label, verb="permanence.posée", subject=made, at=at, limits=not beyond_limits)
        duty_mails.tell_changed(made, [person], but=actor, at=at)
        return made

    return insisting(act)


def replace(
    *,
    actor: Actor,
    shift: DutyShift,
    person: Person,
    beyond_limits: bool = False,
    at: datetime | None = None,
) -> DutyShift:
    """Give a planned half-day to somebody else of the line; both are told."""
    at = at or timezone.now()
    line = shift.line
    check_drawn_by(actor, line)

    def act() -> DutyShift:
        roster = Roster(line, shift.day, shift.day, at=at)
        left = still_planned(roster, shift)
        _check_may(roster, person, shift.day, shift.half, beyond_limits=beyond_limits, at=at)
        claim(roster)
        made = hand_over(roster, left, person, ShiftStep.REPLACE)
        journal.record(actor=actor.label, verb="permanence.remplacée", subject=made, at=at, limits=not beyond_limits)
        duty_mails.tell_changed(made, [left.person, person], but=actor, at=at)
        return made

    return insisting(act)


def remove(*, actor: Actor, shift: DutyShift, at: datetime | None = None) -> None:
    """Take somebody off a half-day: the weekly pattern does not put her back. Twice is the same as once."""
    at = at or timezone.now()
    line = shift.line
    check_drawn_by(actor, line)

    def act() -> None:
        roster = Roster(line, shift.day, shift.day, at=at)
        if DutyShift.objects.filter(pk=shift.pk, state=ShiftState.REMOVED).exists():
            return
        left = still_planned(roster, shift)
        check_day(roster, left.day, left.half, at=at)
        claim(roster)
        give_back(left, ShiftStep.REMOVE)
        journal.record(actor=actor.label, verb="permanence.retirée", subject=left, at=at)
        duty_mails.tell_changed(left, [left.person], but=actor, at=at)

    insisting(act)


def still_planned(roster: Roster, shift: DutyShift) -> DutyShift:
    """The same half-day as its roster holds it now; DomainError when it is no more planned."""
    found = next((one for one in roster.shifts if one.pk == shift.pk), None)
    if found is None:
        raise DomainError(NOT_PLANNED)
    return found


def hand_over(roster: Roster, shift: DutyShift, person: Person, step: ShiftStep, *, busy: str = BUSY) -> DutyShift:
    """Give a half-day from one to another: whoever has the lower key first, so that two never wait for each other."""
    if shift.person_id < person.pk:
        give_back(shift, step)
        return put(roster, person, shift.day, shift.half, substitute_of=shift, busy=busy)
    made = put(roster, person, shift.day, shift.half, substitute_of=shift, busy=busy)
    give_back(shift, step)
    return made


def fill_weeks(*, actor: Actor, line: Team, already_told: Person | None = None, at: datetime | None = None) -> Filled:
    """Make the half-days of the coming six weeks from the weekly pattern; those that stand, or were changed by hand,
    stay as they are. Twice is the same as once.

    Whoever receives some is told by one mail, but for who has just been told that her week changed.
    """
    at = at or timezone.now()
    check_drawn_by(actor, line)
    return fill(line, by=actor, already_told=already_told, at=at)


def fill(line: Team, *, by: Actor | None, already_told: Person | None = None, at: datetime) -> Filled:
    """The same, by whoever may, or by the night, which tells nobody what her own week says: each half-day in a
    transaction of its own.
    """
    place = calendar_of_line(line)
    first = local_day(at, place[1])
    last = first + FILLED
    patterns = DutyPattern.objects.filter(
        Q(valid_until=None) | Q(valid_until__gte=first), line=line, valid_from__lte=last
    ).select_related("person__data_key")
    usual = sorted(patterns, key=lambda one: (one.person_id, one.weekday, one.half))
    done = Filled(told={already_told.pk} if already_told else set())
    roster = Roster(line, first, last, at=at, place=place)
    known = _known(line, first, last)
    for day in days_of(first, last):
        for row in usual:
            comes = row.weekday == day.weekday() and row.valid_from <= day and (row.valid_until or day) >= day
            if not comes or (row.person_id, day, row.half) in known or roster.hours(day, row.half)[0] <= at:
                continue
            if roster.why_closed(day, row.half):
                continue
            known.add((row.person_id, day, row.half))
            roster = _fill_one(roster, row, day, done, by=by, at=at)
    return done


def _fill_one(roster: Roster, row: DutyPattern, day: date, done: Filled, *, by: Actor | None, at: datetime) -> Roster:
    """One half-day of the pattern, or the reason why not; gives the roster as it was last read."""
    for left in reversed(range(TRIES)):
        why = roster.why_not(row.person_id, day, row.half) or roster.beyond(row.person_id, day, row.half)
        if why:
            done.refused[why] += why != TWICE
            return roster
        try:
            with transaction.atomic():
                claim(roster)
                made = put(roster, row.person, day, row.half, is_usual=True)
                label = by.label if by else journal.SYSTEM
                journal.record(actor=label, verb="permanence.posée", subject=made, at=at, usual=True)
                if by is not None and row.person_id not in done.told:
                    duty_mails.tell_changed(made, [row.person], but=by, at=at)
        except StaleState:
            if not left:
                raise
            roster = Roster(roster.line, roster.first, roster.last, at=at)
        except DomainError:
            roster.rules.version -= 1  # given back with the rest
            done.refused[ON_HER_AGENDA] += 1
            return roster
        else:
            done.made += 1
            done.told.add(row.person_id)
            return roster
    return roster


def _known(line: Team, first: date, last: date) -> set[tuple[int, date, str]]:
    rows = DutyShift.objects.filter(line=line, day__gte=first, day__lte=last)
    return set(rows.values_list("person_id", "day", "half"))


def check_drawn_by(actor: Actor, line: Team) -> None:
    """Raises NotAllowed for whoever does not draw up the roster of that line."""
    if not draws_roster(actor, line):
        raise NotAllowed(NOT_YOURS)


def _check_may(roster: Roster, person: Person, day: date, half: str, *, beyond_limits: bool, at: datetime) -> None:
    if half not in Half.values:
        raise DomainError("Choisissez le matin ou l’après-midi.")
    check_day(roster, day, half, at=at)
    if why := roster.why_not(person.pk, day, half):
        raise DomainError(f"Ce n’est pas possible\u00a0: {why}.")
    if not beyond_limits and (limit := roster.beyond(person.pk, day, half)):
        raise DomainError(f"Cela ferait {limit}. Cochez « Dépasser la limite » si la personne en est d’accord.")
