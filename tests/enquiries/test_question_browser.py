"""« Demander un avis » in a real browser, by the keyboard alone: write, re-read, send, answer, read the answer."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from proxirh.enquiries.models import ExpertQuestion
from proxirh.enquiries.workflow import QuestionState as S
from tests.enquiries.consulting import ask
from tests.enquiries.keyboard import come_in, press, tab_to, tab_to_field
from tests.enquiries.visitors import now_taken
from tests.world import World, build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

WORDS = "Peut-on demander un temps partiel après la date, pour raison de santé ?"
ADVICE = "Oui, avec un avis du médecin de prévention."


@pytest.fixture
def cast() -> World:
    return build_world()


def test_a_question_is_re_read_sent_and_answered(new_page: Callable[..., Page], live_server, cast: World) -> None:
    """Mutations: send at the first press; lose the words once shown; leave the focus at the top of the page."""
    enquiry = now_taken(cast)
    desk, cell = new_page(), new_page()

    come_in(desk, live_server.url, cast)
    desk.goto(live_server.url + reverse("enquiries:enquiry", args=[enquiry.uid]))
    press(desk, "Demander un avis")
    expect(desk.locator("h1")).to_have_text("Demander un avis")
    tab_to_field(desk, "to")
    desk.keyboard.type("Cellule")
    tab_to_field(desk, "body")
    desk.keyboard.press("Control+A")
    desk.keyboard.type(WORDS)
    press(desk, "Relire avant d’envoyer")
    expect(desk.locator("main")).to_contain_text("Rien n’est encore parti")
    expect(desk.locator("[data-ui-focus]")).to_be_focused()
    expect(desk.locator("[data-ui-focus]")).to_contain_text(WORDS)
    expect(desk.locator("[name=body]")).to_have_value(WORDS)
    assert not ExpertQuestion.objects.of_enquiry(enquiry)
    press(desk, "Envoyer à la cellule")
    expect(desk.locator(".ui-messages")).to_contain_text("La question est partie")
    [made] = ExpertQuestion.objects.of_enquiry(enquiry)
    assert made.state == S.ASKED

    come_in(cell, live_server.url, cast, part="cell officer")
    cell.goto(live_server.url + reverse("enquiries:cell"))
    press(cell, "Questions")
    expect(cell.locator("h1")).to_have_text("Questions")
    tab_to(cell, f"Question {made.reference}")
    cell.keyboard.press("Enter")
    expect(cell.locator(".ui-message")).to_contain_text(WORDS)
    tab_to_field(cell, "body")
    cell.keyboard.type(ADVICE)
    press(cell, "Envoyer la réponse")
    expect(cell.locator(".ui-messages")).to_contain_text("Votre réponse est envoyée")

    desk.goto(live_server.url + reverse("enquiries:enquiry", args=[enquiry.uid]))
    expect(desk.locator(".enq-story")).to_contain_text(ADVICE)


@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_fits_the_screen(new_page: Callable[..., Page], live_server, cast: World, width: int) -> None:
    made = ask(cast, enquiry=now_taken(cast), at=timezone.now(), body=WORDS)
    for part, pages in {
        "counsellor": [("questions", [made.enquiry.uid])],
        "cell officer": [("cell_questions", []), ("cell_question", [made.uid])],
    }.items():
        page = new_page(viewport={"width": width, "height": 800})
        come_in(page, live_server.url, cast, part=part)
        for name, arguments in pages:
            page.goto(live_server.url + reverse(f"enquiries:{name}", args=arguments))
            assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), name
