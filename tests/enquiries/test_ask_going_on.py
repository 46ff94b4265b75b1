"""Asking again: whoever is signed in is told of what is already followed; never stopped, and nobody else is told."""

import pytest
from django.urls import reverse

from proxirh.enquiries.workflow import State
from tests.enquiries import acts
from tests.enquiries.asker import Asker, enquiries, text_of
from tests.enquiries.visitors import now_taken, visitor
from tests.world import World

pytestmark = pytest.mark.django_db
KNOWN = {"known_email": "author@exemple.invalid"}


def asking(world: World, part: str, screen: str) -> Asker:
    asker = Asker(world, visitor(world, part))
    asker.answers |= {"ask_contact": KNOWN, "ask_wishes": {"means": ["written"]}}
    return asker.until(screen)


def test_who_follows_it_and_three_ways_before_sending(world: World) -> None:
    """Mutation: leave it out of the page read again."""
    enquiry, lead = world.enquiry, world.people["counsellor"].full_name
    asker = asking(world, "author", "ask_review")
    for page in (asker.get("ask_review"), visitor(world, "author").get(reverse("enquiries:ask"))):
        said = text_of(page)
        assert f"Vous avez déjà une demande suivie par {lead}" in said
        assert enquiry.reference in said
        assert f'href="{reverse("enquiries:follow", args=[enquiry.uid])}#ecrire"' in page.content.decode()
        assert "Pour autre chose" in said
        assert "Pour quelqu’un d’autre" in said


def test_it_never_stops_anyone(world: World) -> None:
    """Mutation: refuse the POST while another one is open."""
    asker = asking(world, "author", "ask_review")
    assert asker.send().status_code == 200
    assert len(enquiries()) == 1


def test_an_address_that_is_only_typed_tells_nothing(world: World) -> None:
    """Mutation: look for the enquiries of the address that was typed, by its index."""
    asker = Asker(world)
    asker.answers["ask_contact"] |= {"email": "author@exemple.invalid"}
    said = text_of(asker.until("ask_review").get("ask_review"))
    assert "Relisez" in said
    assert "Vous avez déjà" not in said
    assert world.enquiry.reference not in said


@pytest.mark.parametrize("part", ["colleague", "superior", "fellow counsellor", "coordinator"])
def test_nobody_reads_there_what_another_asked(world: World, part: str) -> None:
    """Mutation: read with `visible_to` without its side: the counsellor is told of what she follows."""
    said = text_of(visitor(world, part).get(reverse("enquiries:ask")))
    assert "Vous avez déjà" not in said
    assert "Vous avez déjà" not in text_of(visitor(world, "counsellor").get(reverse("enquiries:ask")))


def test_what_has_ended_is_told_no_more(world: World) -> None:
    """Mutation: leave `open` out."""
    acts.close(world, world.enquiry)
    assert world.reload().state == State.CLOSED
    assert "Vous avez déjà" not in text_of(visitor(world, "author").get(reverse("enquiries:ask")))


def test_several_are_told_together_and_one_that_nobody_took_by_its_team(world: World) -> None:
    waiting, taken = world.submit(), now_taken(world)
    said = text_of(visitor(world, "author").get(reverse("enquiries:ask")))
    assert "Vous avez déjà des demandes en cours" in said
    assert f"écrivez à l’équipe « {world.team.name} »" in said
    assert {waiting.reference, taken.reference, world.enquiry.reference} <= set(said.replace(".", " ").split())


def test_a_counsellor_types_for_someone_else_from_the_desk(world: World) -> None:
    """Mutation: offer the desk to everyone."""
    world.submit("fellow counsellor", email="fellow.counsellor@exemple.invalid")
    address = reverse("enquiries:assist")
    assert address in visitor(world, "fellow counsellor").get(reverse("enquiries:ask")).content.decode()
    assert address not in visitor(world, "author").get(reverse("enquiries:ask")).content.decode()
