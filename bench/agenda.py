"""When people are free, on an agenda of its own: what it costs for a département, for forty people, for the country.

Run apart, under the settings of a loaded database; what it writes is taken back.
"""

import json
import statistics
import time
from collections.abc import Callable
from datetime import time as hour
from datetime import timedelta
from itertools import islice
from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402 — models load once Django is set up
from django.utils import timezone  # noqa: E402

from bench.ladder import Queries  # noqa: E402
from proxirh.scheduling.free import Wanted, free_slots  # noqa: E402
from proxirh.scheduling.models import Availability, HeldTime, Holder, MeetingPlace  # noqa: E402
from proxirh.scheduling.rhythm import Frequency  # noqa: E402
from proxirh.territories.models import Department, Posting, Role  # noqa: E402

LENGTH = timedelta(minutes=45)
# Two mornings in one place, two afternoons in another, a day by telephone; one slot in three is taken.
WEEK = (("13", 9, 12, 0), ("24", 14, 17, 1), ("0", 9, 17, None))
TAKEN = 3
TIMES = 15


def fill(people: dict[int, Department]) -> int:
    """An agenda for each of these people; returns how many times are held."""
    now = timezone.now()
    places = {
        there.pk: [
            MeetingPlace.objects.create(department=there, name=f"Mesure {n}", time_zone=there.time_zone) for n in (1, 2)
        ]
        for there in set(people.values())
    }
    Availability.objects.bulk_create(
        Availability(
            person_id=person,
            department=there,
            place=places[there.pk][place] if place is not None else None,
            time_zone=there.time_zone,
            frequency=Frequency.WEEKLY,
            weekdays=days,
            starts_at=hour(begins),
            ends_at=hour(ends),
            valid_from=now.date() - timedelta(days=100),
        )
        for person, there in people.items()
        for days, begins, ends, place in WEEK
    )
    offered = list(free_slots(list(people), Wanted(LENGTH, now, now + timedelta(days=60))))[::TAKEN]
    held = (
        HeldTime(
            person_id=one.person, kind=Holder.APPOINTMENT, place_id=one.place, starts_at=one.start, ends_at=one.end
        )
        for one in offered
    )
    return len(HeldTime.objects.bulk_create(held))


def timed(act: Callable[[], int]) -> dict[str, Any]:
    """Median processor time in milliseconds, queries, and what was found."""
    spent, queries, found = [], Queries(), 0
    for _ in range(TIMES):
        queries.count = 0
        start = time.process_time()
        with connection.execute_wrapper(queries):
            found = act()
        spent.append(1000 * (time.process_time() - start))
    return {"cpu_ms": statistics.median(spent), "queries": queries.count, "found": found}


def agenda() -> list[dict[str, Any]]:
    """Each search with its name."""
    serving = Posting.objects.filter(role=Role.COUNSELLOR, department__isnull=False).select_related("department")
    people = {one.person_id: one.department for one in serving.order_by("pk")}
    keys, now = list(people), timezone.now()

    def every(count: int, days: int) -> Callable[[], int]:
        return lambda: sum(1 for _ in free_slots(keys[:count], Wanted(LENGTH, now, now + timedelta(days=days))))

    def first(count: int, days: int) -> Callable[[], int]:
        wanted = Wanted(LENGTH, now, now + timedelta(days=days))
        return lambda: len(list(islice(free_slots(keys[:count], wanted), 3)))

    with transaction.atomic():
        held = fill(people)
        rows = [
            {"label": "Un département : 12 personnes, 14 jours, tous les créneaux", "most": 15, **timed(every(12, 14))},
            {"label": "40 personnes, 60 jours, tous les créneaux", **timed(every(40, 60))},
            {"label": "40 personnes, 60 jours, les trois premiers", **timed(first(40, 60))},
            {"label": f"{len(keys)} personnes, 12 mois, les trois premiers", **timed(first(len(keys), 365))},
        ]
        transaction.set_rollback(True)
    return [{**row, "held": held, "people": len(keys)} for row in rows]


if __name__ == "__main__":
    print(json.dumps(agenda()))
    getattr(connection, "close_pool", lambda: None)()
