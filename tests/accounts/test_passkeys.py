"""Passkeys, from an authenticator of our own that can lie: each lie is refused, each challenge serves once."""

import copy
import json

import pytest

from proxirh.accounts import passkeys, services
from tests.accounts.devices import USER_PRESENT, Passkey, from_base64
from tests.accounts.staff import DESK, FACTOR, Staff, at_browser, kinds
from tests.world import World

pytestmark = pytest.mark.django_db
NEW, ADD, CHALLENGE = "/securite/cle/defi/", "/securite/cle/", "/connexion/cle/defi/"


@pytest.fixture
def counsellor(world: World) -> Staff:
    """Someone who holds a mission, come in by the code."""
    member = at_browser(world)
    member.sign_in(DESK)
    return member


def post_new(member: Staff, passkey: Passkey, options: dict, name: str = "Téléphone"):
    return member.client.post(ADD, {"name": name, "credential": passkey.create(options)})


def wait_again(member: Staff) -> dict:
    """Leave, come back by the code; the challenge that the page then fetches."""
    member.client.post("/deconnexion/")
    assert member.sign_in(DESK)["Location"].startswith(FACTOR)
    return member.client.post(CHALLENGE).json()


def test_passkey_is_added_then_opens_the_desk(counsellor: Staff) -> None:
    passkey, response = counsellor.add_passkey()
    assert response["Location"] == "/securite/codes/"
    assert counsellor.client.get(DESK).status_code == 200
    options = wait_again(counsellor)
    assert options["publicKey"]["userVerification"] == "required"
    answer = counsellor.client.post(f"{FACTOR}?next={DESK}", {"assertion": passkey.get(options)})
    assert answer["Location"] == DESK
    assert counsellor.is_proved
    [factor] = services.factors_of(counsellor.user)
    assert factor.label == "Téléphone"
    assert factor.used_at is not None


def test_several_passkeys_are_named_and_each_serves(counsellor: Staff) -> None:
    made = []
    for name in ("Téléphone", "Poste"):
        passkey = Passkey()
        options = counsellor.client.post(NEW).json()
        assert post_new(counsellor, passkey, options, name).status_code == 302
        made.append(passkey)
    assert [factor.label for factor in services.factors_of(counsellor.user)] == ["Téléphone", "Poste"]
    assert len(counsellor.client.post(NEW).json()["publicKey"]["excludeCredentials"]) == 2
    for passkey in made:
        options = wait_again(counsellor)
        assert counsellor.client.post(FACTOR, {"assertion": passkey.get(options)}).status_code == 302


def test_account_is_named_to_the_device_by_a_random_id(counsellor: Staff) -> None:
    user = counsellor.client.post(NEW).json()["publicKey"]["user"]
    assert from_base64(user["id"]) == counsellor.user.uid.bytes
    assert user["displayName"] == "Counsellor Exemple"


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "http://localhost.example"},
        {"origin": "https://evil.example"},
        {"host": "evil.example"},
        {"flags": USER_PRESENT},
        {"flags": 0},
    ],
)
def test_lying_device_adds_nothing_and_opens_nothing(counsellor: Staff, lie: dict) -> None:
    """Mutation: MFA_WEBAUTHN_USER_VERIFICATION = "preferred" lets the fourth one in."""
    options = counsellor.client.post(NEW).json()
    assert post_new(counsellor, Passkey(**lie), options).status_code == 422
    assert kinds(counsellor.user) == []
    passkey, _ = counsellor.add_passkey()
    options = wait_again(counsellor)
    for name, value in lie.items():
        setattr(passkey, name, value)
    refused = counsellor.client.post(FACTOR, {"assertion": passkey.get(options)})
    assert refused.status_code == 422
    assert services.WRONG_PASSKEY in refused.text
    assert not counsellor.is_in


def test_challenge_serves_once(counsellor: Staff) -> None:
    """Mutation: leave the challenge in the session."""
    passkey, _ = counsellor.add_passkey()
    options = wait_again(counsellor)
    wrong, right = Passkey(identifier=passkey.identifier).get(options), passkey.get(options)
    assert counsellor.client.post(FACTOR, {"assertion": wrong}).status_code == 422
    refused = counsellor.client.post(FACTOR, {"assertion": right})
    assert refused.status_code == 422
    assert not counsellor.is_in


def test_challenge_put_back_into_the_session_is_spent(counsellor: Staff) -> None:
    """As two requests that read the session in the same instant. Mutation: drop the counter of `_spend`."""
    passkey, _ = counsellor.add_passkey()
    options = wait_again(counsellor)
    kept = {name: counsellor.client.session[name] for name in (passkeys.STATE, passkeys.AT)}
    counsellor.client.post(FACTOR, {"assertion": "{}"})
    session = counsellor.client.session
    session.update(kept)
    session.save()
    assert counsellor.client.post(FACTOR, {"assertion": passkey.get(options)}).status_code == 422
    assert not counsellor.is_in


def test_challenge_is_of_one_session(world: World, counsellor: Staff) -> None:
    """Mutation: keep challenges elsewhere than in the session."""
    passkey, _ = counsellor.add_passkey()
    options = wait_again(counsellor)
    elsewhere = at_browser(world)
    elsewhere.sign_in(DESK)
    elsewhere.client.post(CHALLENGE)
    assert elsewhere.client.post(FACTOR, {"assertion": passkey.get(options)}).status_code == 422
    assert not elsewhere.is_in


def test_challenge_lasts_five_minutes(counsellor: Staff) -> None:
    """Mutation: ignore its age."""
    passkey, _ = counsellor.add_passkey()
    options = wait_again(counsellor)
    session = counsellor.client.session
    session[passkeys.AT] -= passkeys.CHALLENGE_LIFE + 1
    session.save()
    refused = counsellor.client.post(FACTOR, {"assertion": passkey.get(options)})
    assert passkeys.OLD in refused.text
    assert not counsellor.is_in


def test_passkey_of_another_opens_nothing(world: World, counsellor: Staff) -> None:
    other = at_browser(world, "fellow counsellor")
    other.sign_in()
    foreign, _ = other.add_passkey()
    counsellor.add_passkey()
    options = wait_again(counsellor)
    assert counsellor.client.post(FACTOR, {"assertion": foreign.get(options)}).status_code == 422
    assert not counsellor.is_in


def test_challenge_is_given_to_nobody_else(world: World, counsellor: Staff) -> None:
    stranger = at_browser(world, "author")
    assert stranger.client.post(CHALLENGE).status_code == 404
    stranger.sign_in()
    assert stranger.client.post(CHALLENGE).status_code == 404
    assert counsellor.client.post(CHALLENGE).status_code == 404


JUNK = ["", "x", "[]", "{}", "null", "0", '{"id": "x"}', '{"response": []}', "[" * 5000, "é" * 30_000]


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_junk_is_refused_with_a_sentence(counsellor: Staff, junk: str) -> None:
    counsellor.client.post(NEW)
    assert counsellor.client.post(ADD, {"name": "Clé", "credential": junk}).status_code == 422
    counsellor.add_passkey()
    wait_again(counsellor)
    assert counsellor.client.post(FACTOR, {"assertion": junk}).status_code == 422
    assert not counsellor.is_in


def test_answers_with_a_piece_broken_are_refused(counsellor: Staff) -> None:
    """Whatever the libraries raise, the page is a form with a sentence."""
    passkey = Passkey()
    whole = json.loads(passkey.create(counsellor.client.post(NEW).json()))
    for name in ("id", "rawId", "type", "response"):
        for value in (None, "", [], "ÿ", "AA"):
            broken = json.dumps(copy.deepcopy(whole) | {name: value})
            counsellor.client.post(NEW)
            assert counsellor.client.post(ADD, {"name": "Clé", "credential": broken}).status_code == 422
    for name in whole["response"]:
        for value in (None, "", "ÿ", "AA", "oA"):
            broken = copy.deepcopy(whole)
            broken["response"][name] = value
            counsellor.client.post(NEW)
            posted = {"name": "Clé", "credential": json.dumps(broken)}
            assert counsellor.client.post(ADD, posted).status_code == 422
    assert kinds(counsellor.user) == []


def test_ten_passkeys_at_most(counsellor: Staff) -> None:
    for _ in range(services.factors.MAX_PASSKEYS):
        assert counsellor.add_passkey()[1].status_code == 302
    refused = counsellor.add_passkey()[1]
    assert refused.status_code == 422
    assert len(kinds(counsellor.user)) == services.factors.MAX_PASSKEYS
