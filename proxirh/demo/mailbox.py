"""The mailbox of the demonstration: every mail that the service sent, opened."""

from dataclasses import dataclass
from datetime import datetime

from proxirh.demo.personas import ADDRESSES
from proxirh.outbox.models import OutgoingEmail

# Enough for days of play; older mails are still in the table.
MOST = 500


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as its recipient received it; the text is erased after a week."""

    id: str
    to: str
    subject: str
    text: str
    sent_at: datetime

    @property
    def reader(self) -> str:
        """Title of the persona who receives it, when it is one."""
        return ADDRESSES[self.to].title if self.to in ADDRESSES else ""

    def as_json(self) -> dict[str, str]:
        """The shape that RULES §9 promises."""
        return {
            "id": self.id,
            "to": self.to,
            "subject": self.subject,
            "text": self.text,
            "sent_at": self.sent_at.isoformat(),
        }


def letters() -> list[Letter]:
    """The last mails sent, newest first."""
    return [
        Letter(str(mail.uid), str(mail.recipient), mail.subject, str(mail.body or ""), mail.sent_at)
        for mail in OutgoingEmail.objects.sent().select_related("data_key")[:MOST]
        if mail.sent_at
    ]
