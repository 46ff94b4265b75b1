"""Journey 1 in a real browser: a telephone, light and dark, with and without JavaScript, clicked twice."""

import time
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page

from proxirh.enquiries.models import Draft
from tests.browser.test_every_page import RULES
from tests.enquiries.asker import EMAIL, enquiries
from tests.world import World, build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
MOST_CLICKS = 25
PHONE = {"viewport": {"width": 320, "height": 700}}


@pytest.fixture
def cast() -> World:
    return build_world()


def screens(page: Page, address: str, world: World) -> Iterator[int]:
    """Walk to « Envoyer », stopping at each screen; yields the clicks and fields so far."""
    done = 0

    def act(*gestures: Callable[[], object]) -> int:
        nonlocal done
        for gesture in gestures:
            gesture()
        done += len(gestures)
        page.wait_for_load_state("load")
        return done

    def click(role: str, name: str, **options: object) -> Callable[[], object]:
        return page.get_by_role(role, name=name, **options).first.click  # type: ignore[arg-type]

    def label(text: str) -> Callable[[], object]:
        return page.locator(f"label:has-text('{text}')").first.click

    def fill(name: str, text: str) -> Callable[[], object]:
        return lambda: page.fill(f"[name={name}]", text)

    go_on = click("button", "Continuer")
    page.goto(address + reverse("enquiries:ask"), wait_until="load")
    yield 0
    yield act(click("button", "Commencer"))
    yield act(fill("q", "exempleville"), click("button", "Chercher"))
    yield act(label(world.site.name), go_on)
    yield act(label("Professeure ou professeur du second degré"), go_on)
    yield act(click("link", "Continuer"))
    yield act(label("Ma santé et ma vie au travail"), go_on)
    yield act(label("De la fatigue"), go_on)
    yield act(fill("words", "Je suis fatiguée depuis la rentrée."), go_on)
    yield act(
        fill("first_name", "Alma"), fill("last_name", "Exemple"), fill("email", EMAIL), fill("phone", "0600000000")
    )
    yield act(go_on)
    yield act(label("Hors temps de classe"), go_on)
    yield act(go_on)


def send(page: Page) -> None:
    page.get_by_role("button", name="Envoyer").click()
    page.wait_for_url(f"**{reverse('enquiries:ask_sent')}")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_screen_is_accessible_and_fits_a_small_telephone(
    new_page: Callable[..., Page], live_server, cast: World, theme: str
) -> None:
    page = new_page(color_scheme=theme, reduced_motion="reduce", **PHONE)
    faults: dict[str, object] = {}

    def look() -> None:
        if (width := page.evaluate("document.documentElement.scrollWidth")) > PHONE["viewport"]["width"]:
            faults[f"{page.url} overflows"] = width
        for fault in Axe().run(page, options=RULES).response["violations"]:
            faults[f"{page.url} {fault['id']}"] = [node["target"] for node in fault["nodes"]][:3]

    for done in screens(page, live_server.url, cast):
        assert done <= MOST_CLICKS
        look()
    for name in ("ask_before", "ask_later", "ask_erase", "ask_department"):
        page.goto(live_server.url + reverse(f"enquiries:{name}"), wait_until="load")
        look()
    page.goto(live_server.url + reverse("enquiries:ask_contact"), wait_until="load")
    page.fill("[name=last_name]", "")
    page.get_by_role("button", name="Continuer").click()
    page.wait_for_selector("[role=alert]")
    look()
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    page.goto(live_server.url + reverse("enquiries:ask_review"), wait_until="load")
    send(page)
    look()
    page.get_by_role("link", name="Deux questions facultatives").click()
    page.wait_for_load_state("load")
    look()
    assert faults == {}


def test_the_journey_works_without_javascript(new_page: Callable[..., Page], live_server, cast: World) -> None:
    page = new_page(java_script_enabled=False, **PHONE)
    for _ in screens(page, live_server.url, cast):
        pass
    send(page)
    (enquiry,) = enquiries()
    assert enquiry.reference in page.inner_text("main")


def test_the_back_button_keeps_everything(new_page: Callable[..., Page], live_server, cast: World) -> None:
    page = new_page(**PHONE)
    for _ in screens(page, live_server.url, cast):
        pass
    while "/demander/mots/" not in page.url:
        page.go_back(wait_until="load")
    assert page.input_value("[name=words]") == "Je suis fatiguée depuis la rentrée."
    page.fill("[name=words]", "Un mot de plus.")
    page.get_by_role("button", name="Continuer").click()
    page.wait_for_url(f"**{reverse('enquiries:ask_review')}")
    assert "Un mot de plus." in page.inner_text("main")


@pytest.mark.parametrize("leave", ["Retour", "Finir plus tard", "back"])
def test_words_half_typed_survive_every_way_of_leaving(
    new_page: Callable[..., Page], live_server, cast: World, leave: str
) -> None:
    """Mutation: send nothing when the page goes out of sight, or make « Retour » a link."""
    page = new_page(**PHONE)
    walk = screens(page, live_server.url, cast)
    words = live_server.url + reverse("enquiries:ask_words")
    while page.url != words:
        next(walk)
    before = Draft.objects.get().version
    page.fill("[name=words]", "Je commence à")
    if leave == "back":
        page.goto(live_server.url + reverse("portal:urgent_help"))
        until = time.monotonic() + 10
        while not Draft.objects.filter(version__gt=before).exists() and time.monotonic() < until:
            time.sleep(0.05)  # the beacon travels by itself
    else:
        page.get_by_role("button", name=leave).click()
        page.wait_for_url(lambda url: url != words)
    page.goto(words)
    assert page.input_value("[name=words]") == "Je commence à"


def test_a_double_click_sends_once(new_page: Callable[..., Page], live_server, cast: World) -> None:
    page = new_page(**PHONE)
    for _ in screens(page, live_server.url, cast):
        pass
    page.get_by_role("button", name="Envoyer").dblclick()
    page.wait_for_url(f"**{reverse('enquiries:ask_sent')}")
    assert len(enquiries()) == 1


def test_quitter_vite_leaves_no_way_back(new_page: Callable[..., Page], live_server, cast: World) -> None:
    page = new_page(**PHONE)
    page.route("https://**", lambda route: route.fulfill(body="<title>Météo</title>", content_type="text/html"))
    page.goto(live_server.url + reverse("enquiries:ask"))
    page.locator("label:has-text('ordinateur partagé')").click()
    page.get_by_role("button", name="Commencer").click()
    page.wait_for_url(f"**{reverse('enquiries:ask_place')}")
    page.get_by_role("button", name="Quitter vite").click()
    page.wait_for_url("https://**")
    until = time.monotonic() + 10
    while Draft.objects.exists() and time.monotonic() < until:
        time.sleep(0.05)  # the beacon travels by itself
    page.goto(live_server.url + reverse("enquiries:ask_place"))
    assert page.url.endswith(reverse("enquiries:ask"))
    assert not Draft.objects.exists()
