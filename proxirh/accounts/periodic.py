"""What the clock does about ways in: forget what has expired."""

from django.tasks import task
from django.utils import timezone

from proxirh.accounts import retention
from proxirh.kernel.jobs import discreet


@task
@discreet
def forget_expired() -> dict[str, int]:
    """Erase expired codes, kept forms, sessions and counters; returns counts only."""
    at = timezone.now()
    retention.forget_sessions()
    return {
        "codes": retention.forget_codes(at=at),
        "held_forms": retention.forget_held_forms(at=at),
        "counters": retention.forget_counters(at=at),
    }
