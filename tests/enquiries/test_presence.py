"""Who else is on the page of an enquiry: colleagues who may read it, for a minute, and nobody else."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from proxirh.accounts.middleware import COOKIE
from proxirh.enquiries.models import AccessRecord, Handling, PersonChoice, Presence
from proxirh.enquiries.periodic import forget_presences
from proxirh.enquiries.services.presence import LASTS, attend, who_else
from proxirh.enquiries.workflow import HandlingState
from proxirh.kernel.models import JournalEntry
from tests.enquiries.visitors import same_as_unknown, text, visitor
from tests.world import NOW, World

pytestmark = pytest.mark.django_db


def come(world: World, part: str, *, at: datetime = NOW) -> None:
    attend(actor=world.actor(part), enquiry=world.enquiry, at=at)


def told(world: World, part: str = "counsellor", *, at: datetime = NOW) -> str:
    return who_else(actor=world.actor(part), enquiry=world.enquiry, at=at)


def post(world: World, part: str) -> HttpResponse:
    return visitor(world, part).post(reverse("enquiries:presence", args=[world.enquiry.uid]))


def name(world: World, part: str) -> str:
    return world.people[part].full_name


def test_each_learns_that_the_other_is_there(world: World) -> None:
    """Mutation: name oneself."""
    assert post(world, "counsellor").content == b""
    answer = post(world, "co-handler")
    assert answer["Content-Type"].startswith("text/plain")
    assert answer.content.decode() == f"{name(world, 'counsellor')} est aussi sur cette page."
    page = text(visitor(world, "counsellor").get(reverse("enquiries:enquiry", args=[world.enquiry.uid])))
    assert f'data-enq-presence="{reverse("enquiries:presence", args=[world.enquiry.uid])}"' in page
    assert told(world, at=timezone.now()) == f"{name(world, 'co-handler')} est aussi sur cette page."


def test_it_fades_in_a_minute_and_comes_back(world: World) -> None:
    """Mutation: keep it two minutes, or write each sign on a line of its own."""
    come(world, "co-handler")
    assert told(world, at=NOW + LASTS - timedelta(seconds=1))
    assert not told(world, at=NOW + LASTS)
    come(world, "co-handler", at=NOW + timedelta(hours=1))
    assert told(world, at=NOW + timedelta(hours=1))
    assert Presence.objects.count() == 1


def test_two_are_said_in_one_sentence(world: World) -> None:
    Handling.objects.create(
        enquiry=world.enquiry,
        team=world.team,
        person=world.people["fellow counsellor"],
        state=HandlingState.ACCEPTED,
        is_lead=False,
        accepted_at=NOW,
    )
    come(world, "co-handler")
    come(world, "fellow counsellor")
    assert told(world) == (
        f"{name(world, 'co-handler')} et {name(world, 'fellow counsellor')} sont aussi sur cette page."
    )


def test_whoever_may_read_it_no_more_is_named_no_more(world: World) -> None:
    """Mutation: name whoever came, whatever changed meanwhile."""
    come(world, "co-handler")
    beside = Handling.objects.filter(enquiry=world.enquiry, person=world.people["co-handler"])
    beside.update(state=HandlingState.DONE, ended_at=NOW)
    assert not told(world)
    beside.update(state=HandlingState.ACCEPTED, ended_at=None)
    assert told(world)
    PersonChoice.objects.create(enquiry=world.enquiry, person=world.people["co-handler"], kind="excluded")
    assert not told(world)


@pytest.mark.parametrize(
    "part",
    ["author", "fellow counsellor", "excluded colleague", "superior", "coordinator", "counsellor elsewhere"],
)
def test_for_anyone_else_there_is_nothing_at_that_address(world: World, part: str) -> None:
    """Mutation: find the enquiry without its door."""
    come(world, "counsellor", at=timezone.now())
    address = reverse("enquiries:presence", args=[world.enquiry.uid])
    client = visitor(world, part)
    assert client.post(address).status_code == 404
    assert same_as_unknown(client, "POST", address, world.enquiry.uid)
    assert not Presence.objects.exclude(person=world.people["counsellor"]).exists()


def test_the_author_never_learns_who_is_there(world: World) -> None:
    come(world, "counsellor", at=timezone.now())
    page = text(visitor(world, "author").get(reverse("enquiries:follow", args=[world.enquiry.uid])))
    assert "aussi sur cette page" not in page


def test_a_sign_of_presence_is_no_reading_no_act_and_no_activity(world: World) -> None:
    """A page left open must not keep a visit alive. Mutation: push on the visit for every request."""
    client = visitor(world, "counsellor")
    address = reverse("enquiries:presence", args=[world.enquiry.uid])
    before = AccessRecord.objects.count(), JournalEntry.objects.count()
    answer = client.post(address)
    assert (AccessRecord.objects.count(), JournalEntry.objects.count()) == before
    assert COOKIE not in answer.cookies
    assert COOKIE in client.get(reverse("enquiries:desk")).cookies


def test_looking_writes_nothing(world: World) -> None:
    visitor(world, "counsellor").get(reverse("enquiries:enquiry", args=[world.enquiry.uid]))
    assert not Presence.objects.exists()


def test_the_clock_forgets_it(world: World) -> None:
    """Run twice. Mutation: forget those who are there."""
    come(world, "co-handler", at=timezone.now() - timedelta(minutes=5))
    come(world, "counsellor", at=timezone.now())
    assert forget_presences.func() == 1
    assert forget_presences.func() == 0
    assert Presence.objects.get().person == world.people["counsellor"]


def test_who_is_there_costs_one_query(world: World) -> None:
    come(world, "co-handler")
    reader, enquiry = world.actor("counsellor"), world.enquiry
    with CaptureQueriesContext(connection) as queries:
        assert who_else(actor=reader, enquiry=enquiry, at=NOW)
    assert len(queries) == 1
