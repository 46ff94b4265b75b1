"""What the desk says, once and in the right place: messages, numbers, dates that have passed, places."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import desk, desk_pages
from proxirh.territories.models import Team
from tests.enquiries import acts
from tests.enquiries.visitors import do, in_days, now_taken, text, visitor
from tests.world import NOW, World

pytestmark = pytest.mark.django_db


def test_what_was_done_is_said_once(world: World) -> None:
    """Mutation: print the messages in the page and in its fragment, or the fragment for who steps back in history."""
    enquiry, client = world.submit(), visitor(world, "counsellor")
    taken = client.post(reverse("enquiries:take", args=[enquiry.uid]), follow=True)
    assert text(taken).count("La demande est entre vos mains.") == 1
    address = reverse("enquiries:enquiry", args=[enquiry.uid])
    assert "<html" not in text(client.get(address, headers={"HX-Request": "true"}))
    restored = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    for whole in (address, reverse("enquiries:desk")):
        assert "<html" in text(client.get(whole, headers=restored)), whole


@pytest.mark.parametrize(
    ("typed", "shown"), [("0600000000", "06 00 00 00 00"), ("+33 6 00 00 00 00", "+33 6 00 00 00 00"), ("3114", "3114")]
)
def test_a_number_is_read_two_digits_at_a_time(world: World, typed: str, shown: str) -> None:
    """Mutation: print the number as it was typed, or put the spaces in its link."""
    enquiry = now_taken(world, phone=typed)
    page = text(visitor(world, "counsellor").get(reverse("enquiries:enquiry", args=[enquiry.uid])))
    assert f'href="tel:{typed.replace(" ", "")}">{shown}</a>' in page


@pytest.mark.parametrize("gesture", ["repondre", "echange", "etape", "attendre_agent", "attendre_date"])
def test_a_date_that_has_passed_is_said_beside_its_field(world: World, gesture: str) -> None:
    """Mutation: leave the date to the service alone, which knows no field."""
    answer = do(world, gesture, now_taken(world), next_step_on=in_days(-1))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["next_step_on"]
    assert '<a href="#id_next_step_on">Cette date est passée' in text(answer)


@pytest.mark.parametrize("before", ["", "Conseil RH de proximité, "])
def test_a_team_that_bears_the_name_of_its_departement_names_it_once(world: World, before: str) -> None:
    """Mutation: write the whole name of the team before any département."""
    enquiry, at = world.submit(at=timezone.now()), timezone.now()
    Team.objects.filter(pk=enquiry.team_id).update(name=f"{before}{world.department.name}")
    actor = world.actor("coordinator", at=at)
    places = {row.place for view in desk.ACADEMY_VIEWS for row in desk_pages.read_desk(actor, view, at=at).rows}
    assert f"{before}{world.department.name} ({world.department.code})" in places


def test_what_nobody_follows_any_more_is_not_said_to_be_followed(world: World) -> None:
    """Mutation: print the state whatever the lead."""
    given_back = world.taken(at=NOW)
    acts.give_back(world, given_back, at=NOW + timedelta(hours=1))
    waiting = desk.BY_CODE[desk.ACADEMY_WAITING]
    (row,) = desk_pages.read_desk(world.actor("coordinator"), waiting, at=NOW + timedelta(days=1)).rows
    assert (row.title, row.subtitle, row.step) == (given_back.reference, "à reprendre", "Sans référent")
