"""The public pages, the home of each role, and the quick exit."""

import pytest
from bs4 import BeautifulSoup
from django.contrib.sessions.models import Session

from proxirh.territories.models import Academy
from proxirh.territories.services import emergency
from tests.routes import sign_in
from tests.strict_client import StrictClient

pytestmark = pytest.mark.django_db
PAGES = ("/", "/aide-immediate/", "/accessibilite/", "/donnees-personnelles/", "/mentions-legales/")
HOMES = {
    "author": "/suivi/",
    "colleague": "/suivi/",
    "counsellor": "/bureau/",
    "HR officer": "/bureau/",
    "coordinator": "/collegues/matinee/",
    "head of service": "/pilotage/",
    "national referent": "/pilotage/",
}


@pytest.mark.parametrize("address", PAGES)
def test_public_page_opens_without_a_visit(client, address: str, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(1):
        response = client.get(address)
    assert response.status_code == 200
    assert "sessionid" not in response.cookies


def test_visitor_meets_first_the_way_to_ask(client) -> None:
    page = BeautifulSoup(client.get("/").content, "html.parser")
    first = page.select_one("main a")
    assert (first.get_text(strip=True), first["href"]) == ("Demander de l’aide", "/demander/")


@pytest.mark.parametrize("part", HOMES)
def test_home_leads_each_part_to_where_her_day_begins(world, client, part: str) -> None:
    sign_in(client, world, part)
    response = client.get("/")
    assert (response.status_code, response.headers["Location"]) == (302, HOMES[part])


@pytest.mark.parametrize("part", ["steering member", "administrator"])
def test_mission_without_a_page_yet_is_told_so(world, client, part: str) -> None:
    sign_in(client, world, part)
    response = client.get("/")
    assert response.status_code == 200
    assert "pas encore de page pour votre mission" in response.content.decode()


def test_staff_without_a_second_factor_is_told_what_is_missing(world, client) -> None:
    sign_in(client, world, "code-only staff")
    assert "Il manque votre second facteur" in client.get("/").content.decode()


def test_help_gives_every_number_a_telephone_can_dial(client) -> None:
    page = BeautifulSoup(client.get("/aide-immediate/").content, "html.parser")
    links = {link["href"] for link in page.select("main a[href^='tel:'], main a[href^='sms:']")}
    assert {entry.url for entry in (*emergency.FOR_EVERYONE, *emergency.AFTER_VIOLENCE)} == links
    assert "sms:114" in links
    assert "20\u00a0novembre 2026" in page.get_text()


def test_listening_cell_of_an_academy_is_told_when_known(client) -> None:
    assert "cellule d’écoute" not in client.get("/aide-immediate/").content.decode()
    Academy.objects.filter(slug="nantes").update(listening_cell="02 00 00 00 00, chaque matin")
    assert "02 00 00 00 00, chaque matin" in client.get("/aide-immediate/").content.decode()


def test_quick_exit_ends_the_visit_and_clears_the_browser(world, client) -> None:
    """Mutation: forget one cookie; the draft would be found again by whoever sits there next."""
    sign_in(client, world, "author")
    client.cookies["demande"] = "brouillon"
    client.cookies["navigateur"] = "jeton"
    response = client.post("/quitter/")
    assert response.status_code == 200
    assert response.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert not Session.objects.exists()
    assert {"sessionid", "demande", "navigateur"} <= set(response.cookies)
    assert all(cookie["max-age"] == 0 for cookie in response.cookies.values())


def test_page_after_the_quick_exit_says_nothing_of_the_service(client) -> None:
    html = client.post("/quitter/").content.decode()
    for word in ("ProxiRH", "RH", "aide", "ministère", "demande"):
        assert word not in html, word
    assert 'http-equiv="refresh" content="0; url=https://meteofrance.com/"' in html


def test_stale_form_does_not_keep_anyone_here(world) -> None:
    """Mutation: check the CSRF token."""
    client = StrictClient(enforce_csrf_checks=True)
    sign_in(client, world, "author")
    assert client.post("/quitter/").status_code == 200
    assert not Session.objects.exists()


def test_post_from_elsewhere_clears_nothing(client) -> None:
    """Browsers send no cookie of ours with it."""
    response = client.post("/quitter/")
    assert not response.cookies
    assert "Clear-Site-Data" not in response.headers


def test_quick_exit_is_never_a_link(world, client) -> None:
    """Mutation: leave on a GET; a prefetching browser would end the visit."""
    sign_in(client, world, "author")
    client.cookies["demande"] = "brouillon"
    answer = client.get("/quitter/")
    assert (answer.status_code, answer.url) == (302, "/")
    assert Session.objects.exists()
    assert not {"sessionid", "demande"} & set(answer.cookies)
    assert "Clear-Site-Data" not in answer.headers


@pytest.mark.django_db
def test_a_page_is_given_only_under_a_name_of_ours_and_a_probe_under_any(client) -> None:
    """Mutation: drop HostMiddleware; a page that writes no address of its own answers to any name."""
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400
    assert client.get("/", headers={"host": "localhost"}).status_code == 200
    for probe in ("/live", "/ready"):
        assert client.get(probe, headers={"host": "192.0.2.1"}).status_code == 200
