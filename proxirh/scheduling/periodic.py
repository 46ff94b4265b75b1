"""What the clock does with agendas: reminding of appointments."""

from django.tasks import task
from django.utils import timezone

from proxirh.kernel.jobs import discreet
from proxirh.scheduling.services.reminding import remind


@task
@discreet
def remind_of_appointments() -> int:
    """Send the reminders whose time has come; returns how many."""
    return remind(at=timezone.now())
