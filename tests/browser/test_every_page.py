"""Every page in a real browser, light and dark, narrow and wide: no accessibility fault, nothing that overflows."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.matrix import openings
from tests.routes import SENT, WRITING, Visitors, address_of
from tests.targets import UNKNOWN, make_targets
from tests.world import World, build_world

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
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


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_an_accessibility_fault(new_page: Callable[..., Page], live_server, theme: str) -> None:
    world = build_world()
    visitors = Visitors(world)
    opened = {
        part: open_as(
            new_page, visitors, part, live_server.url, color_scheme=theme, viewport={"width": 360, "height": 800}
        )
        for part in PARTS
    }
    faults: dict[str, object] = {}
    for part, address in pages(world, visitors):
        page = opened[part]
        page.set_viewport_size({"width": 320, "height": 800})
        page.goto(f"{live_server.url}{address}", wait_until="load")
        if (width := page.evaluate("document.documentElement.scrollWidth")) > 320:
            faults[f"{part} {address} overflows"] = width
        for size in (360, 1280):
            page.set_viewport_size({"width": size, "height": 800})
            found = Axe().run(page, options=RULES).response["violations"]
            if found:
                faults[f"{part} {address} {size}"] = [
                    (fault["id"], [node["target"] for node in fault["nodes"]][:3]) for fault in found
                ]
    assert faults == {}
