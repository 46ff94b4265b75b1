"""The other side of a referral: a cell with an account, a partner with a link; and the head who validates an answer."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from proxirh.enquiries import referring_mails
from proxirh.enquiries.attachments import Upload, attach_to_answer, kept_only_if_done, sent_along
from proxirh.enquiries.models import (
    AccessRecord,
    Attachment,
    CellRules,
    Level,
    Referral,
    ReferralAnswer,
    ReferralOpening,
    Refusal,
    Why,
)
from proxirh.enquiries.models.access import quarter_of
from proxirh.enquiries.services.holding import hold
from proxirh.enquiries.services.referring import WHY, print_of, say
from proxirh.enquiries.workflow import REFERRAL_WORKFLOW, ReferralState, ReferralStep
from proxirh.kernel import journal, limits
from proxirh.kernel.errors import DomainError, NotAllowed, TooManyTries
from proxirh.kernel.workflow import swap
from proxirh.territories.actor import Actor

HOUR = timedelta(hours=1)
# From one network address, each file of a referral included; whoever tries links tries thousands.
TRIES_PER_HOUR = 60
PARTNER = "interlocuteur externe"
NOT_FOR_YOU = "Cette réorientation n’est pas pour votre cellule."
NOT_YOURS_TO_VALIDATE = "Cette réponse n’attend pas votre validation."
CHOOSE_REASON = "Choisissez un motif dans la liste."
NO_WORDS = "Écrivez votre réponse, même courte."


# ── A cell ────────────────────────────────────────────────────────────────────────────────────────
def record_cell_reading(*, actor: Actor, referral: Referral, at: datetime | None = None) -> None:
    """Write who is about to read what was passed on. Whatever it raises, nothing is shown."""
    _record(actor, referral, Level.PASSED_ON, Why.REFERRAL, at=at)


def file_for_cell(
    *, actor: Actor, referral_uid: UUID, file_uid: UUID, at: datetime | None = None
) -> tuple[Referral, Attachment] | None:
    """A file that goes with a referral, and who is about to open it written first; None of anything else."""
    at = at or timezone.now()
    found = Referral.objects.visible_to(actor).filter(uid=referral_uid).first()
    if found is None or not found.opens_files(at):
        return None
    attachment = sent_along(found).filter(uid=file_uid).first()
    if attachment is None:
        return None
    _record(actor, found, Level.FILE, Why.REFERRAL, at=at)
    return found, attachment


@transaction.atomic
def open_referral(*, actor: Actor, referral: Referral, at: datetime | None = None) -> None:
    """Acknowledge it: from then on the agent reads that it was opened; said twice, it is said once."""
    _check_cell(actor, referral)
    if referral.state == ReferralState.SENT:
        _open(actor.label, referral, at=at or timezone.now())


@transaction.atomic
def accept_referral(*, actor: Actor, referral: Referral, at: datetime | None = None) -> None:
    """Say that the cell will answer; said twice, it is said once."""
    _check_cell(actor, referral)
    if referral.state != ReferralState.ACCEPTED:
        _accept(actor.label, referral, at=at or timezone.now())


@transaction.atomic
def refuse_referral(*, actor: Actor, referral: Referral, reason: str, at: datetime | None = None) -> None:
    """Give it back with a reason of the list, which her counsellor and the agent read."""
    _check_cell(actor, referral)
    _refuse(actor.label, referral, reason, at=at or timezone.now())


def answer_referral(
    *,
    actor: Actor,
    referral: Referral,
    body: str,
    uploads: Sequence[Upload] = (),
    key: UUID | None = None,
    at: datetime | None = None,
) -> None:
    """Answer with words and files. Where the head validates, nobody else reads them before; the same key is once.

    Raises NotAllowed for anyone but an officer of the cell, DomainError before it is accepted.
    """
    _check_cell(actor, referral)
    if journal.already(referral.enquiry, key):
        return
    at = at or timezone.now()
    waits = CellRules.objects.filter(team=referral.team_id, head_validates=True).exists()
    with kept_only_if_done() as stored, transaction.atomic():
        if not body.strip():
            raise DomainError(NO_WORDS)
        _still_there(referral)
        if waits:
            REFERRAL_WORKFLOW.apply(referral, ReferralStep.SUBMIT)
        else:
            REFERRAL_WORKFLOW.apply(referral, ReferralStep.ANSWER, ended_at=at)
        answer = _write(referral, body, person_id=actor.person_id, at=at)
        for upload in uploads:
            attach_to_answer(answer, upload, stored=stored, at=at)
        if waits:
            say(actor.label, referral, "à_valider", at=at, key=key)
            referring_mails.tell_heads(referral, at=at)
        else:
            _deliver(actor.label, referral, answer, at=at, key=key)


def _check_cell(actor: Actor, referral: Referral) -> None:
    """The door again: an officer of that very cell, with a second factor, whom nothing keeps away."""
    if not Referral.objects.listed_for(actor).filter(pk=referral.pk).exists():
        raise NotAllowed(NOT_FOR_YOU)


# ── The head who validates ────────────────────────────────────────────────────────────────────────
def record_head_reading(*, actor: Actor, referral: Referral, at: datetime | None = None) -> None:
    """Write who is about to read what was answered. Whatever it raises, nothing is shown."""
    _record(actor, referral, Level.ANSWER, Why.VALIDATION, at=at)


@transaction.atomic
def validate_answer(*, actor: Actor, referral: Referral, at: datetime | None = None) -> None:
    """Hand the answer over to the agent and to her counsellor."""
    _check_head(actor, referral)
    at = at or timezone.now()
    REFERRAL_WORKFLOW.apply(referral, ReferralStep.ANSWER, ended_at=at)
    swap(referral.answer, {"delivered_at": None}, {"validated_by_id": actor.person_id})
    _deliver(actor.label, referral, referral.answer, at=at)


@transaction.atomic
def send_back_answer(*, actor: Actor, referral: Referral, at: datetime | None = None) -> None:
    """Ask the cell for another answer; this one reaches nobody else."""
    _check_head(actor, referral)
    at = at or timezone.now()
    REFERRAL_WORKFLOW.apply(referral, ReferralStep.SEND_BACK)
    say(actor.label, referral, "à_reprendre", at=at)
    referring_mails.tell_other_side(referral, step="sent_back", at=at)


def _check_head(actor: Actor, referral: Referral) -> None:
    if not Referral.objects.to_validate_by(actor).filter(pk=referral.pk).exists():
        raise NotAllowed(NOT_YOURS_TO_VALIDATE)


# ── A partner, who has a link and no account ──────────────────────────────────────────────────────
def find_by_link(*, token: str, client: str, at: datetime | None = None) -> Referral | None:
    """What this link opens today.

    None for one that is unknown, replaced, past its time, sent to another address, or to a partner withdrawn since.

    Raises TooManyTries past sixty tries an hour from one network address.
    """
    at = at or timezone.now()
    if not limits.attempt("referral-link", client, limit=TRIES_PER_HOUR, per=HOUR, at=at):
        raise TooManyTries("Trop d’essais depuis cet endroit. Attendez une heure, puis recommencez.")
    found = Referral.objects.opened_by(print_of(token)).first()
    if (
        found is None
        or found.partner is None
        or not found.partner.is_open
        or bytes(found.link_for or b"") != print_of(token, found.partner.address)
    ):
        return None
    return found if at < found.expires_at else None


@transaction.atomic
def open_by_link(*, referral: Referral, of_file: bool = False, at: datetime | None = None) -> None:
    """Write that the partner opens it, or a file that goes with it, before anything is shown."""
    at = at or timezone.now()
    ReferralOpening.objects.note(referral_id=referral.pk, at=at, quarter=quarter_of(at), of_file=of_file)
    if referral.state == ReferralState.SENT:
        _open(PARTNER, referral, at=at)


def file_by_link(*, referral: Referral, file_uid: UUID, at: datetime | None = None) -> Attachment | None:
    """A file that goes with what a link has just opened (`find_by_link`), its opening written first; None of any
    other."""
    attachment = sent_along(referral).filter(uid=file_uid).first()
    if attachment is not None:
        open_by_link(referral=referral, of_file=True, at=at)
    return attachment


def answer_by_link(
    *, referral: Referral, body: str, uploads: Sequence[Upload] = (), at: datetime | None = None
) -> None:
    """What the partner answers, with its files: handed over at once, and the link opens nothing more."""
    at = at or timezone.now()
    with kept_only_if_done() as stored, transaction.atomic():
        if not body.strip():
            raise DomainError(NO_WORDS)
        _still_there(referral)
        if referral.state != ReferralState.ACCEPTED:
            _accept(PARTNER, referral, at=at)
        REFERRAL_WORKFLOW.apply(referral, ReferralStep.ANSWER, ended_at=at)
        answer = _write(referral, body, person_id=None, at=at)
        for upload in uploads:
            attach_to_answer(answer, upload, stored=stored, at=at)
        _deliver(PARTNER, referral, answer, at=at)


@transaction.atomic
def refuse_by_link(*, referral: Referral, reason: str, at: datetime | None = None) -> None:
    """The partner gives it back with a reason of the list."""
    _refuse(PARTNER, referral, reason, at=at or timezone.now())


def _record(actor: Actor, referral: Referral, level: Level, why: Why, *, at: datetime | None) -> None:
    at = at or timezone.now()
    AccessRecord.objects.note(
        enquiry_id=referral.enquiry_id,
        reader_id=actor.person_id,
        level=level,
        why=why,
        at=at,
        quarter=quarter_of(at),
    )


# ── What both sides do ────────────────────────────────────────────────────────────────────────────
def _open(by: str, referral: Referral, *, at: datetime) -> None:
    REFERRAL_WORKFLOW.apply(referral, ReferralStep.OPEN, seen_at=at)
    say(by, referral, "ouverte", at=at)


def _accept(by: str, referral: Referral, *, at: datetime) -> None:
    REFERRAL_WORKFLOW.apply(referral, ReferralStep.ACCEPT, accepted_at=at)
    say(by, referral, "acceptée", at=at)


def _refuse(by: str, referral: Referral, reason: str, *, at: datetime) -> None:
    if reason not in Refusal.values:
        raise DomainError(CHOOSE_REASON)
    REFERRAL_WORKFLOW.apply(referral, ReferralStep.REFUSE, refusal=reason, ended_at=at, link_print=None)
    say(by, referral, "refusée", at=at, reason=reason)
    referring_mails.tell_lead(referral, step="refused", at=at)
    referring_mails.tell_author(referral, step="refused", at=at)


def _still_there(referral: Referral) -> None:
    """Hold its enquiry, unless it was merged meanwhile: the answer would be sealed under a key that goes."""
    hold(referral.enquiry_id, why=WHY)
    swap(referral, {"enquiry_id": referral.enquiry_id}, {"enquiry_id": referral.enquiry_id})


def _write(referral: Referral, body: str, *, person_id: int | None, at: datetime) -> ReferralAnswer:
    """The answer, or the one that takes the place of what the head sent back, whose documents go."""
    answer = getattr(referral, "answer", None) or ReferralAnswer(enquiry=referral.enquiry, referral=referral)
    answer.enquiry, answer.referral = referral.enquiry, referral
    answer.body, answer.written_by_id, answer.written_at = body, person_id, at
    answer.save()
    answer.attachments.all().delete()  # the daily sweep takes their bytes
    return answer


def _deliver(by: str, referral: Referral, answer: ReferralAnswer, *, at: datetime, key: UUID | None = None) -> None:
    swap(answer, {"delivered_at": None}, {"delivered_at": at})
    say(by, referral, "répondue", at=at, key=key)
    referring_mails.tell_lead(referral, step="answered", at=at)
    referring_mails.tell_author(referral, step="answered", at=at)
