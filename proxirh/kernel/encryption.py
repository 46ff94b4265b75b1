"""Envelope encryption: one data key per owner, wrapped by a versioned key-encryption key kept outside the database.

AES-256-GCM everywhere (NIST SP 800-38D), 96-bit random nonces. A field's associated data names its table, row and
column, so that a ciphertext copied elsewhere does not open.
"""

import hashlib
import hmac
import json
import os
from dataclasses import dataclass, field
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
MOST_VERSION = 250


class DecryptionError(Exception):
    """A ciphertext does not open: wrong key, wrong place, or altered. Never carries any of the text."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """Every version of the key-encryption and blind-index keys; the highest version writes, all of them read.

    `journal` holds former blind-index keys that only check the seals they made (see `kernel.sealing`).
    """

    encryption: dict[int, bytes]
    index: dict[int, bytes]
    journal: dict[int, bytes] = field(default_factory=dict)

    @property
    def current(self) -> int:
        """Version that wraps new data keys."""
        return max(self.encryption)

    @property
    def current_index(self) -> int:
        """Version that makes new blind indexes."""
        return max(self.index)

    @property
    def is_changing(self) -> bool:
        """True while blind indexes of two versions stand in the database: an equality must then try both."""
        return len(self.index) > 1

    @property
    def proving(self) -> dict[int, bytes]:
        """Every key that may have made an authenticator."""
        return self.journal | self.index


def read_keyring(path: Path) -> Keyring:
    """Keyring of a key file; refuses a missing, malformed or weak one with a French sentence."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        rings = [
            {int(version): bytes.fromhex(key) for version, key in given.items()}
            for given in (data["encryption"], data["index"], data.get("journal", {}))
        ]
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ImproperlyConfigured(f"Le fichier de clés {path} ne se lit pas.") from error
    for ring in rings:
        if any(not is_version(n) or len(key) != KEY_BYTES or len(set(key)) < 8 for n, key in ring.items()):
            raise ImproperlyConfigured(f"Le fichier de clés {path} contient une clé absente, courte ou trop faible.")
    for ring in rings[:2]:
        if not ring:
            raise ImproperlyConfigured(f"Le fichier de clés {path} contient une clé absente, courte ou trop faible.")
    return Keyring(*rings)


def is_version(number: int) -> bool:
    """True for what a blind index can bear in its first byte; 0 is left to those made under a key of their own."""
    return 1 <= number <= MOST_VERSION


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


def unwrap(wrapped: bytes, version: int, *, ring: Keyring | None = None) -> bytes:
    """Clear data key; raises DecryptionError when that version of the key is gone.

    `ring` spares who opens many at once the look at the key file that each one takes.
    """
    try:
        key = (ring or keyring()).encryption[version]
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


def blind_indexes(purpose: str, value: str) -> tuple[bytes, ...]:
    """The blind index under every version of the key, newest first: what a lookup tries while two of them exist."""
    versions = sorted(keyring().index, reverse=True)
    return tuple(blind_index(purpose, value, version=version) for version in versions)


def address_indexes(address: str) -> tuple[bytes, ...]:
    """Blind indexes of an e-mail address, newest version first; case and surrounding spaces are ignored."""
    return blind_indexes("address", address.strip().lower())


def is_index_of(index: bytes, purpose: str, value: str) -> bool:
    """True when `index` is the blind index of `value`, under the version that it bears; in constant time."""
    if not index or index[0] not in keyring().index:
        return False
    return hmac.compare_digest(index, blind_index(purpose, value, version=index[0]))


def own_index(data_key: bytes, purpose: str, value: str) -> bytes:
    """Keyed digest under the data key of its own row, which rotation wraps again and leaves as it is."""
    own = hmac.digest(data_key, f"index:{purpose}".encode(), "sha256")
    return bytes([0]) + hmac.digest(own, value.encode(), "sha256")


def authenticator(purpose: str, *, version: int | None = None) -> tuple[int, "hmac.HMAC"]:
    """HMAC-SHA-256 to feed with what must be proved unchanged, under a key of its own, and the version of that key."""
    ring = keyring()
    version = ring.current_index if version is None else version
    return version, hmac.new(hmac.digest(ring.proving[version], purpose.encode(), "sha256"), digestmod="sha256")


def place(table: str, row: Any, column: str) -> bytes:
    """Associated data of one encrypted column of one row."""
    return f"{table}:{row}:{column}".encode()
