"""What only a browser can say of the design system: contrast, width, keyboard, the way out, and life without script."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

PAGES = ["/ui/", "/ui/agent/", "/ui/bureau/", "/absente/"]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
WAY_OUT = "https://meteofrance.com/"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_accessibility_fault(new_page, live_server, path, width, theme):
    page = new_page(viewport={"width": width, "height": 800}, color_scheme=theme)
    page.goto(f"{live_server.url}{path}", wait_until="networkidle")
    assert page.locator("html").get_attribute("data-fr-theme") == theme
    faults = Axe().run(page, options=RULES).response["violations"]
    assert not [(fault["id"], [node["target"] for node in fault["nodes"]]) for fault in faults]


@pytest.mark.parametrize("path", PAGES)
def test_nothing_overflows_at_320_pixels(new_page, live_server, path):
    """It is also 1,280 pixels enlarged four times."""
    page = new_page(viewport={"width": 320, "height": 640})
    page.goto(f"{live_server.url}{path}", wait_until="networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_page_asks_nothing_of_another_host(new_page, live_server):
    page = new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in PAGES:
        page.goto(f"{live_server.url}{path}", wait_until="networkidle")
    assert asked
    assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []


def test_errors_take_the_focus_and_lead_to_their_fields(new_page, live_server):
    page = new_page(viewport={"width": 360, "height": 700})
    page.goto(f"{live_server.url}/ui/agent/")
    page.get_by_label("Votre nom").fill("Alix")
    page.get_by_role("button", name="Continuer").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(page).to_have_title(re.compile("^Erreur"))
    expect(page.get_by_label("Votre nom")).to_have_value("Alix")
    summary.get_by_role("link", name="Complétez : Vos mots").click()
    expect(page.get_by_label("Vos mots")).to_be_focused()


def test_a_long_text_says_what_is_left(new_page, live_server):
    page = new_page()
    page.goto(f"{live_server.url}/ui/agent/")
    counter = page.locator("[data-ui-counter-for=id_words]")
    page.get_by_label("Vos mots").fill("a" * 3_990)
    expect(counter).to_have_text("Il reste 10 caractères")
    page.get_by_label("Vos mots").fill("a" * 4_001)
    expect(counter).to_have_text("1 caractère de trop")


@pytest.mark.parametrize("gesture", ["button", "escape"])
def test_leaving_at_once_ends_here_and_shows_something_else(new_page, live_server, gesture):
    page = new_page()
    page.route(f"{WAY_OUT}**", lambda route: route.fulfill(body="<title>Météo</title>", content_type="text/html"))
    page.goto(f"{live_server.url}/ui/agent/", wait_until="networkidle")
    with page.expect_request(lambda request: request.method == "POST") as posted:
        if gesture == "button":
            page.get_by_role("button", name="Quitter vite").click()
        else:
            for _ in range(3):
                page.keyboard.press("Escape")
    expect(page).to_have_url(WAY_OUT)
    assert posted.value.url == f"{live_server.url}/ui/agent/"


def test_the_list_of_the_desk_is_walked_by_keyboard(page, live_server):
    page.goto(f"{live_server.url}/ui/bureau/", wait_until="networkidle")
    for key in ("j", "j", "ArrowDown", "k"):
        page.keyboard.press(key)
    expect(page.locator(".ui-row--current")).to_contain_text("27-1201")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/ui/bureau/#ligne-1")
    page.keyboard.press("/")
    page.keyboard.type("j?")
    expect(page.get_by_label("Référence", exact=True)).to_have_value("j?")


def test_shortcuts_are_shown_and_can_be_given_up(page, live_server):
    page.goto(f"{live_server.url}/ui/bureau/", wait_until="networkidle")
    help_ = page.get_by_role("dialog", name="Raccourcis clavier")
    page.keyboard.press("?")
    expect(help_).to_be_visible()
    help_.get_by_label("Utiliser les raccourcis sur ce poste").uncheck()
    page.keyboard.press("Escape")
    page.reload(wait_until="networkidle")
    page.keyboard.press("?")
    expect(help_).to_be_hidden()
    page.get_by_role("button", name="Raccourcis clavier").click()
    expect(help_).to_be_visible()


def test_the_chosen_appearance_lasts(page, live_server):
    page.goto(f"{live_server.url}/ui/agent/", wait_until="networkidle")
    page.get_by_role("button", name="Paramètres d’affichage").click()
    page.get_by_text("Thème sombre").click()
    expect(page.locator("html")).to_have_attribute("data-fr-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-fr-theme", "dark")


def test_a_notice_can_be_dismissed(page, live_server):
    page.goto(f"{live_server.url}/ui/", wait_until="networkidle")
    notice = page.get_by_text("Service fermé le 14 juillet.")
    expect(notice).to_be_visible()
    page.get_by_role("button", name="Masquer le message").click()
    expect(notice).to_have_count(0)


@pytest.mark.parametrize(("theme", "ground"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(22, 22, 22)")])
def test_without_script_menus_and_accordions_are_open_and_the_system_s_theme_is_kept(
    new_page, live_server, theme, ground
):
    page = new_page(java_script_enabled=False, viewport={"width": 360, "height": 800}, color_scheme=theme)
    page.goto(f"{live_server.url}/ui/")
    expect(page.locator(".fr-header__menu").get_by_role("link", name="Mon espace")).to_be_visible()
    expect(page.get_by_text("Deux ans après le dernier échange.")).to_be_visible()
    expect(page.get_by_role("button", name="Paramètres d’affichage")).to_be_hidden()
    expect(page.locator("body")).to_have_css("background-color", ground)


def test_without_script_a_form_goes_and_comes_back_with_its_errors(new_page, live_server):
    page = new_page(java_script_enabled=False)
    page.goto(f"{live_server.url}/ui/agent/")
    page.get_by_label("Votre nom").fill("Alix")
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("alert")).to_contain_text("Il reste des points à corriger")
    expect(page.get_by_label("Votre nom")).to_have_value("Alix")
