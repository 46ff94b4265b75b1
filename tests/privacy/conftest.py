"""What the tests of the engine share: a folder and a register of erasures of their own, and what they look at."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from proxirh.enquiries import services
from proxirh.enquiries.models import Enquiry
from proxirh.outbox.models import OutgoingEmail
from tests.enquiries import acts
from tests.world import World

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path: Path) -> None:
    settings.PROXIRH_DATA_DIR = tmp_path
    settings.PROXIRH_ERASURE_REGISTER = tmp_path / "effacements.txt"


def ended(world: World, *, at: datetime, part: str = "author", **changes) -> Enquiry:
    """An enquiry with a message, a file, an exchange, two notes, closed; its last contact is at this moment."""
    enquiry = world.submit(part, at=at - DAY, **changes)
    acts.take(world, world.reload(enquiry), at=at - DAY)
    acts.reply(world, world.reload(enquiry), uploads=[acts.PDF], at=at)
    acts.log(world, world.reload(enquiry), next_step_on=(at + 7 * DAY).date(), at=at)
    for is_shared in (False, True):
        services.noting.write_note(
            actor=world.actor("counsellor"), enquiry=world.reload(enquiry), body="Note.", is_shared=is_shared, at=at
        )
    acts.close(world, world.reload(enquiry), at=at)
    return world.reload(enquiry)


def exists(enquiry: Enquiry) -> bool:
    return Enquiry.objects.filter(pk=enquiry.pk).exists()


def mails(kind: str) -> list[OutgoingEmail]:
    """Mails of a kind, in the order of their writing."""
    return list(OutgoingEmail.objects.filter(kind=kind).select_related("data_key").order_by("pk"))


def stored_files() -> set[str]:
    """Names of what lies on the disk."""
    root = Path(django_settings.PROXIRH_DATA_DIR) / "fichiers"
    return {path.name for path in root.rglob("*") if path.is_file()}
