"""« Le réseau qui vous accompagne »: who helps in a département, for everyone and without any person’s name."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from proxirh.territories.models import Coverage, Partner, Posting, Role, StaffCategory, Team, TeamKind
from proxirh.territories.models.partners import FLAGGED_AFTER, HIDDEN_AFTER
from tests.enquiries.asker import text_of as text
from tests.enquiries.visitors import visitor
from tests.world import LONG_AGO, World, make_person

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


def test_it_costs_four_queries_whatever_there_is(world: World) -> None:
    """Mutation: read the académie of each team, the départements of each partner."""
    client = visitor(world, "anonymous")
    client.get(PAGE, {"departement": "15"})
    for number in range(12):
        partner(world, f"Service {number}")
    with CaptureQueriesContext(connection) as queries:
        client.get(PAGE, {"departement": "15"})
    assert len(queries) == 4


# ── The page of one site ─────────────────────────────────────────────────────────────────────────
def at(world: World, part: str = "anonymous") -> str:
    return text(visitor(world, part).get(reverse("portal:site_help", args=[world.site.uai])))


def own_team(world: World, name: str, **coverage: object) -> Team:
    """One more of counsellors, where somebody serves."""
    made = Team.objects.create(kind=TeamKind.COUNSELLING, name=name, academy=world.academy, valid_from=LONG_AGO)
    codes = coverage.pop("categories", ())
    row = Coverage.objects.create(team=made, valid_from=LONG_AGO, **coverage)
    row.categories.set(StaffCategory.objects.filter(code__in=codes))
    Posting.objects.create(
        person=make_person(f"qui sert {name}", with_account=False),
        role=Role.COUNSELLOR,
        academy=world.academy,
        team=made,
        valid_from=LONG_AGO,
    )
    return made


def test_a_site_shows_its_teams_for_whom_and_how_to_ask(world: World) -> None:
    """Mutations: take the teams of the whole département; print every partner of the académie."""
    world.team.phone = "01 99 00 00 11"
    world.team.save()
    partner(world, "MGEN", address="secret@exemple.invalid")
    partner(world, "Ailleurs", academy=world.elsewhere)
    own_team(world, "Équipe d’un autre site", site=world.other_site)
    shown = at(world)
    for told in (
        *(world.site.name, world.site.uai, "Conseil RH de proximité, Cantal", "01 99 00 00 11", "MGEN", "3114"),
        *("Pour tous les personnels", reverse("enquiries:ask"), "Imprimer"),
    ):
        assert told in shown, told
    assert "Équipe d’un autre site" not in shown
    assert "Ailleurs" not in shown
    assert "secret@exemple.invalid" not in shown


@pytest.mark.parametrize("part", ["anonymous", "counsellor", "coordinator"])
def test_the_page_of_a_site_names_nobody_and_counts_nothing(world: World, part: str) -> None:
    """The same whatever was asked there. Mutations: list who serves; say how many ask."""
    world.taken()
    before = at(world, part)
    for person in world.people.values():
        assert person.full_name not in before.replace(world.people[part].full_name if part in world.people else "", "")
    assert "Gestion RH" not in before
    world.taken()
    assert at(world, part) == before


def test_the_team_named_first_is_the_one_that_is_asked_first(world: World) -> None:
    """Mutation: tell every team for all that its perimeter holds."""
    own_team(world, "Équipe des AESH", site=world.site, categories=("aesh",))
    shown = at(world)
    own = shown.partition("Équipe des AESH")[2]
    assert own.partition("Pour ")[2].startswith(StaffCategory.objects.get(code="aesh").label)
    general = shown.partition("Conseil RH de proximité, Cantal")[2].partition("Pour ")[2].partition(".")[0]
    assert StaffCategory.objects.get(code="aesh").label not in general
    assert "tous les personnels" not in general


def test_a_team_where_nobody_serves_is_not_promised(world: World) -> None:
    """Mutation: leave out who serves."""
    world.team.postings.update(valid_until=timezone.localdate() - timedelta(days=1))
    assert "Conseil RH de proximité, Cantal" not in at(world)


def test_a_closed_academie_is_told_on_the_page_of_a_site(world: World) -> None:
    world.academy.opened_on = None
    world.academy.save()
    shown = at(world)
    assert "Le service n’est pas encore ouvert" in shown
    assert "Conseil RH de proximité, Cantal" not in shown


@pytest.mark.parametrize("uai", ["0150001Z", "x", "0750001A", "%00", "0150001A%20"])
def test_an_unknown_site_is_not_found(world: World, uai: str) -> None:
    """Mutation: answer with an empty page."""
    assert visitor(world, "anonymous").get(f"{PAGE}{uai}/").status_code == 404


def test_a_closed_site_is_not_found(world: World) -> None:
    world.site.is_open = False
    world.site.save()
    answer = visitor(world, "anonymous").get(reverse("portal:site_help", args=[world.site.uai]))
    assert answer.status_code == 404


def test_a_site_is_found_from_the_public_page_and_from_the_entry_of_managers(world: World) -> None:
    page = visitor(world, "anonymous").get(PAGE, {"etablissement": world.site.name})
    assert reverse("portal:site_help", args=[world.site.uai]) in page.content.decode()
    assert "Aucun établissement ne correspond" in text(visitor(world, "anonymous").get(PAGE, {"etablissement": "zzzz"}))
    assert f'href="{PAGE}"' in visitor(world, "anonymous").get(reverse("enquiries:ask_managing")).content.decode()


def test_the_page_of_a_site_costs_five_queries_whatever_there_is(world: World) -> None:
    """Mutation: read the posts of each perimeter."""
    client, page = visitor(world, "anonymous"), reverse("portal:site_help", args=[world.site.uai])
    client.get(page)
    for number in range(12):
        partner(world, f"Service {number}")
        own_team(world, f"Équipe {number}", site=world.site, categories=("aesh",))
    with CaptureQueriesContext(connection) as queries:
        client.get(page)
    assert len(queries) == 5
