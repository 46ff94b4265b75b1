"""Every page in a real browser, light and dark, narrow and wide: no accessibility fault, nothing that overflows."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page

from proxirh.enquiries import services
from proxirh.enquiries.desk import BY_CODE
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services.ending import erase_enquiry
from tests.matrix import openings
from tests.proofs.telling import AT_LENGTH, Tell
from tests.routes import SENT, WRITING, Visitors, address_of
from tests.targets import UNKNOWN, make_targets
from tests.test_pages import fill
from tests.world import NOW, World, build_world

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
# What a theme may change; the rest of a page is the same in both.
COLOURS = RULES | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
# Parts whose pages differ from one another; the others open nothing these do not.
PARTS = (
    "anonymous",
    "author",
    "counsellor",
    "coordinator",
    "national referent",
    "HR officer",
    "cell officer",
    WRITING,
    SENT,
)

# What no form takes for an answer.
WRONG = dict.fromkeys(("email", "address", "code", "next_step_on", "topic", "site", "reference", "body", "q"), "???")


def pages(world: World, visitors: Visitors) -> list[tuple[str, str]]:
    """(part, address) of each page, once: for the first part that may open it."""
    targets = make_targets(world)
    found: dict[str, str] = {}
    for route, relation, parts in openings():
        part = next((one for one in PARTS if one in parts), None)
        address = address_of(route, targets[relation or UNKNOWN])
        if part and address not in found and "text/html" in visitors.ask(part, "GET", address)["Content-Type"]:
            found[address] = part
    return [(part, address) for address, part in found.items()]


def open_as(new_page: Callable[..., Page], visitors: Visitors, part: str, url: str, **options: object) -> Page:
    """A browser page with the visit of a part."""
    page = new_page(**options)
    for name, morsel in visitors.cookies[part].items():
        page.context.add_cookies([{"name": name, "value": morsel.value, "url": url}])
    return page


class Faults:
    """Opens pages narrow and wide, and keeps what is wrong with each."""

    def __init__(self, new_page: Callable[..., Page], visitors: Visitors, url: str, theme: str) -> None:
        self.visitors, self.url, self.found, self.read = visitors, url, {}, 0
        self.rules = COLOURS if theme == "dark" and not AT_LENGTH else RULES
        self.opened = {
            part: open_as(new_page, visitors, part, url, color_scheme=theme, viewport={"width": 360, "height": 800})
            for part in PARTS
        }

    def look(self, part: str, address: str, *, html: bytes | None = None) -> None:
        """Read one page; `html` is what its address answers to a form, instead of what it answers to a link."""
        page, place = self.opened[part], f"{self.url}{address}"
        if html is not None:
            page.route(place, lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
        page.set_viewport_size({"width": 320, "height": 800})
        page.goto(place, wait_until="load")
        self.read += 1
        if (width := page.evaluate("document.documentElement.scrollWidth")) > 320:
            self.found[f"{part} {address} overflows"] = width
        for size in (360, 1280):
            page.set_viewport_size({"width": size, "height": 800})
            if found := Axe().run(page, options=self.rules).response["violations"]:
                self.found[f"{part} {address} {size}"] = [
                    (fault["id"], [node["target"] for node in fault["nodes"]][:3]) for fault in found
                ]
        if html is not None:
            page.unroute(place)

    def tell(self, tell: Tell, *, state: str, theme: str) -> None:
        tell(
            14,
            counted=f"{self.read} pages, état « {state} », thème {theme}, à 320, 360 et 1 280 px",
            target="0 défaut d’axe, rien qui déborde",
            result=f"{len(self.found)} défaut",
        )


def lengthen(world: World) -> None:
    """Many rows, and the longest names and words that people really write."""
    long_word = "Anticonstitutionnellement" * 4
    for part in ("author", "counsellor", "coordinator"):
        person = world.people[part]
        person.first_name, person.last_name = "Marie-Emmanuelle-Apolline", long_word[:60]
        person.save()
    world.team.name = world.site.name = f"Lycée polyvalent {long_word[:80]}"
    world.team.save()
    world.site.save()
    fill(world)
    services.send_message(
        actor=world.actor("author"), enquiry=world.enquiry, body=f"{long_word}\n{'Une longue phrase. ' * 400}", at=NOW
    )


def empty(world: World) -> None:
    """The author has erased all that she had asked: lists are empty, and what addresses name is gone."""
    author = world.actor("author")
    for enquiry in Enquiry.objects.visible_to(author):
        erase_enquiry(actor=author, enquiry=enquiry, at=NOW)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_an_accessibility_fault(new_page: Callable[..., Page], live_server, theme: str, tell: Tell) -> None:
    """Mutations: take the label of one field away; write the dark theme's words in grey."""
    world = build_world()
    visitors = Visitors(world)
    faults = Faults(new_page, visitors, live_server.url, theme)
    for part, address in pages(world, visitors):
        faults.look(part, address)
    faults.tell(tell, state="courant", theme=theme)
    assert faults.found == {}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.at_length
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("state", "prepare"), [("vide", empty), ("long", lengthen)])
def test_no_empty_or_long_page_has_one(
    new_page: Callable[..., Page],
    live_server,
    theme: str,
    state: str,
    prepare: Callable[[World], None],
    tell: Tell,
) -> None:
    """Mutation: let the name of a team stand on one line."""
    world = build_world()
    visitors = Visitors(world)
    asked = pages(world, visitors)
    asked += [("counsellor", f"{reverse('enquiries:desk')}?vue={code}") for code in BY_CODE]
    prepare(world)
    faults = Faults(new_page, visitors, live_server.url, theme)
    for part, address in asked:
        answer = visitors.ask(part, "GET", address)
        if answer.status_code in (200, 404):
            faults.look(part, address)
    faults.tell(tell, state=state, theme=theme)
    assert faults.read > 20
    assert faults.found == {}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.at_length
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_refused_form_has_one(new_page: Callable[..., Page], live_server, theme: str, tell: Tell) -> None:
    """Mutation: leave aria-describedby out of the errors."""
    world = build_world()
    visitors = Visitors(world)
    asked = pages(world, visitors)
    faults = Faults(new_page, visitors, live_server.url, theme)
    for part, address in asked:
        for typed in ({}, WRONG):
            answer = visitors.ask(part, "POST", address, typed)
            if answer.status_code in (409, 422, 429):
                faults.look(part, address, html=answer.content)
    faults.tell(tell, state="erreur", theme=theme)
    assert faults.read > 20
    assert faults.found == {}
