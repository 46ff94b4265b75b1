"""Signposting: its lead gives the agent a contact, nothing is transmitted, and one question follows ten days later."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from proxirh.enquiries import freshness, notices, permissions
from proxirh.enquiries.models import Enquiry, Outcome, Signposting
from proxirh.enquiries.services import measuring
from proxirh.enquiries.services.conversing import send_message, write_message
from proxirh.enquiries.services.treating import require_treating
from proxirh.enquiries.workflow import SIGNPOST_WORKFLOW, SignpostState, SignpostStep
from proxirh.kernel import journal
from proxirh.kernel.calendar import add_working_days, is_working_day, local_day
from proxirh.kernel.encryption import DecryptionError
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.workflow import swap
from proxirh.territories.actor import Actor
from proxirh.territories.models import Partner
from proxirh.territories.services.calendars import calendar_of

logger = logging.getLogger(__name__)

WHY = "question sur un contact donné"
# Ten days as everybody counts them (PRODUCT §5); the question then waits for a working day of her département.
ASKED_AFTER = timedelta(days=10)
ANSWERS = {"oui": SignpostStep.SAY_YES, "non": SignpostStep.SAY_NO, "pas-encore": SignpostStep.SAY_NOT_YET}
SAID = {
    SignpostStep.SAY_YES: "demande.contact_joint",
    SignpostStep.SAY_NO: "demande.contact_non_joint",
    SignpostStep.SAY_NOT_YET: "demande.contact_pas_encore",
}
GONE = "Ce contact n’est plus dans l’annuaire, ou n’aide plus dans ce département. Choisissez-en un autre."
NOT_ASKED = "On ne peut plus répondre à cette question : la demande a pris fin."


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to turn to, and how: of the directory, or typed for somebody outside it."""

    name: str
    reach: str
    is_internal: bool = False
    partner: Partner | None = None

    @classmethod
    def of(cls, partner: Partner) -> "Contact":
        """A partner as its directory tells it; its address for referrals is nobody’s to write to."""
        told = (
            partner.purpose,
            f"Téléphone : {partner.phone}" if partner.phone else "",
            f"Site : {partner.website}" if partner.website else "",
            f"Horaires : {partner.hours}" if partner.hours else "",
        )
        return cls(name=partner.name, reach="\n".join(filter(None, told)), partner=partner)


def question_day(enquiry: Enquiry, *, at: datetime) -> date:
    """Ten days later, or the next day on which the service works there."""
    day, days = local_day(at, enquiry.department.time_zone) + ASKED_AFTER, calendar_of(enquiry.department)
    return day if is_working_day(day, days) else add_working_days(day, 1, days)


def give_contact(
    *,
    actor: Actor,
    enquiry: Enquiry,
    contact: Contact,
    body: str,
    seen: str | None = None,
    key: UUID | None = None,
    at: datetime | None = None,
) -> Signposting:
    """Give her a contact with a word, in a message of the thread; the same key twice gives the same.

    Raises NotAllowed for anyone but its lead, DomainError for a partner that may not be chosen there today, StaleState
    when the page was too old. An answer like another, for what is measured.
    """
    at = at or timezone.now()
    if key and (sent := _sent(enquiry, key)):
        return sent
    try:
        with transaction.atomic():
            require_treating(actor, enquiry)
            freshness.require_unchanged(enquiry, seen)
            _check_partner(enquiry, contact, at=at)
            freshness.write(enquiry, last_contact_at=at)
            text = "\n\n".join((body, f"{contact.name}\n{contact.reach}"))
            message = write_message(actor, enquiry, text, (), from_agent=False, stored=[], key=key, at=at)
            given = enquiry.signpostings.create(
                message=message,
                name=contact.name,
                reach=contact.reach,
                is_internal=contact.is_internal,
                ask_on=question_day(enquiry, at=at),
            )
            measuring.first_answer(enquiry, at=at, noted_at=at)
            journal.record(actor=actor.label, verb="demande.orientée", subject=enquiry, at=at)
            notices.tell_author(enquiry, kind="message_for_author", at=at)
    except IntegrityError:  # the same key sent twice at once
        sent = _sent(enquiry, key) if key else None
        if sent is None:
            raise
        return sent
    return given


def contacts_of(enquiry: Enquiry) -> list[Signposting]:
    """Those that still wait for her, of an enquiry that came through a door: first those she is asked about."""
    if not enquiry.is_open:
        return []
    found = list(enquiry.signpostings.exclude(state__in=SignpostState.settled()).order_by("-pk"))
    found.sort(key=lambda one: one.asked_at is None)
    for one in found:
        one.enquiry = enquiry
    return found


def outcomes_of(enquiry: Enquiry) -> Sequence[Outcome]:
    """What the contacts given count for, proposed when it is ended; told by `with_contacts_given`."""
    gave = {
        Outcome.EXTERNAL_REFERRAL: getattr(enquiry, "gave_outside", False),
        Outcome.INTERNAL_REFERRAL: getattr(enquiry, "gave_inside", False),
    }
    return [outcome for outcome, is_so in gave.items() if is_so]


@transaction.atomic
def answer_question(*, actor: Actor, signposting: Signposting, step: SignpostStep, at: datetime | None = None) -> None:
    """Its author says whether she could; « non » writes it in the thread, so that it is on the desk the same day.

    The same answer twice is the same as once. Raises NotAllowed for anyone else, or once the enquiry has ended.
    """
    enquiry = signposting.enquiry
    if not (permissions.is_author(actor, enquiry) and enquiry.is_open):
        raise NotAllowed(NOT_ASKED)
    if signposting.state == SIGNPOST_WORKFLOW.moves[step].target:
        return
    at = at or timezone.now()
    SIGNPOST_WORKFLOW.apply(signposting, step, answered_at=at)
    journal.record(actor=actor.label, verb=SAID[step], subject=enquiry, at=at)
    if step == SignpostStep.SAY_NO:
        send_message(actor=actor, enquiry=enquiry, body=f"Je n’ai pas pu joindre : {signposting.name}.", at=at)


# ── The clock ─────────────────────────────────────────────────────────────────────────────────────
def ask_due(*, at: datetime) -> int:
    """Ask each question whose day has come, once, in one mail an enquiry; returns how many questions.

    One transaction an enquiry: stopped anywhere, the next run goes on; after a missed night it catches up. One that
    moves, ends or does not open stops no other.
    """
    asked = 0
    for enquiry_id in Signposting.objects.enquiries_to_ask(before=at + timedelta(days=1)):
        try:
            with transaction.atomic():
                asked += _ask(enquiry_id, at=at)
        except StaleState:
            continue
        except DecryptionError:
            logger.warning("signposting: an enquiry does not open: it is left as it is")
    return asked


def _ask(enquiry_id: int, *, at: datetime) -> int:
    row = Enquiry.objects.for_system(WHY).to_reassign().filter(pk=enquiry_id).first()
    if row is None or not row.is_open:
        return 0
    today = local_day(at, row.department.time_zone)
    if not is_working_day(today, calendar_of(row.department)):
        return 0
    swap(row, {"state": row.state}, {"state": row.state})  # nobody ends it before the mail is queued
    due = list(row.signpostings.filter(state=SignpostState.GIVEN, ask_on__lte=today).order_by("pk"))
    for one in due:
        SIGNPOST_WORKFLOW.apply(one, SignpostStep.ASK, asked_at=at)
        journal.record(actor=journal.SYSTEM, verb="demande.contact_demandé", subject=row, at=at)
    if due:
        notices.tell_author(row, kind="contact_question", dedupe_key=f"contact_question:{due[0].pk}", at=at)
    return len(due)


def _check_partner(enquiry: Enquiry, contact: Contact, *, at: datetime) -> None:
    if contact.partner is None:
        return
    today = local_day(at, enquiry.department.time_zone)
    if not Partner.objects.usable(enquiry.department, today).filter(pk=contact.partner.pk).exists():
        raise DomainError(GONE)


def _sent(enquiry: Enquiry, key: UUID) -> Signposting | None:
    """What the same form has already given."""
    return enquiry.signpostings.filter(message__idempotency_key=key).first()
