"""The WebAuthn exchange: a challenge of this session, good for five minutes and once; user verification required."""

import json
import struct
import time
from datetime import timedelta
from typing import Any

from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from proxirh.accounts import services
from proxirh.accounts.models import User
from proxirh.kernel import limits
from proxirh.kernel.errors import DomainError

CHALLENGE_LIFE = 5 * 60
ONCE = timedelta(hours=1)
STATE, AT = auth.STATE_SESSION_KEY, "passkey_asked_at"
# Whatever an answer made by hand can break in the libraries that read it.
UNREADABLE = (ValidationError, ValueError, TypeError, LookupError, AttributeError, struct.error, RecursionError)

FAILED = "La clé d’accès n’a pas répondu comme prévu. Recommencez."
OLD = "Cette demande était ouverte depuis trop longtemps. Recommencez."


def begin_registration(request: HttpRequest, user: User) -> dict[str, Any]:
    """What the browser hands to `navigator.credentials.create`."""
    request.session[AT] = int(time.time())
    return auth.begin_registration(user, passwordless=False)


def complete_registration(request: HttpRequest, answer: str) -> dict[str, Any]:
    """The credential to keep, checked against the challenge of this session, which is spent. Raises DomainError."""
    _spend(request)
    try:
        credential = json.loads(answer)
        auth.parse_registration_response(credential)
        auth.complete_registration(credential)
    except UNREADABLE as error:
        raise DomainError(FAILED) from error
    finally:
        _forget(request)
    return credential


def begin_proof(request: HttpRequest, user: User) -> dict[str, Any]:
    """What the browser hands to `navigator.credentials.get`."""
    request.session[AT] = int(time.time())
    return auth.begin_authentication(user)


def complete_proof(request: HttpRequest, user: User, answer: str) -> Authenticator:
    """The passkey of this account that signed the challenge of this session, which is spent. Raises DomainError."""
    _spend(request)
    try:
        response = json.loads(answer)
        auth.parse_authentication_response(response)
        return auth.complete_authentication(user, response)
    except UNREADABLE as error:
        raise DomainError(services.WRONG_PASSKEY) from error
    finally:
        _forget(request)


def _spend(request: HttpRequest) -> None:
    """Refuse a challenge that is missing, old or spent: two answers in the same instant read the same session."""
    assert context.request is not None
    state = request.session.get(STATE)
    if not state or time.time() - request.session.get(AT, 0) > CHALLENGE_LIFE:
        _forget(request)
        raise DomainError(OLD)
    if not limits.attempt("passkey-challenge", str(state.get("challenge")), limit=1, per=ONCE):
        raise DomainError(OLD)


def _forget(request: HttpRequest) -> None:
    request.session.pop(STATE, None)
    request.session.pop(AT, None)
