"""A little computation asked of the visitor's browser, so that filling public forms by the thousand has a price.

Without JavaScript a form still works, under the stricter limits of its service.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

import altcha
from django.utils import timezone

from proxirh.kernel import encryption, limits

FIELD = "preuve"
LIFE = timedelta(hours=1)
# About 256 derivations of this many rounds: under half a second on a desk, a few seconds on an old telephone.
ROUNDS = 5_000
# A solved challenge weighs some 700 bytes; nothing longer is decoded.
MAX_PAYLOAD = 2_000


def _secrets() -> tuple[bytes, ...]:
    return encryption.blind_indexes("proof-of-work", "signature")


def new_challenge(*, at: datetime | None = None) -> str:
    """What `accounts/proof_of_work.html` gives to the browser: signed, good for one hour and for one form."""
    challenge = altcha.create_challenge(
        "PBKDF2/SHA-256", ROUNDS, expires_at=(at or timezone.now()) + LIFE, hmac_secret=_secrets()[0]
    )
    return json.dumps(challenge.to_dict(), separators=(",", ":"))


def is_proved(data: Mapping[str, str], *, at: datetime | None = None) -> bool:
    """True when the posted form carries a solution to one of our challenges, never seen before."""
    payload = data.get(FIELD, "")
    if not payload or len(payload) > MAX_PAYLOAD:
        return False
    if not any(altcha.verify_solution(payload, secret).verified for secret in _secrets()):
        return False
    signature = altcha.Payload.from_base64(payload).challenge.signature or ""
    return limits.attempt("proof-of-work", signature, limit=1, per=2 * LIFE, at=at)
