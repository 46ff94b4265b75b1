"""Invitations and the « occupé » feed, as an independent parser of calendars reads them."""

import uuid
from datetime import UTC, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
import vobject
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from proxirh.outbox.message import message_of
from proxirh.outbox.models import OutgoingEmail
from proxirh.scheduling.invitations import busy_feed
from proxirh.scheduling.links import token_of
from proxirh.scheduling.models import AgendaFeed, HeldTime, WhyCancelled
from proxirh.scheduling.services import booking
from proxirh.scheduling.workflow import AppointmentStep
from proxirh.territories.models import Posting
from tests.enquiries.visitors import text, visitor
from tests.scheduling.opening import a_place, opened
from tests.scheduling.test_booking import FIRST, WEEK, booked, choice, reread, terms
from tests.strict_client import StrictClient
from tests.world import NOW, World

pytestmark = pytest.mark.django_db


def parts_of(kind: str) -> tuple[str, str]:
    """The event of the last mail of a kind, beside its text and as a file, as they travel."""
    mail = OutgoingEmail.objects.filter(kind=kind).order_by("-pk")[0]
    read = message_from_bytes(message_of(mail).message().as_bytes(), policy=default)
    beside = next(part for part in read.walk() if part.get_content_type() == "text/calendar")
    file = next(part for part in read.walk() if part.get_content_type() == "application/ics")
    assert "BEGIN:VCALENDAR" not in read.get_body(("plain",)).get_content()
    assert beside.get_param("method") == file.get_param("method")
    return beside.get_content(), file.get_content().decode()


def event_of(kind: str) -> tuple[str, object]:
    beside, file = parts_of(kind)
    found = vobject.readOne(file)
    assert (
        vobject.readOne(beside.replace("\r\n", "\n").replace("\n", "\r\n")).vevent.uid.value == found.vevent.uid.value
    )
    return found.method.value, found.vevent


def test_one_uid_and_a_sequence_that_grows_from_request_to_cancel(world: World) -> None:
    """Booked, moved, cancelled, taken again. Mutation: keep the sequence when moving, or when cancelling."""
    place = a_place(world, address="2 rue de l’Exemple, 75015 Paris", way_in="Par la cour ; deuxième étage")
    opened(world, place=place)
    made = reread(booked(world, choice=choice(world, way="on_site", place=place.pk)))
    told = [event_of("appointment_booked")]
    moved = {"by": "essai", "terms": terms(world), "at": NOW}
    later = choice(world, FIRST + WEEK, way="on_site", place=place.pk)
    made = reread(booking.move(appointment=made, choice=later, key=uuid.uuid4(), **moved))
    told.append(event_of("appointment_moved"))
    step, why = AppointmentStep.CANCEL_BY_SERVICE, WhyCancelled.ABSENCE
    booking.cancel(by="essai", appointment=made, step=step, why=why, at=NOW)
    told.append(event_of("appointment_cancelled"))
    first = choice(world, way="on_site", place=place.pk)
    booking.move(appointment=reread(made), choice=first, key=uuid.uuid4(), **moved)
    told.append(event_of("appointment_booked"))
    assert [method for method, _ in told] == ["REQUEST", "REQUEST", "CANCEL", "REQUEST"]
    assert len({event.uid.value for _, event in told}) == 1
    sequences = [int(event.sequence.value) for _, event in told]
    assert sequences == sorted(set(sequences))
    assert [event.status.value for _, event in told] == ["CONFIRMED", "CONFIRMED", "CANCELLED", "CONFIRMED"]
    assert told[1][1].dtstart.value == FIRST + WEEK
    assert "Par la cour ; deuxième étage" in told[0][1].location.value


def test_its_words_are_neutral(world: World) -> None:
    """Mutation: name the counsellor, or the guest."""
    opened(world)
    made = booked(world)
    _, file = parts_of("appointment_booked")
    read = vobject.readOne(file).vevent
    assert read.summary.value == "Rendez-vous"
    assert (read.dtend.value - read.dtstart.value) == timedelta(minutes=45)
    for word in (made.name, made.person.full_name, "conseil"):
        assert word not in file
    assert f"mailto:{made.address}" in read.attendee.value


def test_a_feed_says_busy_survives_a_round_trip_and_dies_with_its_address(world: World) -> None:
    """Mutations: find the calendar by its id alone; change the address whatever page asks it."""
    client, address = visitor(world, "counsellor"), reverse("scheduling:feed")
    assert "Ouvrir ce calendrier" in text(client.get(address))
    client.post(address, {"version": 0})
    opened(world)
    now = timezone.now()
    held = HeldTime.objects.create(
        person=world.people["counsellor"], kind="appointment", starts_at=now, ends_at=now + timedelta(hours=1)
    )
    feed = client.get(address).context["address"].split("/calendriers/")[1]
    reader = StrictClient()
    there = f"/calendriers/{feed}"
    answer = reader.get(there)
    assert answer["Content-Type"].startswith("text/calendar")
    events = vobject.readOne(answer.text).vevent_list
    assert [(one.summary.value, one.dtstart.value) for one in events] == [
        ("Occupé", held.starts_at.replace(microsecond=0).astimezone(UTC))
    ]
    again = Calendar.from_ical(answer.content)
    assert [one["SUMMARY"] for one in again.walk("VEVENT")] == ["Occupé"]
    for _ in range(2):  # a double click
        client.post(address, {"version": 1})
    assert AgendaFeed.objects.get().version == 2
    assert reader.get(there).status_code == 404
    feed = client.get(address).context["address"].split("/calendriers/")[1]
    assert reader.get(f"/calendriers/{feed}").status_code == 200
    Posting.objects.filter(person=world.people["counsellor"]).update(
        valid_until=timezone.localdate() - timedelta(days=1)
    )
    assert reader.get(f"/calendriers/{feed}").status_code == 404
    assert AgendaFeed.objects.count() == 1


def test_whatever_is_held_is_told_as_busy_alone(world: World) -> None:
    """Mutation: say where."""
    place = a_place(world)
    opened(world, place=place)
    booked(world, choice=choice(world, way="on_site", place=place.pk))
    told = busy_feed(HeldTime.objects.all(), at=NOW)
    assert "Occupé" in told
    assert place.name not in told


def test_a_link_opens_its_appointment_and_nothing_else(world: World) -> None:
    """Mutation: read the series without its signature."""
    opened(world)
    made = booked(world)
    reader, token = StrictClient(), token_of(made)
    show = reverse("scheduling:own_appointment", args=[token])
    assert reader.get(show).status_code == 200
    forged = reverse("scheduling:own_appointment", args=[token[:-3] + "abc"])
    unsigned = reverse("scheduling:own_appointment", args=[made.series.hex])
    for other in (forged, unsigned):
        assert reader.get(other).status_code == 404
    answer = reader.get(reverse("scheduling:own_event", args=[token]))
    assert vobject.readOne(answer.text).vevent.summary.value == "Rendez-vous"
    paper = reader.get(reverse("scheduling:own_attestation", args=[token]))
    assert paper.content.startswith(b"%PDF-1.7")
