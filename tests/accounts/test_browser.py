"""What only a browser can say of sign-in: the background proof, life without script, and the text that comes back."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from proxirh.accounts import proof_of_work
from tests.accounts.conftest import ADDRESS, code_sent_to

pytestmark = pytest.mark.django_db(transaction=True)

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PAGES = ["/connexion/", "/connexion/code/", "/connexion/adresse/", "/deconnexion/terminee/"]


def ask(page: Page, base: str, next_url: str = "/accessibilite/") -> None:
    page.goto(f"{base}/connexion/?next={next_url}")
    page.get_by_label("Votre adresse électronique").fill(ADDRESS)
    page.get_by_role("button", name="Recevoir un code").click()


def sign_in(page: Page, base: str, next_url: str = "/accessibilite/") -> None:
    ask(page, base, next_url)
    page.get_by_label("Code à six chiffres").fill(code_sent_to(ADDRESS))
    page.get_by_role("button", name="Continuer").click()


def test_browser_solves_the_challenge_and_the_server_takes_it(page: Page, live_server) -> None:
    """Mutation: encode the counter otherwise in proof_of_work.js."""
    page.goto(f"{live_server.url}/connexion/")
    field = page.locator(f"[name={proof_of_work.FIELD}]")
    expect(field).not_to_have_value("", timeout=10_000)
    assert proof_of_work.is_proved({proof_of_work.FIELD: field.input_value()})


@pytest.mark.parametrize("script", [True, False])
def test_visitor_signs_in_and_out(new_page, live_server, script: bool) -> None:
    page = new_page(java_script_enabled=script, viewport={"width": 320, "height": 640})
    sign_in(page, live_server.url)
    expect(page).to_have_url(f"{live_server.url}/accessibilite/")
    assert Session.objects.count() == 1
    page.goto(f"{live_server.url}/connexion/?next=/accessibilite/")
    expect(page).to_have_url(f"{live_server.url}/accessibilite/")


def test_code_field_is_made_for_telephones(page: Page, live_server) -> None:
    ask(page, live_server.url)
    field = page.get_by_label("Code à six chiffres")
    expect(field).to_have_attribute("autocomplete", "one-time-code")
    expect(field).to_have_attribute("inputmode", "numeric")


@pytest.mark.urls("tests.accounts.other_app")
@pytest.mark.parametrize("script", [True, False])
def test_text_of_an_ended_visit_comes_back_and_is_sent(new_page, live_server, script: bool) -> None:
    """Mutation: drop the hidden fields of the page of the kept text."""
    page = new_page(java_script_enabled=script)
    sign_in(page, live_server.url, "/garde/")
    page.get_by_label("Vos mots").fill("Deux lignes\nde mon texte.")
    Session.objects.all().delete()
    page.get_by_role("button", name="Partir").click()
    expect(page.get_by_text("Votre texte est gardé 30 minutes")).to_be_visible()
    page.get_by_label("Votre adresse électronique").fill(ADDRESS)
    page.get_by_role("button", name="Recevoir un code").click()
    page.get_by_label("Code à six chiffres").fill(code_sent_to(ADDRESS))
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre texte a été gardé")
    page.get_by_role("button", name="Envoyer", exact=True).click()
    expect(page.locator("body")).to_contain_text("reçu : Deux lignes")
    expect(page.locator("body")).to_contain_text("de mon texte.")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_page_has_no_accessibility_fault(new_page, live_server, path: str, theme: str) -> None:
    page = new_page(viewport={"width": 360, "height": 800}, color_scheme=theme)
    if path == "/connexion/code/":
        ask(page, live_server.url)
    elif path == "/connexion/adresse/":
        sign_in(page, live_server.url)
    page.goto(f"{live_server.url}{path}", wait_until="networkidle")
    assert page.url == f"{live_server.url}{path}"
    faults = Axe().run(page, options=RULES).response["violations"]
    assert not [(fault["id"], [node["target"] for node in fault["nodes"]]) for fault in faults]


def test_what_is_refused_has_the_focus_even_where_the_address_names_the_content(page: Page, live_server) -> None:
    """Whoever came by « Contenu » keeps it in the address. Mutation: leave the errors out of what happens on load."""
    ask(page, live_server.url)
    page.goto(f"{page.url}#contenu")
    page.get_by_label("Code à six chiffres").fill("12")
    page.get_by_role("button", name="Continuer").click()
    expect(page).to_have_url(re.compile("#contenu$"))
    expect(page.locator("[data-ui-focus]")).to_be_focused()
