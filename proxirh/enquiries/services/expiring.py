"""What time does to an enquiry: its author is told thirty days before, then it is closed if need be, and erased."""

from collections.abc import Callable, Iterator
from datetime import datetime

from django.db import transaction

from proxirh.enquiries import notices
from proxirh.enquiries.expiry import NOTICE, expires_on
from proxirh.enquiries.models import Enquiry, NoteReview
from proxirh.enquiries.querysets import EnquiryQuerySet
from proxirh.enquiries.services.closing import expire_enquiry
from proxirh.enquiries.services.ending import Ending, anonymise_enquiry
from proxirh.kernel import journal
from proxirh.kernel.encryption import DecryptionError
from proxirh.kernel.errors import StaleState
from proxirh.kernel.retention import BATCH, kept
from proxirh.kernel.workflow import swap


def to_announce(at: datetime) -> EnquiryQuerySet:
    """Enquiries that go within thirty days, and whose author was not told so since their last contact."""
    return among_to_announce(Enquiry.objects.for_system("effacements à annoncer"), at)


def among_to_announce(rows: EnquiryQuerySet, at: datetime) -> EnquiryQuerySet:
    """Those of rows that came through a door."""
    return rows.silent_since(at - kept("CONTENT") + NOTICE).untold()


def to_erase(at: datetime) -> EnquiryQuerySet:
    """Enquiries whose time is over, and whose author was told thirty days ago at least.

    One whose notes she has asked for waits until she has them.
    """
    rows = Enquiry.objects.for_system("demandes dont le temps est passé").exclude(
        pk__in=NoteReview.objects.awaited_on()
    )
    return rows.silent_since(at - kept("CONTENT")).expiring(told_before=at - NOTICE)


@transaction.atomic
def announce_expiry(*, enquiry: Enquiry, at: datetime) -> None:
    """Tell its author, where she may be written to, and whoever has an open one in hand; once for a last contact.

    Raises StaleState when there was a contact since the enquiry was read, or somebody told it meanwhile.
    """
    told = {"expiry_told_at": at, "expiry_told_for": enquiry.last_contact_at}
    unchanged = {name: getattr(enquiry, name) for name in ("state", "last_contact_at", "expiry_told_for")}
    swap(enquiry, unchanged, told)
    on = expires_on(enquiry)
    journal.record(actor=journal.SYSTEM, verb="demande.effacement_annoncé", subject=enquiry, at=at, le=on.isoformat())
    notices.tell_author(enquiry, kind="expiring", at=at, on=on, is_open=enquiry.is_open)
    if enquiry.is_open:
        notices.tell_lead(enquiry, kind="expiring_for_staff", at=at, on=on)


def erase_expired(*, enquiry: Enquiry, at: datetime) -> None:
    """Close it first when it is open, with notice, then anonymise it. Never inside another transaction.

    Stopped in between, it is closed and still due. Raises StaleState when there was a contact meanwhile.
    """
    if enquiry.is_open:
        expire_enquiry(enquiry=enquiry, at=at)
    anonymise_enquiry(by=journal.SYSTEM, enquiry=enquiry, reason=Ending.TIME, at=at)


def announce_all(at: datetime) -> Iterator[int]:
    """Each one that is due, in a transaction of its own; 0 for one that moved meanwhile."""
    return _each(to_announce(at), announce_expiry, at)


def erase_all(at: datetime) -> Iterator[int]:
    """The same, in one or two transactions each."""
    return _each(to_erase(at), erase_expired, at)


def _each(rows: EnquiryQuerySet, act: Callable[..., None], at: datetime) -> Iterator[int]:
    """One that does not open, whose author cannot be told, stays as it is and is raised once the others are done."""
    unopened: DecryptionError | None = None
    for enquiry in _one_by_one(rows):
        done = 1
        try:
            act(enquiry=enquiry, at=at)
        except StaleState:
            done = 0
        except DecryptionError as error:
            done, unopened = 0, error
        yield done
    if unopened is not None:
        raise unopened


def _one_by_one(rows: EnquiryQuerySet) -> Iterator[Enquiry]:
    """By their last contact, never more than a batch at once: those done with are no more among the next."""
    found = list(rows.to_expire()[:BATCH])
    while found:
        yield from found
        last = found[-1]
        after = rows.filter(last_contact_at__gte=last.last_contact_at)
        after = after.exclude(last_contact_at=last.last_contact_at, pk__lte=last.pk)
        found = list(after.to_expire()[:BATCH])
