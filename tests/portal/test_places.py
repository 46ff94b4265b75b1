"""The map, the page of each académie, its poster and that of a site: for everyone, without any person's name."""

import re
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from bs4 import BeautifulSoup
from django.contrib.staticfiles import finders
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries.models import MonthlyCount
from proxirh.portal.poster import Poster, poster
from proxirh.territories.models import Academy, Coverage, Department, Site, Team, TeamKind
from tests.enquiries.asker import text_of as text
from tests.enquiries.visitors import visitor
from tests.proofs.going_posts import soon
from tests.scheduling.going import drafted, published
from tests.world import LONG_AGO, World

pytestmark = pytest.mark.django_db
MAP = reverse("portal:map")


def page_of(academy: Academy) -> str:
    return reverse("portal:academy", args=[academy.slug])


def seen(world: World, academy: Academy | None = None, part: str = "anonymous") -> str:
    return text(visitor(world, part).get(page_of(academy or world.academy)))


def team(world: World, name: str, *, phone: str = "", **zone: object) -> Team:
    made = Team.objects.create(
        kind=TeamKind.COUNSELLING, name=name, academy=world.academy, phone=phone, valid_from=LONG_AGO
    )
    Coverage.objects.create(team=made, valid_from=LONG_AGO, **zone)
    return made


# ── The map ──────────────────────────────────────────────────────────────────────────────────────
def test_each_academie_has_its_shape_on_the_map_and_its_line_in_the_list(client) -> None:
    """Mutations: forget one in NAMED_AT, in the sprite, in a frame."""
    page = BeautifulSoup(client.get(MAP).content, "html.parser")
    drawn, listed = page.select_one(".portal-map"), page.select_one("#liste")
    academies = list(Academy.objects.all())
    assert len(academies) == 30
    sprite = ET.fromstring(Path(finders.find("portal/map.svg")).read_text(encoding="utf-8"))
    shapes = {one.get("id") for one in sprite.iter() if one.get("id")}
    assert shapes == {f"a{one.code}" for one in academies} | {"departements"}
    # A path drawn from where another ended would lie elsewhere: each département of the mainland begins on its own.
    borders = next(one.get("d") for one in sprite.iter() if one.get("id") == "departements")
    assert borders.count("M") >= 96
    for one in academies:
        assert listed.select(f'a[href="{page_of(one)}"]'), one
        # One stop of the keyboard each, named, and drawn from its own shape.
        (stop,) = drawn.select(f'a[href="{page_of(one)}"]:not([tabindex])')
        assert stop["aria-label"].endswith(one.name), one
        assert stop.select_one("use")["href"].endswith(f"#a{one.code}"), one
        assert client.get(page_of(one)).status_code == 200, one


def test_whatever_the_keyboard_leaves_out_of_the_map_is_left_out_for_a_screen_reader_too(client) -> None:
    hidden = BeautifulSoup(client.get(MAP).content, "html.parser").select(".portal-map a[tabindex='-1']")
    assert len(hidden) == 3  # Île-de-France has its own frame
    assert all(one["aria-hidden"] == "true" for one in hidden)


def test_each_departement_is_told_under_its_academie(client) -> None:
    """Mutation: list the 96 of the mainland."""
    listed = BeautifulSoup(client.get(MAP).content, "html.parser").select_one("#liste")
    for one in Department.objects.select_related("academy"):
        line = listed.select_one(f'a[href="{page_of(one.academy)}"]').parent
        assert str(one) in line.get_text(), one
    assert "Académie d’Aix-Marseille" in listed.get_text()


def test_the_map_needs_neither_script_nor_anything_from_elsewhere(client) -> None:
    answer = client.get(MAP)
    drawn = BeautifulSoup(answer.content, "html.parser").select_one(".portal-map")
    assert not drawn.select("script, image, img, [onclick]")
    assert all(one["href"].startswith("/static/portal/map") for one in drawn.select("use"))
    assert len(answer.content) < 30_000
    assert "sessionid" not in answer.cookies


def test_an_academie_that_is_not_open_is_told_in_words(client) -> None:
    """Mutation: tell it by a colour alone."""
    Academy.objects.update(opened_on=LONG_AGO)
    assert "pas encore ouverte" not in text(client.get(MAP))
    Academy.objects.filter(slug="lyon").update(opened_on=timezone.localdate() + timedelta(days=1))
    assert text(client.get(MAP)).count("pas encore ouverte") == 1


# ── The page of an académie ──────────────────────────────────────────────────────────────────────
def test_an_academie_tells_its_services_numbers_and_zones(world: World) -> None:
    """Mutations: take the teams of every académie; forget where a team answers."""
    world.academy.contact_email, world.academy.contact_phone = "rh@exemple.invalid", "01 99 00 00 30"
    world.academy.save()
    team(world, "Équipe du Cantal", phone="01 99 00 00 11", department=world.department)
    team(world, "Équipe d’un collège", phone="01 99 00 00 12", site=world.site)
    team(world, "Équipe de La Réunion", department=Department.objects.get(code="974"))
    Team.objects.create(
        kind=TeamKind.CELL, name="Cellule mobilité", academy=world.academy, phone="01 99 00 00 31", valid_from=LONG_AGO
    )
    shown = seen(world)
    for told in (
        *("rh@exemple.invalid", "01 99 00 00 30", "Équipe du Cantal", "01 99 00 00 11", "Cellule mobilité"),
        *("01 99 00 00 31", "3114", reverse("enquiries:ask"), "Imprimer", f"Pour {world.site}"),
    ):
        assert told in shown, told
    assert "Équipe de La Réunion" not in shown
    assert shown.count("Équipe du Cantal") == 1


def test_the_page_of_an_academie_names_nobody_and_is_the_same_whatever_was_asked(world: World) -> None:
    """Mutations: list who serves; say how many ask; show `team.name`."""
    world.taken()
    before = seen(world)
    for person in world.people.values():
        assert person.full_name not in before
    assert "Gestion RH" not in before
    world.taken()
    assert seen(world) == before


def test_a_departement_without_a_team_says_what_to_do(world: World) -> None:
    """Mutation: leave out the départements without a team."""
    world.academy.contact_phone = "01 99 00 00 30"
    world.academy.save()
    Coverage.objects.filter(department=world.department).delete()
    own = Department.objects.filter(academy=world.academy).exclude(pk=world.department.pk).first()
    Coverage.objects.filter(academy=world.academy).delete()
    assert own
    zone = seen(world).partition(f" {own} ")[2][:200]
    assert "Aucune équipe n’est encore nommée ici" in zone
    assert "01 99 00 00 30" in zone
    assert "arrive toujours à quelqu’un" in zone


def test_a_closed_team_or_perimeter_is_not_told(world: World) -> None:
    """Mutation: forget the dates."""
    yesterday = timezone.localdate() - timedelta(days=1)
    gone = team(world, "Équipe partie", department=world.department)
    moved = team(world, "Équipe déplacée", department=world.department)
    Team.objects.filter(pk=gone.pk).update(valid_until=yesterday)
    Coverage.objects.filter(team=moved).update(valid_until=yesterday)
    assert "Équipe partie" not in seen(world)
    assert "Équipe déplacée" not in seen(world)


def test_many_schools_of_one_team_are_counted_rather_than_named(world: World) -> None:
    """Mutation: name them all; the page grows with the rows."""
    made = team(world, "Équipe des collèges", site=world.site)
    for number in range(9):
        other = Site.objects.create(uai=f"015010{number}X", name=f"Collège {number}", department=world.department)
        Coverage.objects.create(team=made, site=other, valid_from=LONG_AGO)
    told = seen(world).partition("Équipe des collèges")[2]
    assert told.startswith(" Pour 10 établissements ou services")
    assert "Collège 3" not in told


def test_what_is_promised_stands_apart_from_what_was(world: World) -> None:
    """Mutations: print the commitment as the measure; publish ten answers."""
    month = (timezone.localdate().replace(day=1) - timedelta(days=1)).replace(day=1)

    def answers(n: int, key: str = "4") -> None:
        MonthlyCount.objects.create(
            month=month, department_code="15", indicator="delays.first_answer", key=key, n=n, counted_in=month
        )

    answers(10)
    shown = seen(world)
    assert "sous 2 jours ouvrés" in shown
    assert "données insuffisantes" in shown
    answers(1, key="5")
    assert "en 4 jours ouvrés ou moins" in seen(world)


def test_permanences_are_shown_once_announced(world: World) -> None:
    """Mutations: show drafts; show those of another académie."""
    drafted(world, **soon(9))
    assert "Salle B12" not in seen(world)
    assert "Aucune n’est annoncée" in seen(world)
    published(world, **soon())
    assert "Salle B12" in seen(world)
    assert "Salle B12" not in seen(world, world.elsewhere)


def test_a_closed_academie_promises_nothing_and_has_no_poster(world: World) -> None:
    """Mutation: print posters everywhere."""
    posters = (
        reverse("portal:academy_poster", args=[world.academy.slug]),
        reverse("portal:site_poster", args=[world.site.uai]),
    )
    world.academy.opened_on = None
    world.academy.save()
    shown = seen(world)
    assert "n’est pas encore ouvert" in shown
    assert "Notre engagement" not in shown
    assert "3114" in shown
    site = text(visitor(world, "anonymous").get(reverse("portal:site_help", args=[world.site.uai])))
    for address in posters:
        assert address not in shown + site
        assert visitor(world, "anonymous").get(address).status_code == 404


@pytest.mark.parametrize("slug", ["nulle-part", "a" * 300])
def test_an_unknown_academie_is_not_found(client, slug: str) -> None:
    assert client.get(f"/academies/{slug}/").status_code == 404
    assert client.get(f"/academies/{slug}/affiche/").status_code == 404


def test_the_page_of_an_academie_costs_as_many_queries_whatever_there_is(world: World) -> None:
    """Mutation: read the zone of each perimeter."""
    client = visitor(world, "anonymous")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(page_of(world.academy))
        return len(queries)

    team(world, "Équipe première", site=world.site)
    client.get(page_of(world.academy))
    before = cost()
    for number in range(12):
        team(world, f"Équipe {number}", **({"site": world.site} if number % 2 else {"academy": world.academy}))
    assert cost() == before <= 8


# ── Finding ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("typed", "academy", "department"),
    [
        ("clermont ferrand", "clermont-ferrand", ""),
        ("Clermon-Ferrand", "clermont-ferrand", ""),
        ("académie de Besancon", "besancon", ""),
        ("cantal", "", "15"),
        ("Canttal", "", "15"),
        ("2a", "", "2A"),
        ("reunion", "la-reunion", "974"),
    ],
)
def test_a_place_is_found_without_accents_and_with_a_slip(client, typed: str, academy: str, department: str) -> None:
    """Mutations: compare capitals; take the slips away."""
    page = BeautifulSoup(client.get(reverse("portal:network"), {"etablissement": typed}).content, "html.parser")
    links = {one["href"] for one in page.select("main a")}
    assert not academy or reverse("portal:academy", args=[academy]) in links
    assert not department or f"?departement={department}" in links


def test_two_schools_of_one_name_are_told_apart_by_their_departement(world: World) -> None:
    """Mutation: print the name and the commune alone."""
    reunion = Department.objects.get(code="974")
    saint_denis = {"name": "Collège du Port", "town": "Saint-Denis"}
    Site.objects.create(uai="9740001X", department=reunion, **saint_denis)
    Site.objects.create(uai="0930001X", department=Department.objects.get(code="93"), **saint_denis)
    page = visitor(world, "anonymous").get(reverse("portal:network"), {"etablissement": "college port st denis"})
    lines = [
        one.get_text() for one in BeautifulSoup(page.content, "html.parser").select("main li") if "Port" in one.text
    ]
    assert len(set(lines)) == 2
    assert any("(974)" in line for line in lines)


def test_a_stranger_word_finds_no_place(client) -> None:
    """Mutation: let a short word slip: « lion » would lead to Lyon, « a » everywhere."""
    for typed in ("lion", "de la", "zzzz"):
        page = client.get(reverse("portal:network"), {"etablissement": typed}).content.decode()
        assert "/academies/" not in page.partition("<main")[2], typed


# ── Posters ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("name", ["academy_poster", "site_poster"])
def test_a_poster_is_a_tagged_page_that_names_nobody(world: World, name: str) -> None:
    """Mutation: compile without `pdf_standards`."""
    argument = world.site.uai if name == "site_poster" else world.academy.slug
    answer = visitor(world, "anonymous").get(reverse(f"portal:{name}", args=[argument]))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="affiche-{argument}.pdf"'
    assert answer.content.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in answer.content
    assert re.search(rb"pdfuaid:part>1<|pdfuaid:part=\"1\"", answer.content)
    assert len(re.findall(rb"/Type ?/Page\b", answer.content)) == 1


def test_a_poster_stays_one_sheet_whatever_the_teams() -> None:
    """Mutation: print every number."""
    told = Poster(
        place="École élémentaire Jean-Jacques-Rousseau-et-Voltaire, Saint-Rémy-en-Bouzemont-Saint-Genest-et-Isson",
        about="Pour toute personne qui travaille ici, quel que soit son métier.",
        numbers=[
            (f"Conseil RH de proximité, équipe numéro {number} du bassin", "01 99 00 00 10") for number in range(30)
        ],
        address="https://un-nom-de-machine-assez-long.exemple.invalid/reseau/0150001A/",
    )
    made = poster(told, on=timezone.localdate())
    assert len(re.findall(rb"/Type ?/Page\b", made)) == 1
