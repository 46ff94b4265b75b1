"""Journey 7 in a real browser, by the keyboard alone: 8:30, somebody is away, then somebody leaves."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from proxirh.enquiries.models import Enquiry, WorkingNote
from proxirh.territories.models import Absence, Posting
from tests.enquiries.keyboard import come_in, press, tab_to_field
from tests.enquiries.visitors import now_taken
from tests.world import World, build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def cast() -> World:
    return build_world()


def test_the_coordination_unblocks_the_day_by_the_keyboard_alone(page: Page, live_server, cast: World) -> None:
    """Mutations: a button that only a mouse reaches; leave the focus to the body on the exact list."""
    urgent, other = now_taken(cast), now_taken(cast)
    Enquiry.objects.filter(pk=other.pk).update(
        first_answered_at=timezone.now(), next_step_on=timezone.localdate() + timedelta(days=40)
    )
    Posting.objects.filter(person=cast.people["counsellor"]).update(
        valid_until=timezone.localdate() + timedelta(days=30)
    )
    come_in(page, live_server.url, cast, "coordinator")
    page.goto(live_server.url + reverse("portal:home"))
    expect(page.locator("h1")).to_have_text("Ma matinée")
    # First click.
    press(page, "Absence imprévue")
    expect(page.locator("h1")).to_have_text("Absence imprévue")
    tab_to_field(page, "personne")
    page.keyboard.type("Couns")
    # Second.
    press(page, "Voir ce qui ne peut pas attendre")
    expect(page.locator("[data-ui-focus]")).to_be_focused()
    expect(page.locator("h1")).to_contain_text(cast.people["counsellor"].full_name)
    assert not Absence.objects.exists()
    # Third.
    press(page, "Noter l’absence")
    expect(page.locator(".ui-messages")).to_contain_text("L’absence est notée")
    assert Absence.objects.get().person == cast.people["counsellor"]
    press(page, "Revenir à ma matinée")
    expect(page.locator(".enq-morning")).to_contain_text(cast.people["counsellor"].full_name)
    press(page, "Départs")
    expect(page.locator("h1")).to_have_text("Départs")
    press(page, cast.people["counsellor"].full_name)
    expect(page.locator("h1")).to_contain_text("Départ de")
    tab_to_field(page, "note")
    page.keyboard.type("Bon relais.")
    press(page, "Relire la liste")
    expect(page.locator("[data-ui-focus]")).to_be_focused()
    assert not WorkingNote.objects.exists()
    press(page, "Proposer")
    expect(page.locator(".ui-messages")).to_contain_text("sont proposées")
    for enquiry in (urgent, other):
        assert cast.reload(enquiry).lead_id is None


@pytest.mark.parametrize("width", [320, 1280])
def test_the_pages_fit_the_screen(new_page: Callable[..., Page], live_server, cast: World, width: int) -> None:
    now_taken(cast)
    away = cast.people["counsellor"]
    Posting.objects.filter(person=away).update(valid_until=timezone.localdate() + timedelta(days=30))
    Absence.objects.create(
        person=away, valid_from=timezone.localdate(), valid_until=timezone.localdate() + timedelta(days=6)
    )
    page = new_page(viewport={"width": width, "height": 800})
    come_in(page, live_server.url, cast, "coordinator")
    addresses = {name: reverse(f"enquiries:{name}") for name in ("morning", "load", "absence", "leavers")}
    addresses |= {name: reverse(f"enquiries:{name}", args=[away.uid]) for name in ("absence_of", "leaver")}
    for name, address in addresses.items():
        page.goto(live_server.url + address)
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), name
