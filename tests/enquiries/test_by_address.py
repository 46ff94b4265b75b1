"""A coordinator finds by an exact address: with a reason, five times a day, and the person reads who looked."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import reverse

from proxirh.enquiries.models import CARD_REASONS, AccessRecord, Level, PersonChoice, Why
from proxirh.enquiries.services.searching import BY_ADDRESS, find_by_address
from proxirh.kernel.errors import DomainError, NotAllowed, TooManyTries
from proxirh.kernel.models import JournalEntry
from tests.enquiries.visitors import text, visitor
from tests.world import CAST, NOW, World

pytestmark = pytest.mark.django_db
HERS = "author@exemple.invalid"


def look(world: World, address: str = HERS, *, part: str = "coordinator", **more: Any) -> list[str]:
    more = {"why": Why.AGENT_CALLS, "at": NOW} | more
    return [row.reference for row in find_by_address(actor=world.actor(part), address=address, **more)]


def post(world: World, address: str = HERS, *, part: str = "coordinator", why: str = Why.AGENT_CALLS) -> HttpResponse:
    return visitor(world, part).post(reverse("enquiries:by_address"), {"address": address, "why": why})


def test_rows_are_found_without_name_nor_topic(world: World) -> None:
    answer = post(world, HERS.upper())
    page = text(answer)
    assert answer.status_code == 200
    assert world.enquiry.reference in page
    assert world.people["author"].full_name not in page
    assert world.topic.label not in page
    assert 'id="resultat" tabindex="-1" data-ui-focus' in page
    assert "Aucune demande avec cette adresse" in text(post(world, "autre@exemple.invalid"))


def test_the_reading_is_recorded_and_its_author_reads_why(world: World) -> None:
    """Mutation: note nothing; tell it as an opened card."""
    look(world, why=Why.LEAD_AWAY)
    line = AccessRecord.objects.get(reader=world.people["coordinator"])
    assert (line.enquiry_id, line.level, line.why) == (world.enquiry.pk, Level.FOUND, Why.LEAD_AWAY)
    told = text(visitor(world, "author").get(reverse("enquiries:readings", args=[world.enquiry.uid])))
    who = world.people["coordinator"].full_name
    assert (
        f"{who}</strong> a cherché vos demandes par votre adresse parce que la personne qui vous suit était absente."
        in told
    )
    assert "a vu votre nom et vos coordonnées" not in told
    entry = JournalEntry.objects.get(verb="demande.cherchée_par_adresse")
    assert HERS not in str(entry.details)
    assert entry.details == {"motif": "lead_away"}


@pytest.mark.parametrize("why", CARD_REASONS)
def test_each_reason_has_its_words(world: World, why: Why) -> None:
    look(world, why=why)
    told = text(visitor(world, "author").get(reverse("enquiries:readings", args=[world.enquiry.uid])))
    assert "a cherché vos demandes par votre adresse parce " in told


def test_five_a_day_found_or_not(world: World) -> None:
    """Mutation: count only what was found, or nothing; leave the limit for ever."""
    for number in range(BY_ADDRESS):
        look(world, HERS if number % 2 else "autre@exemple.invalid")
    with pytest.raises(TooManyTries):
        look(world)
    with pytest.raises(TooManyTries):
        look(world, at=NOW + timedelta(hours=11))
    assert look(world, at=NOW + timedelta(days=2)) == [world.enquiry.reference]


def test_the_page_says_when_the_five_are_used(world: World) -> None:
    for _ in range(BY_ADDRESS):
        assert post(world).status_code == 200
    answer = post(world)
    assert answer.status_code == 429
    assert "vos cinq recherches" in text(answer)
    assert world.enquiry.reference not in text(answer)


def test_a_reason_out_of_the_list_costs_no_search_and_finds_nothing(world: World) -> None:
    """Mutation: take any reason."""
    for _ in range(BY_ADDRESS + 1):
        with pytest.raises(DomainError, match="motif"):
            look(world, why=Why.IN_CHARGE)
    for wrong in ({"why": ""}, {"why": "in_charge"}, {"address": "zoe"}, {"address": ""}):
        answer = post(world, **wrong)
        assert answer.status_code == 422
        assert world.enquiry.reference not in text(answer)
    assert look(world) == [world.enquiry.reference]


def test_a_conflict_of_interest_and_another_academy_find_nothing(world: World) -> None:
    """Mutation: look in the table rather than through the door."""
    PersonChoice.objects.create(enquiry=world.enquiry, person=world.people["coordinator"], kind="excluded")
    assert look(world) == []
    assert not AccessRecord.objects.filter(reader=world.people["coordinator"]).exists()


@pytest.mark.parametrize("part", [part for part in CAST if part not in {"coordinator", "anonymous"}])
def test_it_is_for_coordinators_alone(world: World, part: str) -> None:
    """Mutation: leave the right to whoever has a desk."""
    with pytest.raises(NotAllowed):
        look(world, part=part)
    assert post(world, part=part).status_code in {403, 404}
    assert "Par une adresse" not in text(visitor(world, part).get(reverse("enquiries:desk")))


def test_a_coordinator_without_second_factor_finds_nothing(world: World) -> None:
    with pytest.raises(NotAllowed):
        find_by_address(
            actor=replace(world.actor("coordinator"), second_factor=False), address=HERS, why=Why.AGENT_CALLS, at=NOW
        )
