"""What the clock does for everyone: seal the journal, forget which tasks were run."""

from io import StringIO

from django.core.management import call_command
from django.tasks import task

from proxirh.kernel import sealing
from proxirh.kernel.jobs import discreet

KEPT = "24h"
BATCHES = 5  # a few seconds: the mails of the minute wait for the same worker


@task
@discreet
def forget_finished_tasks() -> None:
    """Delete the rows of tasks that succeeded or failed more than a day ago: the outbox alone writes 17,000 a day."""
    silent = StringIO()  # it counts in English, whatever the verbosity
    call_command("ox_prune", older_than=KEPT, include_failed=True, verbosity=0, stdout=silent)


@task
@discreet
def seal_journal() -> None:
    """Seal the lines of the journal that are a minute old: by this task alone, never by who writes them."""
    for _ in range(BATCHES):
        if not sealing.seal_due():
            return
