"""A mail server, a clock that the test moves, and mails to send."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from proxirh.kernel.models import DataKey, random_uid
from proxirh.outbox.models import OutgoingEmail
from tests.outbox.smtp_server import MailServer
from tests.world import NOW


@dataclass
class Clock:
    """Says the time that the test wants."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **length: float) -> None:
        self.now += timedelta(**length)


@pytest.fixture
def clock() -> Clock:
    """Stopped at NOW."""
    return Clock()


@pytest.fixture
def server(settings) -> Iterator[MailServer]:
    """A running mail server, to which the mailer sends."""
    server = MailServer()
    server.start()
    settings.MAILERS = server.mailer
    yield server
    server.stop()


def write_mails(count: int, *, at: datetime = NOW, **fields: object) -> list[OutgoingEmail]:
    """`count` mails waiting, to as many addresses."""
    keys = DataKey.objects.bulk_create([DataKey.fresh() for _ in range(count)])
    mails = []
    for number, key in enumerate(keys):
        uid = random_uid()
        values = {
            "recipient": f"agent{number:04}@exemple.invalid",
            "subject": "Vous avez un message",
            "body": "Bonjour,\n\nVous avez un message à lire.\n",
            "kind": "message_for_author",
            **fields,
        }
        mails.append(
            OutgoingEmail(
                uid=uid, data_key=key, message_id=f"<{uid.hex}@exemple.invalid>", due_at=at, created_at=at, **values
            )
        )
    return OutgoingEmail.objects.bulk_create(mails)


@pytest.fixture
def write(db) -> Callable[..., list[OutgoingEmail]]:
    """Writes mails that wait."""
    return write_mails
