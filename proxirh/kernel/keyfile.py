"""The key file, changed whole or not at all, by one command at a time; only its owner can read it."""

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from proxirh.kernel.encryption import KEY_BYTES, Keyring, read_keyring
from proxirh.kernel.errors import DomainError


def add_version(path: Path) -> Keyring:
    """Give each key one more version, which writes from now on; returns the ring as the file now holds it.

    Raises ImproperlyConfigured for a file that does not read, DomainError when it cannot be written.
    """
    return _change(path, _with_new_version)


def retire_former(path: Path) -> Keyring:
    """Take every version but the newest out; a former blind-index key stays to check the seals of the journal.

    Raises what `add_version` raises. The caller has checked that no row needs them.
    """
    return _change(path, _without_former)


def _with_new_version(ring: Keyring) -> Keyring:
    return Keyring(
        {**ring.encryption, ring.current + 1: secrets.token_bytes(KEY_BYTES)},
        {**ring.index, max(ring.proving) + 1: secrets.token_bytes(KEY_BYTES)},
        ring.journal,
    )


def _without_former(ring: Keyring) -> Keyring:
    index = {ring.current_index: ring.index[ring.current_index]}
    former = {version: key for version, key in ring.proving.items() if version not in index}
    return Keyring({ring.current: ring.encryption[ring.current]}, index, former)


def _change(path: Path, change: Callable[[Keyring], Keyring]) -> Keyring:
    path = path.resolve()
    try:
        with _locked(path.parent) as folder:
            ring = change(read_keyring(path))
            _replace(path, ring, folder)
    except OSError as error:
        raise DomainError(
            f"Le fichier de clés {path} ne peut pas être remplacé ({error.strerror}). Rien n’a changé : relancez la "
            "commande avec un compte qui peut écrire dans ce dossier."
        ) from error
    return ring


@contextmanager
def _locked(folder: Path) -> Iterator[int]:
    """One change at a time: of two, the second would drop the version that the first has just made."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _replace(path: Path, ring: Keyring, folder: int) -> None:
    """On the disk before anything is written under the new version, and its owner stays who it was."""
    held = path.stat()
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            if (held.st_uid, held.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(file.fileno(), held.st_uid, held.st_gid)
            file.write(_as_text(ring))
            file.flush()
            os.fsync(file.fileno())
        if read_keyring(part) != ring:
            raise OSError(0, "relu, il n’est pas le même")
        part.replace(path)
        os.fsync(folder)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _as_text(ring: Keyring) -> str:
    sections = {"encryption": ring.encryption, "index": ring.index, "journal": ring.journal}
    held = {
        name: {str(version): key.hex() for version, key in sorted(keys.items())}
        for name, keys in sections.items()
        if keys
    }
    return json.dumps(held, indent=2) + "\n"
