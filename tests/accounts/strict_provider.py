"""An OpenID provider on loopback that holds its clients to ProConnect's rules, and that can be made to lie."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "proxirh-essai", "secret-de-quarante-huit-lettres-pour-les-essais-x"
CALLBACK = "http://testserver/connexion/identite/retour/"
AFTER_LOGOUT = "http://testserver/deconnexion/terminee/"
ASKED = {"response_type", "scope", "client_id", "redirect_uri", "state", "nonce"}
KNOWN = {"acr_values", "claims"}  # taken, and never needed
SCOPES = {"openid", "given_name", "usual_name", "email", "uid", "siret", "idp_id"}
CODE_LIFE = 30
KEY, OTHER_KEY = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))


class Refused(Exception):
    """The client broke a rule."""


@dataclass
class StrictProvider:
    """Who is signed in there, what was granted, and the lies to tell."""

    issuer: str = ""
    person: dict[str, str] = field(
        default_factory=lambda: {
            "sub": "sub-camille",
            "email": "camille.exemple@ac-demo.fr",
            "given_name": "Camille",
            "usual_name": "Exemple",
        }
    )
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    identity_lies: dict[str, Any] = field(default_factory=dict)
    details_lies: dict[str, Any] = field(default_factory=dict)
    identity_key: Any = KEY
    identity_algorithm: str = "RS256"
    details_algorithm: str = "RS256"
    discovery_lies: dict[str, Any] = field(default_factory=dict)

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "end_session_endpoint": f"{self.issuer}/logout",
            "scopes_supported": sorted(SCOPES),
        } | self.discovery_lies

    def authorize(self, query: dict[str, str]) -> str:
        """Address that brings the browser back; refuses what ProConnect refuses."""
        check(set(query) - KNOWN == ASKED, f"Y000400: parameters {sorted(set(query) - KNOWN ^ ASKED)}")
        check(query["response_type"] == "code" and query["client_id"] == CLIENT_ID, "client")
        check(query["redirect_uri"] == CALLBACK, "redirect_uri")
        check(len(query["state"]) >= 32 and len(query["nonce"]) >= 32, "state or nonce too short")
        scopes = set(query["scope"].split())
        check("openid" in scopes and scopes <= SCOPES, "scope")
        code = token_urlsafe(24)
        self.codes[code] = {"nonce": query["nonce"], "at": time.monotonic()}
        return f"{CALLBACK}?{urlencode({'code': code, 'state': query['state'], 'iss': self.issuer})}"

    def token(self, form: dict[str, str]) -> dict[str, Any]:
        """ID token and access token of a code, once and soon."""
        check(form.get("grant_type") == "authorization_code", "grant_type")
        check((form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET), "client secret")
        check(form.get("redirect_uri") == CALLBACK, "redirect_uri")
        granted = self.codes.pop(form.get("code", ""), None)
        check(granted is not None and time.monotonic() - granted["at"] < CODE_LIFE, "code unknown, used or old")
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": self.person["sub"],
            "nonce": granted["nonce"],
            "iat": now,
            "exp": now + 60,
            "acr": "eidas1",
        }
        access = token_urlsafe(24)
        self.tokens.add(access)
        identity = self.sign(claims | self.identity_lies, self.identity_key, self.identity_algorithm)
        return {"access_token": access, "token_type": "Bearer", "expires_in": 60, "id_token": identity}

    def userinfo(self, bearer: str) -> str:
        """Signed details about the person."""
        check(bearer.removeprefix("Bearer ") in self.tokens, "access token")
        claims = {"iss": self.issuer, "aud": CLIENT_ID, **self.person} | self.details_lies
        return self.sign(claims, KEY, self.details_algorithm)

    def logout(self, query: dict[str, str]) -> str:
        """Address that brings the browser back after the provider’s own sign-out."""
        check(set(query) == {"id_token_hint", "state", "post_logout_redirect_uri"}, "parameters")
        check(len(query["state"]) >= 32 and query["post_logout_redirect_uri"] == AFTER_LOGOUT, "state or address")
        jwt.decode(query["id_token_hint"], KEY.public_key(), algorithms=["RS256"], audience=CLIENT_ID)
        return f"{AFTER_LOGOUT}?{urlencode({'state': query['state']})}"

    def sign(self, claims: dict[str, Any], key: Any, algorithm: str) -> str:
        claims = {name: value for name, value in claims.items() if value is not None}
        secret = {"RS256": key, "HS256": CLIENT_SECRET}.get(algorithm)
        return jwt.encode(claims, secret, algorithm=algorithm, headers={"kid": "1"})

    @staticmethod
    def keys() -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        return {"keys": [public | {"kid": "1", "use": "sig", "alg": "RS256"}]}


def check(held: bool, rule: str) -> None:
    if not held:
        raise Refused(rule)


def handler(provider: StrictProvider) -> type[BaseHTTPRequestHandler]:
    """The provider over HTTP."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            match parts.path:
                case "/.well-known/openid-configuration":
                    self.answer(provider.discovery)
                case "/jwks":
                    self.answer(provider.keys)
                case "/authorize":
                    self.answer(lambda: provider.authorize(query), redirects=True)
                case "/userinfo":
                    self.answer(lambda: provider.userinfo(self.headers.get("Authorization", "")))
                case "/logout":
                    self.answer(lambda: provider.logout(query), redirects=True)
                case _:
                    self.reply(404, "text/plain", "")

        def do_POST(self) -> None:
            form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self.answer(lambda: provider.token(form))

        def answer(self, act: Any, *, redirects: bool = False) -> None:
            try:
                result = act()
            except Refused as refused:
                self.reply(400, "application/json", json.dumps({"error": "invalid_request", "why": str(refused)}))
                return
            if redirects:
                self.reply(302, "text/plain", "", location=result)
            elif isinstance(result, str):
                self.reply(200, "application/jwt", result)
            else:
                self.reply(200, "application/json", json.dumps(result))

        def reply(self, status: int, kind: str, body: str, location: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body.encode())))
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    return Handler


@contextmanager
def serve() -> Iterator[StrictProvider]:
    """The provider, listening on a free port of this machine."""
    provider = StrictProvider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(provider))
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
