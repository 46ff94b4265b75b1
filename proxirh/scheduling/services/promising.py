"""Promising to call back: to whom, by when, by which means; one holder at a time, and told when the day has passed."""

from collections.abc import Collection
from datetime import date, datetime
from functools import reduce
from operator import or_
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.kernel import journal
from proxirh.kernel.calendar import Calendar, add_working_days, is_working_day, local_day
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.workflow import swap
from proxirh.scheduling.models import Means, PhoneCall, Promise
from proxirh.scheduling.permissions import can_hand_over_promise, can_take_promise, can_write_call, holds_promise
from proxirh.scheduling.services.calling import NOT_YOURS, close_call
from proxirh.scheduling.workflow import CALL_WORKFLOW, CallState, CallStep
from proxirh.territories.actor import Actor, on_day
from proxirh.territories.models import Department, Posting, Role, Team, TeamKind
from proxirh.territories.services.calendars import calendar_of, calendar_of_line

MOST_DAYS = 10
HOLDING = (TeamKind.LINE, TeamKind.HR_OFFICERS, TeamKind.COUNSELLING)
TAKEN_OVER = "Ce rappel vient de changer de mains. Relisez la page."
NOT_HELD = "Ce rappel n’est pas le vôtre."
WRONG_HOLDER = "Choisissez une personne de la ligne, ou une équipe de l’académie."


def promise_call(
    *,
    actor: Actor,
    call: PhoneCall,
    to: Person | Team,
    means: str,
    working_days: int,
    follows: bool = False,
    at: datetime | None = None,
) -> Promise:
    """Promise that the caller will be called back in so many working days where she works; twice is one promise.

    `follows`: this holder already follows the caller, wherever he serves.

    Raises NotAllowed for a call of another, DomainError for somebody who may not hold it or a day too far.
    """
    at = at or timezone.now()
    if actor.person_id is None or not can_write_call(actor, call):
        raise NotAllowed(NOT_YOURS)
    if means not in Means.values:
        raise DomainError("Choisissez comment la personne sera rappelée.")
    if not 0 <= working_days <= MOST_DAYS:
        raise DomainError(f"Promettez pour aujourd’hui, ou dans {MOST_DAYS} jours ouvrés au plus.")
    if not follows:
        check_holder(call, to, at=at)
    try:
        with transaction.atomic():
            made = Promise(
                call=call,
                means=means,
                due_on=due_on(call, working_days, at=at),
                made_by_id=actor.person_id,
                made_at=at,
                **_columns(to),
            )
            made.save(force_insert=True)
            CALL_WORKFLOW.apply(call, CallStep.PROMISE)
            journal.record(actor=actor.label, verb="rappel.promis", subject=made, at=at, pour=made.due_on.isoformat())
    except IntegrityError:  # promised already, perhaps at this very instant
        return Promise.objects.get(call=call)
    return made


def due_on(call: PhoneCall, working_days: int, *, at: datetime) -> date:
    """The day of a promise, where the caller works when it is known, else where the line is."""
    calendar, zone = calendar_of_call(call, known_at=at)
    today = local_day(at, zone)
    if working_days == 0 and is_working_day(today, calendar):
        return today
    return add_working_days(today, max(1, working_days), calendar)


def calendar_of_call(call: PhoneCall, *, known_at: datetime | None = None) -> tuple[Calendar, str]:
    """Working days and clock of whoever called."""
    if call.department is not None:
        return calendar_of(call.department, known_at=known_at), call.department.time_zone
    return calendar_of_line(call.team, known_at=known_at)


def holders_of(call: PhoneCall, *, at: datetime) -> tuple[list[Person], list[Team]]:
    """To whom it may be promised: those who answer the line today, and the teams of its académie that receive."""
    day = timezone.localdate(at)
    there = on_day(day, "postings__") & Q(postings__team=call.team, postings__role=Role.HR_OFFICER)
    people = Person.objects.filter(there).select_related("data_key").distinct()
    teams = Team.objects.filter(on_day(day), academy_id=call.team.academy_id, kind__in=HOLDING).order_by("name", "pk")
    return sorted(people, key=lambda one: (one.full_name, one.pk)), list(teams)


def check_holder(call: PhoneCall, to: Person | Team, *, at: datetime) -> None:
    """Raises DomainError for who serves nowhere in the académie of the line, or a team that receives nobody."""
    day = timezone.localdate(at)
    academy = call.team.academy_id
    if isinstance(to, Team):
        is_right = to.academy_id == academy and to.kind in HOLDING
    else:
        posted = Posting.objects.filter(on_day(day), person=to, team__academy_id=academy, team__kind__in=HOLDING)
        is_right = posted.exists()
    if not is_right:
        raise DomainError(WRONG_HOLDER)


def _columns(to: Person | Team) -> dict[str, object]:
    return {"owner": None, "team": to} if isinstance(to, Team) else {"owner": to, "team": None}


@transaction.atomic
def keep_promise(*, actor: Actor, promise: Promise, at: datetime | None = None) -> None:
    """The person was called back: what comes of it is then said; twice is the same as once."""
    at = at or timezone.now()
    if not holds_promise(actor, promise):
        raise NotAllowed(NOT_HELD)
    if promise.kept_at is not None:
        return
    swap(promise, {"kept_at": None, "owner_id": actor.person_id}, {"kept_at": at})
    if promise.call.state == CallState.CALL_BACK_DUE:
        CALL_WORKFLOW.apply(promise.call, CallStep.CALL_BACK)
    journal.record(actor=actor.label, verb="rappel.tenu", subject=promise, at=at)


def check_giver(actor: Actor, promise: Promise, *, away: Collection[int | None]) -> None:
    """Raises NotAllowed for whoever may not give it to another."""
    if actor.person_id in away or not can_hand_over_promise(actor, promise):
        raise NotAllowed(NOT_HELD)


@transaction.atomic
def hand_over(
    *, actor: Actor, promise: Promise, to: Person | Team, away: Collection[int | None], at: datetime | None = None
) -> None:
    """Give it to one other holder, who alone reads its words from now on; its day does not move.

    `away`: whom what it is about must not meet. Raises StaleState when it changed hands since it was read: it never has
    two holders.
    """
    at = at or timezone.now()
    check_giver(actor, promise, away=away)
    if not isinstance(to, Team) and to.pk in away:
        raise DomainError(WRONG_HOLDER)
    if to.pk == actor.person_id and not isinstance(to, Team) and not can_take_promise(actor, promise):
        raise NotAllowed("Confiez ce rappel à quelqu’un d’autre que vous : vous liriez ce qui en est noté.")
    check_holder(promise.call, to, at=at)
    if to.pk == (promise.team_id if isinstance(to, Team) else promise.owner_id):
        return
    _move(promise, to, by=actor.label, verb="rappel.confié", at=at)


@transaction.atomic
def take_promise(*, actor: Actor, promise: Promise, away: Collection[int | None], at: datetime | None = None) -> None:
    """A member of the team that holds it takes it: she alone reads its words; twice is the same as once.

    `away`: whom what it is about must not meet.
    """
    at = at or timezone.now()
    if holds_promise(actor, promise):
        return
    if actor.person_id in away or not can_take_promise(actor, promise):
        raise NotAllowed("Ce rappel n’est pas à votre équipe.")
    _move(promise, Person.objects.get(pk=actor.person_id or 0), by=actor.label, verb="rappel.pris", at=at)


def leave_to_team(*, promise: Promise, team: Team, at: datetime) -> None:
    """Out of hands that may not hold it any more, whoever they are; within that transaction."""
    _move(promise, team, by=journal.SYSTEM, verb="rappel.rendu", at=at)


def _move(promise: Promise, to: Person | Team, *, by: str, verb: str, at: datetime) -> None:
    before = {"owner_id": promise.owner_id, "team_id": promise.team_id, "kept_at": None}
    try:
        swap(promise, before, _columns(to))
    except StaleState:
        raise StaleState(TAKEN_OVER) from None
    journal.record(actor=by, verb=verb, subject=promise, at=at)


@transaction.atomic
def end_call(*, actor: Actor, promise: Promise, at: datetime | None = None) -> None:
    """Nothing more is to be done for who was called back: said by whoever called; twice is the same as once."""
    if not holds_promise(actor, promise):
        raise NotAllowed(NOT_HELD)
    close_call(actor=actor, call=promise.call, at=at)


# ── The day after ─────────────────────────────────────────────────────────────────────────────────
def late_promises(*, at: datetime) -> list[Promise]:
    """Promises whose day has passed, on a day when somebody works there; the oldest first."""
    rows = Promise.objects.for_system("rappels en retard").waiting().due_before(_latest_day(at))
    found = []
    for promise in rows.select_related("call__team__academy", "call__team__department"):
        calendar, zone = calendar_of_line(promise.call.team)
        today = local_day(at, zone)
        if promise.due_on < today and is_working_day(today, calendar):
            found.append(promise)
    return found


def late_rows(actor: Actor, *, at: datetime, zones: Collection[str] | None = None) -> QuerySet[Promise]:
    """Rows whose day has passed where their line is, on the lines of the académies that one answers for or heads.

    `zones`: every clock of these académies, when it was read before.
    """
    run = actor.answers_for | actor.heads
    if zones is None:
        zones = set(Department.objects.filter(academy__in=run).order_by().values_list("time_zone", flat=True))
    passed = (Q(clock=zone, due_on__lt=local_day(at, zone)) for zone in zones)
    rows = Promise.objects.listed_for(actor).waiting().filter(call__team__academy_id__in=run)
    return rows.alias(clock=_clock_of_line()).filter(reduce(or_, passed, Q(pk__in=())))


def _clock_of_line() -> Coalesce:
    """As `calendar_of_line` reads it, for every row at once."""
    of_academy = Department.objects.filter(academy=OuterRef("call__team__academy")).order_by("code")
    return Coalesce(F("call__team__department__time_zone"), Subquery(of_academy.values("time_zone")[:1]))


def _latest_day(at: datetime) -> date:
    """The day it is where it is the latest."""
    return at.astimezone(ZoneInfo("Pacific/Auckland")).date()
