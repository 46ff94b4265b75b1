"""A call answered by the keyboard alone, on a telephone’s width and on a desk’s, in less than a minute."""

import time

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from proxirh.scheduling.models import PhoneCall, Promise
from tests.enquiries.keyboard import come_in
from tests.scheduling.line import OFFICER, a_sheet, with_line
from tests.world import World, build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
KEYS_A_SECOND, MOST_SECONDS, MOST_KEYS_BETWEEN = 4, 60, 40


@pytest.fixture
def cast() -> World:
    return build_world()


class Hands:
    """Two hands on a keyboard: each key is counted, nothing is clicked."""

    def __init__(self, page: Page) -> None:
        self.page, self.keys = page, 0

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.keys += 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.keys += len(text)

    def tab_to(self, where: str) -> None:
        """Tab until what matches has the focus."""
        for _ in range(MOST_KEYS_BETWEEN):
            self.press("Tab")
            if self.page.evaluate("where => document.activeElement.matches(where)", where):
                return
        raise AssertionError(f"Tab never reaches {where}")

    def enter(self) -> None:
        with self.page.expect_navigation():
            self.press("Enter")


@pytest.mark.parametrize("width", [360, 1280])
def test_a_call_is_answered_by_the_keyboard_in_less_than_a_minute(
    page: Page, live_server, cast: World, width: int
) -> None:
    """At four keys a second, and the time of the pages beside. Mutations: no `autofocus`; the sheets in another page;
    outcomes before the words."""
    with_line(cast)
    a_sheet(cast)
    page.set_viewport_size({"width": width, "height": 800})
    come_in(page, live_server.url, cast, OFFICER)
    page.goto(live_server.url + reverse("enquiries:line"))
    page.wait_for_load_state()
    hands, begun = Hands(page), time.monotonic()
    with page.expect_navigation():
        hands.press("d")
    expect(page.locator("#id_name")).to_be_focused()
    hands.type("Anne Martin")
    hands.press("Tab")
    hands.type("0199000010")
    hands.press("Tab")
    hands.type("mobi")
    expect(page.locator("#fiches")).to_contain_text("Date du mouvement")
    hands.tab_to("[name=sheets]")
    hands.press("Space")
    hands.tab_to("#id_note")
    hands.type("Veut la date du mouvement.")
    hands.tab_to("button[value=rappel]")
    hands.enter()
    expect(page.locator(".ui-messages")).to_contain_text("Rappel promis pour le")
    seconds = hands.keys / KEYS_A_SECOND + (time.monotonic() - begun)
    print(f"\nappel, {width} pixels : {hands.keys} touches, {seconds:.0f} secondes")
    assert seconds < MOST_SECONDS
    call = PhoneCall.objects.select_related("data_key", "topic").get()
    assert (call.caller_name, call.sheets.count(), call.topic.code) == ("Anne Martin", 1, "1.1")
    assert Promise.objects.get().call_id == call.pk
    with page.expect_navigation():
        hands.press("m")
    expect(page.locator(".ui-messages")).to_contain_text("Appel manqué noté")
    assert PhoneCall.objects.filter(state="missed").count() == 1
