"""What only a browser can say of second factors: a real passkey, the file of the codes, life without script."""

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import CDPSession, Page, expect

from tests.accounts.conftest import code_sent_to
from tests.accounts.devices import totp
from tests.accounts.test_browser import RULES
from tests.world import build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
ADDRESS = "counsellor@exemple.invalid"


def authenticator(page: Page, *, verified: bool = True) -> tuple[CDPSession, str]:
    """A workstation's own authenticator, plugged into the browser."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    made = devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasUserVerification": True,
                "isUserVerified": verified,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return devtools, made["authenticatorId"]


def by_code(page: Page, base: str, next_url: str = "/bureau/") -> None:
    page.goto(f"{base}/connexion/?next={next_url}")
    page.get_by_label("Votre adresse électronique").fill(ADDRESS)
    page.get_by_role("button", name="Recevoir un code").click()
    page.get_by_label("Code à six chiffres").fill(code_sent_to(ADDRESS))
    page.get_by_role("button", name="Continuer").click()


def leave(page: Page) -> None:
    page.get_by_role("button", name="Se déconnecter").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("votre visite est terminée")


@pytest.fixture
def base(live_server) -> str:
    """The site by the only name without TLS that passkeys accept, with the cast in it."""
    build_world()
    return live_server.url.replace("127.0.0.1", "localhost")


def test_passkey_is_made_then_opens_the_desk(page: Page, base: str) -> None:
    """Mutation: ask for the challenge without `userVerification`, or send another field than `assertion`."""
    authenticator(page)
    by_code(page, base)
    expect(page.get_by_role("heading", level=1)).to_have_text("Choisissez votre second facteur")
    page.get_by_role("link", name="Une clé d’accès").click()
    page.get_by_label("Nom de cette clé").fill("Poste du bureau")
    page.get_by_role("button", name="Créer la clé d’accès").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vos codes de secours")
    page.get_by_role("button", name="Montrer dix codes").click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Télécharger ces codes").click()
    assert downloading.value.suggested_filename == "codes-de-secours-proxirh.txt"
    shown = page.locator("main code").all_text_contents()
    assert downloading.value.path().read_text(encoding="utf-8").splitlines()[3:] == shown
    page.get_by_role("link", name="J’ai gardé mes codes, continuer").click()
    expect(page).to_have_url(f"{base}/bureau/")
    leave(page)
    by_code(page, base)
    expect(page.get_by_role("heading", level=1)).to_have_text("Présentez votre second facteur")
    page.get_by_role("button", name="Utiliser ma clé d’accès").click()
    expect(page).to_have_url(f"{base}/bureau/")
    assert Authenticator.objects.get(type="webauthn").last_used_at is not None


def test_device_that_does_not_verify_its_user_is_told_kindly(page: Page, base: str) -> None:
    devtools, made = authenticator(page)
    by_code(page, base)
    page.goto(f"{base}/securite/cle/")
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": made, "isUserVerified": False})
    page.get_by_role("button", name="Créer la clé d’accès").click()
    expect(page.get_by_role("alert")).to_contain_text("L’appareil n’a pas terminé")
    assert not Authenticator.objects.exists()


def test_same_device_twice_is_told_so(page: Page, base: str) -> None:
    authenticator(page)
    by_code(page, base)
    for _ in range(2):
        page.goto(f"{base}/securite/cle/")
        page.get_by_role("button", name="Créer la clé d’accès").click()
        page.wait_for_load_state()
        expect(
            page.get_by_text("déjà une clé d’accès").or_(page.get_by_text("Votre clé d’accès est ajoutée"))
        ).to_be_visible()
    assert Authenticator.objects.filter(type="webauthn").count() == 1


def test_application_of_codes_needs_no_script(new_page: Callable[..., Page], base: str) -> None:
    page = new_page(java_script_enabled=False, viewport={"width": 320, "height": 640})
    by_code(page, base)
    page.get_by_role("link", name="Une application de codes").click()
    secret = page.locator("main [translate=no]").text_content() or ""
    page.get_by_label("Code que montre l’application").fill(totp(secret.replace(" ", "")))
    page.get_by_role("button", name="Ajouter cette application").click()
    page.get_by_role("button", name="Montrer dix codes").click()
    code = page.locator("main code").all_text_contents()[0]
    leave(page)
    by_code(page, base)
    page.get_by_label("Code de votre application").fill(code)
    page.get_by_role("button", name="Continuer").click()
    expect(page).to_have_url(f"{base}/bureau/")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_have_no_accessibility_fault(new_page: Callable[..., Page], base: str, theme: str) -> None:
    page = new_page(viewport={"width": 360, "height": 800}, color_scheme=theme)
    authenticator(page)
    by_code(page, base)
    faults: dict[str, object] = {}

    def look(name: str) -> None:
        page.wait_for_load_state("networkidle")
        for width in (320, 360, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            if (found := page.evaluate("document.documentElement.scrollWidth")) > width:
                faults[f"{name} {width} overflows"] = found
            if broken := Axe().run(page, options=RULES).response["violations"]:
                faults[f"{name} {width}"] = [(one["id"], [node["target"] for node in one["nodes"]]) for one in broken]
        page.set_viewport_size({"width": 360, "height": 800})

    look("choix")
    page.goto(f"{base}/bureau/")
    look("manque")
    page.goto(f"{base}/securite/")
    look("securite-vide")
    page.goto(f"{base}/securite/application/")
    look("application")
    page.get_by_label("Code que montre l’application").fill("000000")
    page.get_by_role("button", name="Ajouter cette application").click()
    look("application-erreur")
    page.goto(f"{base}/securite/cle/")
    look("cle")
    page.get_by_role("button", name="Créer la clé d’accès").click()
    expect(page.get_by_role("button", name="Montrer dix codes")).to_be_visible()
    look("codes-avant")
    page.get_by_role("button", name="Montrer dix codes").click()
    look("codes")
    page.goto(f"{base}/securite/")
    look("securite")
    page.get_by_role("link", name="Retirer").first.click()
    look("retirer")
    page.goto(f"{base}/connexion/confirmer/?next=/bureau/")
    look("confirmer")
    page.context.clear_cookies()
    by_code(page, base)
    look("second-facteur")
    page.get_by_label("Code de votre application").fill("000000")
    page.get_by_role("button", name="Continuer").click()
    look("second-facteur-erreur")
    assert faults == {}
