"""The OpenID Connect protocol: mozilla-django-oidc's exchange, held to what ProConnect and the standard demand."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
import requests
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import SuspiciousOperation
from django.utils.crypto import get_random_string
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

from proxirh.accounts.services import Claims
from proxirh.kernel import encryption
from proxirh.kernel.errors import DomainError

FAILED = "La connexion avec votre fournisseur d’identité n’a pas abouti. Recommencez, ou demandez un code par courriel."
UNREACHABLE = "Le fournisseur d’identité ne répond pas pour le moment. Demandez plutôt un code par courriel."
LETTERS = 40  # of state and nonce; ProConnect refuses fewer than 32
DISCOVERY_LIFE = 3600
ENDPOINTS = {
    "OIDC_OP_AUTHORIZATION_ENDPOINT": "authorization_endpoint",
    "OIDC_OP_TOKEN_ENDPOINT": "token_endpoint",
    "OIDC_OP_USER_ENDPOINT": "userinfo_endpoint",
    "OIDC_OP_JWKS_ENDPOINT": "jwks_uri",
}
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def provider_name() -> str:
    """How the button names the provider; "" without one."""
    if not settings.OIDC_ENABLED:
        return ""
    host = urlsplit(settings.OIDC_ISSUER).hostname or ""
    return "ProConnect" if "proconnect" in host or "agentconnect" in host else "votre identité académique"


def provider() -> dict[str, Any]:
    """What the configured issuer publishes about itself, read at first need and again every hour."""
    key = f"openid:{settings.OIDC_ISSUER}"
    document = cache.get(key)
    if document is None:
        address = f"{settings.OIDC_ISSUER}/.well-known/openid-configuration"
        try:
            answer = requests.get(address, timeout=settings.OIDC_TIMEOUT, allow_redirects=False)
            answer.raise_for_status()
            document = answer.json()
            _check(document)
        except (requests.RequestException, ValueError, KeyError, TypeError, AttributeError) as error:
            raise DomainError(UNREACHABLE) from error
        cache.set(key, document, DISCOVERY_LIFE)
    return document


def _check(document: dict[str, Any]) -> None:
    """Refuse a document of another issuer, or one that sends secrets over an open line."""
    if document["issuer"].rstrip("/") != settings.OIDC_ISSUER:
        raise ValueError("another issuer")
    for name in ENDPOINTS.values():
        parts = urlsplit(document[name])
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise ValueError("an endpoint without TLS")


def scopes() -> str:
    """Only what is used: the address and the name. ProConnect has its own words, and some providers refuse them."""
    supported = provider().get("scopes_supported") or []
    if "usual_name" in supported:
        return "openid given_name usual_name email"
    return "openid email profile" if "profile" in supported else "openid email"


def authorization_address(*, redirect_uri: str, state: str, nonce: str) -> str:
    """Where to send the browser; ProConnect refuses any parameter that it did not ask for."""
    query = {
        "response_type": "code",
        "scope": scopes(),
        "client_id": settings.OIDC_RP_CLIENT_ID,
        "redirect_uri": redirect_uri,
        "state": state,
        "nonce": nonce,
    } | _wanted_proof()
    return f"{provider()['authorization_endpoint']}?{urlencode(query)}"


def _accepted(claim: str) -> list[str]:
    """Values of `acr` or `amr` that the settings count as a second factor."""
    return [value for kind, _, value in (word.partition(":") for word in settings.OIDC_SECOND_FACTOR) if kind == claim]


def _wanted_proof() -> dict[str, str]:
    """Parameters that ask the provider to say how it knew the person; none when no answer would count."""
    wanted = {}
    if levels := _accepted("acr"):
        wanted["acr_values"] = " ".join(levels)
    if _accepted("amr"):
        wanted["claims"] = json.dumps({"id_token": {"amr": {"essential": True}}}, separators=(",", ":"))
    return wanted


def is_second_factor(identity: Mapping[str, Any]) -> bool:
    """True when the signed token says, in accepted words, that the provider asked for a second factor."""
    methods = identity.get("amr")
    told = {value for value in (methods if isinstance(methods, list) else [methods]) if isinstance(value, str)}
    return identity.get("acr") in _accepted("acr") or bool(told & set(_accepted("amr")))


def check_answer(answer: Mapping[str, str]) -> None:
    """Refuse the answer of another issuer, where providers say who answers (RFC 9207)."""
    issuer = provider()["issuer"]
    if answer.get("iss", issuer) != issuer:
        raise DomainError(FAILED)


def logout_address(*, id_token: str, state: str, back_to: str) -> str:
    """Where the provider's own session is ended, or "" when it offers nothing."""
    endpoint = provider().get("end_session_endpoint")
    if not endpoint:
        return ""
    return f"{endpoint}?{urlencode({'id_token_hint': id_token, 'state': state, 'post_logout_redirect_uri': back_to})}"


def draw() -> str:
    """A state or a nonce."""
    return get_random_string(LETTERS)


class Provider(OIDCAuthenticationBackend):
    """One exchange with the provider; never a Django backend: sessions are opened by `open_session` alone."""

    @staticmethod
    def get_settings(attr: str, *args: Any) -> Any:
        """Endpoints come from discovery, the rest from the settings."""
        if attr in ENDPOINTS:
            return provider()[ENDPOINTS[attr]]
        return OIDCAuthenticationBackend.get_settings(attr, *args)

    def exchange(self, *, code: str, nonce: str, redirect_uri: str) -> tuple[Claims, str]:
        """Claims about whoever came back with `code`, and the ID token; raises DomainError whatever goes wrong."""
        try:
            tokens = self.get_token(
                {
                    "client_id": self.OIDC_RP_CLIENT_ID,
                    "client_secret": self.OIDC_RP_CLIENT_SECRET,
                    "grant_type": "authorization_code",
                    "code": code,
                    "redirect_uri": redirect_uri,
                }
            )
            identity = self.verify_token(tokens["id_token"], nonce=nonce)
            self._check_identity(identity)
            details = self.get_userinfo(tokens["access_token"], tokens["id_token"], identity)
            self._check_details(details, identity)
        except (
            SuspiciousOperation, requests.RequestException, jwt.PyJWTError, KeyError, ValueError, TypeError
        ) as error:  # fmt: skip
            raise DomainError(FAILED) from error
        return _claims(identity, details), tokens["id_token"]

    def _check_identity(self, identity: dict[str, Any]) -> None:
        """What the library leaves open in an ID token: who signs, for whom, until when."""
        if identity["iss"] != provider()["issuer"]:
            raise SuspiciousOperation("wrong issuer")
        audience = identity["aud"] if isinstance(identity["aud"], list) else [identity["aud"]]
        if (
            self.OIDC_RP_CLIENT_ID not in audience
            or identity.get("azp", self.OIDC_RP_CLIENT_ID) != self.OIDC_RP_CLIENT_ID
        ):
            raise SuspiciousOperation("another audience")
        if "exp" not in identity or not identity["nonce"] or not identity["sub"]:
            raise SuspiciousOperation("incomplete ID token")

    def _check_details(self, details: dict[str, Any], identity: dict[str, Any]) -> None:
        """Details are of the same person; when they are signed, by the same issuer and for us."""
        if details["sub"] != identity["sub"]:
            raise SuspiciousOperation("details of someone else")
        if details.get("iss", identity["iss"]) != identity["iss"]:
            raise SuspiciousOperation("wrong issuer")
        audience = details.get("aud", self.OIDC_RP_CLIENT_ID)
        if self.OIDC_RP_CLIENT_ID not in (audience if isinstance(audience, list) else [audience]):
            raise SuspiciousOperation("another audience")


def _claims(identity: dict[str, Any], details: dict[str, Any]) -> Claims:
    def text(*names: str) -> str:
        return next((value for name in names if isinstance(value := details.get(name), str) and value), "")[:200]

    return Claims(
        issuer=identity["iss"],
        subject=identity["sub"],
        address=text("email"),
        first_name=text("given_name"),
        last_name=text("usual_name", "family_name"),
        second_factor=is_second_factor(identity),
        proved_at=_proved_at(identity),
    )


def _proved_at(identity: dict[str, Any]) -> datetime | None:
    """When the provider last saw the person herself, if it says so: its own session may be hours old."""
    told = identity.get("auth_time")
    try:
        return datetime.fromtimestamp(int(told), UTC) if isinstance(told, int | float) else None
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


# ── The ID token, wanted again at sign-out ─────────────────────────────────────────────────────────
def seal_token(id_token: str) -> str:
    """Form under which a session may hold the token: the database never does in clear."""
    ring = encryption.keyring()
    sealed = encryption.seal(ring.encryption[ring.current], id_token.encode(), b"openid-token")
    return json.dumps([ring.current, sealed.hex()])


def open_token(sealed: str) -> str:
    """Inverse of `seal_token`; "" when its key is gone."""
    version, text = json.loads(sealed)
    try:
        return encryption.unseal(
            encryption.keyring().encryption[version], bytes.fromhex(text), b"openid-token"
        ).decode()
    except (KeyError, encryption.DecryptionError):
        return ""
