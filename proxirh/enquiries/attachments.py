"""Files of an enquiry: checked, then kept encrypted under its key."""

from datetime import datetime

from proxirh.enquiries.models import Attachment, Enquiry, Message
from proxirh.kernel import encryption, files
from proxirh.kernel.files import CheckedFile
from proxirh.kernel.models import random_uid

Upload = CheckedFile


def _place(uid: object) -> bytes:
    return encryption.place("enquiries_attachment", uid, "file")


def attach(message: Message, upload: Upload, *, at: datetime) -> Attachment:
    """Store one checked file with a message."""
    uid = random_uid()
    enquiry = message.enquiry
    return Attachment.objects.create(
        uid=uid,
        enquiry=enquiry,
        message=message,
        name=upload.name,
        media_type=upload.media_type,
        size=len(upload.data),
        stored_name=files.write_sealed(upload.data, key=enquiry.data_key.clear, place=_place(uid)),
        added_at=at,
    )


def read_attachment(enquiry: Enquiry, attachment: Attachment) -> bytes:
    """Clear bytes of a file of this enquiry; raises FileNotFoundError or DecryptionError."""
    return files.read_sealed(attachment.stored_name, key=enquiry.data_key.clear, place=_place(attachment.uid))
