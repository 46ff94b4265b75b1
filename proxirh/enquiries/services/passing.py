"""From hand to hand: proposed to a named colleague by its lead or by the coordination, or followed beside a lead.

Whoever is named sees the name and the place first, and may say « Je connais cette personne »: nothing is read before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries import notices, permissions
from proxirh.enquiries.conflicts import asking_of, kept_away, serving_around
from proxirh.enquiries.models import Enquiry, Handling
from proxirh.enquiries.services.noting import bring_notes_back, leave_note, set_notes_aside, settle_notes
from proxirh.enquiries.services.treating import (
    MOVED,
    NOT_IN_CHARGE,
    REASSIGNED,
    end_beside,
    has_reassigned,
    hold_led,
    require_treating,
)
from proxirh.enquiries.services.unbooking import give_back_unmeetable
from proxirh.enquiries.workflow import HANDLING_WORKFLOW, HandlingState, HandlingStep
from proxirh.kernel import journal, limits
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState, TooManyTries
from proxirh.kernel.workflow import swap
from proxirh.territories.actor import Actor

REFUSALS_A_DAY = 5
CANNOT_FOLLOW = "Cette personne ne peut pas suivre cette demande. Choisissez-en une autre."
TOO_MANY = (
    "Plusieurs de vos choix n’étaient pas possibles aujourd’hui. Réessayez demain, ou rendez la demande à l’équipe."
)


class Passing(models.TextChoices):
    """Why an enquiry changes hands; never shown to its author."""

    ABSENCE = "absence", "Absence, ou fin de mission"
    LOAD = "charge", "Trop de demandes en ce moment"
    SKILL = "competence", "Cette personne saura mieux répondre"
    WISH = "souhait", "La personne le souhaite"


@dataclass(frozen=True, slots=True)
class Manner:
    """What goes with a move of the coordination, and who is told of it."""

    word: str = "given_back"  # the mail of its author; "" for none, when she had not been told of anyone yet
    mark: str = ""  # on what ends for whoever had it: she finds it again by this
    note: str = ""  # a shared note for whoever follows it next
    tells_former: bool = True  # at once, and about this one alone
    keeps_notes_from: datetime | None = None  # the thirty days of her private notes run from then


PLAIN = Manner()


def label_of(person: Person) -> str:
    """How the journal names someone."""
    return f"personne:{person.uid}"


def _is_done(enquiry: Enquiry, to: Person, key: UUID | None) -> bool:
    """True for a double click; a page shown again by « back », where someone else was chosen, raises StaleState."""
    if not journal.already(enquiry, key):
        return False
    if not enquiry.handlings.filter(state=HandlingState.OFFERED, is_lead=True, person=to).exists():
        raise StaleState(MOVED)
    return True


def _check_reason(reason: str) -> None:
    if reason not in Passing.values:
        raise DomainError("Dites pourquoi cette demande change de mains.")


def _team_for(to: Person, enquiry: Enquiry, *, actor: Actor, at: datetime) -> int:
    """The team in which this colleague would follow it.

    Every colleague is in the pickers, else an absent name would tell who is kept away. Hence a refusal says nothing of
    why, leaves a line, and comes at most five times a day. Never within a transaction, which would undo them.
    """
    day = local_day(at, enquiry.department.time_zone)
    posting = serving_around(enquiry, day=day).get(to.pk)
    away = kept_away(asking_of(enquiry), day=day)
    is_free = to.pk not in {*away, actor.person_id} and not has_reassigned(label_of(to), enquiry)
    if is_free and posting is not None and posting.team_id is not None:
        return posting.team_id
    raise refused(to, enquiry, actor=actor, at=at)


def refused(to: Person, enquiry: Enquiry, *, actor: Actor, at: datetime) -> DomainError:
    """What a colleague who may not follow it is answered by, whatever keeps her away; counted, outside a transaction.

    Raises TooManyTries for whoever asks about one after the other.
    """
    journal.record(actor=actor.label, verb="demande.proposition_refusée", subject=enquiry, at=at, to=label_of(to))
    if not limits.attempt("refused-colleague", actor.label, limit=REFUSALS_A_DAY, per=timedelta(days=1), at=at):
        raise TooManyTries(TOO_MANY)
    return DomainError(CANNOT_FOLLOW)


# ── To a colleague ────────────────────────────────────────────────────────────────────────────────
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
    """Its lead gives the enquiry back and proposes it to a colleague of the académie, who alone is alerted.

    It waits in the list of the colleague’s team, like any other. Raises DomainError without a reason, with a private
    note left unsettled, or when something keeps the colleague away, which nobody is told. Never within a transaction.
    """
    if _is_done(enquiry, to, key):
        return
    require_treating(actor, enquiry)
    _check_reason(reason)
    at = at or timezone.now()
    team_id = _team_for(to, enquiry, actor=actor, at=at)
    with transaction.atomic():
        hold_led(actor, enquiry)
        settle_notes(actor=actor, enquiry=enquiry, choices=notes or {}, at=at)
        _propose(enquiry, to, team_id, step=HandlingStep.GIVE_BACK, reason=reason, at=at)
        set_notes_aside(enquiry, [actor.person_id], at=at)  # one written in another tab at that instant
        journal.record(
            actor=actor.label,
            verb="demande.proposée",
            subject=enquiry,
            at=at,
            to=label_of(to),
            reason=reason,
            key=str(key or ""),
        )


def _propose(
    enquiry: Enquiry,
    to: Person,
    team_id: int,
    *,
    step: HandlingStep,
    reason: str = "",
    word: str = PLAIN.word,
    at: datetime,
) -> Handling:
    """Take it out of the hands that have it, and put it before the team of `to`, whom it names."""
    swap(
        enquiry,
        {"lead_id": enquiry.lead_id, "state": enquiry.state, "team_id": enquiry.team_id},
        {"lead_id": None, "team_id": team_id},
    )
    for held in enquiry.handlings.filter(state__in=(HandlingState.OFFERED, HandlingState.ACCEPTED), is_lead=True):
        if held.state == HandlingState.OFFERED:  # whom it named has declined nothing
            HANDLING_WORKFLOW.apply(held, HandlingStep.DECLINE, person_id=None, ended_at=at)
        else:
            HANDLING_WORKFLOW.apply(held, step, reason=reason, ended_at=at)
    give_back_unmeetable(enquiry, at=at)
    handling = Handling.objects.create(enquiry=enquiry, team_id=team_id, person=to, offered_at=at)
    notices.tell_colleague(enquiry, to, kind="proposed", dedupe_key=f"proposed:{handling.pk}", at=at)
    if word:
        notices.tell_author(enquiry, kind=word, dedupe_key=f"{word}:{handling.pk}", at=at)
    return handling


def reassign_enquiry(
    *,
    actor: Actor,
    enquiry: Enquiry,
    to: Person,
    reason: str,
    manner: Manner = PLAIN,
    key: UUID | None = None,
    at: datetime | None = None,
) -> None:
    """The coordination proposes an enquiry of the académie to a colleague, without reading it: its lead is away, or
    nobody has taken it.

    `enquiry` is a row (`listed_for`). Private notes of whoever had it are set aside for her, and she is told. Never to
    oneself, and never to take it afterwards: that is an exceptional access. Raises NotAllowed, DomainError, StaleState.
    Never within a transaction.
    """
    if _is_done(enquiry, to, key):
        return
    if not permissions.can_reassign(actor, enquiry):
        raise NotAllowed(NOT_IN_CHARGE)
    if to.pk == actor.person_id:
        raise NotAllowed(REASSIGNED)
    _check_reason(reason)
    at = at or timezone.now()
    row = Enquiry.objects.for_system("réattribution").to_reassign().get(pk=enquiry.pk)
    if (row.lead_id, row.state) != (enquiry.lead_id, enquiry.state):
        raise StaleState(MOVED)
    team_id = _team_for(to, row, actor=actor, at=at)
    with transaction.atomic():
        move_to(
            to, row, team_id, label=actor.label, author_id=actor.person_id, reason=reason, manner=manner, key=key, at=at
        )


def move_to(
    to: Person,
    row: Enquiry,
    team_id: int,
    *,
    label: str,
    author_id: int | None = None,
    reason: str,
    manner: Manner = PLAIN,
    key: UUID | None = None,
    at: datetime,
) -> None:
    """Propose a row (`to_reassign`) to somebody who may follow it, private notes of who had it set aside for her.

    Within a transaction, and once the right to do so is known. `label` names who does it in the journal, `author_id`
    who signs the note that goes with it.
    """
    former_id = row.lead_id
    handling = _propose(row, to, team_id, step=HandlingStep.FINISH, reason=manner.mark, word=manner.word, at=at)
    journal.record(
        actor=label, verb="demande.réattribuée", subject=row, at=at, to=label_of(to), reason=reason, key=str(key or "")
    )
    if manner.note and author_id is not None:
        leave_note(enquiry=row, author_id=author_id, label=label, body=manner.note, at=at)
    if former_id is not None:
        set_notes_aside(row, [former_id], at=manner.keeps_notes_from or at)
        if manner.tells_former:
            _tell_former(row, former_id, handling, at=at)


def _tell_former(enquiry: Enquiry, former_id: int, handling: Handling, *, at: datetime) -> None:
    """Unless a conflict of interest has come between them: she then meets nothing of it."""
    if former_id not in kept_away(asking_of(enquiry), day=local_day(at, enquiry.department.time_zone)):
        former = Person.objects.select_related("data_key").get(pk=former_id)
        notices.tell_colleague(enquiry, former, kind="reassigned", dedupe_key=f"reassigned:{handling.pk}", at=at)


# ── Beside the lead ───────────────────────────────────────────────────────────────────────────────
def _hold(enquiry: Enquiry) -> None:
    """An end of the enquiry that comes at that instant waits; StaleState when it came first."""
    swap(enquiry, {"state": enquiry.state}, {"state": enquiry.state})


def invite_colleague(*, actor: Actor, enquiry: Enquiry, to: Person, at: datetime | None = None) -> None:
    """Propose to a colleague of the académie to follow the enquiry beside its lead, without an end.

    Twice is the same as once. Raises NotAllowed for anyone but the lead, DomainError as `hand_over_enquiry`, StaleState
    when it left her hands meanwhile. Never within a transaction.
    """
    if not permissions.can_hand_over(actor, enquiry):
        raise NotAllowed(NOT_IN_CHARGE)
    at = at or timezone.now()
    team_id = _team_for(to, enquiry, actor=actor, at=at)
    with transaction.atomic():
        hold_led(actor, enquiry)
        if enquiry.handlings.filter(state__in=(HandlingState.OFFERED, HandlingState.ACCEPTED), person=to).exists():
            return
        handling = Handling.objects.create(enquiry=enquiry, team_id=team_id, person=to, is_lead=False, offered_at=at)
        journal.record(actor=actor.label, verb="demande.co_suivi_proposé", subject=enquiry, at=at, to=label_of(to))
        notices.tell_colleague(enquiry, to, kind="invited", dedupe_key=f"invited:{handling.pk}", at=at)


@transaction.atomic
def join_enquiry(*, actor: Actor, enquiry: Enquiry, at: datetime | None = None) -> None:
    """Follow beside its lead an enquiry that was proposed; its author sees who. `enquiry` comes from `listed_for`.

    Raises NotAllowed for whoever was not asked, or has re-assigned it since; StaleState when it was taken back
    meanwhile.
    """
    at = at or timezone.now()
    _hold(enquiry)
    mine = enquiry.handlings.filter(state=HandlingState.OFFERED, is_lead=False, person_id=actor.person_id or 0)
    handling = mine.first()
    if handling is None or not actor.receives:
        raise NotAllowed(NOT_IN_CHARGE)
    if has_reassigned(actor.label, enquiry):
        raise NotAllowed(REASSIGNED)
    HANDLING_WORKFLOW.apply(handling, HandlingStep.ACCEPT, accepted_at=at)
    bring_notes_back(enquiry, actor.person_id, at=at)
    journal.record(actor=actor.label, verb="demande.co_suivie", subject=enquiry, at=at)


@transaction.atomic
def end_invitation(*, actor: Actor, enquiry: Enquiry, person: Person, at: datetime | None = None) -> None:
    """The lead ends what a colleague did beside her, or takes her proposal back; private notes are set aside for her
    colleague."""
    if not permissions.can_hand_over(actor, enquiry):
        raise NotAllowed(NOT_IN_CHARGE)
    hold_led(actor, enquiry)
    _end(actor, enquiry, person, at=at or timezone.now())


def leave_enquiry(
    *, actor: Actor, enquiry: Enquiry, notes: Mapping[str, str] | None = None, at: datetime | None = None
) -> None:
    """Whoever is beside the lead leaves by herself, once her private notes are settled."""
    at = at or timezone.now()
    person = Person.objects.filter(pk=actor.person_id or 0).first()
    with transaction.atomic():
        _hold(enquiry)
        settle_notes(actor=actor, enquiry=enquiry, choices=notes or {}, at=at)
        if person is None or not _end(actor, enquiry, person, at=at):
            raise NotAllowed("Vous ne suivez pas cette demande à côté de son référent.")


def _end(actor: Actor, enquiry: Enquiry, person: Person, *, at: datetime) -> bool:
    """False when she was not beside the lead, or is the lead by now: nothing is written then.

    A proposal that she had not accepted is told to the service alone: its author never saw her name.
    """
    followed = enquiry.handlings.filter(state=HandlingState.ACCEPTED, is_lead=False, person=person).exists()
    if not end_beside(enquiry, [person.pk], at=at):
        return False
    set_notes_aside(enquiry, [person.pk], at=at)
    give_back_unmeetable(enquiry, at=at)
    verb = "demande.co_suivi_fini" if followed else "demande.co_suivi_retiré"
    journal.record(actor=actor.label, verb=verb, subject=enquiry, at=at, to=label_of(person))
    return True
