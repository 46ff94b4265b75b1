"""From hand to hand: to a named colleague, beside a colleague, and by the coordination when someone cannot any more."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries import notices, permissions
from proxirh.enquiries.conflicts import who_may_follow
from proxirh.enquiries.models import Enquiry, Handling
from proxirh.enquiries.services.noting import bring_notes_back, set_notes_aside, settle_notes
from proxirh.enquiries.services.treating import NOT_IN_CHARGE, end_beside, require_treating
from proxirh.enquiries.workflow import (
    ENQUIRY_WORKFLOW,
    HANDLING_WORKFLOW,
    HandlingState,
    HandlingStep,
    State,
    Step,
)
from proxirh.kernel import journal
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.workflow import swap
from proxirh.territories.actor import Actor

CANNOT_FOLLOW = "Cette personne ne peut pas suivre cette demande. Choisissez-en une autre."
TO_ONESELF = (
    "Vous confier à vous-même une demande, c’est l’ouvrir : passez par l’accès exceptionnel, qui prévient la personne "
    "et un témoin."
)


class Passing(models.TextChoices):
    """Why an enquiry changes hands; never shown to its author."""

    ABSENCE = "absence", "Absence, ou fin de mission"
    LOAD = "charge", "Trop de demandes en ce moment"
    SKILL = "competence", "Cette personne saura mieux répondre"
    WISH = "souhait", "La personne le souhaite"


# ── By its lead ───────────────────────────────────────────────────────────────────────────────────
@transaction.atomic
def hand_over_enquiry(
    *,
    actor: Actor,
    enquiry: Enquiry,
    to: Person,
    reason: str,
    notes: Mapping[str, str] | None = None,
    key: UUID | None = None,
    at: datetime | None = None,
) -> None:
    """Give the enquiry to a colleague of the académie, who follows it at once and is told; so is its author.

    The colleague may hand it back freely for thirty minutes. Raises DomainError without a reason, with a private note
    left unsettled, or when a conflict of interest keeps the colleague away, which nobody is told.
    """
    if journal.already(enquiry, key):
        return
    require_treating(actor, enquiry)
    if reason not in Passing.values:
        raise DomainError("Dites pourquoi cette demande change de mains.")
    at = at or timezone.now()
    team_id = _team_of(to, enquiry, at=at, but=actor.person_id)
    settle_notes(actor=actor, enquiry=enquiry, choices=notes or {}, at=at)
    for held in enquiry.handlings.filter(state=HandlingState.ACCEPTED, is_lead=True):
        HANDLING_WORKFLOW.apply(held, HandlingStep.GIVE_BACK, reason=reason, ended_at=at)
    swap(
        enquiry,
        {"lead_id": actor.person_id, "state": enquiry.state, "team_id": enquiry.team_id},
        {"lead_id": to.pk, "team_id": team_id},
    )
    _put_in_hands(enquiry, to, at=at)
    set_notes_aside(enquiry, [actor.person_id], at=at)
    _record(actor, enquiry, to, at=at, reason=reason, key=str(key or ""))


def _team_of(person: Person, enquiry: Enquiry, *, at: datetime, but: int | None) -> int:
    found = who_may_follow(enquiry, at=at).get(person.pk)
    if found is None or person.pk == but:
        raise DomainError(CANNOT_FOLLOW)
    assert found.team_id is not None
    return found.team_id


def _put_in_hands(enquiry: Enquiry, person: Person, *, at: datetime) -> Handling:
    """Whoever was beside the lead becomes the lead."""
    end_beside(enquiry, [person.pk], at=at)
    handling = Handling.objects.create(
        enquiry=enquiry,
        team_id=enquiry.team_id,
        person=person,
        state=HandlingState.ACCEPTED,
        offered_at=at,
        accepted_at=at,
    )
    bring_notes_back(enquiry, person.pk)
    notices.tell_colleague(enquiry, person, kind="entrusted", dedupe_key=f"entrusted:{handling.pk}", at=at)
    notices.tell_author(enquiry, kind="handed_over", dedupe_key=f"handed_over:{handling.pk}", at=at)
    return handling


def _record(actor: Actor, enquiry: Enquiry, to: Person, *, at: datetime, **details: str) -> None:
    named = f"personne:{to.uid}"
    journal.record(actor=actor.label, verb="demande.confiée", subject=enquiry, at=at, to=named, **details)


# ── By the coordination ───────────────────────────────────────────────────────────────────────────
@transaction.atomic
def reassign_enquiry(
    *,
    actor: Actor,
    enquiry: Enquiry,
    to: Person,
    reason: str,
    key: UUID | None = None,
    at: datetime | None = None,
) -> None:
    """Give an enquiry of the académie to somebody of the service, without reading it: its lead is away, or nobody has
    taken it.

    `enquiry` is a row (`listed_for`). Private notes of whoever had it are set aside for her; she, the new lead and the
    author are told. Never to oneself: that is an exceptional access. Raises NotAllowed, DomainError, StaleState.
    """
    if journal.already(enquiry, key):
        return
    if not permissions.can_reassign(actor, enquiry):
        raise NotAllowed(NOT_IN_CHARGE)
    if to.pk == actor.person_id:
        raise NotAllowed(TO_ONESELF)
    if reason not in Passing.values:
        raise DomainError("Dites pourquoi cette demande change de mains.")
    at = at or timezone.now()
    row = Enquiry.objects.for_system("réattribution").to_reassign().get(pk=enquiry.pk)
    if row.lead_id != enquiry.lead_id:
        raise StaleState("Quelqu’un vient de prendre cette demande. Relisez-la.")
    former_id = row.lead_id
    if former_id == to.pk:
        return
    team_id = _team_of(to, row, at=at, but=None)
    for held in row.handlings.filter(state__in=(HandlingState.OFFERED, HandlingState.ACCEPTED), is_lead=True):
        step = HandlingStep.DECLINE if held.state == HandlingState.OFFERED else HandlingStep.FINISH
        HANDLING_WORKFLOW.apply(held, step, ended_at=at)
    expected = {"lead_id": former_id, "team_id": row.team_id}
    given = {"lead_id": to.pk, "team_id": team_id}
    if row.state == State.SUBMITTED:
        ENQUIRY_WORKFLOW.apply(row, Step.TAKE, expected=expected, **given)
    else:
        swap(row, {**expected, "state": row.state}, given)
    handling = _put_in_hands(row, to, at=at)
    if former_id is not None:
        set_notes_aside(row, [former_id], at=at)
        former = Person.objects.select_related("data_key").get(pk=former_id)
        notices.tell_colleague(row, former, kind="reassigned", dedupe_key=f"reassigned:{handling.pk}", at=at)
    _record(actor, row, to, at=at, reason=reason, key=str(key or ""))


# ── Beside the lead ───────────────────────────────────────────────────────────────────────────────
@transaction.atomic
def invite_colleague(*, actor: Actor, enquiry: Enquiry, to: Person, at: datetime | None = None) -> None:
    """Let a colleague of the académie follow the enquiry beside its lead, without an end; its author sees who.

    Twice is the same as once. Raises NotAllowed for anyone but the lead, DomainError as `hand_over_enquiry`.
    """
    if not permissions.can_hand_over(actor, enquiry):
        raise NotAllowed(NOT_IN_CHARGE)
    at = at or timezone.now()
    team_id = _team_of(to, enquiry, at=at, but=actor.person_id)
    if enquiry.handlings.filter(state=HandlingState.ACCEPTED, person=to).exists():
        return
    handling = Handling.objects.create(
        enquiry=enquiry,
        team_id=team_id,
        person=to,
        state=HandlingState.ACCEPTED,
        is_lead=False,
        offered_at=at,
        accepted_at=at,
    )
    bring_notes_back(enquiry, to.pk)
    journal.record(actor=actor.label, verb="demande.co_suivie", subject=enquiry, at=at, to=f"personne:{to.uid}")
    notices.tell_colleague(enquiry, to, kind="invited", dedupe_key=f"invited:{handling.pk}", at=at)


@transaction.atomic
def end_invitation(*, actor: Actor, enquiry: Enquiry, person: Person, at: datetime | None = None) -> None:
    """The lead ends what a colleague did beside her; the colleague’s private notes are set aside for him."""
    if not permissions.can_hand_over(actor, enquiry):
        raise NotAllowed(NOT_IN_CHARGE)
    at = at or timezone.now()
    if end_beside(enquiry, [person.pk], at=at):
        set_notes_aside(enquiry, [person.pk], at=at)
        _record_end(actor, enquiry, person, at=at)


@transaction.atomic
def leave_enquiry(
    *, actor: Actor, enquiry: Enquiry, notes: Mapping[str, str] | None = None, at: datetime | None = None
) -> None:
    """Whoever is beside the lead leaves by herself, once her private notes are settled."""
    at = at or timezone.now()
    mine = enquiry.handlings.filter(state=HandlingState.ACCEPTED, is_lead=False, person_id=actor.person_id or 0)
    person = Person.objects.filter(pk=actor.person_id or 0).first()
    if person is None or not mine.exists():
        raise NotAllowed("Vous ne suivez pas cette demande à côté de son référent.")
    settle_notes(actor=actor, enquiry=enquiry, choices=notes or {}, at=at)
    end_beside(enquiry, [person.pk], at=at)
    set_notes_aside(enquiry, [person.pk], at=at)
    _record_end(actor, enquiry, person, at=at)


def _record_end(actor: Actor, enquiry: Enquiry, person: Person, *, at: datetime) -> None:
    journal.record(actor=actor.label, verb="demande.co_suivi_fini", subject=enquiry, at=at, to=f"personne:{person.uid}")
