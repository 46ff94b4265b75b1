"""The network of a day: counts for those who read the figures, names for whoever runs the académie."""

from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from proxirh.territories.models import Department, Posting, Role
from tests.routes import sign_in
from tests.strict_client import StrictClient
from tests.territories.founding import FIGURES_DAY, found_network, let_time_pass
from tests.world import World, make_person

ADDRESS = "/pilotage/reseau/"


def page(client: StrictClient, **query: str) -> BeautifulSoup:
    response = client.get(ADDRESS, query)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def values(soup: BeautifulSoup) -> list[str]:
    return [one.text.replace("\u00a0", " ") for one in soup.select(".ui-figures__value")]


def names(soup: BeautifulSoup) -> list[str]:
    """Who is named in the list."""
    heading = soup.find(id="liste")
    return [cell.text.strip() for cell in heading.find_next("table").select("tbody th")] if heading else []


@pytest.mark.parametrize(
    ("part", "status"),
    [
        ("coordinator", 200),
        ("head of service", 200),
        ("national referent", 200),
        ("counsellor", 404),
        ("author", 404),
        ("administrator", 404),
        ("steering member", 404),
        ("anonymous", 302),
    ],
)
def test_those_who_read_the_figures_read_the_network(
    client: StrictClient, world: World, part: str, status: int
) -> None:
    """Mutation: offer every scope to everyone."""
    if part != "anonymous":
        sign_in(client, world, part)
    assert client.get(ADDRESS).status_code == status


def test_it_needs_a_second_factor(client: StrictClient, world: World) -> None:
    client.force_login(world.people["coordinator"].user, backend="proxirh.accounts.backends.CodeBackend")
    assert client.get(ADDRESS).status_code == 403


@pytest.mark.parametrize("scope", ["national", "region:auvergne-rhone-alpes", "academie:la-reunion", "departement:15"])
def test_a_coordinator_sees_her_own_academy_alone(client: StrictClient, world: World, scope: str) -> None:
    """Mutation: read the scope that the address names without looking for it in those offered."""
    sign_in(client, world, "coordinator")
    assert client.get(ADDRESS, {"perimetre": scope}).status_code == 404


@pytest.mark.parametrize("part", ["coordinator", "head of service"])
def test_names_are_for_whoever_runs_the_academy(client: StrictClient, world: World, part: str) -> None:
    sign_in(client, world, part)
    shown = page(client)
    assert "Counsellor Exemple" in "".join(names(shown))
    assert "Elsewhere" not in shown.text


@pytest.mark.parametrize("scope", ["national", "region:auvergne-rhone-alpes", "academie:clermont-ferrand"])
def test_the_national_referent_reads_counts_and_no_name(client: StrictClient, world: World, scope: str) -> None:
    """Mutation: show the list to whoever may see the figures."""
    sign_in(client, world, "national referent")
    shown = page(client, perimetre=scope)
    assert names(shown) == []
    for part in ("counsellor", "fellow counsellor", "co-handler"):
        assert world.people[part].last_name not in shown.text


def test_the_founding_slides_regenerate_after_later_departures(client: StrictClient, world: World) -> None:
    Posting.objects.filter(role=Role.COUNSELLOR).delete()
    found_network()
    let_time_pass()
    sign_in(client, world, "national referent")
    shown = page(client, jour=FIGURES_DAY.isoformat())
    assert values(shown) == ["311", "174,2", "56 %"]
    assert "Tel qu’il était le 31\u00a0juillet 2020" in shown.text
    assert "1\u00a0personne n’a pas de profil connu" in shown.text
    rows = {row.th.text.strip(): [cell.text.strip() for cell in row("td")] for row in shown.select("tbody tr")}
    assert rows["administratif"] == ["197", "64\u00a0%"]
    assert rows["non renseigné (à part)"] == ["1", "—"]
    assert rows["DSDEN"] == ["100", "32\u00a0%"]
    assert [one.text for one in shown.select(".ui-chart__title")] == [
        "Profil",
        "Quotité",
        "Implantation",
        "Par région académique",
    ]
    other = page(client, jour=FIGURES_DAY.isoformat(), vue="academies")
    assert other.select_one("form input[name=vue]")["value"] == "academies", "another day keeps the view"
    (academies,) = other.select(".ui-chart")
    assert len(academies.select("tbody tr")) == 30
    assert values(page(client, jour="2020-08-01"))[0] == "281"


def test_a_day_to_come_says_that_it_is_what_is_known_today(client: StrictClient, world: World) -> None:
    sign_in(client, world, "coordinator")
    later = timezone.localdate() + timedelta(days=400)
    assert "d’après les missions connues aujourd’hui" in page(client, jour=later.isoformat()).text


@pytest.mark.parametrize("day", ["", "hier", "2026-02-30", "9" * 500])
def test_a_day_that_is_none_is_today(client: StrictClient, world: World, day: str) -> None:
    sign_in(client, world, "coordinator")
    assert "Aujourd’hui" in page(client, jour=day).text


def test_a_day_without_anyone_says_what_to_do(client: StrictClient, world: World) -> None:
    sign_in(client, world, "coordinator")
    shown = page(client, jour="2001-01-01")
    assert "Personne ce jour-là" in shown.text
    assert not shown.select(".ui-chart")


def many(world: World, count: int) -> None:
    """More counsellors of the académie, all in the same département."""
    place = Department.objects.get(code="15")
    for number in range(count):
        person = make_person(f"nouvelle {number:03}", with_account=False)
        Posting.objects.create(
            person=person, role=Role.COUNSELLOR, academy=world.academy, department=place, valid_from=date(2020, 9, 1)
        )


def test_a_long_list_comes_by_pages_and_nobody_is_lost(client: StrictClient, world: World) -> None:
    sign_in(client, world, "coordinator")
    few = len(names(page(client)))
    many(world, 60)
    found: list[str] = []
    for number in range(3):
        found += names(page(client, page=str(number)))
    assert len(found) == few + 60
    assert len(set(found)) == len(found)
    assert names(page(client, page="99999")) == names(page(client, page="2"))
    for wrong in ("-1", "²", "x", "9" * 400):
        assert names(page(client, page=wrong)) == names(page(client, page="0"))


@pytest.mark.parametrize(
    ("part", "query"),
    [("coordinator", {}), ("national referent", {}), ("national referent", {"vue": "academies"})],
)
def test_queries_do_not_grow_and_the_page_stays_light(
    client: StrictClient, world: World, part: str, query: dict, django_assert_max_num_queries
) -> None:
    """Mutation: leave person__data_key out of the select_related of the list."""
    many(world, 60)
    found_network()
    sign_in(client, world, part)
    with django_assert_max_num_queries(12):
        response = client.get(ADDRESS, query)
    assert len(response.content) <= 30_000
