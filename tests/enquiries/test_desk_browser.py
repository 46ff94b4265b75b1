"""One enquiry at the desk in a real browser: what is typed outlives a change of gesture, and nothing goes unheard."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Dialog, Page, expect

from proxirh.enquiries.models import Enquiry
from tests.enquiries.visitors import now_taken, visitor
from tests.world import World, build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
WORDS = "Bonjour,\nvoici trois lignes\nque j’ai mis du temps à écrire."


@pytest.fixture
def cast() -> World:
    return build_world()


def open_page(page: Page, base: str, world: World, enquiry: Enquiry) -> None:
    """The page of an enquiry, opened by the counsellor."""
    client = visitor(world, "counsellor")
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": base}])
    page.goto(base + reverse("enquiries:enquiry", args=[enquiry.uid]))


def open_enquiry(page: Page, base: str, world: World) -> Enquiry:
    """The page of an enquiry in the hands of the counsellor."""
    enquiry = now_taken(world)
    with page.expect_response("**/presence/") as told:  # the page asks who else is there as soon as it is opened
        open_page(page, base, world, enquiry)
    assert told.value.status == 200
    return enquiry


def gesture(page: Page, name: str) -> None:
    page.get_by_label("Gestes").get_by_role("link", name=name, exact=True).click()
    expect(page.locator(".ui-filters__link[aria-current]")).to_have_text(name)


@pytest.fixture
def asked(new_page: Callable[..., Page]) -> tuple[Page, list[str]]:
    """A page, and the dialogs it has opened; each is accepted."""
    page, kinds = new_page(), []

    def accept(dialog: Dialog) -> None:
        kinds.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    return page, kinds


def test_what_is_typed_outlives_a_change_of_gesture(page: Page, live_server, cast: World) -> None:
    """Mutation: restore hidden fields too, or nothing; leave the focus to the body."""
    open_enquiry(page, live_server.url, cast)
    page.locator("[name=body]").fill(WORDS)
    gesture(page, "Échange")
    expect(page.get_by_label("Téléphone", exact=True)).to_be_focused()
    page.get_by_text("Non, pas joint").click()
    page.locator("[name=summary]").fill("Pas de réponse.")
    gesture(page, "Répondre")
    expect(page.locator("[name=body]")).to_have_value(WORDS)
    expect(page.locator("[name=body]")).to_be_focused()
    key = page.locator("[name=idempotency_key]").input_value()
    gesture(page, "Échange")
    expect(page.locator("[name=summary]")).to_have_value("Pas de réponse.")
    expect(page.locator("[name=was_reached][value=non]")).to_be_checked()
    assert page.locator("[name=idempotency_key]").input_value() != key


def test_only_the_last_act_is_said(page: Page, live_server, cast: World) -> None:
    """Mutation: leave what the page said on opening above what the fragment says."""
    open_page(page, live_server.url, cast, cast.submit(at=timezone.now()))
    page.get_by_role("button", name="Prendre en charge").click()
    expect(page.locator(".ui-messages")).to_contain_text("entre vos mains")
    page.locator("[name=body]").fill(WORDS)
    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator(".ui-messages")).to_have_text("Votre message est envoyé.")


def test_what_a_refusal_gives_back_is_typed_too(page: Page, live_server, cast: World) -> None:
    """Mutation: compare with the values that the page came with, which are those just refused."""
    open_enquiry(page, live_server.url, cast)
    page.locator("[name=body]").fill(WORDS)
    page.locator("[name=next_step]").fill("")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator("[data-ui-focus]")).to_be_focused()
    gesture(page, "Prochaine étape")
    gesture(page, "Répondre")
    expect(page.locator("[name=body]")).to_have_value(WORDS)


def test_what_is_sent_is_forgotten(asked: tuple[Page, list[str]], live_server, cast: World) -> None:
    """Mutation: keep the text of a form that was posted, or warn of it."""
    page, kinds = asked
    open_enquiry(page, live_server.url, cast)
    page.locator("[name=body]").fill(WORDS)
    gesture(page, "Échange")
    gesture(page, "Répondre")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_text("Votre message est envoyé.")).to_have_count(1)
    expect(page.locator(".ui-messages")).to_be_focused()
    expect(page.locator("[name=body]")).to_have_value("")
    gesture(page, "Échange")
    gesture(page, "Répondre")
    expect(page.locator("[name=body]")).to_have_value("")
    page.goto(live_server.url + reverse("enquiries:desk"))
    assert kinds == []


@pytest.mark.parametrize("elsewhere", [False, True])
def test_leaving_with_a_text_begun_is_asked_once(
    asked: tuple[Page, list[str]], live_server, cast: World, elsewhere: bool
) -> None:
    """Mutation: look only at the form shown."""
    page, kinds = asked
    open_enquiry(page, live_server.url, cast)
    page.locator("[name=body]").click()
    page.keyboard.type("Bonjour")
    if elsewhere:
        gesture(page, "Échange")
    page.goto(live_server.url + reverse("enquiries:desk"))
    assert kinds == ["beforeunload"]


def test_ending_leaves_without_a_question(asked: tuple[Page, list[str]], live_server, cast: World) -> None:
    """Mutation: warn while the answer of a sending leads elsewhere."""
    page, kinds = asked
    open_enquiry(page, live_server.url, cast)
    gesture(page, "Terminer")
    page.locator("label[for=id_outcomes_0]").click()
    page.locator("[name=closing_word]").fill("Bonne route.")
    page.get_by_role("button", name="Terminer le suivi").click()
    page.wait_for_url(f"**{reverse('enquiries:desk')}")
    assert kinds == []


def test_a_gesture_opened_as_a_whole_page_is_ready_to_be_filled_in(page: Page, live_server, cast: World) -> None:
    enquiry = open_enquiry(page, live_server.url, cast)
    page.goto(f"{live_server.url}{reverse('enquiries:enquiry', args=[enquiry.uid])}echange/#geste")
    expect(page.get_by_label("Téléphone", exact=True)).to_be_focused()


def test_a_letter_opens_a_gesture_and_the_help_says_which(page: Page, live_server, cast: World) -> None:
    """Mutation: read no `data-ui-key`, or read it while someone types."""
    open_enquiry(page, live_server.url, cast)
    page.keyboard.press("e")
    expect(page.locator(".ui-filters__link[aria-current]")).to_have_text("Échange")
    expect(page.get_by_label("Téléphone", exact=True)).to_be_focused()
    page.keyboard.press("r")
    expect(page.locator("[name=body]")).to_be_focused()
    page.keyboard.type("et p")
    expect(page.locator("[name=body]")).to_have_value("et p")
    page.locator("h1").click()
    page.keyboard.press("r")
    expect(page.locator("[name=body]")).to_be_focused()
    page.locator("h1").click()
    page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="Raccourcis clavier")
    expect(help_.locator("div", has_text="Prochaine étape").locator("kbd")).to_have_text("p")
    expect(help_.locator("div", has_text="Terminer").locator("kbd")).to_have_text("t")
