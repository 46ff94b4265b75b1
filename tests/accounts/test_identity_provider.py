"""Sign-in at an identity provider that enforces ProConnect’s rules, on a real connection, lies included."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import oidc_provider_mock
import pytest
import requests
from django.core.cache import cache
from django.http import HttpResponse

from proxirh.accounts.models import Address, Identity, Person, User, address_index
from proxirh.kernel.models import DataKey
from proxirh.outbox.models import OutgoingEmail
from tests.accounts.conftest import ADDRESS, AFTER, Visitor, code_sent_to, mails_to, wrong
from tests.accounts.strict_provider import CLIENT_ID, CLIENT_SECRET, OTHER_KEY, StrictProvider, serve

pytestmark = pytest.mark.django_db

FAILED = "n’a pas abouti"
# Where a new account is offered to prove its address, before the page asked for.
FIRST_TIME = "/connexion/adresse/?next=%2Fapres%2F"


@pytest.fixture(scope="module")
def listening() -> Iterator[StrictProvider]:
    """One provider for the module."""
    with serve() as provider:
        yield provider


@pytest.fixture
def provider(listening: StrictProvider, settings) -> StrictProvider:
    """The provider, honest again, and our settings that name it."""
    fresh = StrictProvider(issuer=listening.issuer)
    listening.__dict__.update(fresh.__dict__)
    configure(settings, listening.issuer)
    return listening


def configure(settings, issuer: str) -> None:
    settings.OIDC_ISSUER, settings.OIDC_ENABLED = issuer, True
    settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
    cache.clear()


def leave(visitor: Visitor, next_url: str = AFTER) -> str:
    """Address at the provider where our button leads."""
    response = visitor.client.get("/connexion/identite/", {"next": next_url})
    assert response.status_code == 302
    return response["Location"]


def grant(address: str) -> str:
    """Address by which the provider sends the browser back."""
    answer = requests.get(address, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def come_in(visitor: Visitor) -> HttpResponse:
    """The whole journey."""
    return visitor.client.get(grant(leave(visitor)))


def assert_refused(visitor: Visitor, response: HttpResponse, sentence: str = FAILED) -> None:
    assert response["Location"] == "/connexion/"
    assert sentence in visitor.client.get("/connexion/").text
    assert not visitor.is_in
    assert not Identity.objects.exists()


def test_first_sign_in_makes_an_account_with_its_name(provider: StrictProvider, visitor: Visitor, new_visitor) -> None:
    assert come_in(visitor)["Location"] == FIRST_TIME
    assert visitor.is_in
    assert f'href="{AFTER}"' in visitor.client.get(FIRST_TIME).text
    assert come_in(new_visitor())["Location"] == AFTER
    identity = Identity.objects.get()
    assert (identity.issuer, identity.subject) == (provider.issuer, "sub-camille")
    assert identity.user.person.full_name == "Camille Exemple"


def test_claimed_address_is_not_a_proved_one(provider: StrictProvider, visitor: Visitor) -> None:
    """Mutation: give the new account an Address with the claimed e-mail, which opens what was written with it."""
    come_in(visitor)
    assert not Address.objects.exists()


def test_claimed_mailbox_that_others_read_is_no_way_to_bind(
    provider: StrictProvider, visitor: Visitor, settings
) -> None:
    """Mutation: mail the binding code to it, since a person is known by it."""
    Person.objects.create(
        data_key=DataKey.objects.issue(),
        staff_address=provider.person["email"],
        staff_index=address_index(provider.person["email"]),
    )
    settings.SHARED_MAILBOXES = "tests.accounts.conftest.everybody_reads"
    assert come_in(visitor)["Location"] == FIRST_TIME
    assert not OutgoingEmail.objects.exists()


def test_same_identity_opens_the_same_account_whatever_its_address_becomes(
    provider: StrictProvider, visitor: Visitor, new_visitor
) -> None:
    come_in(visitor)
    provider.person["email"] = "camille.nouveau@ac-demo.fr"
    later = new_visitor()
    come_in(later)
    assert later.client.session["_auth_user_id"] == visitor.client.session["_auth_user_id"]
    assert User.objects.count() == 1


def test_another_subject_is_another_account(provider: StrictProvider, visitor: Visitor, new_visitor) -> None:
    """Mutation: match by issuer alone."""
    come_in(visitor)
    provider.person["sub"] = "sub-autre"
    come_in(new_visitor())
    assert User.objects.count() == 2


def test_same_subject_elsewhere_is_another_account(provider: StrictProvider, visitor: Visitor) -> None:
    """Mutation: match by subject alone."""
    Identity.objects.create(user=User.objects.create(), issuer="https://autre.exemple", subject="sub-camille")
    come_in(visitor)
    assert User.objects.count() == 2


def test_request_says_only_what_is_asked(provider: StrictProvider, visitor: Visitor) -> None:
    """Mutation: LETTERS of 31, or any extra parameter (the provider refuses both)."""
    query = parse_qs(urlsplit(leave(visitor)).query)
    assert set(query) == {"response_type", "scope", "client_id", "redirect_uri", "state", "nonce"}
    assert query["scope"] == ["openid given_name usual_name email"]
    assert len(query["state"][0]) >= 32
    assert len(query["nonce"][0]) >= 32


# ── An address that someone here already has ───────────────────────────────────────────────────────
@pytest.fixture
def known(new_visitor) -> Visitor:
    """Someone who came before with a code to the same address."""
    earlier = new_visitor()
    earlier.sign_in()
    return earlier


def test_claiming_the_address_of_someone_else_opens_nothing(
    provider: StrictProvider, known: Visitor, visitor: Visitor
) -> None:
    """Mutation: open the account of the claimed address at once."""
    assert come_in(visitor)["Location"] == "/connexion/code/"
    assert not visitor.is_in
    assert not Identity.objects.exists()
    assert visitor.type(wrong(code_sent_to(ADDRESS))).status_code == 422
    assert not visitor.is_in


def test_code_sent_to_the_address_binds_the_two(
    provider: StrictProvider, known: Visitor, visitor: Visitor, new_visitor
) -> None:
    come_in(visitor)
    assert "Pourquoi ce code" in visitor.client.get("/connexion/code/").text
    assert visitor.type(code_sent_to(ADDRESS))["Location"] == AFTER
    assert visitor.client.session["_auth_user_id"] == known.client.session["_auth_user_id"]
    later = new_visitor()
    assert come_in(later)["Location"] == AFTER
    assert later.client.session["_auth_user_id"] == known.client.session["_auth_user_id"]
    assert len(mails_to(ADDRESS)) == 2


def test_binding_code_is_worth_nothing_in_another_browser(
    provider: StrictProvider, known: Visitor, visitor: Visitor, new_visitor
) -> None:
    come_in(visitor)
    thief = new_visitor()
    for name in ("code", "connexion"):
        thief.client.cookies[name] = visitor.client.cookies[name].value
    assert thief.type(code_sent_to(ADDRESS))["Location"] == "/connexion/"
    assert not thief.is_in


def test_claiming_the_address_of_an_imported_counsellor_needs_the_code(
    provider: StrictProvider, visitor: Visitor
) -> None:
    """Mutation: look for the claimed address among Address alone."""
    person = Person.objects.create(
        data_key=DataKey.objects.issue(), staff_address=ADDRESS, staff_index=address_index(ADDRESS)
    )
    assert come_in(visitor)["Location"] == "/connexion/code/"
    person.refresh_from_db()
    assert person.user is None
    visitor.type(code_sent_to(ADDRESS))
    person.refresh_from_db()
    assert person.user_id == Identity.objects.get().user_id == int(visitor.client.session["_auth_user_id"])


def test_account_without_address_may_prove_one(provider: StrictProvider, visitor: Visitor) -> None:
    come_in(visitor)
    visitor.client.post("/connexion/adresse/", {"address": ADDRESS}, query_params={"next": AFTER})
    assert visitor.type(code_sent_to(ADDRESS))["Location"] == AFTER
    assert Address.objects.get().user_id == Identity.objects.get().user_id


# ── Lies ───────────────────────────────────────────────────────────────────────────────────────────
LIES = {
    "wrong nonce": ("identity_lies", {"nonce": "n" * 40}),
    "no nonce": ("identity_lies", {"nonce": None}),
    "wrong issuer": ("identity_lies", {"iss": "https://autre.exemple"}),
    "wrong issuer everywhere": ("every_lie", {"iss": "https://autre.exemple"}),
    "another audience": ("identity_lies", {"aud": "autre-service"}),
    "another authorised party": ("identity_lies", {"aud": [CLIENT_ID, "autre"], "azp": "autre"}),
    "expired": ("identity_lies", {"exp": int(time.time()) - 60}),
    "without end": ("identity_lies", {"exp": None}),
    "without subject": ("identity_lies", {"sub": None}),
    "signed by someone else": ("identity_key", OTHER_KEY),
    "unsigned": ("identity_algorithm", "none"),
    "signed with the shared secret": ("identity_algorithm", "HS256"),
    "unsigned details": ("details_algorithm", "none"),
    "details of someone else": ("details_lies", {"sub": "sub-autre"}),
    "details by someone else": ("details_lies", {"iss": "https://autre.exemple"}),
    "details for someone else": ("details_lies", {"aud": "autre-service"}),
    "details without subject": ("details_lies", {"sub": None}),
}


@pytest.mark.parametrize("lie", LIES)
def test_lie_opens_nothing(provider: StrictProvider, visitor: Visitor, lie: str) -> None:
    """Mutation: drop, one at a time, the lines of `_check_identity` and `_check_details`, or the nonce."""
    name, value = LIES[lie]
    if name == "every_lie":
        provider.identity_lies = provider.details_lies = value
    else:
        setattr(provider, name, value)
    assert_refused(visitor, come_in(visitor))


def test_answer_serves_once(provider: StrictProvider, visitor: Visitor) -> None:
    """Mutation: keep the state after use."""
    address = grant(leave(visitor))
    granted = dict(provider.codes)
    provider.details_lies = {"sub": "sub-autre"}
    visitor.client.get(address)
    provider.details_lies = {}
    provider.codes |= granted
    assert_refused(visitor, visitor.client.get(address))


def test_code_that_served_someone_serves_nobody_else(provider: StrictProvider, visitor: Visitor, new_visitor) -> None:
    address = grant(leave(visitor))
    visitor.client.get(address)
    assert visitor.is_in
    thief = new_visitor()
    stolen = parse_qs(urlsplit(address).query)["code"][0]
    state = parse_qs(urlsplit(leave(thief)).query)["state"][0]
    thief.client.get("/connexion/identite/retour/", {"code": stolen, "state": state})
    assert not thief.is_in


def test_answer_meant_for_another_browser_is_refused(provider: StrictProvider, visitor: Visitor, new_visitor) -> None:
    """Mutation: take any state and no nonce: an attacker would sign a victim into his own account."""
    attacker, victim = visitor, new_visitor()
    leave(victim)
    assert_refused(victim, victim.client.get(grant(leave(attacker))))


def test_old_answer_is_refused(provider: StrictProvider, visitor: Visitor) -> None:
    """Mutation: drop STATE_LIFE."""
    address = grant(leave(visitor))
    session = visitor.client.session
    for value in session["openid_states"].values():
        value[2] -= 16 * 60
    session.save()
    assert_refused(visitor, visitor.client.get(address))


def test_answer_of_another_issuer_is_refused(provider: StrictProvider, visitor: Visitor) -> None:
    """Mutation: drop `check_answer`."""
    address = grant(leave(visitor)).replace("iss=http", "iss=https")
    assert_refused(visitor, visitor.client.get(address))


def test_refusal_at_the_provider_is_explained(provider: StrictProvider, visitor: Visitor) -> None:
    state = parse_qs(urlsplit(leave(visitor)).query)["state"][0]
    answer = visitor.client.get("/connexion/identite/retour/", {"error": "access_denied", "state": state})
    assert_refused(visitor, answer)


@pytest.mark.parametrize("query", [{}, {"code": "x"}, {"state": "x"}, {"code": "x", "state": "é"}])
def test_answer_without_question_is_refused(provider: StrictProvider, visitor: Visitor, query) -> None:
    assert_refused(visitor, visitor.client.get("/connexion/identite/retour/", query))


# ── A provider in bad health ───────────────────────────────────────────────────────────────────────
def test_silent_provider_leaves_the_code(visitor: Visitor, settings) -> None:
    configure(settings, "http://127.0.0.1:9")
    assert_refused(visitor, visitor.client.get("/connexion/identite/"), "ne répond pas")


@pytest.mark.parametrize(
    "lies",
    [
        {"issuer": "https://autre.exemple"},
        {"token_endpoint": "http://ailleurs.exemple/token"},
        {"jwks_uri": None},
        {"issuer": None},
    ],
)
def test_doubtful_discovery_is_refused(provider: StrictProvider, visitor: Visitor, lies) -> None:
    """Mutation: drop `_check`."""
    provider.discovery_lies = lies
    assert_refused(visitor, visitor.client.get("/connexion/identite/"), "ne répond pas")


def test_states_of_many_tabs_do_not_pile_up(provider: StrictProvider, visitor: Visitor) -> None:
    first = leave(visitor)
    for _ in range(5):
        last = leave(visitor)
    assert len(visitor.client.session["openid_states"]) == 5
    assert_refused(visitor, visitor.client.get(grant(first)))
    assert visitor.client.get(grant(last))["Location"] == FIRST_TIME


def test_without_provider_there_is_neither_button_nor_page(visitor: Visitor) -> None:
    assert "/connexion/identite/" not in visitor.client.get("/connexion/").text
    assert visitor.client.get("/connexion/identite/").status_code == 404
    assert visitor.client.get("/connexion/identite/retour/").status_code == 404


# ── Afterwards ─────────────────────────────────────────────────────────────────────────────────────
def test_closed_account_stays_closed(provider: StrictProvider, visitor: Visitor, new_visitor) -> None:
    """Mutation: drop the test of `is_active` in `enter_with_identity`."""
    come_in(visitor)
    User.objects.update(is_active=False)
    late = new_visitor()
    assert come_in(late)["Location"] == "/connexion/"
    assert "Cet accès est fermé" in late.client.get("/connexion/").text
    assert not late.is_in


def test_session_key_changes_and_the_token_is_sealed(provider: StrictProvider, visitor: Visitor) -> None:
    """Mutation: store the ID token as it came."""
    address = grant(leave(visitor))
    before = visitor.client.session.session_key
    visitor.client.get(address)
    assert visitor.client.session.session_key != before
    stored = str(dict(visitor.client.session.items()))
    assert "eyJ" not in stored
    assert "sub-camille" not in stored


def test_signing_out_ends_the_session_at_the_provider_too(provider: StrictProvider, visitor: Visitor) -> None:
    """Mutation: leave out the state, or the ID token (the provider refuses both)."""
    come_in(visitor)
    response = visitor.client.post("/deconnexion/")
    assert response["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert not visitor.is_in
    address = response.context["address"]
    assert f'<meta http-equiv="refresh" content="0;url={provider.issuer}/logout?' in response.text
    back = requests.get(address, allow_redirects=False, timeout=5)
    assert back.headers["Location"].startswith("http://testserver/deconnexion/terminee/?state=")
    assert visitor.client.get(back.headers["Location"]).status_code == 200


def test_signing_out_works_when_the_provider_is_silent(provider: StrictProvider, visitor: Visitor, settings) -> None:
    come_in(visitor)
    configure(settings, "http://127.0.0.1:9")
    assert visitor.client.post("/deconnexion/")["Location"] == "/deconnexion/terminee/"
    assert not visitor.is_in


# ── A provider that is not ours ────────────────────────────────────────────────────────────────────
@contextmanager
def ordinary_provider() -> Iterator[str]:
    """The issuer of a plain provider, whose details are JSON."""
    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


def test_ordinary_provider_works_too(visitor: Visitor, settings) -> None:
    with ordinary_provider() as issuer:
        configure(settings, issuer)
        requests.put(
            f"{issuer}/users/{ADDRESS}", json={"email": ADDRESS, "given_name": "Camille"}, timeout=5
        ).raise_for_status()
        answer = requests.post(leave(visitor), data={"sub": ADDRESS}, allow_redirects=False, timeout=5)
        assert visitor.client.get(answer.headers["Location"])["Location"] == FIRST_TIME
    assert visitor.is_in
    assert Identity.objects.get().subject == ADDRESS
