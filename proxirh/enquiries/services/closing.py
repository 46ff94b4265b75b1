"""The end of an enquiry, which is never final for its author: closing, withdrawing, reopening."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from proxirh.enquiries import freshness, notices, permissions
from proxirh.enquiries.models import Enquiry, Message, Outcome
from proxirh.enquiries.promises import first_answer_on
from proxirh.enquiries.services import measuring
from proxirh.enquiries.services.arriving import fold
from proxirh.enquiries.services.asking import check_author
from proxirh.enquiries.services.leaving import end_handlings
from proxirh.enquiries.services.treating import replace_unable_lead, require_treating
from proxirh.enquiries.services.unbooking import give_back_appointments, upcoming
from proxirh.enquiries.workflow import ENQUIRY_WORKFLOW, Step, TransferStep
from proxirh.kernel import journal
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.territories.actor import Actor
from proxirh.territories.models import Topic

ATTEMPTS_BEFORE_NOT_REACHED = 3
MEETING_TO_COME = "Un rendez-vous est encore à venir : annulez-le d’abord, ou terminez le suivi après."
GETTING_BACK = "Reprendre contact avec vous"
OTHER_TOPIC = "7"
# The service's own act, never an outcome to tick.
CLOSING_OUTCOMES = tuple(outcome for outcome in Outcome if outcome != Outcome.WITHDRAWN)


def _check_outcomes(enquiry: Enquiry, outcomes: Collection[str]) -> None:
    if not outcomes or not set(outcomes) <= set(CLOSING_OUTCOMES):
        raise DomainError("Dites ce qui a été donné : au moins une suite.")
    if Outcome.NOT_REACHED in outcomes and enquiry.failed_attempts < ATTEMPTS_BEFORE_NOT_REACHED:
        raise DomainError(
            "Avant de terminer ainsi, notez trois essais sans réponse. "
            f"Il y en a {enquiry.failed_attempts} pour l’instant."
        )


@transaction.atomic
def close_enquiry(
    *,
    actor: Actor,
    enquiry: Enquiry,
    outcomes: Collection[str],
    closing_word: str = "",
    topic: Topic | None = None,
    seen: str | None = None,
    key: UUID | None = None,
    at: datetime | None = None,
) -> None:
    """End the follow-up with one or several outcomes; the author may reopen it for ninety days.

    Its lead keeps seeing it, so that a reopening finds someone. « Not reached » needs three attempts, and the topic
    « autre » is coded anew. A closing word is an answer like a message.
    """
    if journal.already(enquiry, key):
        return
    require_treating(actor, enquiry)
    at = at or timezone.now()
    freshness.require_unchanged(enquiry, seen)
    if upcoming(enquiry, at=at) is not None:
        raise DomainError(MEETING_TO_COME)
    _check_outcomes(enquiry, outcomes)
    if topic is None and enquiry.fact.branch == OTHER_TOPIC:
        raise DomainError("La personne avait choisi « autre » : dites de quoi il s’agissait.")
    freshness.move(
        enquiry,
        Step.CLOSE,
        closed_at=at,
        closing_word=closing_word or None,
        waiting_since=None,
        next_step=None,
        next_step_on=None,
        last_contact_at=at,
    )
    if closing_word:
        measuring.first_answer(enquiry, at=at, noted_at=at)
    if topic is not None:
        measuring.recode(enquiry, topic, at=at)
    measuring.finish(enquiry, outcomes, at=at)
    end_handlings(enquiry, lead_too=False, at=at)
    journal.record(
        actor=actor.label,
        verb="demande.terminée",
        subject=enquiry,
        at=at,
        outcomes=sorted(outcomes),
        key=str(key or ""),
    )
    notices.tell_author(enquiry, kind="closed", at=at)


@transaction.atomic
def withdraw_enquiry(*, actor: Actor, enquiry: Enquiry, key: UUID | None = None, at: datetime | None = None) -> None:
    """The author takes the enquiry back, without a reason; whoever was in charge is told, and reads it no more."""
    if journal.already(enquiry, key):
        return
    check_author(actor, enquiry)
    at = at or timezone.now()
    ENQUIRY_WORKFLOW.apply(enquiry, Step.WITHDRAW, closed_at=at, waiting_since=None, next_step=None, next_step_on=None)
    enquiry.refresh_from_db(fields=["lead", "team"])  # whoever has it now, handed over since the page or not, is told
    end_handlings(enquiry, lead_too=True, at=at)
    fold(enquiry, step=TransferStep.WITHDRAW, at=at)
    give_back_appointments(enquiry, by=actor.label, by_author=True, at=at)
    measuring.finish(enquiry, [Outcome.WITHDRAWN], at=at)
    journal.record(actor=actor.label, verb="demande.retirée", subject=enquiry, at=at, key=str(key or ""))
    notices.tell_lead(enquiry, kind="withdrawn", dedupe_key=f"withdrawn:{enquiry.uid}", at=at)


@transaction.atomic
def expire_enquiry(*, enquiry: Enquiry, at: datetime) -> None:
    """Time ends what is still open: nothing was given, so no outcome is counted; author and whoever has it are told.

    Raises StaleState when there was a contact since the enquiry was read.
    """
    ENQUIRY_WORKFLOW.apply(
        enquiry,
        Step.EXPIRE,
        expected={"last_contact_at": enquiry.last_contact_at},
        closed_at=at,
        waiting_since=None,
        next_step=None,
        next_step_on=None,
    )
    end_handlings(enquiry, lead_too=False, at=at)
    give_back_appointments(enquiry, by=journal.SYSTEM, by_author=False, at=at)
    fold(enquiry, step=TransferStep.EXPIRE, at=at)
    journal.record(actor=journal.SYSTEM, verb="demande.expirée", subject=enquiry, at=at)
    notices.tell_author(enquiry, kind="expired", dedupe_key=f"expired:{enquiry.uid}", at=at)
    notices.tell_lead(enquiry, kind="expired_for_staff", dedupe_key=f"expired_for_staff:{enquiry.uid}", at=at)


def getting_back(enquiry: Enquiry, *, at: datetime) -> dict[str, Any]:
    """The next step of an enquiry that its author reopens: to be contacted, as soon as for a new one."""
    on = first_answer_on(enquiry.department, enquiry.team.academy, at=at)
    return {"next_step": GETTING_BACK, "next_step_on": on}


@transaction.atomic
def reopen_enquiry(*, actor: Actor, enquiry: Enquiry, at: datetime | None = None) -> None:
    """The author reopens what was closed less than ninety days ago; no reason is asked.

    It goes back to the person who followed it or, if she has left the team or may no longer meet it, to the team, with
    the delay of a first answer. The closing word becomes a message of the thread, which the next one does not erase.
    """
    at = at or timezone.now()
    if not permissions.can_reopen(actor, enquiry, at=at):
        raise NotAllowed(
            "Cette demande ne peut plus être rouverte. Faites-en une nouvelle : "
            "vous pourrez y rappeler la référence de celle-ci."
        )
    if enquiry.closing_word:
        Message.objects.create(
            enquiry=enquiry,
            sender_id=enquiry.lead_id,
            is_from_agent=False,
            body=enquiry.closing_word,
            sent_at=enquiry.closed_at or at,
        )
    freshness.move(
        enquiry,
        Step.REOPEN,
        closed_at=None,
        closing_word=None,
        failed_attempts=0,
        last_contact_at=at,
        **getting_back(enquiry, at=at),
    )
    measuring.unfinish(enquiry, at=at)
    journal.record(actor=actor.label, verb="demande.rouverte", subject=enquiry, at=at)
    if not replace_unable_lead(enquiry, at=at):
        notices.tell_lead(enquiry, kind="reopened", at=at)
