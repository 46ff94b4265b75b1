"""What the clock does with mails: send what is due, forget what is old."""

from dataclasses import asdict
from datetime import datetime

from django.tasks import task
from django.utils import timezone

from proxirh.kernel.jobs import discreet
from proxirh.kernel.models import Heartbeat
from proxirh.outbox import retention, sending
from proxirh.outbox.figures import WORKER


@task
@discreet
def drain_outbox() -> dict[str, int]:
    """Give a sign of life, then send what is due; returns counts only."""
    sign_of_life(at=timezone.now())
    return asdict(sending.drain())


@task
@discreet
def forget_old_mails() -> dict[str, int]:
    """Erase texts after a week and rows after two months."""
    at = timezone.now()
    return {rule.name: rule.apply(at=at) for rule in retention.RULES}


def sign_of_life(*, at: datetime) -> None:
    """Note that the worker runs, which `/ready` shows."""
    Heartbeat.objects.update_or_create(name=WORKER, defaults={"seen_at": at})
