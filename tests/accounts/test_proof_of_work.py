"""The computation asked of browsers: real solutions pass once, anything else never."""

import base64
import json
import os
from datetime import timedelta

import altcha
import pytest
from django.utils import timezone

from proxirh.accounts import proof_of_work, services
from proxirh.accounts.services import codes
from tests.accounts.conftest import Visitor

pytestmark = pytest.mark.django_db


def solved(challenge: str) -> dict[str, str]:
    """What a browser posts for a challenge."""
    asked = altcha.Challenge.from_dict(json.loads(challenge))
    return {proof_of_work.FIELD: altcha.Payload(asked, altcha.solve_challenge(asked)).to_base64()}


def easier(challenge: str) -> str:
    """The same challenge, made easier without the secret."""
    data = json.loads(challenge)
    data["parameters"] |= {"keyPrefix": "", "cost": 1}
    return json.dumps(data)


def test_solution_is_taken_once() -> None:
    """Mutation: drop the counter of seen signatures."""
    answer = solved(proof_of_work.new_challenge())
    assert proof_of_work.is_proved(answer)
    assert not proof_of_work.is_proved(answer)


def test_expired_challenge_is_refused() -> None:
    """Mutation: make challenges without `expires_at`."""
    now = timezone.now()
    assert proof_of_work.is_proved(solved(proof_of_work.new_challenge(at=now - timedelta(minutes=59))))
    assert not proof_of_work.is_proved(solved(proof_of_work.new_challenge(at=now - timedelta(minutes=61))))


def test_easier_challenge_is_refused() -> None:
    """Mutation: verify the solution without its signature."""
    assert not proof_of_work.is_proved(solved(easier(proof_of_work.new_challenge())))


def test_challenge_of_another_secret_is_refused() -> None:
    mine = altcha.create_challenge("PBKDF2/SHA-256", 1, hmac_secret=os.urandom(32))
    assert not proof_of_work.is_proved(solved(json.dumps(mine.to_dict())))


@pytest.mark.parametrize(
    "payload",
    ["", "x", "e30=", base64.b64encode(b'{"challenge":{},"solution":{}}').decode(), "\x00", "é", "A" * 100_000],
)
def test_anything_else_is_refused_without_a_fault(payload: str) -> None:
    assert not proof_of_work.is_proved({proof_of_work.FIELD: payload})
    assert not proof_of_work.is_proved({})


def test_proof_lifts_the_stricter_limit(visitor: Visitor) -> None:
    """Mutation: leave the proof unread in the view."""
    for number in range(codes.UNPROVED_REQUESTS_PER_HOUR):
        visitor.client.post("/connexion/", {"address": f"agent{number}@ac-demo.fr"})
    assert visitor.ask().status_code == 429
    assert visitor.ask(**solved(proof_of_work.new_challenge())).status_code == 302


def test_proved_requests_of_a_whole_school_do_not_use_up_the_others(visitor: Visitor) -> None:
    """Mutation: count proved and unproved requests together, or one ceiling for all."""
    for number in range(codes.UNPROVED_REQUESTS_PER_HOUR + 1):
        services.request_code(address=f"agent{number}@ac-demo.fr", token="t", client="127.0.0.1", proved=True)
    assert visitor.ask().status_code == 302
