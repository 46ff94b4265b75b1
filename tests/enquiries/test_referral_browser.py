"""Journey 6 in a real browser, by the keyboard alone: refer, agree, accept, answer, verify; and by a link."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from proxirh.enquiries.models import Agreement, Enquiry, Referral
from proxirh.enquiries.workflow import ReferralState as S
from tests.enquiries.keyboard import come_in, press, tab_to, tab_to_field
from tests.enquiries.referring import a_file, a_partner, link, refer
from tests.enquiries.visitors import now_taken
from tests.world import World, build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

WORDS = "Peut-elle demander une mutation après la date, pour raison familiale ?"
LONG = f"{'Justificatif' * 7}.pdf"  # as a scanner names it, without a space
ANSWER = "Oui, avec les pièces du dossier, avant le 15 du mois."


@pytest.fixture
def cast() -> World:
    return build_world()


def state_of(enquiry: Enquiry) -> str:
    return Referral.objects.states_of(enquiry)[-1]


def test_a_referral_goes_to_a_cell_and_comes_back(new_page: Callable[..., Page], live_server, cast: World) -> None:
    """Mutations: leave the radios out of the order of tabs; lose the words after a refusal; take the focus away."""
    enquiry = now_taken(cast)
    desk, own, cell = new_page(), new_page(), new_page()

    come_in(desk, live_server.url, cast)
    desk.goto(live_server.url + reverse("enquiries:enquiry", args=[enquiry.uid]))
    press(desk, "Mises en relation")
    expect(desk.locator("h1")).to_have_text("Mises en relation")
    tab_to_field(desk, "body")
    desk.keyboard.type(WORDS)
    press(desk, "Proposer ou envoyer")
    expect(desk.locator("[data-ui-focus]")).to_be_focused()
    expect(desk.locator("[name=body]")).to_have_value(WORDS)
    tab_to_field(desk, "to")
    desk.keyboard.type("Cellule")
    press(desk, "Proposer ou envoyer")
    expect(desk.locator(".ui-messages")).to_contain_text("Rien ne part avant son oui")
    assert state_of(enquiry) == S.PROPOSED

    come_in(own, live_server.url, cast, part="author")
    own.goto(live_server.url + reverse("enquiries:follow", args=[enquiry.uid]))
    press(own, "La lire")
    expect(own.locator(".ui-message").first).to_contain_text(WORDS)
    press(own, "Oui, transmettre ce texte")
    expect(own.locator(".ui-messages")).to_contain_text("avec votre accord")
    assert state_of(enquiry) == S.SENT

    come_in(cell, live_server.url, cast, part="cell officer")
    cell.goto(live_server.url + reverse("enquiries:cell"))
    press(cell, "Réorientations")
    expect(cell.locator("h1")).to_have_text("Réorientations")
    tab_to(cell, f"Réorientation {Referral.objects.of_enquiry(enquiry)[0].reference}")
    cell.keyboard.press("Enter")
    expect(cell.locator("body")).not_to_contain_text(WORDS)
    press(cell, "Ouvrir et accuser réception")
    expect(cell.locator(".ui-message")).to_contain_text(WORDS)
    press(cell, "Accepter de répondre")
    expect(cell.locator(".ui-messages")).to_contain_text("C’est accepté")
    tab_to_field(cell, "body")
    cell.keyboard.type(ANSWER)
    press(cell, "Envoyer la réponse")
    expect(cell.locator("main")).to_contain_text("Vous avez répondu")
    assert state_of(enquiry) == S.ANSWERED

    own.goto(live_server.url + reverse("enquiries:follow", args=[enquiry.uid]))
    press(own, "La lire")
    expect(own.locator("main")).to_contain_text(ANSWER)
    press(own, "La réponse est bien arrivée")
    expect(own.locator(".ui-messages")).to_contain_text("sait que la réponse est arrivée")
    assert state_of(enquiry) == S.VERIFIED

    desk.reload()
    expect(desk.locator("main")).to_contain_text("que la réponse est arrivée")
    expect(desk.locator("main")).to_contain_text(ANSWER)


def test_a_partner_answers_by_his_link(page: Page, live_server, cast: World) -> None:
    """No account, and no script needed. Mutation: show the question before « Ouvrir »."""
    enquiry = now_taken(cast)
    partner = a_partner(confirmed_on=timezone.localdate())
    refer(cast, enquiry=enquiry, to=partner, at=timezone.now(), body=WORDS, agreement=Agreement.ORAL)
    page.goto(live_server.url + reverse("enquiries:partner", args=[link()]))
    expect(page.locator("body")).not_to_contain_text(WORDS)
    press(page, "Ouvrir")
    expect(page.locator(".ui-message")).to_contain_text(WORDS)
    press(page, "Envoyer la réponse")
    expect(page.locator("[data-ui-focus]")).to_be_focused()
    tab_to_field(page, "body")
    page.keyboard.type(ANSWER)
    press(page, "Envoyer la réponse")
    expect(page.locator("h1")).to_have_text("Votre réponse est partie")
    assert state_of(enquiry) == S.ANSWERED


def test_a_file_is_agreed_to_saved_by_a_partner_and_one_comes_back(
    new_page: Callable[..., Page], live_server, cast: World
) -> None:
    """By the keyboard, without a script on the partner’s side. Mutation: leave the boxes out of the order of tabs."""
    enquiry = now_taken(cast)
    file = a_file(cast, enquiry)
    partner = a_partner(confirmed_on=timezone.localdate())
    told = {"to": partner, "body": WORDS, "agreement": Agreement.WRITTEN, "enclosed": [str(file.uid)]}
    refer(cast, enquiry=cast.reload(enquiry), at=timezone.now(), **told)
    own, there = new_page(), new_page(java_script_enabled=False)

    come_in(own, live_server.url, cast, part="author")
    own.goto(live_server.url + reverse("enquiries:own_referrals", args=[enquiry.uid]))
    box = own.locator("[name=enclosed]")
    expect(box).not_to_be_checked()
    tab_to_field(own, "enclosed")
    own.keyboard.press("Space")
    expect(box).to_be_checked()
    press(own, "Oui, transmettre ce texte")
    expect(own.locator(".ui-messages")).to_contain_text("avec votre accord")

    there.goto(live_server.url + reverse("enquiries:partner", args=[link()]))
    there.get_by_role("button", name="Ouvrir", exact=True).click()
    with there.expect_download() as saved:
        there.get_by_role("button", name="Enregistrer").click()
    assert saved.value.suggested_filename == "arrete.pdf"
    there.locator("[name=body]").fill(ANSWER)
    there.locator("[name=files]").set_input_files(
        [{"name": "plan.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\nessai\n%%EOF"}]
    )
    there.get_by_role("button", name="Envoyer la réponse").click()
    expect(there.locator("h1")).to_have_text("Votre réponse est partie")
    own.goto(live_server.url + reverse("enquiries:own_referrals", args=[enquiry.uid]))
    expect(own.locator("main")).to_contain_text("plan.pdf")


@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_fits_the_screen(new_page: Callable[..., Page], live_server, cast: World, width: int) -> None:
    enquiry, other = now_taken(cast), now_taken(cast)
    files = {one.pk: {"enclosed": [str(a_file(cast, one, LONG).uid)]} for one in (enquiry, other)}
    said = {"at": timezone.now(), "body": WORDS}
    enquiry, other = cast.reload(enquiry), cast.reload(other)
    refer(cast, enquiry=enquiry, agreement=Agreement.WRITTEN, **said, **files[enquiry.pk])
    partner = a_partner(confirmed_on=timezone.localdate())
    refer(cast, enquiry=enquiry, to=partner, **said, **files[enquiry.pk])
    there = refer(cast, enquiry=other, **said, **files[other.pk])
    of_enquiry, of_cell = [enquiry.uid], [there.uid]
    for part, pages in {
        "counsellor": [("referrals", of_enquiry)],
        "author": [("own_referrals", of_enquiry)],
        "cell officer": [("cell_referrals", []), ("cell_referral", of_cell)],
        "coordinator": [("cells", []), ("cell_rules", [there.team.uid if there.team else ""])],
        "head of service": [("answers_to_validate", [])],
        "anonymous": [("partner", [link()])],
    }.items():
        page = new_page(viewport={"width": width, "height": 800})
        if part != "anonymous":
            come_in(page, live_server.url, cast, part=part)
        for name, arguments in pages:
            page.goto(live_server.url + reverse(f"enquiries:{name}", args=arguments))
            assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), name
            for label in ("Ouvrir et accuser réception", "Ouvrir"):
                button = page.get_by_role("button", name=label, exact=True)
                if button.count():
                    with page.expect_navigation():
                        button.click()
                    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), name
