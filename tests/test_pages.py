"""Every page: well made for everyone who may open it, light, and as many queries whatever the number of rows.

What a well-made page is (language, title, one h1, labels, no inline script or style) is checked by the strict client at
each fetch; here it fetches them all.
"""

import re
import uuid
from datetime import timedelta

import pytest
from django.db import connection, reset_queries
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from proxirh.enquiries import services
from proxirh.enquiries.models import EnquiryAppointment, Exchange, Message, NoteReview, NotesRequest
from proxirh.enquiries.services.noting import write_note
from proxirh.enquiries.services.quick import Line, note_exchanges
from proxirh.kernel.models import DataKey
from proxirh.scheduling.models import Appointment, Holder
from proxirh.scheduling.services import agenda
from proxirh.scheduling.services.promising import promise_call
from proxirh.scheduling.workflow import AppointmentState
from proxirh.ui.context_processors import current_site
from tests.matrix import openings
from tests.routes import VISITORS, Visitors, address_of
from tests.scheduling.line import OFFICER, a_call, a_sheet, with_line
from tests.targets import UNKNOWN, make_targets
from tests.world import NOW, World

# What grows with the service: no page reads such a table from end to end.
GROWING = re.compile(
    r'"((?:accounts|enquiries|outbox|scheduling)_\w+|kernel_(?:datakey|journalentry|ratecounter)|django_session)"'
    r'(?: (?:"(\w+)"|(nested)))?'
)
MOST_QUERIES = 12
MOST_BYTES = 30_000
# The live sheet shows every component in every state.
LARGE = {"ui:kitchen_sink"}


def pages(world: World) -> dict[tuple[str, str, str], int]:
    """Queries of each page that each part may open."""
    visitors, targets = Visitors(world), make_targets(world)
    found: dict[tuple[str, str, str], int] = {}
    for route, relation, parts in openings():
        address = address_of(route, targets[relation or UNKNOWN])
        for part in parts:
            reset_queries()
            with CaptureQueriesContext(connection) as queries:
                response = visitors.ask(part, "GET", address)
            place = (route.name, relation, part)
            assert response.status_code == 200, place
            if "text/html" not in response["Content-Type"]:
                continue
            # What a view calls `site` would take the place of ours, with its name, its mark and its colours.
            assert f"— {current_site().name}</title>" in response.text, place
            told = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
            assert len(told) <= MOST_QUERIES, (place, len(told), told)
            assert not (read := read_whole(told)), (place, read)
            assert len(response.content) <= MOST_BYTES or route.name in LARGE, (place, len(response.content))
            found[place] = len(told)
    return found


def read_whole(queries: list[str]) -> list[str]:
    """Queries that go through the whole of a growing table, by the plan of SQLite, which no statistics change."""
    if connection.vendor != "sqlite":
        return []
    found = []
    with connection.cursor() as cursor:
        for sql in queries:
            names = {alias or nested or table for table, alias, nested in GROWING.findall(sql)}
            if not names or not sql.startswith("SELECT"):
                continue
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            steps = {row[3].partition(" ")[2].partition(" ")[0] for row in cursor.fetchall() if row[3][:5] == "SCAN "}
            found += [sql] if steps & names else []
    return found


def fill(world: World) -> None:
    """Many more rows of everything a page may list."""
    counsellor = world.actor("counsellor")
    for number in range(12):
        world.submit(excluded=(world.people["excluded colleague"],))
        world.submit(part="colleague")
        taken = world.taken(excluded=(world.people["excluded colleague"],))
        if number % 3 == 0:
            services.wait_for_agent(
                actor=counsellor,
                enquiry=taken,
                next_step="Écrire les dates possibles.",
                next_step_on=NOW.date() + timedelta(days=number + 1),
                at=NOW,
            )
        Message.objects.create(
            enquiry=world.enquiry,
            sender=world.people["author"],
            is_from_agent=True,
            body="Encore un mot.",
            sent_at=NOW + timedelta(minutes=number),
            idempotency_key=uuid.uuid4(),
        )
        note_exchanges(
            actor=counsellor,
            department=world.department,
            day=timezone.localdate(),
            lines=[Line("1", "2d", "individual_information")] * 3,
            key=uuid.uuid4(),
        )
        a_sheet(world, f"Fiche {number}")
        promise_call(
            actor=world.actor(OFFICER),
            call=a_call(world, at=timezone.now() - timedelta(days=9)),
            to=world.people[OFFICER] if number % 2 else with_line(world),
            means="phone",
            working_days=1,
            at=timezone.now() - timedelta(days=9),
        )
        a_call(world, at=timezone.now(), topic=world.topic)
        note = write_note(
            actor=world.actor("counsellor" if number % 2 else "co-handler"),
            enquiry=world.enquiry,
            body="Une note.",
            is_shared=number % 3 == 0,
            at=NOW,
        )
        asked = NotesRequest.objects.asked_by(world.actor("author")).get()
        NoteReview.objects.create(request=asked, note=note, enquiry=world.enquiry, written_at=NOW)
        meet(world, number)
        Exchange.objects.create(
            enquiry=world.enquiry,
            person=world.people["counsellor"],
            means="phone",
            happened_at=NOW + timedelta(minutes=number),
            summary="Échange.",
            next_step="Rappeler.",
            next_step_on=NOW.date(),
        )


def meet(world: World, number: int) -> None:
    """One appointment that is over, one that is cancelled and one to come, of the same enquiry or of none."""
    now = timezone.now()
    days = {AppointmentState.CONFIRMED: -1, AppointmentState.CANCELLED_BY_AGENT: -30, AppointmentState.KEPT: -60}
    for state, days_off in (*days.items(), (AppointmentState.CONFIRMED, 5)):
        evening = (now + timedelta(days=days_off)).replace(hour=18, minute=0, second=0, microsecond=0)
        start = evening + timedelta(minutes=15 * number)  # days and hours when the cast holds nothing
        row = Appointment.objects.create(
            data_key=DataKey.objects.issue(),
            person=world.people["counsellor"],
            department=world.department,
            state=state,
            way="phone",
            starts_at=start,
            ends_at=start + timedelta(minutes=15),
            time_zone=world.department.time_zone,
            name="Une personne",
            idempotency_key=uuid.uuid4(),
        )
        if days_off < 0:
            EnquiryAppointment.objects.create(enquiry=world.enquiry, series=row.series)
        if state == AppointmentState.CONFIRMED:
            asked = agenda.Asked(row.person_id, row.starts_at, row.ends_at)
            row.held = agenda.hold(asked, read=agenda.read(asked), kind=Holder.APPOINTMENT)
            row.save()


@pytest.mark.django_db
def test_every_page_is_well_made_light_and_costs_the_same_when_rows_grow(world: World) -> None:
    """Mutation: leave a select_related or a prefetch out of any list."""
    before = pages(world)
    assert len(before) > len(VISITORS)
    fill(world)
    after = pages(world)
    grown = {place: (before[place], after[place]) for place in before if after.get(place, 0) > before[place]}
    assert grown == {}
