"""The last move of an enquiry: it goes with all that hangs from it, and leaves a coarser fact behind (RULES §1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from proxirh.accounts import browser
from proxirh.accounts.services import forget_person
from proxirh.enquiries import attachments, freshness, permissions
from proxirh.enquiries.models import Draft, Enquiry, EnquiryFact
from proxirh.enquiries.models.facts import COARSENED
from proxirh.enquiries.services.arriving import fold
from proxirh.enquiries.services.closing import withdraw_enquiry
from proxirh.enquiries.services.disclosing import hold_requests_about, settle_requests
from proxirh.enquiries.workflow import ENQUIRY_WORKFLOW, Step, TransferStep
from proxirh.kernel import erasures, journal
from proxirh.kernel.errors import NotAllowed, StaleState
from proxirh.kernel.models import DataKey, JournalEntry
from proxirh.outbox.services import forget_about
from proxirh.scheduling.services.forgetting import forget_series
from proxirh.territories.actor import Actor

# How the register of erasures names an enquiry.
ENQUIRY = "demande"
ERASED = "demande.anonymisée"
CHANGED = "Cette demande a changé depuis que cette page est ouverte : relisez ce qui disparaîtrait. Rien n’est effacé."


class Ending(StrEnum):
    """Why an enquiry is erased; the journal keeps this word."""

    TIME = "conservation"
    AUTHOR = "auteur"
    RESTORED = "restauration"
    ELSEWHERE = "prise_nulle_part"


def anonymise_enquiry(*, by: str, enquiry: Enquiry, reason: Ending, at: datetime | None = None) -> None:
    """Erase an enquiry that has ended, and what was merged into it: rows, files, mails sent about it, and its key.

    Its author goes too when she has no account and asked nothing else. Its fact stays, coarsened; the monthly counts
    do not move. The enquiry must be as it was read: a contact or a reopening meanwhile raises StaleState, and so does,
    when time erases it, a request for its notes. Never inside another transaction; `by` is the label of whoever
    decides, who is checked before.
    """
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        if not _rows().filter(pk=enquiry.pk).exists():  # asked twice
            return
        ENQUIRY_WORKFLOW.apply(enquiry, Step.ANONYMISE, expected={"last_contact_at": enquiry.last_contact_at})
        row = _rows().get(pk=enquiry.pk)
        gone = [*_rows().filter(merged_into=row), row]
        waiting = hold_requests_about(gone)
        if waiting and reason == Ending.TIME:
            raise StaleState
        for one in gone:
            fold(one, step=TransferStep.EXPIRE, at=at)
        stored = [name for one in gone for name in one.attachments.values_list("stored_name", flat=True)]
        for one in gone:
            _erase(one, by=by, reason=reason, at=at)
        settle_requests(waiting, at=at)
        for one in gone:
            forget_person(one.author_id)
        if reason != Ending.RESTORED:
            for one in gone:
                erasures.remember(ENQUIRY, one.uid, at=at)
    attachments.remove(stored)  # whatever stays on the disk has no key any more


def _rows() -> QuerySet[Enquiry]:
    return Enquiry.objects.for_system("anonymisation").to_erase()


def _erase(enquiry: Enquiry, *, by: str, reason: Ending, at: datetime) -> None:
    fact = enquiry.fact_id
    met = list(enquiry.meetings.values_list("series", flat=True))
    passed_on = list(enquiry.transmissions.values_list("data_key_id", flat=True))
    journal.record(actor=by, verb=ERASED, subject=enquiry, at=at, reason=str(reason))
    forget_about(enquiry.uid)
    forget_series(met)
    _rows().filter(pk=enquiry.pk).delete()
    DataKey.objects.destroy(enquiry.data_key_id, *passed_on)
    left = EnquiryFact.objects.get(pk=fact)
    left.coarsen()
    left.save(update_fields=COARSENED)


@dataclass(frozen=True, slots=True)
class Going:
    """What goes with an enquiry that its author erases; `tag` is a short print of it."""

    messages: int
    exchanges: int
    files: int
    transmissions: int
    meetings: int
    merged: Sequence[str]
    tag: str


def what_goes(enquiry: Enquiry) -> Going:
    """What disappears with an enquiry that came through `visible_to`, told before it is erased."""
    hanging = ("messages", "exchanges", "attachments", "transmissions", "meetings")
    counts = {name: getattr(enquiry, name).count() for name in hanging}
    merged = list(_rows().filter(merged_into=enquiry).order_by("pk").values_list("reference", flat=True))
    tag = "-".join([freshness.tag(enquiry), *map(str, counts.values()), str(len(merged))])
    return Going(
        messages=counts["messages"],
        exchanges=counts["exchanges"],
        files=counts["attachments"],
        transmissions=counts["transmissions"],
        meetings=counts["meetings"],
        merged=merged,
        tag=tag,
    )


def erased_by(actor: Actor, uid: UUID) -> bool:
    """True when this very person has erased that enquiry: her second click is told so, anyone else meets a 404."""
    subject = f"{Enquiry._meta.label_lower}:{uid}"
    return JournalEntry.objects.filter(subject=subject, verb=ERASED, actor=actor.label).exists()


def erase_enquiry(*, actor: Actor, enquiry: Enquiry, seen: str | None = None, at: datetime | None = None) -> None:
    """Its author erases an enquiry, at once and for good; an open one is withdrawn first, and whoever had it is told.

    `enquiry` comes from `visible_to`, `seen` is the tag of what she was told would go. Never inside another
    transaction. Raises NotAllowed for anyone else, StaleState when something happened meanwhile.
    """
    if not permissions.is_author(actor, enquiry):
        raise NotAllowed("Seule la personne qui a fait cette demande peut l’effacer.")
    if seen is not None and seen != what_goes(enquiry).tag:
        raise StaleState(CHANGED)
    at = at or timezone.now()
    if enquiry.is_open:
        withdraw_enquiry(actor=actor, enquiry=enquiry, at=at)
    anonymise_enquiry(by=actor.label, enquiry=enquiry, reason=Ending.AUTHOR, at=at)


@transaction.atomic
def erase_drafts_of(*, actor: Actor, token: str = "") -> int:
    """Erase the drafts that this person can resume by one of her addresses, or in this browser; returns how many."""
    here = browser.digests(token) if token else ()
    drafts = Draft.objects.filter(Q(address_index__in=actor.addresses) | Q(browser_digest__in=here))
    keys = list(drafts.values_list("data_key", flat=True))
    drafts.filter(data_key__in=keys).delete()
    DataKey.objects.destroy(*keys)
    return len(keys)


def erase_restored(*, uid: UUID, at: datetime | None = None) -> bool:
    """Erase again what a restored backup brought back, in whatever state it was then; False when it is not there."""
    at = at or timezone.now()
    row = _rows().filter(uid=uid).first()
    if row is None:
        return False
    if row.is_open:
        ENQUIRY_WORKFLOW.apply(row, Step.EXPIRE, closed_at=at)
    anonymise_enquiry(by=journal.SYSTEM, enquiry=row, reason=Ending.RESTORED, at=at)
    return True
