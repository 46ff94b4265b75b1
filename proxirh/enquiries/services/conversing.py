"""Messages both ways and the log of exchanges; the first answer by a person is measured on the way."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from proxirh.enquiries import freshness, notices, permissions
from proxirh.enquiries.attachments import Upload, attach, kept_only_if_done
from proxirh.enquiries.models import Enquiry, Exchange, Message
from proxirh.enquiries.services import measuring
from proxirh.enquiries.services.closing import reopen_enquiry
from proxirh.enquiries.services.treating import NOT_IN_CHARGE, check_future, replace_unable_lead, require_treating
from proxirh.enquiries.workflow import ENQUIRY_WORKFLOW, State, Step
from proxirh.kernel import journal
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.workflow import swap
from proxirh.territories.actor import Actor

ROUNDS = 3


def send_message(
    *,
    actor: Actor,
    enquiry: Enquiry,
    body: str,
    uploads: Sequence[Upload] = (),
    next_step: str = "",
    next_step_on: date | None = None,
    seen: str | None = None,
    key: UUID | None = None,
    at: datetime | None = None,
) -> Message:
    """Write within the enquiry. From the author, it ends a wait for her and reopens a closed enquiry (90 days).

    From its lead, it may tell what comes next and by when.

    The same key twice gives the same message. A move of the other side at the same instant never loses the author’s
    words: they are taken again on the new state. To its lead, StaleState says that the page was too old.
    """
    at = at or timezone.now()
    for _ in range(ROUNDS):
        existing = enquiry.messages.filter(idempotency_key=key).first() if key else None
        if existing is not None:
            return existing
        try:
            with kept_only_if_done() as stored, transaction.atomic():
                if permissions.is_author(actor, enquiry):
                    return _from_author(actor, enquiry, body, uploads, stored=stored, key=key, at=at)
                step = (next_step, next_step_on) if next_step_on else None
                return _from_lead(actor, enquiry, body, uploads, step=step, stored=stored, seen=seen, key=key, at=at)
        except IntegrityError:  # the same key sent twice at once: the next round finds the message
            if key is None:
                raise
        except StaleState:
            if not permissions.is_author(actor, enquiry):
                raise
            enquiry.refresh_from_db(
                fields=["lead", "team", "closed_at", "closing_word", "next_step", *freshness.WATCHED]
            )
            enquiry.fact.refresh_from_db()
    raise StaleState


def _from_author(
    actor: Actor,
    enquiry: Enquiry,
    body: str,
    uploads: Sequence[Upload],
    *,
    stored: list[str],
    key: UUID | None,
    at: datetime,
) -> Message:
    if not permissions.can_write(actor, enquiry, at=at):
        raise NotAllowed(
            "On ne peut plus écrire dans cette demande. Faites-en une nouvelle : vous pourrez y rappeler celle-ci."
        )
    state = enquiry.state
    if state == State.CLOSED:
        reopen_enquiry(actor=actor, enquiry=enquiry, at=at)
    elif state == State.WAITING_FOR_AGENT:
        ENQUIRY_WORKFLOW.apply(enquiry, Step.RESUME, waiting_since=None)
        journal.record(actor=actor.label, verb="demande.reprise", subject=enquiry, at=at)
    message = write_message(actor, enquiry, body, uploads, from_agent=True, stored=stored, key=key, at=at)
    swap(enquiry, {"state": enquiry.state, "lead_id": enquiry.lead_id}, {"last_contact_at": at})
    # A reopening has told already; so has an offer to the team.
    if state != State.CLOSED and not replace_unable_lead(enquiry, at=at):
        notices.tell_lead(enquiry, kind="message_for_staff", at=at)
    return message


def _from_lead(
    actor: Actor,
    enquiry: Enquiry,
    body: str,
    uploads: Sequence[Upload],
    *,
    step: tuple[str, date] | None,
    stored: list[str],
    seen: str | None,
    key: UUID | None,
    at: datetime,
) -> Message:
    if not permissions.can_write(actor, enquiry, at=at):
        raise NotAllowed(NOT_IN_CHARGE)
    freshness.require_unchanged(enquiry, seen)
    changes: dict[str, Any] = {"last_contact_at": at}
    if step:
        check_future(enquiry, step[1], at=at)
        changes |= {"next_step": step[0], "next_step_on": step[1]}
    freshness.write(enquiry, **changes)
    message = write_message(actor, enquiry, body, uploads, from_agent=False, stored=stored, key=key, at=at)
    measuring.first_answer(enquiry, at=at, noted_at=at)
    notices.tell_author(enquiry, kind="message_for_author", at=at)
    return message


def write_message(
    actor: Actor,
    enquiry: Enquiry,
    body: str,
    uploads: Sequence[Upload],
    *,
    from_agent: bool,
    stored: list[str],
    key: UUID | None,
    at: datetime,
) -> Message:
    """Store a message with its files, and nothing else: no check, no mail; within a transaction."""
    message = Message.objects.create(
        enquiry=enquiry,
        sender_id=actor.person_id,
        is_from_agent=from_agent,
        body=body,
        idempotency_key=key,
        sent_at=at,
    )
    for upload in uploads:
        attach(message, upload, stored=stored, at=at)
    journal.record(actor=actor.label, verb="message.envoyé", subject=enquiry, at=at, files=len(uploads))
    return message


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
    seen: str | None = None,
    key: UUID | None = None,
    at: datetime | None = None,
) -> Exchange:
    """Log one contact or attempt, with the next step and its date; a reached one may be the first answer.

    Reaching the person ends a wait for her, the call that she asked for and the count of failed attempts. The same key
    twice gives one exchange.
    """
    at = at or timezone.now()
    try:
        with transaction.atomic():
            existing = enquiry.exchanges.filter(idempotency_key=key).first() if key else None
            return existing or _log(
                actor,
                enquiry,
                Exchange(
                    enquiry=enquiry,
                    person_id=cast("int", actor.person_id),
                    means=means,
                    happened_at=happened_at or at,
                    was_reached=was_reached,
                    summary=summary,
                    next_step=next_step,
                    next_step_on=next_step_on,
                    idempotency_key=key,
                    recorded_at=at,
                ),
                seen=seen,
                at=at,
            )
    except IntegrityError:  # the same key sent twice at once
        existing = enquiry.exchanges.filter(idempotency_key=key).first()
        if existing is None:
            raise
        return existing


def _log(actor: Actor, enquiry: Enquiry, exchange: Exchange, *, seen: str | None, at: datetime) -> Exchange:
    require_treating(actor, enquiry)
    freshness.require_unchanged(enquiry, seen)
    zone = enquiry.department.time_zone
    if exchange.happened_at > at or local_day(exchange.happened_at, zone) < local_day(enquiry.submitted_at, zone):
        raise DomainError("La date de l’échange doit être entre le jour de la demande et aujourd’hui.")
    if exchange.next_step_on is not None:
        check_future(enquiry, exchange.next_step_on, at=at)
    changes: dict[str, Any] = {"next_step": exchange.next_step, "next_step_on": exchange.next_step_on}
    if exchange.was_reached:
        changes |= {"last_contact_at": max(enquiry.last_contact_at, exchange.happened_at), "failed_attempts": 0}
        changes |= {"wants_call_today": False}
    else:
        changes |= {"failed_attempts": enquiry.failed_attempts + 1}
    if exchange.was_reached and enquiry.state == State.WAITING_FOR_AGENT:
        freshness.move(enquiry, Step.RESUME, waiting_since=None, **changes)
    else:
        freshness.write(enquiry, **changes)
    exchange.save(force_insert=True)
    if exchange.was_reached:
        measuring.first_answer(enquiry, at=max(exchange.happened_at, enquiry.submitted_at), noted_at=at)
    journal.record(
        actor=actor.label,
        verb="échange.noté",
        subject=enquiry,
        at=at,
        means=exchange.means,
        reached=exchange.was_reached,
    )
    return exchange
