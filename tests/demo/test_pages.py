"""Being someone in one click and reading the mails, in the demonstration and nowhere else."""

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth import SESSION_KEY
from django.utils import timezone

from proxirh.accounts.services import SECOND_FACTOR_KEY, account_for
from proxirh.demo.personas import PERSONAS
from proxirh.outbox.models import MailState
from tests.outbox.conftest import write_mails
from tests.strict_client import StrictClient
from tests.world import NOW

pytestmark = pytest.mark.django_db
CODES = {
    "agent", "agente-outre-mer", "conseillere", "conseiller-ailleurs", "conseiller-deux-academies", "coordinatrice",
    "chef-de-service", "gestionnaire", "cellule", "superieur", "referente-nationale", "administrateur",
}  # fmt: skip
ADDRESSES = ("/demo/", "/demo/connexion/", "/demo/courriels/", "/demo/courriels.json")


@pytest.fixture
def demo(settings) -> None:
    """The demonstration."""
    settings.PROXIRH_DEMO = True


@pytest.fixture
def loaded(demo) -> None:
    """The demonstration, with an account for each persona."""
    for persona in PERSONAS.values():
        account_for(address=persona.address, at=NOW)


def without_path(response) -> tuple[int, bytes, dict]:
    return response.status_code, response.content, {k: v for k, v in response.headers.items() if k != "Content-Length"}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_of_it_exists_outside_the_demonstration(method: str, address: str) -> None:
    """Mutation: let the CSRF check or the method check answer first."""
    client = StrictClient(enforce_csrf_checks=True)
    absent = client.generic(method, "/demo-absente/")
    assert absent.status_code == 404
    assert without_path(client.generic(method, address)) == without_path(absent)


def test_persona_is_refused_outside_the_demonstration(settings, loaded, client) -> None:
    settings.PROXIRH_DEMO = False
    assert client.post("/demo/connexion/", {"persona": "conseillere"}).status_code == 404
    assert SESSION_KEY not in client.session


def test_twelve_personas_have_a_button_each(demo, client) -> None:
    page = BeautifulSoup(client.get("/demo/").content, "html.parser")
    assert {field["value"] for field in page.select("form input[name=persona]")} == CODES
    assert len(page.select("form[action='/demo/connexion/'] button")) == 12


@pytest.mark.parametrize("code", sorted(CODES))
def test_one_click_opens_the_visit_of_a_persona(loaded, code: str) -> None:
    """No token is asked, so that a program may do the same."""
    client = StrictClient(enforce_csrf_checks=True)
    response = client.post("/demo/connexion/", {"persona": code})
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/")
    assert SESSION_KEY in client.session
    assert SECOND_FACTOR_KEY in client.session


def test_second_persona_takes_the_place_of_the_first(loaded, client) -> None:
    client.post("/demo/connexion/", {"persona": "agent"})
    first = client.session[SESSION_KEY]
    client.post("/demo/connexion/", {"persona": "conseillere"})
    assert client.session[SESSION_KEY] != first
    page = BeautifulSoup(client.get("/demo/").content, "html.parser")
    assert [title.get_text(" ", strip=True) for title in page.select(".demo-persona--current h3")] == [
        "Conseillère RH de proximité Vous"
    ]


def test_unknown_persona_is_told_so(loaded, client) -> None:
    response = client.post("/demo/connexion/", {"persona": "recteur"})
    assert response.status_code == 422
    assert "Cette personne n’existe pas" in response.content.decode()


def test_persona_of_an_empty_database_is_told_what_to_do(demo, client) -> None:
    response = client.post("/demo/connexion/", {"persona": "agent"})
    assert response.status_code == 422
    assert "make demo" in response.content.decode()


def test_mailbox_tells_what_was_sent_newest_first(demo, client) -> None:
    write_mails(1, state=MailState.SENT, sent_at=NOW, recipient="agent@demo.invalid", subject="Premier", body="Un\n")
    write_mails(1, state=MailState.SENT, sent_at=timezone.now(), recipient="b@e.invalid", subject="Second", body="Deux")
    write_mails(1, recipient="attente@exemple.invalid", subject="En attente")
    told = client.get("/demo/courriels.json").json()
    assert [set(letter) for letter in told] == [{"id", "to", "subject", "text", "sent_at"}] * 2
    assert [(letter["to"], letter["subject"], letter["text"]) for letter in told] == [
        ("b@e.invalid", "Second", "Deux"),
        ("agent@demo.invalid", "Premier", "Un\n"),
    ]
    assert told[1]["sent_at"] == "2026-11-17T09:00:00+00:00"


def test_mailbox_opens_each_mail_and_links_lead_on(demo, client) -> None:
    text = "Bonjour,\n\nLisez : http://localhost:8000/suivi/\n<b>pas de balise</b>\n"
    write_mails(1, state=MailState.SENT, sent_at=NOW, recipient="agent@demo.invalid", body=text)
    page = BeautifulSoup(client.get("/demo/courriels/").content, "html.parser")
    letter = page.select_one(".demo-letter")
    assert "agent@demo.invalid (Agente)" in letter.get_text()
    assert letter.select_one("a")["href"] == "http://localhost:8000/suivi/"
    assert letter.select_one("b") is None


def test_mailbox_of_one_reader_holds_nothing_else(demo, client) -> None:
    write_mails(3, state=MailState.SENT, sent_at=NOW, recipient="agent@demo.invalid", subject="Pour l’agente")
    write_mails(2, state=MailState.SENT, sent_at=NOW, recipient="cellule@demo.invalid", subject="Pour la cellule")
    page = BeautifulSoup(client.get("/demo/courriels/", {"pour": "agent@demo.invalid"}).content, "html.parser")
    assert {title.get_text() for title in page.select(".demo-letter h2")} == {"Pour l’agente"}
    everyone = BeautifulSoup(client.get("/demo/courriels/").content, "html.parser")
    assert len(everyone.select(".demo-letter")) == 5
    assert [link.get_text(" ", strip=True) for link in everyone.select(".ui-filters__link")][:1] == ["Tout le monde 5"]


def test_long_mailbox_is_read_page_by_page(demo, client, django_assert_max_num_queries) -> None:
    write_mails(45, state=MailState.SENT, sent_at=NOW)
    seen, address, pages = set(), "/demo/courriels/", 0
    while address:
        with django_assert_max_num_queries(3):
            page = BeautifulSoup(client.get(address).content, "html.parser")
        seen |= {head.get_text() for head in page.select(".demo-letter__head")}
        following = page.select_one("a[rel=next]")
        address, pages = following and following["href"], pages + 1
    assert (len(seen), pages) == (45, 3)


def test_mails_that_wait_are_counted(demo, client) -> None:
    write_mails(2)
    html = client.get("/demo/courriels/").content.decode()
    assert "2\u00a0courriels en attente d’envoi" in html
    assert "Aucun courriel pour l’instant" in html


def test_erased_text_is_told_so(demo, client) -> None:
    write_mails(1, state=MailState.SENT, sent_at=NOW, body=None)
    assert "Le texte a été effacé" in client.get("/demo/courriels/").content.decode()
    assert client.get("/demo/courriels.json").json()[0]["text"] == ""


@pytest.mark.parametrize("start", ["-1", "x", "999999999999", "²", "40"])
def test_impossible_page_is_not_an_error(demo, client, start: str) -> None:
    assert client.get("/demo/courriels/", {"depuis": start}).status_code == 200


def test_every_page_of_the_demonstration_leads_to_its_two_pages(demo, client) -> None:
    page = BeautifulSoup(client.get("/aide-immediate/").content, "html.parser")
    assert [link["href"] for link in page.select(".ui-demo a")] == ["/demo/", "/demo/courriels/"]


def test_other_pages_name_no_demonstration(client) -> None:
    assert "émonstration" not in client.get("/").content.decode()
