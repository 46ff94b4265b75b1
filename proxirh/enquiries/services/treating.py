"""Taking, giving back, waiting, and the next step that every followed enquiry has."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from proxirh.enquiries import notices, permissions
from proxirh.enquiries.models import Enquiry, Handling
from proxirh.enquiries.workflow import (
    ENQUIRY_WORKFLOW,
    HANDLING_WORKFLOW,
    HandlingState,
    HandlingStep,
    State,
    Step,
)
from proxirh.kernel import journal
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.workflow import swap
from proxirh.territories.actor import Actor

NOT_IN_CHARGE = "Cette demande ne vous est pas confiée."


def require_treating(actor: Actor, enquiry: Enquiry) -> None:
    """Raises NotAllowed for anyone but the lead of a followed enquiry."""
    if not permissions.can_treat(actor, enquiry):
        raise NotAllowed(NOT_IN_CHARGE)


def _current_handling(enquiry: Enquiry, state: str, person_id: int | None) -> Handling:
    handling = enquiry.handlings.filter(state=state, person_id=person_id, is_lead=True).order_by("-pk").first()
    if handling is None:
        raise StaleState
    return handling


@transaction.atomic
def take_enquiry(*, actor: Actor, enquiry: Enquiry, at: datetime | None = None) -> None:
    """Become the lead of an enquiry that the team received; the second of two colleagues is told."""
    if not permissions.can_take(actor, enquiry):
        raise NotAllowed("Cette demande n’attend pas votre équipe, ou quelqu’un vient de la prendre.")
    at = at or timezone.now()
    handling = _current_handling(enquiry, HandlingState.OFFERED, None)
    if enquiry.state == State.SUBMITTED:
        ENQUIRY_WORKFLOW.apply(enquiry, Step.TAKE, lead_id=actor.person_id)
    else:
        swap(enquiry, {"lead": None, "state": enquiry.state}, {"lead_id": actor.person_id})
    HANDLING_WORKFLOW.apply(handling, HandlingStep.ACCEPT, person_id=actor.person_id, accepted_at=at)
    journal.record(actor=actor.label, verb="demande.prise", subject=enquiry, at=at)
    full = Enquiry.objects.visible_to(actor).select_related("department").get(pk=enquiry.pk)
    notices.tell_author(full, kind="taken", dedupe_key=f"taken:{full.uid}:{handling.pk}", at=at)


@transaction.atomic
def decline_enquiry(*, actor: Actor, enquiry: Enquiry, at: datetime | None = None) -> None:
    """« Je connais cette personne »: the enquiry disappears for this colleague, silently for everyone else."""
    if not permissions.can_take(actor, enquiry):
        raise NotAllowed("Cette demande n’attend pas votre équipe.")
    at = at or timezone.now()
    Handling.objects.create(
        enquiry=enquiry,
        team_id=enquiry.team_id,
        person_id=actor.person_id,
        state=HandlingState.DECLINED,
        is_lead=False,
        reason="connait_la_personne",
        ended_at=at,
    )
    journal.record(actor=actor.label, verb="demande.déclinée", subject=enquiry, at=at)


@transaction.atomic
def give_back_enquiry(*, actor: Actor, enquiry: Enquiry, reason: str, at: datetime | None = None) -> None:
    """Hand the enquiry back to its team, which is alerted; the author is told that a colleague takes over."""
    require_treating(actor, enquiry)
    at = at or timezone.now()
    handling = _current_handling(enquiry, HandlingState.ACCEPTED, actor.person_id)
    swap(enquiry, {"lead_id": actor.person_id}, {"lead_id": None})
    HANDLING_WORKFLOW.apply(handling, HandlingStep.GIVE_BACK, reason=reason, ended_at=at)
    Handling.objects.create(enquiry=enquiry, team_id=enquiry.team_id, offered_at=at)
    journal.record(actor=actor.label, verb="demande.rendue", subject=enquiry, at=at, reason=reason)
    notices.alert_team(enquiry, at=at)
    notices.tell_author(enquiry, kind="given_back", dedupe_key=f"given_back:{handling.pk}", at=at)


def check_future(enquiry: Enquiry, day: date, *, at: datetime) -> None:
    """Raises DomainError for a date already past where the author lives."""
    if day < local_day(at, enquiry.department.time_zone):
        raise DomainError("Cette date est passée. Choisissez aujourd’hui ou un jour à venir.")


@transaction.atomic
def set_next_step(
    *, actor: Actor, enquiry: Enquiry, next_step: str, next_step_on: date, at: datetime | None = None
) -> None:
    """Say what comes next and by when; the author sees it on her page."""
    require_treating(actor, enquiry)
    at = at or timezone.now()
    check_future(enquiry, next_step_on, at=at)
    enquiry.next_step, enquiry.next_step_on = next_step, next_step_on
    enquiry.save(update_fields=["next_step", "next_step_on"])
    journal.record(actor=actor.label, verb="demande.étape", subject=enquiry, at=at, le=next_step_on.isoformat())


@transaction.atomic
def wait_for_agent(*, actor: Actor, enquiry: Enquiry, next_step_on: date, at: datetime | None = None) -> None:
    """Wait for the author until a date, and tell her that the next move is hers."""
    require_treating(actor, enquiry)
    at = at or timezone.now()
    check_future(enquiry, next_step_on, at=at)
    ENQUIRY_WORKFLOW.apply(enquiry, Step.WAIT_FOR_AGENT, waiting_since=at, next_step_on=next_step_on)
    journal.record(actor=actor.label, verb="demande.attend_agent", subject=enquiry, at=at)
    notices.tell_author(enquiry, kind="waiting_for_you", at=at)


@transaction.atomic
def wait_for_date(
    *, actor: Actor, enquiry: Enquiry, next_step: str, next_step_on: date, at: datetime | None = None
) -> None:
    """Wait for something dated (results, return from leave); the author sees what and when."""
    require_treating(actor, enquiry)
    at = at or timezone.now()
    check_future(enquiry, next_step_on, at=at)
    ENQUIRY_WORKFLOW.apply(enquiry, Step.WAIT_FOR_DATE, waiting_since=at, next_step_on=next_step_on)
    enquiry.next_step = next_step
    enquiry.save(update_fields=["next_step"])
    journal.record(actor=actor.label, verb="demande.attend_date", subject=enquiry, at=at, le=next_step_on.isoformat())
    notices.tell_author(enquiry, kind="waiting_for_date", at=at)


@transaction.atomic
def resume_enquiry(*, actor: Actor, enquiry: Enquiry, at: datetime | None = None) -> None:
    """End a wait."""
    require_treating(actor, enquiry)
    at = at or timezone.now()
    ENQUIRY_WORKFLOW.apply(enquiry, Step.RESUME, waiting_since=None)
    journal.record(actor=actor.label, verb="demande.reprise", subject=enquiry, at=at)
