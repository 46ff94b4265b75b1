"""Taking, giving back, waiting, and the next step that every followed enquiry has."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone

from proxirh.enquiries import freshness, notices, permissions
from proxirh.enquiries.conflicts import asking_of, free_members, receiving_team
from proxirh.enquiries.models import Enquiry, Handling
from proxirh.enquiries.services.arriving import arrive, hold_origin
from proxirh.enquiries.services.calling_back import give_promises_back
from proxirh.enquiries.services.noting import bring_notes_back, set_notes_aside, settle_notes
from proxirh.enquiries.services.unbooking import give_back_unmeetable
from proxirh.enquiries.sharing import next_in_turn
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
from proxirh.territories.models import Team, TeamKind, Topic
from proxirh.territories.services.routing import Need

NOT_IN_CHARGE = "Cette demande ne vous est pas confiée."
REASSIGNED = (
    "Vous coordonnez l’académie : vous confier cette demande, ou la prendre après l’avoir confiée, c’est l’ouvrir. "
    "Passez par l’accès exceptionnel, qui prévient la personne et un témoin."
)
MOVED = "Cette demande a changé de mains entre-temps. Relisez-la."
ALREADY_TAKEN = "Quelqu’un de votre équipe vient de prendre cette demande en charge."
FARTHEST = timedelta(days=3 * 365)


class GivingBack(models.TextChoices):
    """Why an enquiry goes back to its team; never shown to its author."""

    ABSENCE = "absence", "Je m’absente ou je quitte ma mission"
    LOAD = "charge", "J’ai trop de demandes en ce moment"
    SKILL = "competence", "Quelqu’un d’autre saura mieux répondre"
    ACQUAINTED = "connait_la_personne", "Je connais cette personne"
    MISTAKE = "erreur", "Je l’ai prise par erreur"


def require_treating(actor: Actor, enquiry: Enquiry) -> None:
    """Raises NotAllowed for anyone but the lead of a followed enquiry."""
    if not permissions.can_treat(actor, enquiry):
        raise NotAllowed(NOT_IN_CHARGE)


def hold_led(actor: Actor, enquiry: Enquiry) -> None:
    """Raises StaleState unless she still leads it as she saw it; until the end of the transaction, nobody moves it.

    Before her notes are settled: an end of the enquiry holds it first too, then the notes.
    """
    seen = {"lead_id": actor.person_id, "state": enquiry.state, "team_id": enquiry.team_id}
    try:
        swap(enquiry, seen, seen)
    except StaleState as error:
        raise StaleState(MOVED) from error


def check_future(enquiry: Enquiry, day: date, *, at: datetime) -> None:
    """Raises DomainError for a date already past where the author lives, or too far to mean anything."""
    today = local_day(at, enquiry.department.time_zone)
    if day < today:
        raise DomainError("Cette date est passée. Choisissez aujourd’hui ou un jour à venir.")
    if day > today + FARTHEST:
        raise DomainError(
            "Cette date est à plus de trois ans. Choisissez un jour plus proche : il pourra être repoussé."
        )


def offer(enquiry: Enquiry, *, at: datetime, but: int | None = None) -> None:
    """Put the enquiry before its team again, and alert whoever may meet it; with nobody left there, elsewhere.

    `but`, who has just handed it back, gets no mail; it still waits in her list.
    """
    free = free_members(enquiry, at=at)
    in_turn = next_in_turn(free - {but}, day=local_day(at, enquiry.department.time_zone))
    handling = Handling.objects.create(enquiry=enquiry, team_id=enquiry.team_id, person_id=in_turn, offered_at=at)
    if not free:
        send_to_neighbours(enquiry, at=at)
        return
    notices.alert_team(enquiry, at=at, offer=handling.pk, free=free, but=but)


def replace_unable_lead(enquiry: Enquiry, *, at: datetime) -> bool:
    """Offer the enquiry again when its lead has left the team, or may no longer meet it; True when it was so."""
    if enquiry.lead_id is None or enquiry.lead_id in free_members(enquiry, at=at):
        return False
    former_id = enquiry.lead_id
    swap(enquiry, {"lead_id": former_id}, {"lead_id": None})
    for handling in enquiry.handlings.filter(state=HandlingState.ACCEPTED, is_lead=True):
        HANDLING_WORKFLOW.apply(handling, HandlingStep.FINISH, ended_at=at)
    set_notes_aside(enquiry, [former_id], at=at)
    give_back_unmeetable(enquiry, at=at)
    journal.record(actor=journal.SYSTEM, verb="demande.rendue", subject=enquiry, at=at)
    offer(enquiry, at=at)
    return True


def end_beside(enquiry: Enquiry, people: Collection[int], *, at: datetime) -> bool:
    """End what these people did beside the lead, and take back what was proposed to them; True when there was any."""
    beside = enquiry.handlings.filter(is_lead=False, person_id__in=people)
    ended = bool(beside.filter(state=HandlingState.OFFERED).delete()[0])
    for handling in beside.filter(state=HandlingState.ACCEPTED):
        HANDLING_WORKFLOW.apply(handling, HandlingStep.FINISH, ended_at=at)
        ended = True
    return ended


def has_reassigned(label: str, enquiry: Enquiry) -> bool:
    """True when this person, named as in the journal, has moved it as its coordination, without reading it."""
    return journal.has_done(label, "demande.réattribuée", enquiry)


def current_handling(enquiry: Enquiry, **held: object) -> Handling:
    """Its handling as a lead that is `held` so; raises StaleState when there is none any more."""
    handling = enquiry.handlings.filter(**held, is_lead=True).order_by("-pk").first()
    if handling is None:
        raise StaleState(ALREADY_TAKEN)
    return handling


def become_lead(enquiry: Enquiry, person_id: int, *, at: datetime) -> Handling:
    """Give an enquiry that nobody has to one of its team; StaleState for the second of two."""
    handling = current_handling(enquiry, state=HandlingState.OFFERED)
    try:
        if enquiry.state == State.SUBMITTED:
            ENQUIRY_WORKFLOW.apply(enquiry, Step.TAKE, expected={"lead": None}, lead_id=person_id)
        else:
            swap(enquiry, {"lead": None, "state": enquiry.state}, {"lead_id": person_id})
        end_beside(enquiry, [person_id], at=at)  # she leads it now
        HANDLING_WORKFLOW.apply(handling, HandlingStep.ACCEPT, person_id=person_id, accepted_at=at)
    except StaleState as error:
        raise StaleState(ALREADY_TAKEN) from error
    bring_notes_back(enquiry, person_id, at=at)
    return handling


@transaction.atomic
def take_enquiry(*, actor: Actor, enquiry: Enquiry, at: datetime | None = None) -> None:
    """Become the lead of an enquiry that the team received; the second of two colleagues is told (StaleState).

    One that comes from another académie is accepted here by the same act, and ends there.
    """
    if not permissions.can_take(actor, enquiry):
        raise NotAllowed("Cette demande n’attend pas votre équipe, ou quelqu’un vient de la prendre.")
    if has_reassigned(actor.label, enquiry):
        raise NotAllowed(REASSIGNED)
    at = at or timezone.now()
    origin = hold_origin(enquiry)
    handling = become_lead(enquiry, actor.person_id or 0, at=at)
    journal.record(actor=actor.label, verb="demande.prise", subject=enquiry, at=at)
    full = Enquiry.objects.visible_to(actor).select_related("department").filter(pk=enquiry.pk).first()
    if full is None:  # a conflict of interest, whatever list the row came from
        raise NotAllowed(NOT_IN_CHARGE)
    arrive(origin, full, at=at)
    notices.tell_author(full, kind="taken", dedupe_key=f"taken:{full.uid}:{handling.pk}", at=at)


@transaction.atomic
def decline_enquiry(*, actor: Actor, enquiry: Enquiry, at: datetime | None = None) -> None:
    """« Je connais cette personne »: the enquiry disappears for this colleague, silently for everyone else.

    When nobody of the team is left, a neighbouring team receives it.
    """
    at = at or timezone.now()
    beside = enquiry.handlings.filter(state=HandlingState.OFFERED, is_lead=False, person_id=actor.person_id or 0)
    if actor.receives and (handling := beside.first()):
        HANDLING_WORKFLOW.apply(handling, HandlingStep.DECLINE, reason=GivingBack.ACQUAINTED, ended_at=at)
        journal.record(actor=actor.label, verb="demande.déclinée", subject=enquiry, at=at)
        give_promises_back(enquiry, at=at)
        return
    if not permissions.can_take(actor, enquiry):
        raise NotAllowed("Cette demande n’attend pas votre équipe.")
    _decline(actor, enquiry, at=at)


def _decline(actor: Actor, enquiry: Enquiry, *, at: datetime) -> None:
    Handling.objects.create(
        enquiry=enquiry,
        team_id=enquiry.team_id,
        person_id=actor.person_id,
        state=HandlingState.DECLINED,
        is_lead=False,
        reason=GivingBack.ACQUAINTED,
        ended_at=at,
    )
    journal.record(actor=actor.label, verb="demande.déclinée", subject=enquiry, at=at)
    waiting = Enquiry.objects.for_system("quelqu’un peut-il encore la recevoir ?").to_route().get(pk=enquiry.pk)
    give_back_unmeetable(waiting, at=at)
    if waiting.lead_id is not None:
        return
    free = free_members(waiting, at=at)
    if not free:
        send_to_neighbours(waiting, at=at)
        return
    # Her turn passes to another. Proposed by a colleague, she alone had been told: the team is, now.
    for handling in waiting.handlings.filter(state=HandlingState.OFFERED, is_lead=True, person_id=actor.person_id or 0):
        in_turn = next_in_turn(free, day=local_day(at, waiting.department.time_zone))
        swap(handling, {"state": HandlingState.OFFERED, "person_id": actor.person_id}, {"person_id": in_turn})
        notices.alert_team(waiting, at=at, offer=handling.pk, free=free)


def need_of(enquiry: Enquiry, *, past_officers: bool) -> Need:
    """What it asks for and where; `past_officers` leaves the first level out."""
    topic = Topic.objects.get(code=enquiry.fact.topic_code, version=enquiry.nomenclature_version)
    return Need(
        department=enquiry.department,
        site=enquiry.site,
        category_id=enquiry.category_id,
        topic_id=topic.pk,
        branch=topic.branch_code,
        past_officers=past_officers,
    )


def send_to_neighbours(enquiry: Enquiry, *, at: datetime) -> None:
    """Nobody of the team may meet it any more: another team receives it, else the national referent is told."""
    past_officers = enquiry.team.kind != TeamKind.HR_OFFICERS
    need = need_of(enquiry, past_officers=past_officers)
    receiving = receiving_team(need, asking_of(enquiry), day=local_day(at, enquiry.department.time_zone))
    handling = current_handling(enquiry, state=HandlingState.OFFERED)
    if not receiving.free:
        notices.alert_national_referent(enquiry, at=at, offer=handling.pk)
        return
    team = receiving.team
    swap(enquiry, {"lead": None, "team_id": enquiry.team_id}, {"team_id": team.pk})
    HANDLING_WORKFLOW.apply(handling, HandlingStep.DECLINE, person_id=None, ended_at=at)  # of the team, not of anyone
    journal.record(actor=journal.SYSTEM, verb="demande.réorientée", subject=enquiry, at=at, team=team.pk)
    notices.alert_of_rerouting(enquiry, at=at, offer=handling.pk)
    give_back_unmeetable(enquiry, at=at)
    offer(enquiry, at=at)


@transaction.atomic
def give_back_enquiry(
    *,
    actor: Actor,
    enquiry: Enquiry,
    reason: str = "",
    notes: Mapping[str, str] | None = None,
    key: UUID | None = None,
    at: datetime | None = None,
) -> None:
    """Hand the enquiry back to its team, which is alerted; the author is told that a colleague takes over.

    Freely in the thirty minutes after taking it, with a reason afterwards; « je connais cette personne » also declines.
    Each private note is shared or erased first, as `notes` says.
    """
    if journal.already(enquiry, key):
        return
    require_treating(actor, enquiry)
    at = at or timezone.now()
    handling = current_handling(enquiry, state=HandlingState.ACCEPTED, person_id=actor.person_id)
    if reason not in GivingBack.values and (reason or not permissions.gives_back_freely(handling.accepted_at, at=at)):
        raise DomainError("Dites pourquoi vous rendez cette demande : votre équipe saura qui peut la reprendre.")
    let_go(actor, enquiry, handling, verb="demande.rendue", reason=reason, notes=notes, key=key, at=at)
    if reason == GivingBack.ACQUAINTED:
        _decline(actor, enquiry, at=at)


def let_go(
    actor: Actor,
    enquiry: Enquiry,
    handling: Handling,
    *,
    verb: str,
    reason: str,
    notes: Mapping[str, str] | None,
    key: UUID | None,
    at: datetime,
    to: Team | None = None,
) -> None:
    """Take it out of the hands of its lead, her private notes settled, and put it before its team, or before `to`.

    Within a transaction. The author is told that somebody else takes over.
    """
    hold_led(actor, enquiry)
    settle_notes(actor=actor, enquiry=enquiry, choices=notes or {}, at=at)
    held = {"lead_id": actor.person_id, "state": enquiry.state, "team_id": enquiry.team_id}
    swap(enquiry, held, {"lead_id": None, "team_id": to.pk if to else enquiry.team_id})
    HANDLING_WORKFLOW.apply(handling, HandlingStep.GIVE_BACK, reason=reason, ended_at=at)
    give_back_unmeetable(enquiry, at=at)
    set_notes_aside(enquiry, [actor.person_id], at=at)  # one written in another tab at that instant
    journal.record(actor=actor.label, verb=verb, subject=enquiry, at=at, reason=reason, key=str(key or ""))
    offer(enquiry, at=at, but=actor.person_id)
    notices.tell_author(enquiry, kind="given_back", dedupe_key=f"given_back:{handling.pk}", at=at)


@transaction.atomic
def set_next_step(
    *,
    actor: Actor,
    enquiry: Enquiry,
    next_step: str,
    next_step_on: date,
    seen: str | None = None,
    at: datetime | None = None,
) -> None:
    """Say what comes next and by when; the author sees it on her page."""
    require_treating(actor, enquiry)
    at = at or timezone.now()
    if (enquiry.next_step, enquiry.next_step_on) == (next_step, next_step_on):
        return
    freshness.require_unchanged(enquiry, seen)
    check_future(enquiry, next_step_on, at=at)
    freshness.write(enquiry, next_step=next_step, next_step_on=next_step_on)
    journal.record(actor=actor.label, verb="demande.étape", subject=enquiry, at=at, le=next_step_on.isoformat())


@transaction.atomic
def wait_for_agent(
    *,
    actor: Actor,
    enquiry: Enquiry,
    next_step: str,
    next_step_on: date,
    seen: str | None = None,
    key: UUID | None = None,
    at: datetime | None = None,
) -> None:
    """Wait for the author until a date, and tell her that the next move is hers."""
    _wait(actor, enquiry, Step.WAIT_FOR_AGENT, "waiting_for_you", next_step, next_step_on, seen, key, at)


@transaction.atomic
def wait_for_date(
    *,
    actor: Actor,
    enquiry: Enquiry,
    next_step: str,
    next_step_on: date,
    seen: str | None = None,
    key: UUID | None = None,
    at: datetime | None = None,
) -> None:
    """Wait for something dated (results, return from leave); the author sees what and when."""
    _wait(actor, enquiry, Step.WAIT_FOR_DATE, "waiting_for_date", next_step, next_step_on, seen, key, at)


def _wait(  # noqa: PLR0917 — the two public services name everything
    actor: Actor,
    enquiry: Enquiry,
    step: Step,
    kind: str,
    next_step: str,
    next_step_on: date,
    seen: str | None,
    key: UUID | None,
    at: datetime | None,
) -> None:
    if journal.already(enquiry, key):
        return
    require_treating(actor, enquiry)
    at = at or timezone.now()
    freshness.require_unchanged(enquiry, seen)
    check_future(enquiry, next_step_on, at=at)
    freshness.move(enquiry, step, waiting_since=at, next_step=next_step, next_step_on=next_step_on)
    verb = "demande.attend_agent" if step == Step.WAIT_FOR_AGENT else "demande.attend_date"
    journal.record(
        actor=actor.label, verb=verb, subject=enquiry, at=at, le=next_step_on.isoformat(), key=str(key or "")
    )
    notices.tell_author(enquiry, kind=kind, at=at)


@transaction.atomic
def resume_enquiry(
    *,
    actor: Actor,
    enquiry: Enquiry,
    seen: str | None = None,
    key: UUID | None = None,
    at: datetime | None = None,
) -> None:
    """End a wait."""
    if journal.already(enquiry, key):
        return
    require_treating(actor, enquiry)
    freshness.require_unchanged(enquiry, seen)
    freshness.move(enquiry, Step.RESUME, waiting_since=None)
    journal.record(
        actor=actor.label, verb="demande.reprise", subject=enquiry, at=at or timezone.now(), key=str(key or "")
    )
