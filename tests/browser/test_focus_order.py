"""Every page by the keyboard alone: each stop has a name, is seen where it is, and comes after the one above it."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.test_every_page import PARTS, open_as, pages
from tests.proofs.telling import Tell
from tests.routes import Visitors
from tests.world import build_world

# What has the focus: the name a screen reader says, where it stands, whether its outline is drawn (DSFR draws some
# around what stands before or after it), and whether this is what had it before.
STOP = """() => {
  const stop = document.activeElement, again = stop === window.lastStop;
  if (!stop || stop === document.body || (stop === window.firstStop && !again)) return null;
  window.firstStop ??= stop;
  window.lastStop = stop;
  const box = stop.getBoundingClientRect(), label = stop.labels && stop.labels[0];
  const drawn = [[stop, null], [stop, "::before"], [stop, "::after"], ...(label ? [[label, "::before"]] : [])]
    .some(([one, part]) => { const style = getComputedStyle(one, part);
      return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0; });
  const words = stop.getAttribute("aria-label") || (label || stop).innerText || stop.title || stop.value || "";
  return { again, drawn, name: words.trim().slice(0, 60), left: box.left, right: box.right, top: box.top + scrollY,
    bottom: box.bottom + scrollY, seen: box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight
      && box.right > 0 && box.left < innerWidth };
}"""
MOST_STOPS = 400
# Two that stand side by side may be a little higher than one another.
SIDE_BY_SIDE = 4
FIRST, LAST = "<p><button>Premier</button></p>", "<p><button>Dernier</button></p>"


def stops(page: Page) -> Iterator[dict[str, Any]]:
    """What the Tab key reaches, until it leaves the page or comes back to its beginning; a date is one stop."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None:
            return
        if not stop["again"]:
            yield stop
    pytest.fail(f"{page.url}: the focus never leaves")


def faults(found: list[dict[str, Any]]) -> list[str]:
    """What is wrong with the stops of one page, in words."""
    wrong = [
        f"{stop['name'] or '(no name)'}: {fault}"
        for stop in found
        for fault, is_wrong in (
            ("has no name", not stop["name"]),
            ("has no outline", not stop["drawn"]),
            ("is not seen", not stop["seen"]),
        )
        if is_wrong
    ]
    return wrong + [
        f"{before['name']} → {after['name']}: goes back up"
        for before, after in pairwise(found)
        if after["bottom"] <= before["top"] - SIDE_BY_SIDE and after["left"] < before["right"]
    ]


@pytest.mark.parametrize(
    ("between", "told"),
    [
        ("<a href='#x'>Second</a>", []),
        ("<a href='#x'></a><i></i>", ["(no name): has no name", "(no name): is not seen"]),
        ("<button style='outline: none'>Second</button>", ["Second: has no outline"]),
        ("<button style='position: absolute; left: -9999px; top: 2rem'>Second</button>", ["Second: is not seen"]),
        (
            "<button style='position: fixed; top: 900px'>Second</button>",
            ["Second: is not seen", "Second → Dernier: goes back up"],
        ),
        ("<button style='position: absolute; top: 400px; left: 0'>Second</button>", ["Second → Dernier: goes back up"]),
    ],
)
def test_each_fault_is_told(page: Page, between: str, told: list[str]) -> None:
    """What the walk through every page would say of one that stands wrong between two that stand well."""
    page.set_content(f"<style>:focus {{ outline: 2px solid }}</style>{FIRST}{between}{LAST}")
    assert faults(list(stops(page))) == told


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.at_length
@pytest.mark.parametrize("width", [360, 1280])
def test_the_keyboard_goes_through_every_page_as_the_eye_does(
    new_page: Callable[..., Page], live_server, width: int, tell: Tell
) -> None:
    """Mutations: float the search of the desk to the left; draw no outline around a button; give a link no name."""
    world = build_world()
    visitors = Visitors(world)
    opened = {
        part: open_as(new_page, visitors, part, live_server.url, viewport={"width": width, "height": 800})
        for part in PARTS
    }
    reached, wrong = 0, {}
    asked = pages(world, visitors)
    for part, address in asked:
        page = opened[part]
        page.goto(f"{live_server.url}{address}", wait_until="load")
        found = list(stops(page))
        reached += len(found)
        if told := faults(found):
            wrong[f"{part} {address}"] = told
    tell(
        14,
        counted=f"{reached} arrêts du clavier sur {len(asked)} pages, à {width} px",
        target="chacun nommé, visible, cerné, après celui qu’on voit avant lui",
        result=f"{sum(map(len, wrong.values()))} défaut",
    )
    assert reached > 10 * len(asked)
    assert wrong == {}
