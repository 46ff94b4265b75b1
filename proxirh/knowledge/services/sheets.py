"""Writing an answer sheet, correcting it, reading it again, taking it away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from proxirh.kernel import journal
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.workflow import swap
from proxirh.knowledge.models import AnswerSheet
from proxirh.knowledge.permissions import can_write_sheet
from proxirh.territories.actor import Actor
from proxirh.territories.models import Academy, Topic

NOT_YOURS = "Les fiches d’une académie sont écrites par sa coordination ou son chef de service."
USED = "Cette page a déjà servi. Relisez la liste des fiches, puis recommencez depuis une page neuve."
# A rule changes every school year: nothing holds longer without somebody having read it again.
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Said:
    """What a sheet says, about what, and until when."""

    title: str
    answer: str
    topics: Sequence[Topic]
    expires_on: date


def write_sheet(
    *, actor: Actor, academy: Academy | None, said: Said, key: UUID, at: datetime | None = None
) -> AnswerSheet:
    """A new sheet, of an académie or of everywhere (None), read today; the same key twice gives the same.

    Raises NotAllowed for whoever does not run it, DomainError for a date that makes no sense or no topic.
    """
    at = at or timezone.now()
    if actor.person_id is None or not can_write_sheet(actor, academy.pk if academy else None):
        raise NotAllowed(NOT_YOURS)
    today = timezone.localdate(at)
    _check(said, today=today)
    if sent := _sent(actor, key, said):
        return sent
    try:
        with transaction.atomic():
            made = AnswerSheet(
                academy=academy,
                title=said.title,
                answer=said.answer,
                author_id=actor.person_id,
                reviewed_on=today,
                expires_on=said.expires_on,
                created_at=at,
                idempotency_key=key,
            )
            made.save(force_insert=True)
            made.topics.set(said.topics)
            journal.record(actor=actor.label, verb="fiche.écrite", subject=made, at=at)
    except IntegrityError:
        if sent := _sent(actor, key, said):
            return sent
        raise
    return made


def _sent(actor: Actor, key: UUID, said: Said) -> AnswerSheet | None:
    found = AnswerSheet.objects.filter(idempotency_key=key, author_id=actor.person_id).first()
    if found is not None and (found.title, found.answer) != (said.title, said.answer):
        raise StaleState(USED)
    return found


@transaction.atomic
def correct_sheet(*, actor: Actor, sheet: AnswerSheet, said: Said, version: int, at: datetime | None = None) -> None:
    """Write it anew, read today by whoever corrects it; the same again changes nothing.

    Raises StaleState when another corrected it since `version` was shown.
    """
    at = at or timezone.now()
    _check_right(actor, sheet)
    today = timezone.localdate(at)
    _check(said, today=today)
    written = {
        "title": said.title,
        "answer": said.answer,
        "author_id": actor.person_id,
        "reviewed_on": today,
        "expires_on": said.expires_on,
    }
    topics = {topic.pk for topic in said.topics}
    held = set(sheet.topics.values_list("pk", flat=True))
    if held == topics and all(getattr(sheet, name) == value for name, value in written.items()):
        return
    swap(sheet, {"version": version, "retired_at": None}, {**written, "version": version + 1})
    sheet.topics.set(said.topics)
    journal.record(actor=actor.label, verb="fiche.corrigée", subject=sheet, at=at, version=version + 1)


@transaction.atomic
def retire_sheet(*, actor: Actor, sheet: AnswerSheet, at: datetime | None = None) -> None:
    """Nobody reads it any more; twice is the same as once."""
    at = at or timezone.now()
    _check_right(actor, sheet)
    if sheet.retired_at is not None:
        return
    try:
        swap(sheet, {"retired_at": None}, {"retired_at": at})
    except StaleState:  # another window has just done so
        return
    journal.record(actor=actor.label, verb="fiche.retirée", subject=sheet, at=at)


def _check_right(actor: Actor, sheet: AnswerSheet) -> None:
    if not can_write_sheet(actor, sheet.academy_id):
        raise NotAllowed(NOT_YOURS)


def _check(said: Said, *, today: date) -> None:
    if not said.topics:
        raise DomainError("Choisissez au moins un type de demande.")
    if said.expires_on < today:
        raise DomainError("Cette date est passée. Choisissez jusqu’à quand la fiche sera juste.")
    if said.expires_on - today > LONGEST:
        raise DomainError("Un an au plus : une règle qui dure se relit chaque année.")
