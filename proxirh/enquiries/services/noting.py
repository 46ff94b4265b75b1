"""Working notes: private until their author shares them, settled when she leaves, set aside when she could not."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from proxirh.enquiries import permissions
from proxirh.enquiries.hanging import SET_ASIDE
from proxirh.enquiries.models import Enquiry, WorkingNote
from proxirh.enquiries.services.disclosing import check_not_asked_for, is_asked_for
from proxirh.enquiries.workflow import HandlingState
from proxirh.kernel import journal
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.workflow import swap
from proxirh.territories.actor import Actor

NOT_FOLLOWED = "Les notes de travail sont à qui suit cette demande."
SETTLE_FIRST = (
    "Vous avez écrit ici des notes privées. Dites pour chacune si elle est partagée avec qui suit la demande, ou "
    "effacée."
)


class Settling(models.TextChoices):
    """What becomes of a private note when its author leaves the enquiry."""

    SHARE = "partager", "La partager avec qui suit la demande"
    ERASE = "effacer", "L’effacer"


def write_note(
    *,
    actor: Actor,
    enquiry: Enquiry,
    body: str,
    is_shared: bool = False,
    key: UUID | None = None,
    at: datetime | None = None,
) -> WorkingNote:
    """Write a note on an enquiry that one follows, for oneself alone unless it is shared; the same key gives the same.

    Raises NotAllowed for anyone else, and for an enquiry that has ended.
    """
    if actor.person_id is None or not permissions.can_note(actor, enquiry):
        raise NotAllowed(NOT_FOLLOWED)
    at = at or timezone.now()
    note = WorkingNote(
        enquiry=enquiry,
        author_id=actor.person_id,
        body=body,
        idempotency_key=key,
        written_at=at,
        shared_at=at if is_shared else None,
    )
    try:
        with transaction.atomic():
            _hold(actor, enquiry)
            note.save(force_insert=True)
            journal.record(
                actor=actor.label,
                verb="demande.note_partagée" if is_shared else "demande.note",
                subject=enquiry,
                at=at,
                note=str(note.uid),
            )
    except IntegrityError:  # sent twice
        if key is None:
            raise
        sent = enquiry.working_notes.filter(idempotency_key=key, author_id=actor.person_id).first()
        if sent is None:
            raise DomainError("Cette page a déjà servi. Rechargez-la, puis enregistrez de nouveau.") from None
        return sent
    return note


def leave_note(*, enquiry: Enquiry, author_id: int, label: str, body: str, at: datetime) -> None:
    """A shared note that goes with an enquiry to whoever follows it next, by someone who does not read it.

    Within the transaction of the move, whose key tells that it was left once.
    """
    note = WorkingNote(enquiry=enquiry, author_id=author_id, body=body, written_at=at, shared_at=at)
    note.save(force_insert=True)
    journal.record(actor=label, verb="demande.note_partagée", subject=enquiry, at=at, note=str(note.uid))


def _hold(actor: Actor, enquiry: Enquiry) -> None:
    """Raises NotAllowed for who left meanwhile: else her note, written at that instant, would be settled by nobody."""
    mine = enquiry.handlings.filter(state=HandlingState.ACCEPTED, person_id=actor.person_id or 0)
    if not mine.select_for_update().exists():
        raise NotAllowed(NOT_FOLLOWED)


def _check_own(actor: Actor, note: WorkingNote) -> None:
    if actor.person_id is None or note.author_id != actor.person_id:
        raise NotAllowed("Cette note n’est pas la vôtre.")


def tag_of_note(note: WorkingNote) -> str:
    """What a page that shows a note bears, to tell whether it has changed since."""
    return note.written_at.astimezone(UTC).isoformat()


@transaction.atomic
def change_note(
    *, actor: Actor, note: WorkingNote, body: str, seen: str | None = None, at: datetime | None = None
) -> None:
    """Write one’s private note anew; raises StaleState when it was shared, changed or set aside meanwhile: since it was
    read, or since the page that bears `seen` was shown.

    Raises DomainError while its subject waits for it.
    """
    _check_own(actor, note)
    at = at or timezone.now()
    if not permissions.can_note(actor, note.enquiry):
        raise NotAllowed(NOT_FOLLOWED)
    check_not_asked_for(note)
    if seen is not None and seen != tag_of_note(note):
        raise StaleState
    sealed = WorkingNote._meta.get_field("body").seal(note, body)
    swap(
        note,
        {"shared_at": None, "set_aside_at": None, "written_at": note.written_at},
        {"body": sealed, "written_at": at},
    )
    journal.record(actor=actor.label, verb="demande.note", subject=note.enquiry, at=at, note=str(note.uid))


@transaction.atomic
def share_note(*, actor: Actor, note: WorkingNote, at: datetime | None = None) -> None:
    """Show one’s private note to whoever follows the enquiry, now and later; for good.

    Also from what was set aside, as long as the enquiry is open. Twice is the same as once.
    """
    _check_own(actor, note)
    if note.shared_at is not None:
        return
    if not note.enquiry.is_open:
        raise DomainError("Cette note ne peut plus être partagée. Vous pouvez l’effacer.")
    at = at or timezone.now()
    swap(note, {"shared_at": None}, {"shared_at": at, "set_aside_at": None})
    journal.record(actor=actor.label, verb="demande.note_partagée", subject=note.enquiry, at=at, note=str(note.uid))


@transaction.atomic
def erase_note(*, actor: Actor, note: WorkingNote, at: datetime | None = None) -> None:
    """Erase one’s own note: a private one at any time, a shared one as long as one follows the enquiry.

    Raises DomainError while its subject waits for it.
    """
    _check_own(actor, note)
    if note.shared_at is not None and not permissions.can_note(actor, note.enquiry):
        raise NotAllowed("Une note partagée reste à qui suit la demande.")
    check_not_asked_for(note)
    erased, _ = note.enquiry.working_notes.filter(pk=note.pk).delete()
    if erased:
        at = at or timezone.now()
        journal.record(actor=actor.label, verb="demande.note_effacée", subject=note.enquiry, at=at, note=str(note.uid))


# ── Leaving ───────────────────────────────────────────────────────────────────────────────────────
def settle_notes(*, actor: Actor, enquiry: Enquiry, choices: Mapping[str, str], at: datetime) -> None:
    """Share or erase each private note of whoever leaves by herself, as she says; before she leaves.

    `choices` holds a Settling by uid of note. One to erase that its subject waits for is set aside instead, and goes
    once she has it. Raises DomainError when one is left.
    """
    for note in WorkingNote.objects.unsettled(enquiry, actor.person_id):
        note.enquiry = enquiry
        choice = choices.get(str(note.uid), "")
        if choice == Settling.SHARE:
            share_note(actor=actor, note=note, at=at)
        elif choice == Settling.ERASE and is_asked_for(note):
            set_notes_aside(enquiry, [actor.person_id], at=at)
        elif choice == Settling.ERASE:
            erase_note(actor=actor, note=note, at=at)
        else:
            raise DomainError(SETTLE_FIRST)


def set_notes_aside(enquiry: Enquiry, people: Collection[int | None], *, at: datetime) -> None:
    """Keep for their authors alone, thirty days, the private notes of people who no longer follow the enquiry."""
    enquiry.working_notes.filter(author_id__in=people, shared_at=None, set_aside_at=None).update(set_aside_at=at)


def bring_notes_back(enquiry: Enquiry, person_id: int | None, *, at: datetime) -> None:
    """Give back, to whoever follows it again, what she had left there; not what was to go by then."""
    left = enquiry.working_notes.filter(author_id=person_id, shared_at=None, set_aside_at__gt=at - SET_ASIDE)
    left.update(set_aside_at=None)


def find_own_note(actor: Actor, enquiry: Enquiry, uid: UUID) -> WorkingNote | None:
    """A note of this person on an enquiry that she follows."""
    if not permissions.is_handling(actor, enquiry):
        return None
    note = enquiry.working_notes.filter(uid=uid, author_id=actor.person_id).first()
    if note is not None:
        note.enquiry = enquiry
    return note
