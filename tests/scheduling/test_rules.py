"""The rules of an académie: how long each branch of topics takes, and where one meets on a screen."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.kernel.errors import NotAllowed
from proxirh.kernel.models import JournalEntry
from proxirh.scheduling.models import AgendaRules, Appointment, TopicLength
from proxirh.scheduling.services import booking
from proxirh.scheduling.services.rules import lengths_of, set_lengths, why_no_room
from tests.enquiries.visitors import text, visitor
from tests.proofs.agenda_posts import RULES, opened_now
from tests.world import World

pytestmark = pytest.mark.django_db
VISIO = "https://visio.exemple.fr/{salle}"


def page(world: World) -> str:
    return reverse("scheduling:rules", args=[world.academy.slug])


def test_a_length_by_branch_is_said_once_and_taken_back(world: World) -> None:
    """Mutation: write a row for the usual length; a line of the journal for a double click."""
    client, length = visitor(world, "coordinator"), booking.length_for
    usual = length(world.academy, "2")
    for _ in range(2):
        assert client.post(page(world), {**RULES, "duree_1": 75, "video_pattern": VISIO}).status_code == 302
    assert lengths_of(world.academy) == {"1": 75}
    assert [length(world.academy, one).seconds for one in ("1", "2")] == [75 * 60, 30 * 60]
    assert usual.seconds == 45 * 60
    assert JournalEntry.objects.filter(verb="agenda.durées").count() == 1
    assert JournalEntry.objects.filter(verb="agenda.réglé").count() == 1
    assert VISIO not in str(JournalEntry.objects.get(verb="agenda.réglé").details)
    shown = client.get(page(world))
    assert shown.context["form"]["duree_1"].value() == 75
    assert VISIO in shown.text
    assert "75 minutes" in text(client.get(reverse("scheduling:places", args=[world.academy.slug])))
    client.post(page(world), {**RULES, "duree_1": "", "video_pattern": ""})
    assert not TopicLength.objects.exists()
    assert not AgendaRules.objects.get().has_video


def test_appointments_that_are_taken_keep_their_length(world: World) -> None:
    """Moved too. Mutation: read the length again when one is moved."""
    opened_now(world)
    now, host = timezone.now(), world.people["counsellor"]
    terms = booking.terms_for_staff(world.department, booking.length_for(world.academy, "1"), at=now)
    slot = next(booking.offered([host.pk], terms))
    made = booking.book(
        by="essai",
        guest=booking.Guest("Une Personne", "06 00 00 00 01"),
        choice=booking.Choice(host.pk, slot.start, "phone"),
        terms=terms,
        key=uuid.uuid4(),
        at=now,
    )
    before = made.length
    visitor(world, "coordinator").post(page(world), {**RULES, "minutes": 15, "duree_1": 90})
    assert Appointment.objects.get().length == before
    client, address = visitor(world, "counsellor"), reverse("scheduling:move", args=[made.uid])
    key = client.get(address).context["form"]["key"].value()
    typed = {"day": (timezone.localdate() + timedelta(days=5)).isoformat(), "hour": "15:00", "way": "phone"}
    assert client.post(address, {**typed, "key": key}).status_code == 302
    moved = Appointment.objects.get(sequence=1)
    assert moved.length == before
    assert booking.length_for(world.academy, "1") == timedelta(minutes=90)


@pytest.mark.parametrize(
    "typed",
    [
        "http://visio.exemple.fr/{salle}",
        "https://visio.exemple.fr/",
        "https://visio.exemple.fr/{salle}/{salle}",
        "https://moi:secret@visio.exemple.fr/{salle}",
        "https://{salle}.exemple.fr/",
        "https://visio.exemple.fr/{salle} x",
        "https://visio.exemple.fr/{salle}\n",
        "https://visio.exemple.fr/{salle}<b>",
        "https://visio.exemple.fr/{autre}/{salle}",
        "https://localhost/{salle}",
        "https://visio.exemple.fr:x/{salle}",
        "https://[::1/{salle}",
        "https://visio.exemple.fr/é/{salle}",
        "javascript:alert(1)//{salle}",
        "{salle}",
    ],
)
def test_what_is_no_address_of_a_room_is_refused(typed: str) -> None:
    """Mutation: look for the name of the room alone."""
    assert why_no_room(typed)
    assert not why_no_room(VISIO)
    assert not why_no_room("https://visio.exemple.fr:8443/s?nom={salle}#a")


def test_the_page_keeps_what_was_typed_and_is_nobody_else_s(world: World) -> None:
    client = visitor(world, "coordinator")
    refused = client.post(page(world), {**RULES, "video_pattern": "https://a:b@exemple.fr/{salle}", "duree_2": 60})
    assert refused.status_code == 422
    assert "mot de passe" in text(refused)
    assert 'value="https://a:b@exemple.fr/{salle}"' in refused.text
    assert not TopicLength.objects.exists()
    assert client.post(page(world), {**RULES, "duree_1": 20}).status_code == 422
    with pytest.raises(NotAllowed):
        set_lengths(actor=world.actor("counsellor", at=timezone.now()), academy=world.academy, lengths={"1": 15})
