"""The register of erasures: a file beside the database, so that what was erased stays so after a backup is restored.

One line an erasure, only ever added: its number, when, the kind of row, its random id, and an authenticator made with a
key that neither the database nor the file holds.
"""

import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings

from proxirh.kernel import encryption
from proxirh.kernel.errors import DomainError

PURPOSE = "erasures"
# Longer than any line.
TAIL = 400


class RegisterMissing(Exception):
    """There is no register where the settings say."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased: a kind of row and its random id, nothing else."""

    number: int
    at: str
    kind: str
    uid: UUID

    @property
    def text(self) -> str:
        """What its authenticator covers."""
        return f"{self.number} {self.at} {self.kind} {self.uid}"


def _path() -> Path:
    return Path(settings.PROXIRH_ERASURE_REGISTER)


def remember(kind: str, uid: UUID, *, at: datetime) -> None:
    """Add one line, on the disk when this returns; called last in the transaction that erases.

    Written before the commit, so that no erasure is ever done and not told. When a crash comes in between, the row is
    still there and told as erased: only `replay_erasures` would act on it, and it was to go. Raises DomainError when it
    cannot be written, which undoes the erasure.
    """
    try:
        path = _path()
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            before, is_whole = _end_of(file)
            erasure = Erasure(before + 1, at.astimezone(UTC).isoformat(timespec="seconds"), kind, uid)
            line = f"{erasure.text} {_proof(erasure)}\n".encode()
            file.write(line if is_whole else b"\n" + line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise DomainError(
            "L’effacement n’a pas pu être noté dans son registre : rien n’a été effacé. "
            "Réessayez dans quelques minutes."
        ) from error


def _end_of(file: BinaryIO) -> tuple[int, bool]:
    """Number of the last line written to its end, and whether nothing stands behind it."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - TAIL))
    *whole, torn = file.read().split(b"\n")
    last = whole[-1].split(b" ")[0] if whole else b""
    return int(last) if last.isdigit() else 0, not torn


def _proof(erasure: Erasure, *, version: int | None = None) -> str:
    version, hmac = encryption.authenticator(PURPOSE, version=version)
    hmac.update(erasure.text.encode())
    return f"{version:02x}{hmac.hexdigest()}"


@dataclass(frozen=True, slots=True)
class Register:
    """Every erasure whose line is as the service wrote it, and a sentence for each that is not, or is missing."""

    erasures: list[Erasure]
    faults: list[str]


def read() -> Register:
    """The whole register; raises RegisterMissing.

    Lines cut off at the end cannot be seen: a copy of the register kept elsewhere shows them.
    """
    try:
        lines = _path().read_text(encoding="utf-8", errors="replace").split("\n")
    except FileNotFoundError as error:
        raise RegisterMissing from error
    erasures: list[Erasure] = []
    faults: list[str] = []
    for place, line in enumerate(lines, 1):
        erasure = _parsed(line)
        if erasure is None:
            faults += [f"ligne {place} : coupée ou altérée"] if line else []
        else:
            faults += _gap(erasure, after=erasures[-1].number if erasures else 0, place=place)
            erasures.append(erasure)
    return Register(erasures, faults)


def _gap(erasure: Erasure, *, after: int, place: int) -> Iterator[str]:
    if erasure.number != after + 1:
        yield f"ligne {place} : elle porte le numéro {erasure.number} et suit le numéro {after}"


def _parsed(line: str) -> Erasure | None:
    """The erasure of a line, None when its authenticator is not the service’s."""
    try:
        number, at, kind, uid, proof = line.split(" ")
        erasure = Erasure(int(number), at, kind, UUID(uid))
        is_ours = compare_digest(_proof(erasure, version=int(proof[:2], 16)), proof)
    except (ValueError, KeyError, TypeError):
        return None
    return erasure if is_ours else None
