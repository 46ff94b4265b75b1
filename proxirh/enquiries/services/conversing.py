"""Messages both ways and the log of exchanges; the first answer by a person is measured here."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from proxirh.enquiries import counting, notices, permissions
from proxirh.enquiries.attachments import Upload, attach
from proxirh.enquiries.models import Enquiry, Exchange, Message
from proxirh.enquiries.services.closing import reopen_enquiry
from proxirh.enquiries.services.treating import NOT_IN_CHARGE, check_future, require_treating
from proxirh.enquiries.workflow import ENQUIRY_WORKFLOW, State, Step
from proxirh.kernel import journal
from proxirh.kernel.calendar import local_day, working_days_between
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.workflow import swap
from proxirh.territories.actor import Actor


def first_answer(enquiry: Enquiry, *, at: datetime) -> None:
    """Measure the delay of the first answer, once: working days of the author's département since the day of asking."""
    if enquiry.first_answered_at is not None:
        return
    calendar, zone = counting.zone_of(enquiry.department)
    days = counting.clip(working_days_between(local_day(enquiry.submitted_at, zone), local_day(at, zone), calendar))
    swap(enquiry, {"first_answered_at": None}, {"first_answered_at": at})
    enquiry.fact.first_answer_days = days
    enquiry.fact.save(update_fields=["first_answer_days"])
    counting.add(enquiry.fact, counting.answered(days))


@transaction.atomic
def send_message(
    *,
    actor: Actor,
    enquiry: Enquiry,
    body: str,
    uploads: Sequence[Upload] = (),
    idempotency_key: uuid.UUID | None = None,
    at: datetime | None = None,
) -> Message:
    """Write within the enquiry. From the author, it ends a wait for her and reopens a closed enquiry (90 days).

    The same key twice gives the same message.
    """
    at = at or timezone.now()
    existing = enquiry.messages.filter(idempotency_key=idempotency_key).first() if idempotency_key else None
    if existing is not None:
        return existing
    if not permissions.can_write(actor, enquiry, at=at):
        raise NotAllowed(NOT_IN_CHARGE)
    from_agent = permissions.is_author(actor, enquiry)
    message = Message.objects.create(
        enquiry=enquiry,
        sender_id=actor.person_id,
        is_from_agent=from_agent,
        body=body,
        idempotency_key=idempotency_key,
        sent_at=at,
    )
    for upload in uploads:
        attach(message, upload, at=at)
    enquiry.last_contact_at = at
    enquiry.save(update_fields=["last_contact_at"])
    if from_agent:
        if enquiry.state == State.WAITING_FOR_AGENT:
            ENQUIRY_WORKFLOW.apply(enquiry, Step.RESUME, waiting_since=None)
        elif enquiry.state == State.CLOSED:
            reopen_enquiry(actor=actor, enquiry=enquiry, at=at)
        notices.tell_lead(enquiry, kind="message_for_staff", at=at)
    else:
        first_answer(enquiry, at=at)
        notices.tell_author(enquiry, kind="message_for_author", at=at)
    journal.record(actor=actor.label, verb="message.envoyé", subject=enquiry, at=at, files=len(uploads))
    return message


@transaction.atomic
def log_exchange(
    *,
    actor: Actor,
    enquiry: Enquiry,
    means: str,
    was_reached: bool,
    summary: str,
    next_step: str,
    next_step_on: date,
    happened_at: datetime | None = None,
    idempotency_key: uuid.UUID | None = None,
    at: datetime | None = None,
) -> Exchange:
    """Log one contact or attempt, with the next step and its date; a reached one may be the first answer."""
    require_treating(actor, enquiry)
    at = at or timezone.now()
    happened_at = happened_at or at
    existing = enquiry.exchanges.filter(idempotency_key=idempotency_key).first() if idempotency_key else None
    if existing is not None:
        return existing
    if happened_at > at or happened_at < enquiry.submitted_at:
        raise DomainError("La date de l’échange doit être entre la demande et maintenant.")
    check_future(enquiry, next_step_on, at=at)
    exchange = Exchange.objects.create(
        enquiry=enquiry,
        person_id=actor.person_id,
        means=means,
        happened_at=happened_at,
        was_reached=was_reached,
        summary=summary,
        next_step=next_step,
        next_step_on=next_step_on,
        idempotency_key=idempotency_key,
        recorded_at=at,
    )
    enquiry.next_step, enquiry.next_step_on = next_step, next_step_on
    if was_reached:
        enquiry.last_contact_at = happened_at
        enquiry.failed_attempts = 0
    else:
        enquiry.failed_attempts += 1
    enquiry.save(update_fields=["next_step", "next_step_on", "last_contact_at", "failed_attempts"])
    if was_reached:
        first_answer(enquiry, at=happened_at)
    journal.record(actor=actor.label, verb="échange.noté", subject=enquiry, at=at, means=means, reached=was_reached)
    return exchange
