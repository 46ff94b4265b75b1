"""The bytes of a mail, the same at each attempt."""

from email.header import Header
from email.message import EmailMessage as Bytes
from email.utils import format_datetime
from typing import Any, cast, override

from django.core.mail import EmailMessage
from django.utils import timezone

from proxirh.outbox.models import OutgoingEmail


class PlainMail(EmailMessage):
    """A text mail whose subject survives folding.

    Python's own folding of a long accented subject loses the space between two encoded words (3.12), or joins them in
    a way that some servers refuse (3.13): https://github.com/python/cpython/issues/144156.
    """

    @override
    def message(self, **options: Any) -> Bytes:
        message = super().message(**options)
        del message["Subject"]
        message.set_raw("Subject", Header(str(self.subject), header_name="Subject").encode())
        return message


def message_of(mail: OutgoingEmail) -> EmailMessage:
    """The mail of a row; the headers keep out-of-office answers away."""
    return PlainMail(
        subject=mail.subject,
        body=cast("str", mail.body),
        to=[mail.recipient],
        headers={
            "Message-ID": mail.message_id,
            "Date": format_datetime(timezone.localtime(mail.created_at)),
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
