"""The night of the ladder on a whole base: what reading it costs, then what writing to everyone costs.

Run apart, under the settings of a loaded database; what it writes is taken back, so that the next run finds the same.
"""

import json
import time
from collections.abc import Callable
from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402 — models load once Django is set up
from django.utils import timezone  # noqa: E402

from proxirh.enquiries.ladder import read_silences, read_waits  # noqa: E402
from proxirh.enquiries.models import Enquiry  # noqa: E402
from proxirh.enquiries.services.climbing import Climbed, climb_ladder  # noqa: E402


class Queries:
    """How many went to the database."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
        self.count += 1
        return execute(sql, params, many, context)


def timed(act: Callable[[], Climbed]) -> tuple[Climbed, float, int]:
    """What it found, in how many seconds and queries."""
    queries, start = Queries(), time.perf_counter()
    with connection.execute_wrapper(queries):
        found = act()
    return found, time.perf_counter() - start, queries.count


def night() -> dict[str, Any]:
    """A dry run, then a real one that is taken back."""
    now = timezone.now()
    rows = Enquiry.objects.for_system("mesure de l’échelle")
    silent = len({one.row.pk for one in (*read_silences(rows, at=now), *read_waits(rows, at=now))})
    _, dry_seconds, dry_queries = timed(lambda: climb_ladder(at=now, apply=False))
    with transaction.atomic():
        done, seconds, queries = timed(lambda: climb_ladder(at=now))
        transaction.set_rollback(True)
    return {
        "silent": silent,
        "dry_seconds": dry_seconds,
        "dry_queries": dry_queries,
        "seconds": seconds,
        "queries": queries,
        "taken": done.taken,
        "mails": done.mails,
    }


if __name__ == "__main__":
    print(json.dumps(night()))
