"""Journey 8 in a real browser, by the keyboard alone: from what is missing to the day the académie opens."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from proxirh.territories.models import Academy
from tests.enquiries.keyboard import come_in, follow, press, tab_to_field
from tests.world import World, build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

# Posts and topics to tick: « Ajouter » comes after them.
LONG_FORM = 120
MISSING = "Il manque encore"
HOLES = "Aucun trou dans les périmètres"


@pytest.fixture
def cast() -> World:
    made = build_world()
    Academy.objects.filter(pk=made.academy.pk).update(opened_on=None, listening_cell="", contact_email="")
    return made


def back_to_the_list(page: Page) -> None:
    follow(page, "Votre académie")
    expect(page.locator("h1")).to_contain_text("Académie de")


def settle(page: Page, line: str, title: str) -> None:
    """From the list to the page where one line of it is done."""
    follow(page, f"Régler, {line}")
    expect(page.locator("h1")).to_have_text(title)


def try_to_open(page: Page) -> None:
    follow(page, "Ouvrir l’académie")


def test_the_academie_opens_once_nothing_is_missing(page: Page, live_server, cast: World) -> None:
    """Mutations: open while a hole remains; a line of the list whose page only a mouse reaches."""
    come_in(page, live_server.url, cast, "coordinator")
    page.goto(live_server.url + reverse("portal:home"))
    back_to_the_list(page)
    try_to_open(page)
    expect(page.get_by_text(MISSING).first).to_contain_text(HOLES)

    settle(page, "L’adresse et le téléphone du service", "Joindre le service")
    tab_to_field(page, "contact_email")
    page.keyboard.press("Control+a")
    page.keyboard.type("service@ac-exemple.invalid")
    tab_to_field(page, "contact_phone")
    page.keyboard.press("Control+a")
    page.keyboard.type("01 99 00 00 10")
    tab_to_field(page, "is_notice_read")
    page.keyboard.press("Space")
    press(page, "Enregistrer")
    expect(page.locator(".ui-messages")).to_contain_text("C’est enregistré.")

    settle(page, "Le numéro de la cellule d’écoute", "Écoute et protocole")
    tab_to_field(page, "listening_cell")
    page.keyboard.type("01 99 00 00 20, de 9 h à 17 h")
    tab_to_field(page, "is_checked")
    page.keyboard.press("Space")
    press(page, "Enregistrer et dater")
    expect(page.locator(".ui-messages")).to_contain_text("C’est enregistré.")
    follow(page, "Revenir à la liste")

    for person in ("Coordinator", "Head"):
        settle(page, "Un suppléant pour chaque personne", "Suppléances")
        tab_to_field(page, "person")
        page.keyboard.type(person)
        tab_to_field(page, "deputy")
        page.keyboard.type("Hr")
        press(page, "Nommer")
        expect(page.locator(".ui-messages")).to_contain_text("C’est enregistré.")
        back_to_the_list(page)

    try_to_open(page)
    refusal = page.get_by_text(MISSING).first
    expect(refusal).to_contain_text(HOLES)
    expect(refusal).not_to_contain_text("suppléant")
    assert Academy.objects.get(pk=cast.academy.pk).opened_on is None

    settle(page, HOLES, "Périmètres")
    expect(page.locator("main")).to_contain_text("Personne ne couvre")
    follow(page, "Ajouter un périmètre")
    tab_to_field(page, "team")
    page.keyboard.type("Conseil")
    tab_to_field(page, "zone")
    page.keyboard.type("Toute")
    press(page, "Ajouter le périmètre", most=LONG_FORM)
    expect(page.locator("main")).to_contain_text("Aucun trou")
    back_to_the_list(page)
    expect(page.locator("main")).not_to_contain_text("À faire")
    try_to_open(page)
    expect(page.locator(".ui-messages")).to_contain_text("L’académie est ouverte")
    assert Academy.objects.get(pk=cast.academy.pk).opened_on == timezone.localdate()


@pytest.mark.parametrize("width", [320, 1280])
def test_the_pages_fit_the_screen(new_page: Callable[..., Page], live_server, cast: World, width: int) -> None:
    page = new_page(viewport={"width": width, "height": 800})
    come_in(page, live_server.url, cast, "coordinator")
    names = ("academy", "reach", "listening", "deputies", "coverage", "add_coverage")
    for address in (reverse(f"territories:{name}", args=[cast.academy.slug]) for name in names):
        page.goto(live_server.url + address)
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), address
