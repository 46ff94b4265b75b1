"""Row 7: one slot, sixteen clients at once, round after round, through the act that pages call.

Run apart, under the settings of a loaded database, on an agenda of its own; what it writes is deleted afterwards.
"""

import json
import sys
import threading
import time
import uuid
from datetime import time as hour
from datetime import timedelta
from itertools import islice
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402 — models load once Django is set up
from django.utils import timezone  # noqa: E402

from proxirh.outbox.models import OutgoingEmail  # noqa: E402
from proxirh.scheduling.errors import SlotTaken  # noqa: E402
from proxirh.scheduling.models import AgendaDay, Appointment, Availability, HeldTime  # noqa: E402
from proxirh.scheduling.rhythm import Frequency  # noqa: E402
from proxirh.scheduling.services import booking  # noqa: E402
from proxirh.territories.models import Posting, Role  # noqa: E402

CLIENTS, ROUNDS = 16, 1000
LENGTH = timedelta(minutes=45)
MARK = "mesure"


def race(rounds: int) -> dict[str, Any]:
    """How many won, lost with three others to choose from, or met another error; and how long a round takes."""
    now = timezone.now()
    posting = (
        Posting.objects.filter(role=Role.COUNSELLOR, department__isnull=False).select_related("department").first()
    )
    assert posting is not None
    department, person = posting.department, posting.person_id
    assert department is not None
    opening = Availability.objects.create(
        person_id=person,
        department=department,
        time_zone=department.time_zone,
        frequency=Frequency.DAILY,
        starts_at=hour(8),
        ends_at=hour(18),
        valid_from=now.date(),
    )
    terms = booking.Terms(department, LENGTH, now, now + timedelta(days=700))
    starts = [slot.start for slot in islice(booking.offered([person], terms), rounds)]
    told = {"won": 0, "lost": 0, "errors": 0, "without_others": 0}
    lock = threading.Lock()

    def client(start: Any, barrier: threading.Barrier) -> None:
        what = "errors"
        try:
            barrier.wait(10)
            choice = booking.Choice(person, start, "phone")
            guest = booking.Guest(MARK, "06 00 00 00 00")
            booking.book(by=MARK, guest=guest, choice=choice, terms=terms, key=uuid.uuid4(), at=now)
            what = "won"
        except SlotTaken:
            found = booking.alternatives([person], terms, way="phone", after=start)
            what = "lost" if len(found) == booking.OTHERS else "without_others"
        finally:
            connection.close()
            with lock:
                told[what] += 1

    spent = []
    try:
        for start in starts:
            barrier = threading.Barrier(CLIENTS)
            threads = [threading.Thread(target=client, args=(start, barrier)) for _ in range(CLIENTS)]
            began = time.monotonic()
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            spent.append(1000 * (time.monotonic() - began))
    finally:
        rows = Appointment.objects.filter(person_id=person, starts_at__gte=now, data_key__isnull=False)
        made = [row.pk for row in rows.select_related("data_key") if row.name == MARK]
        series = list(Appointment.objects.filter(pk__in=made).values_list("series", flat=True))
        held = list(Appointment.objects.filter(pk__in=made).values_list("held_id", flat=True))
        Appointment.objects.filter(pk__in=made).delete()
        HeldTime.objects.filter(pk__in=held).delete()
        OutgoingEmail.objects.filter(about__in=series).delete()
        AgendaDay.objects.filter(person_id=person).delete()
        opening.delete()
    spent.sort()
    return {"rounds": len(starts), "clients": CLIENTS, **told, "round_ms": spent[len(spent) // 2]}


if __name__ == "__main__":
    print(json.dumps(race(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)))
    getattr(connection, "close_pool", lambda: None)()
