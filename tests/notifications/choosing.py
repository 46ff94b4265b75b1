"""What people of the cast want of their mails, and mails that wait for them."""

from datetime import datetime
from typing import Any

from django.db import transaction

from proxirh.kernel.models import random_uid
from proxirh.notifications import services
from proxirh.notifications.models import Frequency, MailChoice
from proxirh.outbox.models import OutgoingEmail
from proxirh.outbox.services import queue_email
from tests.world import NOW, World

AT_ONCE, DAILY, NEVER = Frequency.AT_ONCE, Frequency.DAILY, Frequency.NEVER


def choose(world: World, part: str, *, is_quiet: bool = False, at: datetime = NOW, **frequencies: Frequency) -> None:
    services.choose(actor=world.actor(part), frequencies=frequencies, is_quiet=is_quiet, at=at)


def queue(kind: str, to: str, *, at: datetime = NOW, **changes: Any) -> OutgoingEmail:
    """A mail of a kind, as the services write it."""
    with transaction.atomic():
        mail = queue_email(
            kind=kind,
            to=to,
            template="enquiries/mails/message_for_author.txt",
            context={"enquiry_uid": random_uid(), "reference": "EXEM-PLE0"},
            at=at,
            **{"about": random_uid(), **changes},
        )
    assert mail is not None
    return mail


def address(part: str) -> str:
    return f"{part.replace(' ', '.')}@exemple.invalid"


def choice_of(part: str) -> MailChoice | None:
    return services.choice_of([address(part)])
