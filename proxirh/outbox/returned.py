"""What comes back once a server had accepted a mail: the notices of RFC 3464, read from the address they return to.

Each mail leaves under a return address of its own, which names it by its random id and a signature, hence neither its
reader nor what it tells; whatever comes to an address that nobody signed changes nothing.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from email.parser import BytesParser
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from proxirh.kernel.errors import StaleState
from proxirh.kernel.workflow import swap
from proxirh.outbox.models import MailState, OutgoingEmail

SALT = "proxirh.outbox.returned"
# 80 bits, in letters that survive a server which lowers them all.
SIGNED = 20
# A notice quotes our mail, which is small: what is longer is no notice, or its report comes first.
MOST_BYTES = 100_000
WRITTEN_TO = ("To", "Delivered-To", "X-Original-To")
# RFC 3463: the mail system, the content and the security say something of our mail, not of its address.
NOT_THE_ADDRESS = ("3", "6", "7")
# Kept trying too long; a mailbox that is full; a mail that is too long for it: an address that lives.
ALIVE = frozenset({"5.4.7", "5.2.2", "5.2.3"})
REFUSED, LOST = "AddressRefused", "Returned"


@dataclass(frozen=True, slots=True)
class Failure:
    """Nobody received it; `status` is the code of RFC 3463, the only word of the notice that is kept."""

    status: str

    @property
    def is_of_address(self) -> bool:
        """The address is refused for good; a code that is temporary, kept trying for days, says nothing of it."""
        kind, subject, _ = self.status.split(".")
        return kind == "5" and subject not in NOT_THE_ADDRESS and self.status not in ALIVE

    @property
    def described(self) -> str:
        """As the row of the mail keeps it."""
        return f"{REFUSED if self.is_of_address else LOST} {self.status}"


def return_address(mail: OutgoingEmail) -> str | None:
    """Where a notice about this mail comes back, the same at each attempt; None when nobody reads them."""
    if not settings.PROXIRH_MAIL_RETURNS:
        return None
    local, _, domain = settings.PROXIRH_MAIL_RETURNS.partition("@")
    return f"{local}+{mail.uid.hex}{_signature(mail.uid.hex)}@{domain}"


def take_back(raw: bytes, *, at: datetime | None = None) -> bool:
    """Give up the mail that a notice says nobody received; True when it was so, nothing else changes anything.

    Raises StaleState while a sender still holds that mail: the notice came before its own mark, and is to come again.
    """
    at = at or timezone.now()
    try:
        # The signature first, which stands in a header: nothing more is read of what a stranger writes.
        uid = _named_by(BytesParser().parsebytes(raw[:MOST_BYTES], headersonly=True))
        failure = _failure_in(message_from_bytes(raw[:MOST_BYTES])) if uid is not None else None
    except Exception:  # noqa: BLE001 — the parser raises of every kind on what it cannot read
        return False
    if uid is None or failure is None:
        return False
    mail = OutgoingEmail.objects.filter(uid=uid).first()
    if mail is None:
        return False
    if mail.state == MailState.QUEUED and mail.leased_until is not None and mail.leased_until > at:
        raise StaleState
    changes = {"state": MailState.DEAD, "sent_at": None, "dead_at": at, "last_error": failure.described}
    with suppress(StaleState):  # given up already, or queued again since
        swap(mail, {"state": MailState.SENT, "attempts": mail.attempts}, changes)
        return True
    return False


def _signature(text: str) -> str:
    return salted_hmac(SALT, text, algorithm="sha256").hexdigest()[:SIGNED]


def _named_by(message: Message) -> UUID | None:
    """The mail that the address it came to was made for."""
    local, _, domain = settings.PROXIRH_MAIL_RETURNS.partition("@")
    if not local:
        return None
    ours = re.compile(rf"{re.escape(local)}\+([0-9a-f]{{32}})([0-9a-f]{{{SIGNED}}})@{re.escape(domain)}", re.IGNORECASE)
    for name in WRITTEN_TO:
        for value in message.get_all(name, []):
            if found := ours.search(str(value)):
                named, signature = (part.lower() for part in found.groups())
                return UUID(hex=named) if constant_time_compare(signature, _signature(named)) else None
    return None


def _failure_in(message: Message) -> Failure | None:
    """What a notice says of our one reader; None when it was only late, or reached anybody after all."""
    told = list(_told(message))
    if not told or any(action != "failed" for action, _ in told):
        return None
    failures = [Failure(status) for _, status in told]
    return next((one for one in failures if not one.is_of_address), failures[0])


def _told(message: Message) -> Iterator[tuple[str, str]]:
    """Action and status of each recipient: blocks of fields under `message/delivery-status`, a part of the report."""
    if message.get_content_type() != "multipart/report" or not message.is_multipart():
        return
    for part in message.get_payload():
        if not (isinstance(part, Message) and part.get_content_type() == "message/delivery-status"):
            continue
        for block in part.get_payload() if part.is_multipart() else ():
            if isinstance(block, Message) and "Action" in block:
                action = re.match(r"\s*([a-z]+)", str(block["Action"]).lower())
                status = re.match(r"\s*([245]\.\d{1,3}\.\d{1,3})\b", str(block["Status"]))
                yield (action[1] if action and status else ""), (status[1] if status else "")
