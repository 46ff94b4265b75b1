"""What people hold: an application of codes and a passkey, each written apart from the libraries that check them."""

import base64
import hashlib
import hmac
import json
import os
import struct
import time
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor

USER_PRESENT, USER_VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def totp(secret: str, *, at: float | None = None, shift: int = 0) -> str:
    """Six digits of RFC 6238 (HMAC-SHA-1, thirty seconds), `shift` intervals from `at`."""
    counter = int((time.time() if at is None else at) // 30) + shift
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", counter), hashlib.sha1)
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4]) & 0x7FFFFFFF) % 10**6:06d}"


def to_base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Passkey:
    """An authenticator of its own, that may be made to lie."""

    host: str = "localhost"
    origin: str = "http://localhost"
    flags: int = USER_PRESENT | USER_VERIFIED
    identifier: bytes = field(default_factory=lambda: os.urandom(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def _authenticator_data(self, flags: int, attested: bytes = b"") -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + struct.pack(">I", 0) + attested

    def _client_data(self, kind: str, challenge: str) -> bytes:
        told = {"type": f"webauthn.{kind}", "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def _answer(self, **response: bytes) -> str:
        return json.dumps(
            {
                "id": to_base64(self.identifier),
                "rawId": to_base64(self.identifier),
                "type": "public-key",
                "clientExtensionResults": {},
                "response": {name: to_base64(value) for name, value in response.items()},
            }
        )

    def create(self, options: dict) -> str:
        """Answer to a challenge of registration."""
        point = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        attested = bytes(16) + struct.pack(">H", len(self.identifier)) + self.identifier + cbor.encode(public)
        data = self._authenticator_data(self.flags | ATTESTED, attested)
        return self._answer(
            clientDataJSON=self._client_data("create", options["publicKey"]["challenge"]),
            attestationObject=cbor.encode({"fmt": "none", "attStmt": {}, "authData": data}),
        )

    def get(self, options: dict) -> str:
        """Answer to a challenge of sign-in."""
        data = self._authenticator_data(self.flags)
        told = self._client_data("get", options["publicKey"]["challenge"])
        signature = self.key.sign(data + hashlib.sha256(told).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(clientDataJSON=told, authenticatorData=data, signature=signature)
