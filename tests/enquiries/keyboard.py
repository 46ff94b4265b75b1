"""A browser driven by its keyboard alone, once somebody has come in."""

from playwright.sync_api import Page

from tests.enquiries.visitors import visitor
from tests.world import World

MOST_TABS = 60


def come_in(page: Page, base: str, world: World, part: str = "counsellor") -> None:
    client = visitor(world, part)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": base}])


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what bears this name has the focus, which must be seen."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        on = page.evaluate(
            "() => [document.activeElement.innerText || document.activeElement.name || '',"
            " document.activeElement.matches(':focus-visible')]"
        )
        if on[0].strip().startswith(name):
            assert on[1], name
            return
    raise AssertionError(f"Tab never reaches {name}")


def tab_to_field(page: Page, name: str) -> None:
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.name || ''") == name:
            return
    raise AssertionError(f"Tab never reaches {name}")


def press(page: Page, label: str) -> None:
    tab_to(page, label)
    page.keyboard.press("Enter")


def strike(page: Page, letter: str) -> None:
    """A shortcut of the desk, which hears nothing before the scripts of the page have run."""
    page.wait_for_load_state()
    page.keyboard.press(letter)
