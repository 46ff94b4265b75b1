"""What the outbox holds, in counts: nothing here opens a mail."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from proxirh.kernel.models import Heartbeat
from proxirh.outbox.models import OutgoingEmail

WORKER = "worker"


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Mails of one kind given up for one reason; `error` is the class and the code of the last failure."""

    kind: str
    error: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class OutboxStatus:
    """The queue at one instant; `retried` counts the mails that failed at least once and will be tried again."""

    waiting: int
    due: int
    retried: int
    oldest_waiting_at: datetime | None
    sent: int
    last_sent_at: datetime | None
    dead: tuple[DeadLetters, ...]


def waiting_count() -> int:
    """Mails written and not sent yet."""
    return OutgoingEmail.objects.waiting().count()


def worker_seen_at() -> datetime | None:
    """Last sign of life of the worker; None when it never ran."""
    return Heartbeat.objects.filter(name=WORKER).values_list("seen_at", flat=True).first()


def outbox_status(*, at: datetime | None = None) -> OutboxStatus:
    """Counts of the queue, and the dead letters by kind and reason, most numerous first."""
    queued, sent = Q(state="queued"), Q(state="sent")
    counts = OutgoingEmail.objects.aggregate(
        waiting=Count("pk", filter=queued),
        due=Count("pk", filter=queued & Q(due_at__lte=at or timezone.now())),
        retried=Count("pk", filter=queued & ~Q(last_error="")),
        oldest_waiting_at=Min("created_at", filter=queued),
        sent=Count("pk", filter=sent),
        last_sent_at=Max("sent_at", filter=sent),
    )
    dead = OutgoingEmail.objects.dead().values("kind", "last_error").annotate(n=Count("pk"), last_at=Max("dead_at"))
    letters = [DeadLetters(row["kind"], row["last_error"], row["n"], row["last_at"]) for row in dead]
    return OutboxStatus(**counts, dead=tuple(sorted(letters, key=lambda row: (-row.count, row.kind, row.error))))
