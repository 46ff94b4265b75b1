"""A real mail server on this machine, which keeps what it accepts and refuses what it is told to."""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


def free_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class MailServer:
    """Answers `250` unless a rule says otherwise; rules are asked in the thread of the server."""

    port: int = field(default_factory=free_port)
    accepted: list[EmailMessage] = field(default_factory=list)
    connections: int = 0
    on_sender: Callable[[str], str] = lambda sender: "250 OK"
    on_recipient: Callable[[str], str] = lambda recipient: "250 OK"
    on_message: Callable[[EmailMessage], str] = lambda message: "250 OK"
    lock: threading.Lock = field(default_factory=threading.Lock)
    controller: Controller | None = None

    def start(self) -> None:
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def stop(self) -> None:
        if self.controller:
            self.controller.stop()
            self.controller = None

    @property
    def mailer(self) -> dict[str, Any]:
        """What MAILERS needs to send here."""
        return {
            "default": {
                "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
                "OPTIONS": {"host": "127.0.0.1", "port": self.port, "timeout": 5},
            }
        }

    def recipients(self) -> list[str]:
        """Addresses of the accepted mails, in the order of arrival."""
        return [str(message["To"]) for message in self.accepted]

    async def handle_EHLO(  # noqa: N802 (aiosmtpd names them)
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802 (aiosmtpd names them)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.on_sender(address)
        if answer.startswith("2"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(  # noqa: N802 (aiosmtpd names them)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.on_recipient(address)
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content or b"", policy=policy.default)
        answer = self.on_message(message)
        if answer.startswith("2"):
            with self.lock:
                self.accepted.append(message)
        return answer
