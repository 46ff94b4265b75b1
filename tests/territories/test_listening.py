"""How an académie answers to distress: written and dated by who answers for it, and by nobody else."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.models import JournalEntry
from proxirh.territories.models import Posting, Role
from proxirh.territories.services import listening
from tests.enquiries.asker import text_of as text
from tests.enquiries.visitors import visitor
from tests.world import CAST, NOW, World

pytestmark = pytest.mark.django_db
NUMBER = "01 99 00 00 20, de 9 h à 18 h"
GIVEN = {"listening_cell": NUMBER, "concern_protocol": "Rester en ligne.", "is_checked": "on"}


def address(world: World) -> str:
    return reverse("territories:listening", args=[world.academy.slug])


def test_the_coordination_writes_checks_and_dates(world: World) -> None:
    """Mutation: leave the date out of `set_listening`."""
    coordinator = visitor(world, "coordinator")
    assert "n’a pas été vérifié depuis six mois" in text(coordinator.get(address(world)))
    assert coordinator.post(address(world), GIVEN).status_code == 302
    world.academy.refresh_from_db()
    assert world.academy.listening_cell == NUMBER
    assert world.academy.listening_checked_on == timezone.localdate()
    assert "n’a pas été vérifié" not in text(coordinator.get(address(world)))
    assert NUMBER in text(visitor(world, "anonymous").get(reverse("portal:urgent_help")))
    assert JournalEntry.objects.filter(verb="académie.écoute").count() == 1


def test_an_unchecked_number_is_not_dated(world: World) -> None:
    """Mutation: make the box optional."""
    answer = visitor(world, "head of service").post(address(world), {**GIVEN, "is_checked": ""})
    assert answer.status_code == 422
    assert "Appelez d’abord ce numéro" in text(answer)
    assert NUMBER in answer.content.decode()
    with pytest.raises(DomainError):
        listening.set_listening(
            actor=world.actor("coordinator"),
            academy=world.academy,
            listening_cell=NUMBER,
            concern_protocol="",
            is_checked=False,
        )
    world.academy.refresh_from_db()
    assert world.academy.listening_checked_on is None


@pytest.mark.parametrize("part", [one for one in CAST if one not in {"coordinator", "head of service", "anonymous"}])
def test_nobody_else_does(world: World, part: str) -> None:
    """Mutation: ask for any mission of the académie in `can_run_academy`."""
    assert visitor(world, part).post(address(world), GIVEN).status_code == 404
    with pytest.raises(NotAllowed):
        listening.set_listening(
            actor=world.actor(part),
            academy=world.academy,
            listening_cell=NUMBER,
            concern_protocol="",
            is_checked=True,
        )


def test_without_a_second_factor_it_is_asked_for_and_only_of_who_may(world: World) -> None:
    """Mutation: leave the second factor out of `can_set_listening`, or ask it of whoever is signed in."""
    part = world.people["code-only staff"]
    assert visitor(world, "code-only staff").get(address(world)).status_code == 404
    Posting.objects.filter(person=part).update(role=Role.COORDINATOR, academy=world.academy, team=None)
    browser = visitor(world, "code-only staff")
    assert browser.get(address(world)).status_code == browser.post(address(world), GIVEN).status_code == 403
    with pytest.raises(NotAllowed):
        listening.set_listening(
            actor=world.actor("code-only staff"),
            academy=world.academy,
            listening_cell=NUMBER,
            concern_protocol="",
            is_checked=True,
        )
    world.academy.refresh_from_db()
    assert world.academy.listening_checked_on is None


def test_nor_the_coordination_of_another(world: World) -> None:
    elsewhere = reverse("territories:listening", args=[world.elsewhere.slug])
    assert visitor(world, "coordinator").post(elsewhere, GIVEN).status_code == 404


def test_six_months_later_it_is_to_be_called_again(world: World) -> None:
    world.academy.listening_checked_on = NOW.date()
    assert not listening.is_overdue(world.academy, today=NOW.date() + timedelta(days=183))
    assert listening.is_overdue(world.academy, today=NOW.date() + timedelta(days=184))
