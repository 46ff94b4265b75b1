"""Files of an enquiry: checked, kept encrypted under its key, and never left behind without their message."""

import logging
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from proxirh.enquiries.models import Attachment, Enquiry, Message, Referral, ReferralAnswer, Scan
from proxirh.kernel import antivirus, encryption, files, journal
from proxirh.kernel.antivirus import ScannerDown
from proxirh.kernel.encryption import DecryptionError
from proxirh.kernel.files import CheckedFile
from proxirh.kernel.models import random_uid

logger = logging.getLogger(__name__)

Upload = CheckedFile
# Longer than any transaction lasts.
ORPHAN_AFTER = timedelta(days=1)
# The worker has other things to do: what is left waits for its next turn.
SECONDS_A_TURN = 5.0
MOST_FAILURES = 3


def _place(uid: object) -> bytes:
    return encryption.place("enquiries_attachment", uid, "file")


@contextmanager
def kept_only_if_done() -> Iterator[list[str]]:
    """Names of the files that the block stores; whatever makes it fail removes them from the disk."""
    stored: list[str] = []
    try:
        yield stored
    except BaseException:
        for stored_name in stored:
            files.delete_sealed(stored_name)
        raise


def attach(message: Message, upload: Upload, *, stored: list[str], at: datetime) -> Attachment:
    """Store one checked file with a message, and note its name in `stored` (see `kept_only_if_done`)."""
    return _store(message.enquiry, upload, stored=stored, at=at, message=message)


def attach_to_answer(answer: ReferralAnswer, upload: Upload, *, stored: list[str], at: datetime) -> Attachment:
    """The same with the answer to a referral."""
    return _store(answer.enquiry, upload, stored=stored, at=at, answer=answer)


def _store(
    enquiry: Enquiry,
    upload: Upload,
    *,
    stored: list[str],
    at: datetime,
    message: Message | None = None,
    answer: ReferralAnswer | None = None,
) -> Attachment:
    uid = random_uid()
    stored.append(files.write_sealed(upload.data, key=enquiry.data_key.clear, place=_place(uid)))
    return Attachment.objects.create(
        uid=uid,
        enquiry=enquiry,
        message=message,
        answer=answer,
        name=upload.name,
        media_type=upload.media_type,
        size=len(upload.data),
        stored_name=stored[-1],
        added_at=at,
    )


def delivered_files(enquiry: Enquiry) -> QuerySet[Attachment]:
    """Files that whoever reads the enquiry may have: not those of an answer that its head has not validated yet."""
    return enquiry.attachments.exclude(answer__isnull=False, answer__delivered_at=None)


def may_leave(enquiry: Enquiry) -> QuerySet[Attachment]:
    """Files that may go along with a referral: those that a scanner declared harmless, whatever opens here without."""
    return delivered_files(enquiry).filter(scan=Scan.CLEAN).order_by("added_at", "pk")


def sent_along(referral: Referral) -> QuerySet[Attachment]:
    """Files that the agent agreed to pass on; the caller sees to it that the other side still has the referral."""
    files_of = may_leave(referral.enquiry)
    return files_of.none() if referral.agreed_on is None else files_of.filter(uid__in=referral.enclosed)


def read_attachment(enquiry: Enquiry, attachment: Attachment) -> bytes:
    """Clear bytes of a file of this enquiry; raises FileNotFoundError or DecryptionError."""
    return files.read_sealed(attachment.stored_name, key=enquiry.data_key.clear, place=_place(attachment.uid))


def seal_again(attachment: Attachment, *, under: Enquiry, stored: list[str]) -> str:
    """Store its bytes anew under the key of another enquiry, and return their name, noted in `stored` too.

    A refused file has no bytes left: it keeps its name. Raises FileNotFoundError or DecryptionError.
    """
    if attachment.scan == Scan.REFUSED:
        return attachment.stored_name
    data = read_attachment(attachment.enquiry, attachment)
    stored.append(files.write_sealed(data, key=under.data_key.clear, place=_place(attachment.uid)))
    return stored[-1]


def quarantine(attachment: Attachment) -> Scan | None:
    """Why nobody may open a file: not scanned yet, or refused; None once it may be.

    Without a scanner, a file that none has seen may be opened at once.
    """
    if attachment.scan == Scan.REFUSED:
        return Scan.REFUSED
    return Scan.UNSCANNED if attachment.scan == Scan.UNSCANNED and antivirus.is_configured() else None


@dataclass(slots=True)
class Turn:
    """What one turn of the scanner did; `failures` stay in quarantine, and `reason` holds no content."""

    clean: int = 0
    refused: int = 0
    failures: int = 0
    reason: str = ""


def scan_waiting(*, at: datetime, clock: Callable[[], float] = time.monotonic) -> Turn:
    """Show the scanner every file that waits, newest first, within a few seconds.

    Whatever has no verdict stays in quarantine; a few in a row, and the scanner is left alone until the next turn.
    """
    turn, until = Turn(), clock() + SECONDS_A_TURN
    for enquiry in Enquiry.objects.for_system("analyse des fichiers").to_scan():
        for attachment in enquiry.attachments.filter(scan=Scan.UNSCANNED).order_by("pk"):
            if clock() > until or turn.failures >= MOST_FAILURES:
                return turn
            try:
                is_dangerous = antivirus.is_dangerous(read_attachment(enquiry, attachment))
            except (ScannerDown, FileNotFoundError, DecryptionError) as error:
                turn.failures += 1
                turn.reason = str(error) if isinstance(error, ScannerDown) else type(error).__name__
                continue
            _settle(enquiry, attachment, is_dangerous=is_dangerous, at=at)
            turn.refused += is_dangerous
            turn.clean += not is_dangerous
    return turn


def _settle(enquiry: Enquiry, attachment: Attachment, *, is_dangerous: bool, at: datetime) -> None:
    """Write the verdict, once; the bytes of a refused file go, and after a crash in between `sweep` takes them."""
    verdict = Scan.REFUSED if is_dangerous else Scan.CLEAN
    with transaction.atomic():
        settled = enquiry.attachments.filter(pk=attachment.pk, scan=Scan.UNSCANNED).update(scan=verdict)
        if settled and is_dangerous:
            uid = str(attachment.uid)
            journal.record(actor=journal.SYSTEM, verb="demande.fichier_refusé", subject=enquiry, at=at, file=uid)
    if settled and is_dangerous:
        files.delete_sealed(attachment.stored_name)


def forget_files(enquiry: Enquiry, *, at: datetime) -> int:
    """Erase the files of an enquiry, names included; a line of the story says so. Returns how many."""
    with transaction.atomic():
        stored = list(enquiry.attachments.values_list("stored_name", flat=True))
        enquiry.attachments.all().delete()
        journal.record(actor=journal.SYSTEM, verb="demande.fichiers_effacés", subject=enquiry, at=at, files=len(stored))
    remove(stored)
    return len(stored)


def remove(stored: Collection[str]) -> None:
    """Take files off the disk once their rows have gone; what cannot be is left to `sweep`, within a day."""
    for stored_name in stored:
        try:
            files.delete_sealed(stored_name)
        except OSError as error:
            logger.warning("a file that was erased is left to the daily sweep: %s", type(error).__name__)


def sweep() -> int:
    """Remove files that no attachment keeps (a crash, an erased enquiry) and that are a day old; returns how many."""
    named = Enquiry.objects.for_system("fichiers que plus rien ne nomme")
    return sum(
        files.delete_unknown(
            stored_names,
            known=set(
                named.filter(
                    attachments__stored_name__startswith=prefix, attachments__scan__in=(Scan.UNSCANNED, Scan.CLEAN)
                ).values_list("attachments__stored_name", flat=True)
            ),
            older_than=ORPHAN_AFTER.total_seconds(),
        )
        for prefix, stored_names in files.stored_batches()
    )
