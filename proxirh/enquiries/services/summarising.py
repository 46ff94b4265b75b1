"""The shared summary of an interview: its lead proposes it, its author agrees or asks for a change; then it stays."""

from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from proxirh.enquiries import notices, permissions
from proxirh.enquiries.models import Enquiry, SharedSummary
from proxirh.enquiries.workflow import SUMMARY_WORKFLOW, SummaryState, SummaryStep
from proxirh.kernel import journal
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.workflow import swap
from proxirh.territories.actor import Actor

ONE_AT_A_TIME = "Un compte rendu attend déjà d’être relu pour cette demande : changez-le, ou attendez la réponse."


def summaries_of(enquiry: Enquiry) -> list[SharedSummary]:
    """Those of an enquiry that came through a door, the latest first."""
    found = list(SharedSummary.objects.filter(enquiry=enquiry).select_related("written_by__data_key").order_by("-pk"))
    for summary in found:
        summary.enquiry = enquiry
    return found


def propose_summary(
    *,
    actor: Actor,
    enquiry: Enquiry,
    held_on: date,
    body: str,
    key: UUID | None = None,
    at: datetime | None = None,
) -> SharedSummary:
    """Propose to its author what was said at an interview; the same key twice gives the same.

    Raises NotAllowed for anyone but its lead, DomainError for a day to come, or while another one waits.
    """
    _check_lead(actor, enquiry)
    at = at or timezone.now()
    _check_day(enquiry, held_on, at=at)
    if key and (sent := SharedSummary.objects.filter(enquiry=enquiry, idempotency_key=key).first()):
        return sent
    summary = SharedSummary(
        enquiry=enquiry,
        written_by_id=cast("int", actor.person_id),
        held_on=held_on,
        body=body,
        idempotency_key=key,
        written_at=at,
    )
    try:
        with transaction.atomic():
            _touch(enquiry, at=at)
            summary.save(force_insert=True)
            _say(actor, summary, "proposé", at=at)
            notices.tell_author(enquiry, kind="message_for_author", at=at)
    except IntegrityError:  # another one waits, or this one was sent twice
        sent = SharedSummary.objects.filter(enquiry=enquiry, idempotency_key=key).first() if key else None
        if sent is None:
            raise DomainError(ONE_AT_A_TIME) from None
        return sent
    return summary


@transaction.atomic
def change_summary(
    *, actor: Actor, summary: SharedSummary, held_on: date, body: str, at: datetime | None = None
) -> None:
    """Propose it again in other words; raises DomainError once it is agreed, StaleState when it moved meanwhile."""
    _check_lead(actor, summary.enquiry)
    at = at or timezone.now()
    _check_day(summary.enquiry, held_on, at=at)
    _touch(summary.enquiry, at=at)
    changes = {"held_on": held_on, "written_at": at, "written_by_id": actor.person_id}
    _move(summary, SummaryStep.PROPOSE_AGAIN, **changes, body=body, remark="")
    _say(actor, summary, "proposé", at=at)
    notices.tell_author(summary.enquiry, kind="message_for_author", at=at)


@transaction.atomic
def ask_for_change(*, actor: Actor, summary: SharedSummary, remark: str, at: datetime | None = None) -> None:
    """Its author says what to change in the words she has just read; raises StaleState when they moved meanwhile."""
    at = at or timezone.now()
    _check_author(actor, summary.enquiry, at=at)
    _touch(summary.enquiry, at=at)
    _move(summary, SummaryStep.ASK_CHANGE, remark=remark)
    _say(actor, summary, "à_changer", at=at)
    notices.tell_lead(summary.enquiry, kind="message_for_staff", at=at)


@transaction.atomic
def agree_to_summary(*, actor: Actor, summary: SharedSummary, at: datetime | None = None) -> None:
    """Its author agrees to the very words she read; raises StaleState when they moved meanwhile."""
    at = at or timezone.now()
    _check_author(actor, summary.enquiry, at=at)
    _touch(summary.enquiry, at=at)
    _move(summary, SummaryStep.AGREE, agreed_at=at)
    _say(actor, summary, "accepté", at=at)
    notices.tell_lead(summary.enquiry, kind="message_for_staff", at=at)


@transaction.atomic
def drop_summary(*, actor: Actor, summary: SharedSummary, at: datetime | None = None) -> None:
    """Its lead takes back one that nobody has agreed to; raises DomainError for one that is agreed."""
    _check_lead(actor, summary.enquiry)
    at = at or timezone.now()
    _touch(summary.enquiry, at=at)
    waiting = SharedSummary.objects.filter(pk=summary.pk).exclude(state=SummaryState.AGREED)
    if not waiting.delete()[0]:
        raise DomainError("Ce compte rendu est accepté : il reste dans la demande.")
    _say(actor, summary, "repris", at=at)


def _move(summary: SharedSummary, step: str, **changes: Any) -> None:
    """Make one move, unless the words are no longer those that were read."""
    sealed = {name: summary._meta.get_field(name) for name in ("body", "remark") if name in changes}
    stored = {name: field.seal(summary, changes[name]) for name, field in sealed.items()}  # type: ignore[union-attr]
    SUMMARY_WORKFLOW.apply(summary, step, expected={"written_at": summary.written_at}, **(changes | stored))


def _touch(enquiry: Enquiry, *, at: datetime) -> None:
    """A word of one to the other; raises StaleState when the enquiry moved or changed hands meanwhile."""
    swap(enquiry, {"state": enquiry.state, "lead_id": enquiry.lead_id}, {"last_contact_at": at})


def _say(actor: Actor, summary: SharedSummary, what: str, *, at: datetime) -> None:
    journal.record(actor=actor.label, verb=f"demande.compte_rendu_{what}", subject=summary.enquiry, at=at)


def _check_lead(actor: Actor, enquiry: Enquiry) -> None:
    if not permissions.can_treat(actor, enquiry):
        raise NotAllowed("Le compte rendu est écrit par la personne qui suit la demande.")


def _check_author(actor: Actor, enquiry: Enquiry, *, at: datetime) -> None:
    if not (permissions.is_author(actor, enquiry) and permissions.can_write(actor, enquiry, at=at)):
        raise NotAllowed("On ne peut plus répondre à ce compte rendu : la demande a pris fin.")


def _check_day(enquiry: Enquiry, held_on: date, *, at: datetime) -> None:
    if held_on > local_day(at, enquiry.department.time_zone):
        raise DomainError("L’entretien a déjà eu lieu : choisissez aujourd’hui ou un jour passé.")
