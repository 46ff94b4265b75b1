"""The end of an enquiry, which is never final for its author: closing, withdrawing, reopening."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from proxirh.enquiries import counting, notices, permissions
from proxirh.enquiries.models import Enquiry, Outcome
from proxirh.enquiries.services.asking import check_author
from proxirh.enquiries.services.treating import require_treating
from proxirh.enquiries.workflow import ENQUIRY_WORKFLOW, HANDLING_WORKFLOW, HandlingState, HandlingStep, Step
from proxirh.kernel import journal
from proxirh.kernel.calendar import local_day, working_days_between
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.territories.actor import Actor
from proxirh.territories.models import Topic

ATTEMPTS_BEFORE_NOT_REACHED = 3


def _finish_facts(enquiry: Enquiry, outcomes: Collection[str], *, at: datetime) -> None:
    calendar, zone = counting.zone_of(enquiry.department)
    fact = enquiry.fact
    days = counting.clip(working_days_between(local_day(enquiry.submitted_at, zone), local_day(at, zone), calendar))
    fact.outcomes, fact.handling_days = sorted(outcomes), days
    fact.save(update_fields=["outcomes", "handling_days"])
    counting.add(fact, counting.finished(fact.outcomes, days))


def _end_handlings(enquiry: Enquiry, *, at: datetime) -> None:
    for handling in enquiry.handlings.filter(state=HandlingState.ACCEPTED, is_lead=False):
        HANDLING_WORKFLOW.apply(handling, HandlingStep.FINISH, ended_at=at)


@transaction.atomic
def close_enquiry(
    *,
    actor: Actor,
    enquiry: Enquiry,
    outcomes: Collection[str],
    closing_word: str = "",
    topic: Topic | None = None,
    at: datetime | None = None,
) -> None:
    """End the follow-up with one or several outcomes; the author may reopen it for ninety days.

    Its lead keeps seeing it, so that a reopening finds someone. « Not reached » needs three attempts.
    """
    require_treating(actor, enquiry)
    at = at or timezone.now()
    if not outcomes or not set(outcomes) <= set(Outcome.values):
        raise DomainError("Dites ce qui a été donné : au moins une suite.")
    if Outcome.NOT_REACHED in outcomes and enquiry.failed_attempts < ATTEMPTS_BEFORE_NOT_REACHED:
        raise DomainError(
            "Avant de terminer ainsi, notez trois essais sans réponse. "
            f"Il y en a {enquiry.failed_attempts} pour l’instant."
        )
    enquiry.closing_word = closing_word or None
    enquiry.save(update_fields=["closing_word"])
    ENQUIRY_WORKFLOW.apply(enquiry, Step.CLOSE, closed_at=at, waiting_since=None, next_step_on=None, last_contact_at=at)
    if topic is not None and topic.code != enquiry.fact.topic_code:
        counting.add(enquiry.fact, counting.recoded(enquiry.fact, topic.code))
        enquiry.fact.topic_code = topic.code
        enquiry.fact.save(update_fields=["topic_code"])
    _end_handlings(enquiry, at=at)
    _finish_facts(enquiry, outcomes, at=at)
    journal.record(actor=actor.label, verb="demande.terminée", subject=enquiry, at=at, outcomes=sorted(outcomes))
    notices.tell_author(enquiry, kind="closed", at=at)


@transaction.atomic
def withdraw_enquiry(*, actor: Actor, enquiry: Enquiry, at: datetime | None = None) -> None:
    """The author takes the enquiry back; whoever was in charge is told, without a reason."""
    check_author(actor, enquiry)
    at = at or timezone.now()
    ENQUIRY_WORKFLOW.apply(enquiry, Step.WITHDRAW, closed_at=at, waiting_since=None, next_step_on=None)
    _finish_facts(enquiry, [Outcome.WITHDRAWN], at=at)
    journal.record(actor=actor.label, verb="demande.retirée", subject=enquiry, at=at)
    notices.tell_lead(enquiry, kind="withdrawn", dedupe_key=f"withdrawn:{enquiry.uid}", at=at)


@transaction.atomic
def reopen_enquiry(*, actor: Actor, enquiry: Enquiry, at: datetime | None = None) -> None:
    """The author reopens what was closed less than ninety days ago; no reason is asked."""
    at = at or timezone.now()
    if not permissions.can_reopen(actor, enquiry, at=at):
        raise NotAllowed(
            "Cette demande ne peut plus être rouverte. Faites-en une nouvelle : "
            "vous pourrez y rappeler la référence de celle-ci."
        )
    fact = enquiry.fact
    counting.add(fact, counting.finished(fact.outcomes, fact.handling_days, sign=-1))
    fact.outcomes, fact.handling_days = [], None
    fact.save(update_fields=["outcomes", "handling_days"])
    ENQUIRY_WORKFLOW.apply(enquiry, Step.REOPEN, closed_at=None)
    journal.record(actor=actor.label, verb="demande.rouverte", subject=enquiry, at=at)
    notices.tell_lead(enquiry, kind="reopened", at=at)
