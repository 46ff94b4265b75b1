"""Journey 2 without a mouse, in a real browser: search, open, take, reply, next step, close; and who else is there."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from proxirh.enquiries.models import Enquiry, Exchange, Referral
from proxirh.enquiries.services import referring
from proxirh.enquiries.workflow import State
from tests.enquiries.keyboard import come_in, follow, press, strike, tab_to, tab_to_field
from tests.enquiries.visitors import now_taken
from tests.world import World, build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def cast() -> World:
    return build_world()


def test_the_whole_journey_by_the_keyboard_alone(page: Page, live_server, cast: World) -> None:
    """Mutation: leave the focus to the body after a search or a sending; steal a letter from a field."""
    enquiry = cast.submit(at=timezone.now())
    come_in(page, live_server.url, cast)
    page.goto(live_server.url + reverse("enquiries:desk"))
    strike(page, "/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type(enquiry.reference.lower().replace("-", " "))
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_be_focused()
    expect(page.locator("h1")).to_contain_text("1 demande")
    strike(page, "j")
    expect(page.get_by_role("link", name=enquiry.reference)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Avant de prendre")
    tab_to(page, "Prendre en charge")
    page.keyboard.press("Enter")
    expect(page.locator(".ui-messages")).to_contain_text("entre vos mains")
    strike(page, "r")
    expect(page.locator("[name=body]")).to_be_focused()
    page.keyboard.type("Bonjour, je vous rappelle : jkrpte / ?")
    expect(page.locator("[name=body]")).to_have_value("Bonjour, je vous rappelle : jkrpte / ?")
    tab_to(page, "Envoyer")
    page.keyboard.press("Enter")
    expect(page.locator(".ui-messages")).to_have_text("Votre message est envoyé.")
    expect(page.locator(".ui-messages")).to_be_focused()
    strike(page, "p")
    expect(page.locator("[name=next_step]")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("Envoyer la fiche")
    tab_to(page, "Enregistrer")
    page.keyboard.press("Enter")
    expect(page.locator(".ui-messages")).to_have_text("La prochaine étape est enregistrée.")
    strike(page, "t")
    expect(page.locator("[name=outcomes]").first).to_be_focused()
    page.keyboard.press("Space")
    tab_to(page, "Terminer le suivi")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('enquiries:desk')}")
    expect(page.locator(".ui-messages")).to_contain_text("Le suivi est terminé.")
    assert cast.reload(enquiry).state == State.CLOSED


WHO = "Zélie Témoin"


def open_from(page: Page, view: str) -> None:
    """Back at the desk, to the view where it stands now, and into it."""
    follow(page, "Bureau")
    follow(page, view)
    expect(page.locator("h1")).to_have_text(view)
    follow(page, WHO)
    expect(page.locator("h1")).to_have_text(WHO)


def choose(page: Page, gesture: str) -> None:
    press(page, gesture, is_whole=True)
    expect(page.locator("#geste [aria-current]")).to_have_text(gesture)


def resume(page: Page) -> None:
    choose(page, "Reprendre")
    press(page, "Reprendre le suivi")
    expect(page.locator(".ui-messages")).to_have_text("Le suivi reprend.")


def test_each_view_of_the_day_holds_what_a_gesture_put_there(page: Page, live_server, cast: World) -> None:
    """Taken from the list in one gesture; no exchange without a next step, no end without an outcome.

    Mutations: let an exchange go without its step; close without an outcome; a view that Tab does not reach.
    """
    enquiry = cast.submit(at=timezone.now(), first_name="Zélie", last_name="Témoin")
    come_in(page, live_server.url, cast)
    page.goto(live_server.url + reverse("enquiries:desk"))
    follow(page, "Nouvelles")
    press(page, "Prendre")
    expect(page.locator(".ui-messages")).to_contain_text("entre vos mains")
    open_from(page, "À rappeler aujourd’hui")

    choose(page, "Échange")
    tab_to_field(page, "summary")
    page.keyboard.type("Projet précisé ensemble.")
    press(page, "Enregistrer")
    expect(page.locator("[data-ui-focus]")).to_be_focused()
    expect(page.locator("[name=summary]")).to_have_value("Projet précisé ensemble.")
    assert not Exchange.objects.filter(enquiry=enquiry).exists()
    tab_to_field(page, "next_step")
    page.keyboard.type("Rappeler")
    press(page, "Enregistrer")
    expect(page.locator(".ui-messages")).to_have_text("L’échange est noté.")

    open_from(page, "En cours")
    choose(page, "Attendre l’agent")
    tab_to_field(page, "next_step")
    page.keyboard.press("Control+a")
    page.keyboard.type("Envoyer l’arrêté")
    press(page, "Attendre et prévenir la personne")
    expect(page.locator(".ui-messages")).to_contain_text("la suite lui revient")
    open_from(page, "En attente de l’agent")
    resume(page)

    choose(page, "Attendre une date")
    tab_to_field(page, "next_step")
    page.keyboard.press("Control+a")
    page.keyboard.type("Résultats du mouvement")
    press(page, "Attendre et prévenir la personne")
    expect(page.locator(".ui-messages")).to_contain_text("La demande attend cette date")
    open_from(page, "En attente d’une date")
    resume(page)

    follow(page, "Mises en relation")
    tab_to_field(page, "to")
    page.keyboard.type("Cellule")
    tab_to_field(page, "body")
    page.keyboard.type("Peut-elle demander une mutation après la date ?")
    press(page, "Proposer ou envoyer")
    expect(page.locator(".ui-messages")).to_contain_text("Rien ne part avant son oui")
    [referral] = Referral.objects.of_enquiry(cast.reload(enquiry))
    now = timezone.now()
    referring.agree(actor=cast.actor("author", at=now), referral=referral, at=now)
    open_from(page, "Réorientées, sans nouvelles")

    Enquiry.objects.filter(pk=enquiry.pk).update(failed_attempts=3)
    open_from(page, "À terminer")
    choose(page, "Terminer")
    press(page, "Terminer le suivi")
    expect(page.locator("[data-ui-focus]")).to_be_focused()
    expect(page.locator("main")).to_contain_text("Cochez au moins une suite.")
    assert cast.reload(enquiry).state != State.CLOSED
    tab_to_field(page, "outcomes")
    page.keyboard.press("Space")
    press(page, "Terminer le suivi")
    expect(page.locator(".ui-messages")).to_contain_text("Le suivi est terminé.")
    assert cast.reload(enquiry).state == State.CLOSED


def test_the_letters_can_be_turned_off(page: Page, live_server, cast: World) -> None:
    """WCAG 2.1.4. Mutation: read the letters whatever the box says."""
    now_taken(cast)
    come_in(page, live_server.url, cast)
    page.goto(live_server.url + reverse("enquiries:desk"))
    tab_to(page, "Raccourcis clavier")
    page.keyboard.press("Enter")
    help_ = page.get_by_role("dialog", name="Raccourcis clavier")
    expect(help_).to_be_visible()
    box = help_.locator("[data-ui-keys-switch]")
    for _ in range(5):
        if box.evaluate("(one) => one === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    strike(page, "j")
    strike(page, "/")
    expect(page.locator("#q")).not_to_be_focused()
    page.reload()
    strike(page, "/")
    expect(page.locator("#q")).not_to_be_focused()
    expect(page.locator(".ui-row--current")).to_have_count(0)


def test_a_page_learns_who_else_has_it(new_page: Callable[..., Page], live_server, cast: World) -> None:
    """Mutation: post nothing, or show nothing of the answer."""
    address = live_server.url + reverse("enquiries:enquiry", args=[cast.enquiry.uid])
    first, second = new_page(), new_page()
    come_in(first, live_server.url, cast)
    with first.expect_response("**/presence/"):
        first.goto(address)
    expect(first.locator("[data-enq-presence]")).to_have_text("")
    come_in(second, live_server.url, cast, "co-handler")
    with second.expect_response("**/presence/"):
        second.goto(address)
    said = f"{cast.people['counsellor'].full_name} est aussi sur cette page."
    expect(second.locator("[data-enq-presence]")).to_have_text(said)
