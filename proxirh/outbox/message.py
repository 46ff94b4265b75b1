"""The bytes of a mail, the same at each attempt."""

import re
from email.header import Header
from email.message import EmailMessage as Bytes
from email.utils import format_datetime
from typing import Any, cast, override

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from proxirh.outbox.models import OutgoingEmail
from proxirh.outbox.returned import return_address

METHOD = re.compile(r"^METHOD:([A-Z]+)", re.MULTILINE)


class PlainMail(EmailMessage):
    """A text mail whose subject survives folding, with the event of a calendar when there is one.

    Python's own folding of a long accented subject loses the space between two encoded words (3.12), or joins them in
    a way that some servers refuse (3.13): https://github.com/python/cpython/issues/144156.
    """

    calendar: str | None = None

    @override
    def message(self, **options: Any) -> Bytes:
        message = super().message(**options)
        if self.calendar:
            _add_event(message, self.calendar)
        del message["Subject"]
        message.set_raw("Subject", Header(str(self.subject), header_name="Subject").encode())
        return message


FOOT = "\n--\nNe plus recevoir ce genre de courriel, ou moins souvent, sans vous connecter\u00a0:\n{url}\n"


def message_of(mail: OutgoingEmail, *, stop_url: str = "") -> EmailMessage:
    """The mail of a row; the headers keep out-of-office answers away.

    `stop_url` refuses mails of this kind: said at the foot, and to mail programs in one click (RFC 8058).
    """
    made = PlainMail(
        subject=mail.subject,
        body=cast("str", mail.body) + (FOOT.format(url=stop_url) if stop_url else ""),
        # The envelope alone bears it: whoever reads the mail sees the sender that the service has.
        from_email=return_address(mail),
        to=[mail.recipient],
        headers={
            "From": settings.DEFAULT_FROM_EMAIL,
            "Message-ID": mail.message_id,
            "Date": format_datetime(timezone.localtime(mail.created_at)),
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            **(_one_click(stop_url) if stop_url else {}),
        },
    )
    made.calendar = mail.calendar
    return made


def _add_event(message: Bytes, calendar: str) -> None:
    """Beside the text, for programs that keep a calendar; and as a file, for those that only show files (RFC 6047)."""
    found = METHOD.search(calendar)
    method = found[1] if found else "PUBLISH"
    message.add_alternative(calendar, subtype="calendar", cte="quoted-printable", params={"method": method})
    message.add_attachment(
        calendar.encode(), maintype="application", subtype="ics", filename="rendez-vous.ics", params={"method": method}
    )


def _one_click(url: str) -> dict[str, str]:
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
