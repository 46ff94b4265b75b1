"""What the clock does: apply the rules of retention, a few seconds at a time, since mails wait for the same worker."""

import time

from django.tasks import task

from proxirh.kernel.jobs import discreet
from proxirh.privacy import engine
from proxirh.privacy.models import Outcome

SECONDS = 10.0


@task
@discreet
def apply_retention() -> dict[str, int]:
    """Apply every rule, with the same guard as the command; what is left is for another turn, at once."""
    until = time.monotonic() + SECONDS
    report = engine.run(apply=True, is_over=lambda: time.monotonic() > until)
    if report.having(Outcome.LEFT) and report.done:
        apply_retention.enqueue()
    return {line.rule.name: line.done for line in report.lines if line.done}
