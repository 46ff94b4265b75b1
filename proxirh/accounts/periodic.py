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
    return {rule.name: rule.apply(at=at) for rule in retention.RULES}
