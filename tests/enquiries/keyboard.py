"""A browser driven by its keyboard alone, once somebody has come in."""

from playwright.sync_api import Page

from tests.enquiries.visitors import visitor
from tests.world import World

MOST_TABS = 60


def come_in(page: Page, base: str, world: World, part: str = "counsellor") -> None:
    client = visitor(world, part)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": base}])


def tab_to(page: Page, name: str, *, most: int = MOST_TABS, is_whole: bool = False) -> None:
    """Press Tab until what bears this name, on the screen or for a screen reader, has the focus, which must be seen.

    The beginning of a name is enough, unless `is_whole`.
    """
    for _ in range(most):
        page.keyboard.press("Tab")
        *names, is_seen = page.evaluate(
            "() => [document.activeElement.innerText || document.activeElement.name || '',"
            " document.activeElement.ariaLabel || '', document.activeElement.matches(':focus-visible')]"
        )
        if any(one.strip() == name or (one.strip().startswith(name) and not is_whole) for one in names):
            assert is_seen, name
            return
    raise AssertionError(f"Tab never reaches {name}")


def tab_to_field(page: Page, name: str) -> None:
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.name || ''") == name:
            return
    raise AssertionError(f"Tab never reaches {name}")


def press(page: Page, label: str, *, most: int = MOST_TABS, is_whole: bool = False) -> None:
    tab_to(page, label, most=most, is_whole=is_whole)
    page.keyboard.press("Enter")


def follow(page: Page, label: str) -> None:
    """Press what leads to another page, or to the same one again, and be there."""
    with page.expect_navigation():
        press(page, label)


def strike(page: Page, letter: str) -> None:
    """A shortcut of the desk, which hears nothing before the scripts of the page have run."""
    page.wait_for_load_state()
    page.keyboard.press(letter)
