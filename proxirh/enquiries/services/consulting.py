"""« Demander un avis »: its lead asks a cell about a situation, nobody named; the cell answers, or gives it back."""

import hashlib
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import TextChoices
from django.utils import timezone

from proxirh.enquiries import consulting_mails, permissions
from proxirh.enquiries.identifying import identified_by
from proxirh.enquiries.models import AccessRecord, Enquiry, ExpertQuestion, Level, NotOurs, Why
from proxirh.enquiries.models.access import quarter_of
from proxirh.enquiries.services.cell_rules import destinations
from proxirh.enquiries.services.holding import hold
from proxirh.enquiries.services.treating import NOT_IN_CHARGE
from proxirh.enquiries.workflow import QUESTION_WORKFLOW, QuestionState, QuestionStep
from proxirh.kernel import journal, tokens
from proxirh.kernel.calendar import add_working_days, end_of_day, is_working_day, local_day
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.fields import EncryptedTextField
from proxirh.kernel.workflow import swap
from proxirh.territories.actor import Actor
from proxirh.territories.models import Team, Topic
from proxirh.territories.services.calendars import calendar_of
from proxirh.ui import french

WHY = "question à une cellule"
WORKING_DAYS = 5
AT_THE_LATEST = timedelta(days=90)
NOT_THERE = "Choisissez une cellule dans la liste."
NO_WORDS = "Écrivez votre question avant de l’envoyer."
NO_ANSWER = "Écrivez votre réponse, même courte."
NAMED = "Ce texte dit de qui il s’agit : retirez « {} », puis relisez-le. La cellule n’en a pas besoin pour répondre."
OTHER_DAY = "Le service ne travaille pas ce jour-là. Choisissez plutôt {}."
NO_DAY = "Choisissez un jour à venir, dans les trois mois."
NOT_FOR_YOU = "Cette question n’est pas pour votre cellule."
CHOOSE_REASON = "Choisissez un motif dans la liste."


class Fact(TextChoices):
    """What may go with a question: nothing that leads back to somebody."""

    TOPIC = "topic", "Sujet"
    CATEGORY = "category", "Métier"
    DEPARTMENT = "department", "Département"


def told_facts(enquiry: Enquiry, chosen: Collection[str]) -> str:
    """One line a fact, as the cell reads them."""
    topic = Topic.objects.filter(code=enquiry.fact.topic_code).values_list("label", flat=True).first()
    values = {
        Fact.TOPIC: topic,
        Fact.CATEGORY: enquiry.category,
        Fact.DEPARTMENT: enquiry.department,
    }
    return "\n".join(f"{fact.label}\u00a0: {values[fact]}" for fact in Fact if fact in chosen)


def print_of(team: Team, facts: str, body: str, due_on: date) -> str:
    """Short print of what was re-read: what is sent is that, or it is shown again."""
    read = "\n\n".join([str(team.uid), facts, body, due_on.isoformat()])
    return hashlib.blake2s(read.encode(), digest_size=8).hexdigest()


def usual_day(enquiry: Enquiry, *, at: datetime) -> date:
    """The fifth working day where the agent works."""
    return add_working_days(local_day(at, enquiry.department.time_zone), WORKING_DAYS, calendar_of(enquiry.department))


def check_question(enquiry: Enquiry, *, body: str, due_on: date, at: datetime) -> None:
    """Raises DomainError for words that say who it is about, and for a day on which nobody works there."""
    if not body.strip():
        raise DomainError(NO_WORDS)
    if named := identified_by(enquiry, body):
        raise DomainError(NAMED.format(named))
    today, days = local_day(at, enquiry.department.time_zone), calendar_of(enquiry.department)
    if not today < due_on <= today + AT_THE_LATEST:
        raise DomainError(NO_DAY)
    if not is_working_day(due_on, days):
        raise DomainError(OTHER_DAY.format(f"le {french.long_day(add_working_days(due_on, 1, days))}"))


def ask_cell(
    *,
    actor: Actor,
    enquiry: Enquiry,
    to: Team,
    facts: Collection[str],
    body: str,
    due_on: date,
    key: UUID | None = None,
    at: datetime | None = None,
) -> ExpertQuestion:
    """Send these facts and these words, and nothing else; the same key twice gives the same. Nobody changes hands.

    Raises NotAllowed for anyone but its lead, DomainError when that cell does not receive it, StaleState when the
    enquiry moved or changed hands meanwhile.
    """
    if not permissions.can_treat(actor, enquiry):
        raise NotAllowed(NOT_IN_CHARGE)
    at = at or timezone.now()
    if (before := _asked_before(enquiry, key)) is not None:
        return before
    check_question(enquiry, body=body, due_on=due_on, at=at)
    made = ExpertQuestion(
        reference=f"Q-{tokens.grouped(tokens.spoken(8), 4)}",
        enquiry=enquiry,
        team=to,
        facts=told_facts(enquiry, facts),
        body=body,
        asked_by_id=cast("int", actor.person_id),
        idempotency_key=key,
        asked_at=at,
        due_at=end_of_day(due_on, enquiry.department.time_zone),
    )
    try:
        with transaction.atomic():
            hold(enquiry.pk, why=WHY)
            swap(enquiry, {"state": enquiry.state, "lead_id": enquiry.lead_id}, {"lead_id": enquiry.lead_id})
            _check_receives(enquiry, to, at=at)
            made.save(force_insert=True)
            _say(actor.label, made, "posée", at=at)
            consulting_mails.tell_cell(made, step="asked", at=at)
    except IntegrityError:  # sent twice at once
        before = _asked_before(enquiry, key)
        if before is None:
            raise
        return before
    return made


@transaction.atomic
def recall_question(*, actor: Actor, question: ExpertQuestion, at: datetime | None = None) -> None:
    """Its lead takes it back before an answer: the cell reads it no more; said twice, it is said once."""
    if not permissions.can_treat(actor, question.enquiry):
        raise NotAllowed(NOT_IN_CHARGE)
    if question.state == QuestionState.RECALLED:
        return
    at = at or timezone.now()
    QUESTION_WORKFLOW.apply(question, QuestionStep.RECALL, ended_at=at)
    _say(actor.label, question, "rappelée", at=at)


# ── The cell ──────────────────────────────────────────────────────────────────────────────────────
def record_reading_of_question(*, actor: Actor, question: ExpertQuestion, at: datetime | None = None) -> None:
    """Write who is about to read it. Whatever it raises, nothing is shown."""
    at = at or timezone.now()
    AccessRecord.objects.note(
        enquiry_id=question.enquiry_id,
        reader_id=actor.person_id,
        level=Level.PASSED_ON,
        why=Why.EXPERT,
        at=at,
        quarter=quarter_of(at),
    )


def answer_question(
    *, actor: Actor, question: ExpertQuestion, body: str, key: UUID | None = None, at: datetime | None = None
) -> None:
    """Answer in words, which whoever follows the enquiry reads; the same key is once."""
    _check_cell(actor, question)
    if journal.already(question.enquiry, key):
        return
    if not body.strip():
        raise DomainError(NO_ANSWER)
    at = at or timezone.now()
    with transaction.atomic():
        # Merged meanwhile, the answer would be sealed under a key that goes.
        hold(question.enquiry_id, why=WHY)
        changes = {"answer": _sealed(question, body), "answered_by_id": actor.person_id, "ended_at": at}
        _move(question, QuestionStep.ANSWER, **changes)
        _say(actor.label, question, "répondue", at=at, key=key)
        consulting_mails.tell_lead(question, step="answered", at=at)


@transaction.atomic
def decline_question(*, actor: Actor, question: ExpertQuestion, reason: str, at: datetime | None = None) -> None:
    """« Pas pour nous »: give it back with a reason of the list, which whoever asked reads."""
    _check_cell(actor, question)
    if reason not in NotOurs.values:
        raise DomainError(CHOOSE_REASON)
    at = at or timezone.now()
    _move(question, QuestionStep.DECLINE, reason=reason, ended_at=at)
    _say(actor.label, question, "rendue", at=at, reason=reason)
    consulting_mails.tell_lead(question, step="declined", at=at)


# ── The clock ─────────────────────────────────────────────────────────────────────────────────────
def follow_questions(*, at: datetime) -> int:
    """Remind the cell, and tell whoever asked, once, of each question past its day; returns how many.

    One transaction each: stopped anywhere, or a night missed, the next run goes on.
    """
    done = 0
    related = ("team", "enquiry__data_key", "enquiry__department__academy")
    for question in ExpertQuestion.objects.overdue(at).select_related(*related).order_by("pk"):
        try:
            with transaction.atomic():
                swap(question, {"reminded_at": None, "state": QuestionState.ASKED}, {"reminded_at": at})
                _say(journal.SYSTEM, question, "relancée", at=at)
                consulting_mails.tell_cell(question, step="reminded", at=at)
                consulting_mails.tell_lead(question, step="late", at=at)
        except DomainError:  # somebody moved it at the same time
            continue
        done += 1
    return done


# ── Rules ─────────────────────────────────────────────────────────────────────────────────────────
def _asked_before(enquiry: Enquiry, key: UUID | None) -> ExpertQuestion | None:
    return enquiry.questions.filter(idempotency_key=key).first() if key else None


def _check_receives(enquiry: Enquiry, to: Team, *, at: datetime) -> None:
    day = local_day(at, enquiry.department.time_zone)
    found = next((one for one in destinations(enquiry, day=day) if one.team.pk == to.pk), None)
    if found is None or found.refusal:
        raise DomainError(found.refusal if found else NOT_THERE)


def _check_cell(actor: Actor, question: ExpertQuestion) -> None:
    """The door again: an officer of that very cell, with a second factor, whom nothing keeps away."""
    if not ExpertQuestion.objects.listed_for(actor).filter(pk=question.pk).exists():
        raise NotAllowed(NOT_FOR_YOU)


def _move(question: ExpertQuestion, step: QuestionStep, **changes: Any) -> None:
    QUESTION_WORKFLOW.apply(question, step, expected={"enquiry_id": question.enquiry_id}, **changes)


def _sealed(question: ExpertQuestion, body: str) -> bytes | None:
    field = cast("EncryptedTextField", question._meta.get_field("answer"))
    return field.seal(question, body)


def _say(by: str, question: ExpertQuestion, what: str, *, at: datetime, **details: object) -> None:
    """One line of the story of its enquiry; `by` is a label of the journal."""
    more = {name: str(value) for name, value in details.items() if value}
    verb = f"demande.avis_{what}"
    journal.record(actor=by, verb=verb, subject=question.enquiry, at=at, question=question.reference, **more)
