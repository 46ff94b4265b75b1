"""Drains the outbox every few seconds (written by the outbox owner)."""

from django.tasks import task


@task
def drain_outbox() -> None:
    """Send what is due."""
