"""Files of an enquiry: checked, kept encrypted under its key, and never left behind without their message."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from proxirh.enquiries.models import Attachment, Enquiry, Message
from proxirh.kernel import encryption, files
from proxirh.kernel.files import CheckedFile
from proxirh.kernel.models import random_uid

Upload = CheckedFile
# Longer than any transaction lasts.
ORPHAN_AFTER = timedelta(days=1)


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
    uid = random_uid()
    enquiry = message.enquiry
    stored.append(files.write_sealed(upload.data, key=enquiry.data_key.clear, place=_place(uid)))
    return Attachment.objects.create(
        uid=uid,
        enquiry=enquiry,
        message=message,
        name=upload.name,
        media_type=upload.media_type,
        size=len(upload.data),
        stored_name=stored[-1],
        added_at=at,
    )


def read_attachment(enquiry: Enquiry, attachment: Attachment) -> bytes:
    """Clear bytes of a file of this enquiry; raises FileNotFoundError or DecryptionError."""
    return files.read_sealed(attachment.stored_name, key=enquiry.data_key.clear, place=_place(attachment.uid))


def sweep() -> int:
    """Remove files that no attachment names (a crash, an erased enquiry) and that are a day old; returns how many."""
    named = Enquiry.objects.for_system("fichiers que plus rien ne nomme")
    return sum(
        files.delete_unknown(
            stored_names,
            known=set(
                named.filter(attachments__stored_name__startswith=prefix).values_list(
                    "attachments__stored_name", flat=True
                )
            ),
            older_than=ORPHAN_AFTER.total_seconds(),
        )
        for prefix, stored_names in files.stored_batches()
    )
