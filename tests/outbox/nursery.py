"""Gives birth to mail workers that can be killed: `python -m tests.outbox.nursery JSON`, driven through stdin.

It loads Django once and forks at each line `born SECONDS`, so that a worker costs a few milliseconds; the clock of the
worker is that many seconds ahead. It answers with the pid; `end` waits for the last workers and stops.
"""

import json
import os
import signal
import sys
from datetime import timedelta

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django
from django.conf import settings
from django.db import connections
from django.utils import timezone

django.setup()

from proxirh.outbox.sending import drain  # noqa: E402 (models need Django ready)


def work(ahead: float) -> None:
    """Drain until there is nothing left, or until killed."""
    while drain(clock=lambda: timezone.now() + timedelta(seconds=ahead)).sent:
        pass


def born(ahead: float) -> int:
    """A worker of its own process; its parent has no open connection to share."""
    connections.close_all()
    if pid := os.fork():
        return pid
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    work(ahead)
    os._exit(0)


def main() -> None:
    """Take the database, keys and mail server of the test, then obey."""
    given = json.loads(sys.argv[1])
    settings.DATABASES["default"] |= given["database"]
    settings.PROXIRH_KEYS_FILE = given["keys"]
    settings.MAILERS = given["mailers"]
    for line in sys.stdin:
        order, _, ahead = line.strip().partition(" ")
        if order == "end":
            break
        print(born(float(ahead)), flush=True)
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break


if __name__ == "__main__":
    main()
