"""« Votre sécurité »: adding, removing, recovery codes; each change told, sealed, and fatal to the other visits."""

import base64
import re
import uuid
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from bs4 import BeautifulSoup
from django.utils import timezone

from proxirh.accounts import services
from proxirh.accounts.adapter import FactorAdapter, opened
from proxirh.accounts.models import FactorVault
from proxirh.accounts.services.factors import LAST, RECOVERY, TOTP
from proxirh.kernel.encryption import DecryptionError
from proxirh.kernel.errors import NotAllowed
from proxirh.kernel.models import DataKey, JournalEntry
from proxirh.outbox.models import OutgoingEmail
from tests.accounts.conftest import mails_to
from tests.accounts.devices import totp
from tests.accounts.staff import DESK, SECRET, Staff, at_browser, forget_last_step, hidden, kinds, letters_of
from tests.test_canaries import every_stored_value
from tests.world import World

pytestmark = pytest.mark.django_db
APPLICATION, CODES = "/securite/application/", "/securite/codes/"


@pytest.fixture
def counsellor(world: World) -> Staff:
    """Someone who holds a mission, and has no factor yet."""
    return at_browser(world)


def show_codes(member: Staff, key: str = "") -> tuple[str, list[str]]:
    """Press the button; the key of the form and the codes shown."""
    key = key or hidden(member.client.get(CODES), "key")
    page = member.client.post(CODES, {"key": key})
    return key, [
        found.text.replace(" ", "") for found in BeautifulSoup(page.content, "html.parser").select("main code")
    ]


# ── Adding an application of codes ─────────────────────────────────────────────────────────────────
def test_application_is_added_then_codes_are_shown_and_the_desk_opens(counsellor: Staff) -> None:
    counsellor.sign_in(DESK)
    page = counsellor.client.get(f"{APPLICATION}?next={DESK}")
    image = BeautifulSoup(page.content, "html.parser").select_one("main img")["src"]
    head, _, data = image.partition(",")
    assert head == "data:image/svg+xml;base64"
    assert base64.b64decode(data).startswith(b"<?xml")
    posted = {"secret": hidden(page, "secret"), "code": totp(letters_of(page))}
    before = counsellor.client.session.session_key
    response = counsellor.client.post(f"{APPLICATION}?next={DESK}", posted)
    assert response["Location"] == f"{CODES}?next=%2Fbureau%2F"
    assert counsellor.client.session.session_key != before
    _, codes = show_codes(counsellor)
    assert len(set(codes)) == 10
    assert kinds(counsellor.user) == [RECOVERY, TOTP]
    assert counsellor.client.get(DESK).status_code == 200


def test_square_says_what_the_letters_say(counsellor: Staff) -> None:
    secret = "JBSWY3DPEHPK3PXP"
    address = FactorAdapter().build_totp_url(counsellor.user, secret)
    assert address == f"otpauth://totp/Counsellor%20Exemple?secret={secret}&issuer=ProxiRH"


def test_secret_of_the_page_is_for_one_account_and_half_an_hour(world: World, counsellor: Staff) -> None:
    """Mutation: sign the secret without its owner."""
    other = at_browser(world, "fellow counsellor")
    for member in (counsellor, other):
        member.sign_in()
    page = other.client.get(APPLICATION)
    posted = {"secret": hidden(page, "secret"), "code": totp(letters_of(page))}
    for secret in (posted["secret"], posted["secret"][:-2], "", "x"):
        response = counsellor.client.post(APPLICATION, posted | {"secret": secret})
        assert response["Location"] == APPLICATION
    assert kinds(counsellor.user) == []


def test_wrong_code_keeps_the_same_square(counsellor: Staff) -> None:
    counsellor.sign_in()
    page = counsellor.client.get(APPLICATION)
    secret = letters_of(page)
    again = counsellor.client.post(APPLICATION, {"secret": hidden(page, "secret"), "code": "000000"})
    assert again.status_code == 422
    assert letters_of(again) == secret
    assert kinds(counsellor.user) == []


def test_second_application_is_refused_kindly(counsellor: Staff) -> None:
    counsellor.add_totp()
    counsellor.come_in()
    page = counsellor.client.get(APPLICATION)
    response = counsellor.client.post(APPLICATION, {"secret": hidden(page, "secret"), "code": totp(letters_of(page))})
    assert response.status_code == 422
    assert "déjà une application" in response.text


@pytest.mark.parametrize("path", ["/securite/ajouter/", APPLICATION, "/securite/cle/"])
def test_agent_adds_no_factor(world: World, path: str) -> None:
    """Mutation: drop the check of the mission. Nobody could rescue an agent who loses it."""
    author = at_browser(world, "author")
    author.sign_in()
    assert author.client.get(path).status_code == 403
    assert author.client.post("/securite/cle/defi/").status_code == 403
    with pytest.raises(NotAllowed):
        services.add_totp(actor=author.user, secret=SECRET, code=totp(SECRET))


# ── What the database holds ────────────────────────────────────────────────────────────────────────
def test_no_secret_is_stored_in_clear(counsellor: Staff) -> None:
    """Mutation: return `text` in `FactorAdapter.encrypt`."""
    counsellor.sign_in()
    page = counsellor.client.get(APPLICATION)
    secret = letters_of(page)
    counsellor.client.post(APPLICATION, {"secret": hidden(page, "secret"), "code": totp(secret)})
    _, codes = show_codes(counsellor)
    counsellor.client.post("/securite/cle/defi/")
    counsellor.add_passkey()
    with opened(FactorVault.objects.select_related("data_key").get()):
        row = Authenticator.objects.get(type=RECOVERY)
        seed = FactorAdapter().decrypt(row.data["seed"])
    searched = [secret, seed, "Téléphone", "T\\u00e9l", *codes]
    for place, value in every_stored_value():
        assert not [word for word in searched if word.encode() in value], place


def test_secret_copied_from_another_account_does_not_open(world: World, counsellor: Staff) -> None:
    """Mutation: leave the vault out of the associated data, and share the key."""
    other = at_browser(world, "fellow counsellor")
    counsellor.add_totp()
    other.add_totp()
    stolen = Authenticator.objects.get(user=other.user).data["secret"]
    with opened(services.factors.vault_of(counsellor.user)), pytest.raises(DecryptionError):
        FactorAdapter().decrypt(stolen)
    row = Authenticator.objects.get(user=counsellor.user)
    Authenticator.objects.filter(pk=row.pk).update(data=row.data | {"secret": stolen})
    counsellor.sign_in()
    assert counsellor.present().status_code == 422
    assert not counsellor.is_in


def test_secrets_need_the_vault(counsellor: Staff) -> None:
    with pytest.raises(RuntimeError):
        FactorAdapter().encrypt("x")


# ── Each change is told, written, and ends the other visits ────────────────────────────────────────
def test_each_change_is_mailed_and_written_in_neutral_words(counsellor: Staff) -> None:
    """Mutation: leave `_changed` out of any of them."""
    counsellor.add_totp()
    counsellor.come_in()
    counsellor.add_passkey()
    show_codes(counsellor)
    passkey = next(one for one in services.factors_of(counsellor.user) if one.kind == "webauthn")
    counsellor.client.post(f"/securite/{passkey.uid}/retirer/")
    told = [mail.body.splitlines()[2] for mail in mails_to(counsellor.address) if mail.kind == "second-factor"]
    assert [line.partition(",")[0] for line in told] == [
        "Une application de codes a été ajoutée",
        "Une clé d’accès a été ajoutée",
        "De nouveaux codes de secours ont été créés",
        "Une clé d’accès a été retirée",
    ]
    assert not [mail for mail in mails_to(counsellor.address) if "Téléphone" in mail.body + mail.subject]
    lines = JournalEntry.objects.filter(subject=f"accounts.user:{counsellor.user.uid}").order_by("pk")
    assert list(lines.exclude(verb="adresse prouvée").values_list("verb", "details__kind")) == [
        ("second facteur ajouté", "totp"),
        ("second facteur ajouté", "webauthn"),
        ("codes de secours renouvelés", "recovery_codes"),
        ("second facteur retiré", "webauthn"),
    ]


def test_change_ends_the_other_visits_and_spares_this_one(world: World, counsellor: Staff) -> None:
    """Mutation: leave `end_visits` or `keep_this_visit` out."""
    counsellor.add_totp()
    counsellor.come_in()
    elsewhere = at_browser(world)
    forget_last_step()
    elsewhere.come_in()
    assert elsewhere.client.get(DESK).status_code == 200
    counsellor.add_passkey()
    assert counsellor.client.get(DESK).status_code == 200
    assert elsewhere.client.get(DESK).status_code == 302


def test_mail_goes_to_the_service_address_of_whoever_proved_none(counsellor: Staff) -> None:
    counsellor.user.addresses.all().delete()
    counsellor.add_totp()
    assert [mail.recipient for mail in OutgoingEmail.objects.filter(kind="second-factor")] == [counsellor.address]


# ── Recovery codes ─────────────────────────────────────────────────────────────────────────────────
def test_codes_are_shown_once_in_letters_and_as_a_file(counsellor: Staff) -> None:
    """Mutation: show them on GET."""
    counsellor.add_totp()
    counsellor.come_in()
    key = hidden(counsellor.client.get(CODES), "key")
    page = counsellor.client.post(CODES, {"key": key})
    soup = BeautifulSoup(page.content, "html.parser")
    codes = [found.text for found in soup.select("main code")]
    assert all(re.fullmatch(r"\d{4} \d{4}", code) for code in codes)
    link = soup.select_one("main a[download]")
    text = base64.b64decode(link["href"].partition(",")[2]).decode()
    assert text.splitlines()[3:] == codes
    for path in (CODES, "/securite/"):
        shown = counsellor.client.get(path).text
        assert not [code for code in codes if code in shown or code.replace(" ", "") in shown]


def test_same_form_twice_shows_the_same_codes_and_another_form_replaces_them(counsellor: Staff) -> None:
    """Mutation: ignore the key of the form."""
    counsellor.add_totp()
    counsellor.come_in()
    key, codes = show_codes(counsellor)
    assert show_codes(counsellor, key) == (key, codes)
    assert [mail.kind for mail in mails_to(counsellor.address)].count("second-factor") == 2
    _, fresh = show_codes(counsellor)
    assert not set(fresh) & set(codes)
    with pytest.raises(services.proofs.DomainError):
        services.prove_by_code(user=counsellor.user, code=codes[0])


def test_key_that_is_none_creates_nothing(counsellor: Staff) -> None:
    counsellor.add_totp()
    counsellor.come_in()
    assert counsellor.client.post(CODES, {"key": "x"}).status_code == 200
    assert kinds(counsellor.user) == [TOTP]


def test_codes_need_a_factor(counsellor: Staff) -> None:
    counsellor.sign_in()
    assert counsellor.client.post(CODES, {"key": str(uuid.uuid4())})["Location"] == "/securite/ajouter/"
    assert kinds(counsellor.user) == []


# ── Removing ───────────────────────────────────────────────────────────────────────────────────────
def test_last_factor_stays_as_long_as_a_mission_asks_for_it(counsellor: Staff) -> None:
    """Mutation: count the recovery codes as a factor."""
    counsellor.add_totp()
    counsellor.add_codes()
    counsellor.come_in()
    factor = services.factors_of(counsellor.user)[0]
    assert counsellor.client.post(f"/securite/{factor.uid}/retirer/")["Location"] == "/securite/"
    assert LAST in counsellor.client.get("/securite/").text
    assert kinds(counsellor.user) == [RECOVERY, TOTP]


def test_last_factor_of_an_ended_mission_goes_with_the_recovery_codes(counsellor: Staff) -> None:
    """Mutation: leave the session its second factor."""
    counsellor.add_totp()
    counsellor.add_codes()
    counsellor.come_in()
    counsellor.person.postings.update(valid_until=timezone.localdate() - timedelta(days=1))
    factor = services.factors_of(counsellor.user)[0]
    counsellor.client.post(f"/securite/{factor.uid}/retirer/")
    assert kinds(counsellor.user) == []
    assert counsellor.is_in
    assert not counsellor.is_proved


def test_factor_of_another_does_not_exist_here(world: World, counsellor: Staff) -> None:
    """Mutation: look the factor up without its owner."""
    other = at_browser(world, "fellow counsellor")
    other.add_totp()
    counsellor.add_totp()
    counsellor.come_in()
    foreign = services.factors_of(other.user)[0].uid
    for method in (counsellor.client.get, counsellor.client.post):
        assert method(f"/securite/{foreign}/retirer/").status_code == 404
    assert kinds(other.user) == [TOTP]


def test_page_names_each_factor_and_its_last_use(counsellor: Staff) -> None:
    counsellor.add_totp()
    counsellor.add_codes()
    counsellor.come_in()
    text = BeautifulSoup(counsellor.client.get("/securite/").content, "html.parser").main.get_text(" ")
    assert "Application de codes" in text
    assert "a servi le" in text
    assert "il en reste 10 sur dix" in text
    assert counsellor.address in text


# ── Reset ──────────────────────────────────────────────────────────────────────────────────────────
def test_reset_forgets_the_secrets_with_their_key_and_ends_the_visits(counsellor: Staff) -> None:
    """Mutation: keep the former key, or leave the visits open."""
    counsellor.add_totp()
    counsellor.add_codes()
    counsellor.come_in()
    former = FactorVault.objects.get().data_key_id
    services.reset_factors(by="personne:x", user=counsellor.user, reason="telephone")
    assert kinds(counsellor.user) == []
    assert not DataKey.objects.filter(pk=former).exists()
    assert counsellor.client.get("/securite/").status_code == 302
    assert "ont été effacés" in mails_to(counsellor.address)[-1].subject
    line = JournalEntry.objects.get(verb="second facteur réinitialisé")
    assert (line.actor, line.details) == ("personne:x", {"reason": "telephone"})


@pytest.mark.parametrize(("hours", "added"), [(23, True), (25, False)])
def test_factor_is_added_within_a_day_of_the_reset(counsellor: Staff, hours: int, added: bool) -> None:
    """Mutation: ignore `enrol_until`."""
    counsellor.add_totp()
    services.reset_factors(
        by="personne:x", user=counsellor.user, reason="telephone", at=timezone.now() - timedelta(hours=hours)
    )
    assert counsellor.sign_in(DESK)["Location"].startswith("/securite/ajouter/")
    page = counsellor.client.get(APPLICATION)
    if not added:
        assert page.status_code == 403
        assert "24 heures" in page.text
        assert "24 heures" in counsellor.client.get("/securite/").text
        return
    counsellor.client.post(APPLICATION, {"secret": hidden(page, "secret"), "code": totp(letters_of(page))})
    assert kinds(counsellor.user) == [TOTP]
    assert FactorVault.objects.get().enrol_until is None


def test_pages_cost_few_queries(counsellor: Staff, django_assert_max_num_queries) -> None:
    counsellor.add_totp()
    counsellor.add_codes()
    counsellor.come_in()
    with django_assert_max_num_queries(12):
        counsellor.client.get("/securite/")
