"""Journey 3 in a real browser: the sheet on one page of paper, then its lines copied out by the keyboard alone."""

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from proxirh.enquiries.models import QuickExchange
from tests.enquiries.keyboard import come_in, tab_to, tab_to_field
from tests.world import World, build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def cast() -> World:
    return build_world()


def copy_out(page: Page, *letters: str) -> None:
    """What is circled on one line, field after field."""
    for letter in letters:
        page.keyboard.type(letter)
        page.keyboard.press("Tab")


def test_a_sheet_is_copied_out_by_the_keyboard_alone(page: Page, live_server, cast: World) -> None:
    """Mutations: leave the letters out of the lists; leave the focus to the body after a refusal."""
    come_in(page, live_server.url, cast)
    page.goto(live_server.url + reverse("enquiries:desk"))
    tab_to(page, "Saisir ma permanence")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Saisir ma permanence")
    tab_to_field(page, "topic_1")
    copy_out(page, "4", "P", "N")
    copy_out(page, "1", "S", "A")
    page.keyboard.type("3")
    tab_to(page, "Compter la permanence")
    page.keyboard.press("Enter")
    expect(page.locator("[data-ui-focus]")).to_be_focused()
    expect(page.locator("#family_3_error")).to_contain_text("Ligne 3")
    expect(page.locator("[name=topic_1]")).to_have_value("4")
    assert not QuickExchange.objects.exists()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[name=family_3]")).to_be_focused()
    copy_out(page, "B", "I")
    tab_to(page, "Compter la permanence")
    page.keyboard.press("Enter")
    expect(page.locator(".ui-messages")).to_contain_text("3 échanges éclair comptés")
    said = QuickExchange.objects.order_by("pk").values_list("topic_code", "family", "outcome")
    assert list(said) == [
        ("4", "1d", "internal_referral"),
        ("1", "2d", "support_engaged"),
        ("3", "biatss", "individual_information"),
    ]
    tab_to(page, "Retirer")
    page.keyboard.press("Enter")
    expect(page.locator(".ui-messages")).to_contain_text("n’est plus compté")
    tab_to(page, "Saisir sa demande")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Saisir pour quelqu’un")
    expect(page.locator("[name=category]")).to_have_value("2d")


@pytest.mark.parametrize("has_script", [True, False])
def test_the_sheet_is_one_page_of_paper(
    new_page: Callable[..., Page], live_server, cast: World, has_script: bool
) -> None:
    """With and without JavaScript. Mutation: print the menus, or more air between the lines."""
    page = new_page(java_script_enabled=has_script)
    come_in(page, live_server.url, cast)
    page.goto(live_server.url + reverse("enquiries:permanence_sheet"))
    paper = page.pdf(format="A4", prefer_css_page_size=False)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
    page.emulate_media(media="print")
    expect(page.locator(".fr-header")).to_be_hidden()
    expect(page.locator("#navigation-bureau")).to_be_hidden()
    assert page.locator(".enq-sheet tbody tr").count() == 10


@pytest.mark.parametrize("width", [320, 1280])
def test_ten_lines_fit_the_screen(new_page: Callable[..., Page], live_server, cast: World, width: int) -> None:
    page = new_page(viewport={"width": width, "height": 800})
    come_in(page, live_server.url, cast)
    for name in ("permanence", "note_quick", "own_exchanges", "permanence_sheet"):
        page.goto(live_server.url + reverse(f"enquiries:{name}"))
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), name
