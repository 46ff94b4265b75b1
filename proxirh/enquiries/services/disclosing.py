"""Working notes that their subject asks for: re-read each by its author, handed over together, within a month."""

import logging
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries import notices
from proxirh.enquiries.models import Decision, Enquiry, NoteReview, NotesRequest, WorkingNote
from proxirh.enquiries.querysets import Side
from proxirh.enquiries.standing import conflict_free
from proxirh.kernel import journal
from proxirh.kernel.calendar import local_day
from proxirh.kernel.encryption import DecryptionError
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.workflow import swap
from proxirh.territories.actor import Actor, actor_at_work
from proxirh.territories.models import Posting, Role

logger = logging.getLogger(__name__)

# RGPD, article 12.3.
ANSWERED_WITHIN = relativedelta(months=1)
# Days before the end at which those who have not re-read are reminded; the nearest comes first.
REMINDERS = (2, 10)
MOST_REASON = 1000
NOTHING_ASKED = "Vous n’avez pas fait de demande dans ProxiRH\u00a0: aucune note ne vous concerne."
NOT_YOURS = "Cette note n’est pas à relire par vous."
SAY_WHY = "Dites pourquoi cette note n’est pas remise\u00a0: la personne le lira."
HELD = (
    "La personne concernée a demandé ses notes de travail\u00a0: celle-ci ne peut être ni changée ni effacée avant de "
    "lui être remise. Relisez-la dans «\u00a0Notes à relire\u00a0»."
)


def answer_by(asked_on: date) -> date:
    """The last day to answer: the same day of the next month, or its last one."""
    return asked_on + ANSWERED_WITHIN


def check_not_asked_for(note: WorkingNote) -> None:
    """Hold a note, and raise DomainError when its subject waits for it. Within a transaction."""
    held = note.enquiry.working_notes.filter(pk=note.pk).select_for_update()
    if list(held.values_list("pk", flat=True)) and is_asked_for(note):
        raise DomainError(HELD)


def is_asked_for(note: WorkingNote) -> bool:
    """True when its subject has asked for it, and has not been answered yet."""
    return WorkingNote.objects.asked_for().filter(pk=note.pk).exists()


# ── Asking ────────────────────────────────────────────────────────────────────────────────────────
def ask_for_notes(*, actor: Actor, key: UUID | None = None, at: datetime | None = None) -> NotesRequest:
    """Ask for every working note on what one asked; the request that is open, if there is one, or of the same key.

    Each author who may still re-read hers is told. What nobody may re-read is given as it is: the right of access
    prevails. Raises NotAllowed for whoever has asked nothing.
    """
    if actor.person_id is None:
        raise NotAllowed(NOTHING_ASKED)
    at = at or timezone.now()
    try:
        with transaction.atomic():
            return _open_one(actor, key) or _ask(actor, key=key, at=at)
    except IntegrityError:  # pressed twice at once
        found = _open_one(actor, key)
        if found is None:
            raise
        return found


def _open_one(actor: Actor, key: UUID | None) -> NotesRequest | None:
    same = Q(delivered_at=None) if key is None else Q(delivered_at=None) | Q(idempotency_key=key)
    return NotesRequest.objects.asked_by(actor).filter(same).order_by("-asked_at", "-pk").first()


def _ask(actor: Actor, *, key: UUID | None, at: datetime) -> NotesRequest:
    assert actor.person_id is not None
    own = list(Enquiry.objects.visible_to(actor, side=Side.AUTHOR).found_first().select_related("department"))
    asked_on = min({local_day(at, one.department.time_zone) for one in own} or {timezone.localdate(at)})
    made = NotesRequest(person_id=actor.person_id, idempotency_key=key, asked_at=at, due_on=answer_by(asked_on))
    made.save(force_insert=True)
    notes = list(WorkingNote.objects.to_hand_over(own))
    roles = _roles_of(notes)
    NoteReview.objects.bulk_create(
        NoteReview(
            request=made,
            note=note,
            enquiry_id=note.enquiry_id,
            written_at=note.written_at,
            author_role=roles.get(note.pk, ""),
        )
        for note in notes
    )
    journal.record(actor=actor.label, verb="notes.demandées", subject=made, at=at)
    try:
        with transaction.atomic():
            for author, waiting in _settle(made, at=at).items():
                notices.tell_of_notes_to_review(made, author, count=len(waiting), step="asked", at=at)
    except DecryptionError:  # she has asked all the same; the clock tries again, and tells of it once it is late
        logger.warning("a request for notes waits: DecryptionError")
    made.refresh_from_db()
    return made


def _roles_of(notes: Sequence[WorkingNote]) -> dict[int, str]:
    """In which mission each was written, when a single mission is in force that day; else nothing is claimed."""
    found: dict[int, str] = {}
    authors = {note.author_id for note in notes}
    postings = list(Posting.objects.filter(person__in=authors, role__in=(Role.COUNSELLOR, Role.HR_OFFICER)))
    for note in notes:
        day = timezone.localdate(note.written_at)
        roles = {
            one.role
            for one in postings
            if one.person_id == note.author_id
            and one.valid_from <= day
            and (one.valid_until is None or day <= one.valid_until)
        }
        if len(roles) == 1:
            found[note.pk] = roles.pop()
    return found


# ── Re-reading ────────────────────────────────────────────────────────────────────────────────────
@transaction.atomic
def review_note(
    *, actor: Actor, review: NoteReview, decision: str, reason: str = "", at: datetime | None = None
) -> None:
    """Hand over one’s own note, or withhold it with a reason that its subject reads; the last one delivers them all.

    Once, and the same choice twice is once; another one raises StaleState. Raises NotAllowed for whoever did not write
    it, receives enquiries no more, or must meet nothing of that one.
    """
    NotesRequest.objects.open().filter(pk=review.request_id).select_for_update().first()  # the last two come one by one
    at = at or timezone.now()
    row = NoteReview.objects.to_review_by(actor).filter(pk=review.pk).first()
    if row is None:
        _check_decided(actor, review, decision)
        return
    assert row.note is not None
    changes: dict[str, object] = {"decision": decision, "reviewed_at": at}
    if decision == Decision.GIVEN:
        changes["text"] = NoteReview._meta.get_field("text").seal(row, row.note.body)
    elif decision == Decision.WITHHELD and reason.strip():
        changes["reason"] = NoteReview._meta.get_field("reason").seal(row, reason.strip())
    else:
        raise DomainError(SAY_WHY)
    swap(row, {"decision": Decision.PENDING}, changes)
    journal.record(actor=actor.label, verb="notes.relue", subject=row.request, at=at, note=str(row.uid), choix=decision)
    _settle(row.request, at=at)


def _check_decided(actor: Actor, review: NoteReview, decision: str) -> None:
    """Raises unless this very person has made this very choice already."""
    found = NoteReview.objects.decided_by(actor).filter(pk=review.pk).values_list("decision", flat=True).first()
    if found is None:
        raise NotAllowed(NOT_YOURS)
    if found != decision:
        raise StaleState


# ── Handing over ──────────────────────────────────────────────────────────────────────────────────
def _settle(request: NotesRequest, *, at: datetime) -> dict[Person, list[NoteReview]]:
    """Give what nobody may re-read; hand everything over when nothing waits; returns who has what to re-read.

    Within a transaction.
    """
    row = NotesRequest.objects.open().filter(pk=request.pk).select_for_update().first()
    if row is None:
        return {}
    waiting = list(NoteReview.objects.waiting(row))
    able = _able(waiting, at=at)
    left: dict[Person, list[NoteReview]] = defaultdict(list)
    for one in waiting:
        assert one.note is not None
        if one.pk in able:
            left[one.note.author].append(one)
            continue
        text = NoteReview._meta.get_field("text").seal(one, one.note.body)
        swap(one, {"decision": Decision.PENDING}, {"decision": Decision.AS_IT_IS, "text": text, "reviewed_at": at})
        journal.record(
            actor=journal.SYSTEM, verb="notes.relue", subject=row, at=at, note=str(one.uid), choix=Decision.AS_IT_IS
        )
    if not left:
        swap(row, {"delivered_at": None}, {"delivered_at": at})
        journal.record(actor=journal.SYSTEM, verb="notes.remises", subject=row, at=at)
        if row.reviews.exists():
            notices.tell_notes_are_ready(row, at=at)
    return left


def _able(reviews: Sequence[NoteReview], *, at: datetime) -> set[int]:
    """Keys of those that their author may re-read: she still receives enquiries, and no conflict keeps her away."""
    found: set[int] = set()
    authors = {one.note.author for one in reviews if one.note is not None}
    for author in authors:
        hers = {one.pk: one.enquiry_id for one in reviews if one.note is not None and one.note.author_id == author.pk}
        actor = actor_at_work(author, at=at)
        if not actor.receives:
            continue
        rows = Enquiry.objects.for_system("qui peut relire ses notes").filter(conflict_free(actor))
        free = set(rows.filter(pk__in=hers.values()).values_list("pk", flat=True))
        found |= {pk for pk, enquiry in hers.items() if enquiry in free}
    return found


def hold_requests_about(enquiries: Collection[Enquiry]) -> list[NotesRequest]:
    """Open requests that an erasure of these enquiries may empty; before it, in its transaction.

    Their notes are held first: one who asks for them at that instant is done, or finds none.
    """
    list(WorkingNote.objects.to_hand_over(enquiries).values_list("pk", flat=True))
    return list(NotesRequest.objects.about(enquiries))


def settle_requests(requests: Collection[NotesRequest], *, at: datetime) -> None:
    """Close those that wait for nothing any more; within a transaction."""
    for request in requests:
        _settle(request, at=at)


# ── The clock ─────────────────────────────────────────────────────────────────────────────────────
def follow_requests(*, at: datetime) -> int:
    """Settle each open request, remind its authors ten and two days before its day, and tell the data-protection
    officer once it is late; returns how many still wait. One that does not open stops no other.
    """
    waiting = 0
    for request in NotesRequest.objects.open().order_by("due_on", "pk"):
        waiting += 1
        try:
            with transaction.atomic():
                left = _settle(request, at=at)
                waiting -= not left
                _remind(request, left, at=at)
        except (DecryptionError, StaleState) as error:
            logger.warning("a request for notes waits: %s", type(error).__name__)
            with transaction.atomic():
                _tell_if_late(request, at=at)
    return waiting


def _remind(request: NotesRequest, left: dict[Person, list[NoteReview]], *, at: datetime) -> None:
    if not left:
        return
    days = (request.due_on - timezone.localdate(at)) // timedelta(days=1)
    step = "late" if days < 0 else next((str(limit) for limit in REMINDERS if days <= limit), "")
    if step:
        for author, reviews in left.items():
            notices.tell_of_notes_to_review(request, author, count=len(reviews), step=step, at=at)
    _tell_if_late(request, at=at)


def _tell_if_late(request: NotesRequest, *, at: datetime) -> None:
    if request.due_on >= timezone.localdate(at):
        return
    reviews = NoteReview.objects.waiting(request)
    references = list(reviews.order_by("enquiry__reference").values_list("enquiry__reference", flat=True).distinct())
    notices.tell_notes_are_late(request, references, at=at)
