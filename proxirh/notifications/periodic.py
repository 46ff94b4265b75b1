"""What the clock does with what people chose: send what is due as they want it, and gather their day."""

from dataclasses import asdict

from django.tasks import task
from django.utils import timezone

from proxirh.kernel.jobs import discreet
from proxirh.notifications.digests import send_digests
from proxirh.notifications.sorting import sort
from proxirh.outbox.services import drain, sign_of_life


@task
@discreet
def drain_outbox() -> dict[str, int]:
    """Give a sign of life, then send what is due and wanted; returns counts only."""
    sign_of_life(at=timezone.now())
    return asdict(drain(sort=sort))


@task
@discreet
def gather_digests() -> dict[str, int]:
    """Write the digests whose hour has come."""
    return {"digests": send_digests(at=timezone.now())}
