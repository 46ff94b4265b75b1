"""« Ce que chaque chiffre veut dire »: the registry, one subject at a time, for whoever reads figures."""

import pytest
from bs4 import BeautifulSoup

from proxirh.steering.indicators import INDICATORS
from proxirh.steering.indicators.shape import SUBJECTS
from tests.routes import sign_in
from tests.strict_client import StrictClient
from tests.world import World

ADDRESS = "/pilotage/indicateurs/"


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
def test_only_those_who_read_figures_open_it(client: StrictClient, world: World, part: str, status: int) -> None:
    """Mutation: leave reads_figures out of the view."""
    if part != "anonymous":
        sign_in(client, world, part)
    assert client.get(ADDRESS).status_code == status


def test_it_asks_for_the_second_factor(client: StrictClient, world: World) -> None:
    client.force_login(world.people["coordinator"].user, backend="proxirh.accounts.backends.CodeBackend")
    assert client.get(ADDRESS).status_code == 403


def test_each_indicator_is_told_once_under_its_subject(client: StrictClient, world: World) -> None:
    """Mutation: show the first subject whatever is asked."""
    sign_in(client, world, "coordinator")
    told: list[str] = []
    for code, name in SUBJECTS.items():
        answer = client.get(ADDRESS, {"sujet": code})
        soup = BeautifulSoup(answer.content, "html.parser")
        assert soup.h2.text == name
        assert len(answer.content) <= 30_000
        told += [one.text for one in soup.select("code")]
        for one in INDICATORS.values():
            assert (one.formula in soup.text) is (one.section == code), one.id
    assert sorted(told) == sorted(INDICATORS)


def test_an_unknown_subject_falls_back_on_the_first(client: StrictClient, world: World) -> None:
    sign_in(client, world, "coordinator")
    soup = BeautifulSoup(client.get(ADDRESS, {"sujet": "x' OR 1=1"}).content, "html.parser")
    assert soup.h2.text == next(iter(SUBJECTS.values()))


def test_the_figures_lead_to_it(client: StrictClient, world: World) -> None:
    sign_in(client, world, "coordinator")
    assert f'href="{ADDRESS}"' in client.get("/pilotage/").text
