"""A call from the moment somebody picks up: it is a row already, whatever the caller does next."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils import timezone

from proxirh.kernel import journal
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.models import DataKey
from proxirh.kernel.workflow import swap
from proxirh.knowledge.models import AnswerSheet
from proxirh.scheduling.models import PhoneCall, Promise
from proxirh.scheduling.models.calls import LONGEST_NOTE
from proxirh.scheduling.permissions import answers_line, can_write_call
from proxirh.scheduling.workflow import CALL_WORKFLOW, CallState, CallStep
from proxirh.territories.actor import Actor
from proxirh.territories.models import Department, StaffCategory, Team, Topic
from proxirh.territories.services.calendars import calendar_of_line

NOT_YOURS = "Cet appel n’est pas le vôtre."
NOT_YOUR_LINE = "Vous ne répondez pas sur cette ligne."
NO_NOTE = (
    "Pour ce sujet, aucune note n’est gardée. Effacez-la. Si la personne est d’accord, faites-en une demande : elle "
    "seule et qui la suit la liront."
)
NO_NAME = (
    "Pour ce sujet, ni nom ni numéro n’est gardé sans son accord exprès. Effacez-les et donnez le numéro de la cellule "
    "d’écoute, ou faites-en une demande avec son accord."
)
MOST_SHEETS = 3
HALF_HOUR = 30


@dataclass(frozen=True, slots=True)
class Heard:
    """What was typed while the person spoke; nothing of it is mandatory."""

    name: str = ""
    reach: str = ""
    note: str = ""
    topic: Topic | None = None
    category: StaffCategory | None = None
    department: Department | None = None
    sheets: Collection[AnswerSheet] = ()

    @property
    def is_sensitive(self) -> bool:
        """A call about that leaves no note."""
        return self.topic is not None and (self.topic.is_sensitive or self.topic.is_violence)


def pick_up(*, actor: Actor, team: Team, key: UUID, at: datetime | None = None) -> PhoneCall:
    """Somebody is on the line: the call exists from now on; the same key twice is one call."""
    return _receive(actor, team, key, state=CallState.ANSWERED, at=at or timezone.now())


def miss(*, actor: Actor, team: Team, key: UUID, at: datetime | None = None) -> PhoneCall:
    """The caller hung up before anyone answered, or nobody could: counted, without a word."""
    return _receive(actor, team, key, state=CallState.MISSED, at=at or timezone.now())


def _receive(actor: Actor, team: Team, key: UUID, *, state: CallState, at: datetime) -> PhoneCall:
    if actor.person_id is None or not answers_line(actor, team.pk):
        raise NotAllowed(NOT_YOUR_LINE)
    if sent := _sent(actor, key):
        return sent
    _, zone = calendar_of_line(team)
    there = at.astimezone(ZoneInfo(zone))
    try:
        with transaction.atomic():
            made = PhoneCall(
                team=team,
                officer_id=actor.person_id,
                received_at=at,
                day=there.date(),
                half_hour=(there.hour * 60 + there.minute) // HALF_HOUR,
                state=state,
                was_missed=state == CallState.MISSED,
                data_key=DataKey.objects.issue(),
                idempotency_key=key,
            )
            made.save(force_insert=True)
            verb = "appel.manqué" if made.was_missed else "appel.décroché"
            journal.record(actor=actor.label, verb=verb, subject=made, at=at)
    except IntegrityError:  # the same key at the same instant
        sent = _sent(actor, key)
        if sent is None:
            raise StaleState from None
        return sent
    return made


def _sent(actor: Actor, key: UUID) -> PhoneCall | None:
    return PhoneCall.objects.visible_to(actor).filter(idempotency_key=key).first()


@transaction.atomic
def write_down(
    *, actor: Actor, call: PhoneCall, heard: Heard, drops_note: bool = False, at: datetime | None = None
) -> None:
    """Keep what was typed; the same again changes nothing.

    A sensitive topic leaves no note, violence neither name nor number: DomainError says so, or `drops_note` leaves
    them out, for a page that sends itself as it closes.
    """
    at = at or timezone.now()
    _check_own(actor, call)
    if heard.topic is not None and heard.topic.is_violence and (heard.name or heard.reach) and not drops_note:
        raise DomainError(NO_NAME)
    if heard.is_sensitive and heard.note and not drops_note:
        raise DomainError(NO_NOTE)
    if len(heard.note) > LONGEST_NOTE:
        raise DomainError(f"La note tient en {LONGEST_NOTE} caractères.")
    forgets_name = heard.topic is not None and heard.topic.is_violence
    before = _said(call)
    call.topic, call.category, call.department = heard.topic, heard.category, heard.department
    call.caller_name = None if forgets_name else heard.name or None
    call.caller_reach = None if forgets_name else heard.reach or None
    call.note = None if heard.is_sensitive else heard.note or None
    names = ("topic", "category", "department", "caller_name", "caller_reach", "note")
    held = set(call.sheets.values_list("pk", flat=True))
    if before == _said(call) and held == {one.pk for one in heard.sheets}:
        return
    written = {name: _sealed(call, name) for name in names}
    if PhoneCall.objects.filter(pk=call.pk, erased_at=None, state=call.state).update(**written) != 1:
        raise StaleState
    call.sheets.set(heard.sheets)
    journal.record(actor=actor.label, verb="appel.noté", subject=call, at=at)


def _said(call: PhoneCall) -> tuple[object, ...]:
    codes = (call.topic_id, call.category_id, call.department_id)
    return (*codes, call.caller_name, call.caller_reach, call.note)


def _sealed(call: PhoneCall, name: str) -> Any:
    field: Any = PhoneCall._meta.get_field(name)
    value = getattr(call, name)
    return field.seal(call, value) if hasattr(field, "seal") else value


@transaction.atomic
def close_call(*, actor: Actor, call: PhoneCall, at: datetime | None = None) -> None:
    """Answered at the first level; twice is the same as once."""
    at = at or timezone.now()
    _check_on_it(actor, call)
    if call.state == CallState.CLOSED_FIRST_LEVEL:
        return
    CALL_WORKFLOW.apply(call, CallStep.CLOSE)
    journal.record(actor=actor.label, verb="appel.terminé", subject=call, at=at)


@transaction.atomic
def become_enquiry(*, actor: Actor, call: PhoneCall, at: datetime | None = None) -> None:
    """What was said is now elsewhere, with its own readers: the call forgets it, and stays counted."""
    at = at or timezone.now()
    _check_on_it(actor, call)
    if call.state == CallState.BECAME_ENQUIRY:
        return
    CALL_WORKFLOW.apply(
        call, CallStep.BECOME_ENQUIRY, caller_name=None, caller_reach=None, note=None, category=None, department=None
    )
    journal.record(actor=actor.label, verb="appel.devenu_demande", subject=call, at=at)


def find_call(actor: Actor, uid: UUID) -> PhoneCall | None:
    """One call with its words, for whoever answered or holds its promise."""
    rows = (
        PhoneCall.objects.visible_to(actor)
        .select_related("team__academy", "team__department", "topic", "category", "department", "promise")
        .prefetch_related("team__academy__departments")
    )
    return rows.filter(uid=uid).first()


def likely_sheets(team: Team, topic: Topic, *, day: date) -> list[AnswerSheet]:
    """The three sheets in date that calls about it have used the most here, then by title."""
    rows = AnswerSheet.objects.in_date(day).of_academy(team.academy_id).filter(topics=topic)
    here = Q(calls__topic=topic, calls__team__academy_id=team.academy_id)
    return list(rows.annotate(used=Count("calls", filter=here)).order_by("-used", "title", "pk")[:MOST_SHEETS])


@transaction.atomic
def erase_words(call_pk: int, *, at: datetime) -> bool:
    """Take from one call all that is of anybody; False when another did meanwhile. Its promise goes too."""
    row = PhoneCall.objects.for_system("mots d’un appel").select_related("topic__branch").filter(pk=call_pk).first()
    if row is None or row.erased_at is not None:
        return False
    key = row.data_key_id
    branch = row.topic.branch if row.topic is not None and row.topic.branch_id else row.topic
    forgotten: dict[str, Any] = dict.fromkeys(
        ("officer", "received_at", "category", "department", "data_key", "caller_name", "caller_reach", "note")
    )
    forgotten["idempotency_key"] = None
    try:
        swap(row, {"erased_at": None}, {**forgotten, "topic": branch, "day": row.day.replace(day=1), "erased_at": at})
    except StaleState:
        return False
    row.sheets.clear()
    Promise.objects.filter(call_id=row.pk).delete()
    if key is not None:
        DataKey.objects.destroy(key)
    return True


def _check_own(actor: Actor, call: PhoneCall) -> None:
    if not can_write_call(actor, call):
        raise NotAllowed(NOT_YOURS)


def _check_on_it(actor: Actor, call: PhoneCall) -> None:
    """Whoever answered, or holds the promise that followed."""
    if not PhoneCall.objects.visible_to(actor).filter(pk=call.pk).exists():
        raise NotAllowed(NOT_YOURS)
