"""Envelope encryption: one data key per owner, wrapped by a versioned key-encryption key kept outside the database.

AES-256-GCM everywhere (NIST SP 800-38D), 96-bit random nonces. A field's associated data names its table, row and
column, so that a ciphertext copied elsewhere does not open.
"""

import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

NONCE_BYTES = 12
KEY_BYTES = 32
INDEX_BYTES = 1 + hashlib.sha256().digest_size  # the version of its key comes first


class DecryptionError(Exception):
    """A ciphertext does not open: wrong key, wrong place, or altered. Never carries any of the text."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """Every version of the key-encryption and blind-index keys; the highest version writes, all of them read."""

    encryption: dict[int, bytes]
    index: dict[int, bytes]

    @property
    def current(self) -> int:
        """Version that wraps new data keys."""
        return max(self.encryption)

    @property
    def current_index(self) -> int:
        """Version that makes new blind indexes."""
        return max(self.index)


def read_keyring(path: Path) -> Keyring:
    """Keyring of a key file; refuses a missing, malformed or weak one with a French sentence."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        rings = [
            {int(version): bytes.fromhex(key) for version, key in data[name].items()}
            for name in ("encryption", "index")
        ]
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ImproperlyConfigured(f"Le fichier de clés {path} ne se lit pas.") from error
    for ring in rings:
        if not ring or any(len(key) != KEY_BYTES or len(set(key)) < 8 for key in ring.values()):
            raise ImproperlyConfigured(f"Le fichier de clés {path} contient une clé absente, courte ou trop faible.")
    return Keyring(*rings)


@lru_cache(maxsize=4)
def _cached_keyring(path: str, _modified: int) -> Keyring:
    return read_keyring(Path(path))


def keyring() -> Keyring:
    """The configured keyring, read again when its file changes."""
    path = os.fspath(settings.PROXIRH_KEYS_FILE)
    try:
        modified = os.stat(path).st_mtime_ns  # noqa: PTH116 — thirty times a request
    except OSError as error:
        raise ImproperlyConfigured(f"Le fichier de clés {path} est introuvable.") from error
    return _cached_keyring(path, modified)


def seal(key: bytes, plaintext: bytes, place: bytes) -> bytes:
    """Nonce and ciphertext of `plaintext`, bound to `place`."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, place)


def unseal(key: bytes, sealed: bytes, place: bytes) -> bytes:
    """Inverse of `seal`; raises DecryptionError."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place)
    except (InvalidTag, ValueError) as error:
        raise DecryptionError("Ce contenu ne se déchiffre pas.") from error


def new_data_key() -> tuple[bytes, bytes, int]:
    """A fresh data key: its clear bytes, its wrapped form and the version of the key that wrapped it."""
    ring = keyring()
    clear = os.urandom(KEY_BYTES)
    return clear, wrap(clear, ring.current), ring.current


def wrap(clear: bytes, version: int) -> bytes:
    """Data key wrapped under the key-encryption key of `version`."""
    return seal(keyring().encryption[version], clear, b"data-key:%d" % version)


def unwrap(wrapped: bytes, version: int) -> bytes:
    """Clear data key; raises DecryptionError when that version of the key is gone."""
    try:
        key = keyring().encryption[version]
    except KeyError as error:
        raise DecryptionError("La clé qui protège ce contenu n’est plus là.") from error
    return unseal(key, wrapped, b"data-key:%d" % version)


def blind_index(purpose: str, value: str, *, version: int | None = None) -> bytes:
    """Keyed digest that allows equality search on a value the database must not hold: INDEX_BYTES long.

    Its first byte is the version of the key that made it, so that every index tells by which key it must be made again.
    """
    ring = keyring()
    version = ring.current_index if version is None else version
    return bytes([version]) + hmac.digest(ring.index[version], f"{purpose}:{value}".encode(), "sha256")


def authenticator(purpose: str, *, version: int | None = None) -> tuple[int, "hmac.HMAC"]:
    """HMAC-SHA-256 to feed with what must be proved unchanged, under a key of its own, and the version of that key."""
    ring = keyring()
    version = ring.current_index if version is None else version
    return version, hmac.new(hmac.digest(ring.index[version], purpose.encode(), "sha256"), digestmod="sha256")


def place(table: str, row: Any, column: str) -> bytes:
    """Associated data of one encrypted column of one row."""
    return f"{table}:{row}:{column}".encode()
