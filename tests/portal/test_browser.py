"""What only a browser can say of the home, the help, the demonstration pages and the quick exit."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from proxirh.accounts.services import account_for
from proxirh.demo.personas import PERSONAS
from proxirh.outbox.models import MailState
from proxirh.territories.models import Academy
from tests.outbox.conftest import write_mails
from tests.world import NOW

PAGES = [
    "/", "/aide-immediate/", "/accessibilite/", "/donnees-personnelles/", "/mentions-legales/",
    "/demo/", "/demo/courriels/", "/carte/", "/academies/clermont-ferrand/", "/reseau/?etablissement=lyon",
]  # fmt: skip
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
WAY_OUT = "https://meteofrance.com/"
LONG = "une.adresse.vraiment.longue.qui.ne.se.coupe.nulle.part@courriel-de-demonstration.exemple.invalid"


@pytest.fixture
def demo(settings, live_server) -> str:
    """The demonstration, with mails and an académie that has a listening cell; its address."""
    settings.PROXIRH_DEMO = True
    write_mails(3, state=MailState.SENT, sent_at=NOW, recipient=LONG, subject="Un objet long " * 6)
    Academy.objects.update_or_create(
        code="99", defaults={"slug": "essai", "name": "Essai", "listening_cell": f"02 00 00 00 00, {LONG}"}
    )
    return live_server.url


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_has_an_accessibility_fault(new_page, demo, width, theme) -> None:
    page = new_page(viewport={"width": width, "height": 800}, color_scheme=theme)
    for path in PAGES:
        page.goto(f"{demo}{path}", wait_until="networkidle")
        faults = Axe().run(page, options=RULES).response["violations"]
        assert not [(fault["id"], [node["target"] for node in fault["nodes"]]) for fault in faults], path


def test_nothing_overflows_at_320_pixels(new_page, demo) -> None:
    page = new_page(viewport={"width": 320, "height": 640})
    for path in PAGES:
        page.goto(f"{demo}{path}", wait_until="networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") == 320, path


def test_way_to_ask_shows_without_scrolling_on_a_phone(new_page, live_server) -> None:
    page = new_page(viewport={"width": 360, "height": 640})
    page.goto(live_server.url)
    expect(page.locator("main").get_by_role("link", name="Demander de l’aide").first).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("script", [True, False])
def test_quick_exit_leaves_at_once_and_the_browser_keeps_nothing(new_page, demo, script: bool) -> None:
    for persona in PERSONAS.values():
        account_for(address=persona.address)
    page = new_page(java_script_enabled=script)
    page.route(
        re.compile(re.escape(WAY_OUT)),
        lambda route: route.fulfill(body="<title>Météo</title>", content_type="text/html; charset=utf-8"),
    )
    page.goto(f"{demo}/demo/")
    page.get_by_role("button", name="Entrer comme Administrateur technique").click()
    page.goto(f"{demo}/aide-immediate/")
    assert {cookie["name"] for cookie in page.context.cookies()} >= {"sessionid"}
    page.get_by_role("button", name="Quitter vite").click()
    page.wait_for_url(WAY_OUT)
    for _ in range(50):
        if not page.context.cookies(demo):
            break
        page.wait_for_timeout(50)
    assert page.context.cookies(demo) == []
    page.goto(f"{demo}/demo/")
    expect(page.get_by_text("Se connecter").first).to_be_attached()


def test_the_map_is_walked_by_keyboard_and_each_stop_shows(new_page, live_server) -> None:
    """Mutation: take the stroke of the stop that has the focus away."""
    page = new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{live_server.url}/carte/", wait_until="networkidle")
    page.get_by_role("link", name="Passer la carte").focus()
    met = []
    for _ in range(30):
        page.keyboard.press("Tab")
        met.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
        shape = page.evaluate("getComputedStyle(document.activeElement.querySelector('use')).strokeWidth")
        assert shape == "4px", met[-1]
    assert len(set(met)) == 30
    assert met[:2] == ["Académie d’Aix-Marseille", "Académie d’Amiens"]
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#liste') !== null")


def test_a_shape_leads_to_its_academie_without_script(new_page, live_server) -> None:
    """Mutation: let the borders or the names take the click."""
    page = new_page(viewport={"width": 1280, "height": 900}, java_script_enabled=False)
    page.goto(f"{live_server.url}/carte/")
    lyon = page.get_by_role("link", name="Académie de Lyon").first
    lyon.click()  # at the middle of its shape, which nothing may cover
    expect(page.get_by_role("heading", level=1)).to_have_text("Académie de Lyon")
