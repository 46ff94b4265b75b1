"""« Le réseau qui vous accompagne »: who helps in a département, for everyone and without any person’s name."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from proxirh.territories.models import Coverage, Partner, Team, TeamKind
from proxirh.territories.models.partners import FLAGGED_AFTER, HIDDEN_AFTER
from tests.enquiries.asker import text_of as text
from tests.enquiries.visitors import visitor
from tests.world import LONG_AGO, World

pytestmark = pytest.mark.django_db
PAGE = reverse("portal:network")


def seen(world: World, code: str = "15", part: str = "anonymous") -> str:
    return text(visitor(world, part).get(PAGE, {"departement": code}))


def partner(world: World, name: str, *, age: timedelta = timedelta(0), **more: object) -> Partner:
    told = {"academy": world.academy, "purpose": "Il aide.", "phone": "01 99 00 00 40"} | more
    return Partner.objects.create(name=name, confirmed_on=timezone.localdate() - age, **told)


def test_a_departement_shows_who_helps_there(world: World) -> None:
    """Mutation: take the teams of every département."""
    world.team.phone = "01 99 00 00 11"
    world.team.save()
    world.academy.listening_cell, world.academy.listening_checked_on = "01 99 00 00 20", timezone.localdate()
    world.academy.save()
    partner(world, "MGEN", hours="9 h à 17 h", website="https://exemple.invalid", address="secret@exemple.invalid")
    shown = seen(world)
    for told in (
        *("Conseil RH de proximité, Cantal", "01 99 00 00 11", "Service RH de proximité", "01 99 00 00 20"),
        *("MGEN", "9 h à 17 h", "https://exemple.invalid", "3114", "Vérifié le"),
    ):
        assert told in shown
    assert "Conseil RH de proximité, La Réunion" not in shown
    assert "secret@exemple.invalid" not in shown


def test_nobody_is_named_and_a_team_only_neutrally(world: World) -> None:
    """Mutation: show `team.name`; list who serves."""
    shown = seen(world)
    assert "Gestion RH" not in shown
    for person in world.people.values():
        assert person.full_name not in shown


def test_freshness_is_told_then_hides(world: World) -> None:
    """Mutation: show every partner that is not withdrawn; flag none."""
    day = timedelta(days=1)
    partner(world, "Frais")
    partner(world, "Vieux", age=FLAGGED_AFTER + day)
    partner(world, "Caché", age=HIDDEN_AFTER + day)
    partner(world, "Retiré", age=day, withdrawn_on=timezone.localdate())
    shown = seen(world)
    assert "Frais" in shown
    assert "Vieux" in shown
    assert shown.count("À confirmer") == 1
    assert "Caché" not in shown
    assert "Retiré" not in shown


def test_a_cell_has_its_own_number_or_none(world: World) -> None:
    """Mutation: give the number of the service."""
    world.academy.contact_phone = "01 99 00 00 30"
    world.academy.save()
    Team.objects.create(
        kind=TeamKind.CELL, name="Cellule mobilité", academy=world.academy, phone="01 99 00 00 31", valid_from=LONG_AGO
    )
    Team.objects.create(kind=TeamKind.CELL, name="Cellule retraite", academy=world.academy, valid_from=LONG_AGO)
    cells = seen(world).partition("cellules spécialisées")[2].partition("</section>")[0]
    assert "Cellule mobilité" in cells
    assert "01 99 00 00 31" in cells
    assert "Cellule retraite" in cells
    assert "01 99 00 00 30" not in cells
    assert "Cellule mobilité et écoute" not in cells  # it has its own heading


@pytest.mark.parametrize("zone", ["site", "circonscription", "academy"])
def test_a_team_that_covers_part_of_it_helps_there_too(world: World, zone: str) -> None:
    """Mutation: look at whole départements alone."""
    there = {"site": world.site, "circonscription": world.site.circonscription, "academy": world.academy}
    made = Team.objects.create(
        kind=TeamKind.COUNSELLING, name="Équipe d’à côté", academy=world.academy, valid_from=LONG_AGO
    )
    Coverage.objects.create(team=made, valid_from=LONG_AGO, **{zone: there[zone]})
    assert "Équipe d’à côté" in seen(world)
    assert "Équipe d’à côté" not in seen(world, "974")
    assert ("Équipe d’à côté" in seen(world, "63")) == (zone == "academy")


def test_a_closed_academie_says_so_and_still_gives_what_answers(world: World) -> None:
    partner(world, "Partout", academy=None)
    shown = seen(world, "75")
    assert "Le service n’est pas encore ouvert" in shown
    assert "Partout" in shown
    assert "3114" in shown


def test_no_choice_or_a_strange_one_still_helps(world: World) -> None:
    assert "3114" in text(visitor(world, "anonymous").get(PAGE))
    assert "n’est pas dans la liste" in seen(world, "zz")


def test_it_is_reached_from_the_home_and_from_the_foot_of_every_page(world: World) -> None:
    home = visitor(world, "anonymous").get(reverse("portal:home")).content.decode()
    assert home.count(f'href="{PAGE}"') == 2
    assert PAGE in visitor(world, "author").get(reverse("portal:urgent_help")).content.decode()


def test_it_costs_three_queries_whatever_there_is(world: World) -> None:
    """Mutation: read the académie of each team, the départements of each partner."""
    client = visitor(world, "anonymous")
    client.get(PAGE, {"departement": "15"})
    for number in range(12):
        partner(world, f"Service {number}")
    with CaptureQueriesContext(connection) as queries:
        client.get(PAGE, {"departement": "15"})
    assert len(queries) == 3
