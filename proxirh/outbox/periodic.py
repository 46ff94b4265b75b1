"""What the clock does with mails by themselves: forget what is old. What is due leaves as its readers want it
(`notifications.periodic`).
"""

from django.tasks import task
from django.utils import timezone

from proxirh.kernel.jobs import discreet
from proxirh.outbox import retention


@task
@discreet
def forget_old_mails() -> dict[str, int]:
    """Erase texts after a week and rows after two months."""
    at = timezone.now()
    return {rule.name: rule.apply(at=at) for rule in retention.RULES}
