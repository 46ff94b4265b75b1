"""Seals of the journal: made by the worker alone, checked by `manage.py verify_journal` (RULES §7).

Lines carry no hash, since four writers that chain line by line fork the chain; one is sealed once it is old enough for
every transaction that could still add another before it to have ended.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from hmac import HMAC, compare_digest
from itertools import takewhile
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from proxirh.kernel import encryption
from proxirh.kernel.journal import SYSTEM
from proxirh.kernel.models import JournalEntry, Seal

QUIET = timedelta(seconds=60)
MOST_SEALED = 20_000  # lines at once: memory stays flat on a journal that was never sealed
PURPOSE = "journal-seal"
PURGED, UNTIL, PROOF, SUBJECT = "journal.retiré", "jusqu_au", "preuve", "journal"
LATE = timedelta(hours=1)  # beyond, nobody seals any more


class Line(NamedTuple):
    """One line of the journal, as it is proved."""

    pk: int
    at: datetime
    actor: str
    verb: str
    subject: str
    details: Any

    @property
    def day(self) -> date:
        """The day of UTC, the same whatever the settings of the machine that checks."""
        return self.at.astimezone(UTC).date()

    @property
    def octets(self) -> bytes:
        """The same on every engine: PostgreSQL keeps the keys of an object in an order of its own."""
        parts = [self.pk, self.at.astimezone(UTC).isoformat(), *self[2:]]
        return json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _rows(**where: Any) -> QuerySet[JournalEntry, tuple]:
    return JournalEntry.objects.filter(**where).order_by("pk").values_list(*Line._fields)


@dataclass(slots=True)
class _Proof:
    """What a seal proves, built line by line; ends with its own columns and the proof of the seal before."""

    hmac: HMAC
    version: int
    first: int = 0
    last: int = 0
    count: int = 0

    @classmethod
    def begin(cls, version: int | None = None) -> "_Proof":
        version, hmac = encryption.authenticator(PURPOSE, version=version)
        return cls(hmac, version)

    def add(self, line: Line) -> None:
        self.hmac.update(line.octets)
        self.first, self.last, self.count = self.first or line.pk, line.pk, self.count + 1

    def end(self, number: int, day: date, before: bytes) -> bytes:
        end = f"{number}:{day.isoformat()}:{self.first}:{self.last}:{self.count}:".encode() + before
        self.hmac.update(end)
        return bytes([self.version]) + self.hmac.digest()


# ── Sealing ────────────────────────────────────────────────────────────────────────────────────────
def seal_due(*, at: datetime | None = None) -> int:
    """Seal what is old enough, one seal a day of lines, in order; returns how many lines, 0 when nothing is due.

    Two workers at once: the second finds the number taken, and leaves it to the first.
    """
    at = at or timezone.now()
    newest = Seal.objects.order_by("-number").first()
    number, before = (newest.number, bytes(newest.proof)) if newest else (0, b"")
    sealed = Seal.objects.aggregate(last=Max("last"))["last"] or 0
    # Read to the end: SQLite lets nobody write behind a reading left half-way while others wrote.
    lines = [Line(*row) for row in _rows(pk__gt=sealed)[:MOST_SEALED]]
    proofs: defaultdict[date, _Proof] = defaultdict(_Proof.begin)
    for line in takewhile(lambda line: line.at <= at - QUIET, lines):
        proofs[line.day].add(line)
    seals = []
    for day, proof in sorted(proofs.items()):
        number += 1
        before = proof.end(number, day, before)
        seals.append(
            Seal(
                number=number,
                day=day,
                first=proof.first,
                last=proof.last,
                count=proof.count,
                proof=before,
                sealed_at=at,
            )
        )
    try:
        with transaction.atomic():
            Seal.objects.bulk_create(seals)
    except IntegrityError:
        return 0
    return sum(seal.count for seal in seals)


# ── Retention ──────────────────────────────────────────────────────────────────────────────────────
def removable(*, until: date) -> dict[str, Any]:
    """Filter of the sealed lines of whole days, the last included."""
    sealed = Seal.objects.aggregate(last=Max("last"))["last"] or 0
    return {"pk__lte": sealed, "at__lt": datetime.combine(until + timedelta(days=1), time.min, UTC)}


def remove_days(*, until: date, at: datetime | None = None) -> int:
    """Remove the sealed lines of days up to `until` and say so in the journal, in one transaction; returns how many.

    Seals stay: they prove what was there, and the next check says « retiré » of them.
    """
    at = at or timezone.now()
    rows = JournalEntry.objects.filter(**removable(until=until))
    with transaction.atomic():
        count = rows._raw_delete(rows.db)  # noqa: SLF001 (the one way out of an append-only table)
        if count:
            details = {UNTIL: until.isoformat(), "lignes": count, PROOF: _removal_proof(until.isoformat())}
            JournalEntry.objects.create(at=at, actor=SYSTEM, verb=PURGED, subject=SUBJECT, details=details)
    return count


def _removal_proof(until: str, *, version: int | None = None) -> str:
    """Shows that the service removed these days: whoever holds the database cannot write such a line."""
    version, hmac = encryption.authenticator(f"{PURPOSE}-removal", version=version)
    hmac.update(until.encode())
    return f"{version:02x}{hmac.hexdigest()}"


# ── Checking ───────────────────────────────────────────────────────────────────────────────────────
class Verdict(StrEnum):
    """What can be said of the lines of one seal."""

    INTACT = "intact"
    ALTERED = "altéré"
    PURGED = "retiré"


@dataclass(slots=True)
class Report:
    """Seals by verdict, lines that wait for theirs, and a sentence for each fault."""

    seals: dict[Verdict, int] = field(default_factory=lambda: dict.fromkeys(Verdict, 0))
    unsealed: int = 0
    late: int = 0  # of these, what should have been sealed long ago
    faults: list[str] = field(default_factory=list)
    newest: str = ""

    @property
    def is_intact(self) -> bool:
        """True when nothing shows that anyone touched the journal, nor that nobody seals it any more."""
        return not self.faults and not self.late


def verify(*, at: datetime | None = None, advance: Callable[[int], object] = lambda _count: None) -> Report:
    """Read the whole journal once and compare it with its seals; `advance` is told each line."""
    seals = list(Seal.objects.order_by("number"))
    return _Verification(seals, _purged_until(), at or timezone.now()).run(advance)


def _purged_until() -> date:
    """Last day that the retention removed, by the lines that bear its proof."""
    said = JournalEntry.objects.filter(verb=PURGED).values_list("details", flat=True)
    days = (details[UNTIL] for details in said if _is_proved(details))
    return max(map(date.fromisoformat, days), default=date.min)


def _is_proved(details: Any) -> bool:
    try:
        until, proof = str(details[UNTIL]), str(details[PROOF])
        return compare_digest(_removal_proof(until, version=int(proof[:2], 16)), proof)
    except (KeyError, TypeError, ValueError):
        return False


class _Verification:
    """One pass over the lines, in the order of their keys; at most one seal is open for a day at a time."""

    def __init__(self, seals: Sequence[Seal], purged_until: date, at: datetime) -> None:
        self.seals, self.purged_until, self.at = seals, purged_until, at
        self.proofs = {0: b""} | {seal.number: bytes(seal.proof) for seal in seals}
        self.highest = max((seal.last for seal in seals), default=0)
        self.report = Report()
        self.opened: dict[date, tuple[Seal, _Proof]] = {}

    def run(self, advance: Callable[[int], object]) -> Report:
        self._check_numbers()
        waiting = sorted(self.seals, key=lambda seal: seal.first, reverse=True)
        for line in (Line(*row) for row in _rows().iterator(chunk_size=2_000)):
            while waiting and waiting[-1].first <= line.pk:
                self._open(waiting.pop())
            self._read(line)
            advance(1)
        while waiting:
            self._open(waiting.pop())
        for seal, proof in self.opened.values():
            self._close(seal, proof)
        if self.seals:
            self.report.newest = f"{self.seals[-1].number}:{bytes(self.seals[-1].proof).hex()}"
        return self.report

    def _check_numbers(self) -> None:
        numbers = [seal.number for seal in self.seals]
        missing = sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers))
        self.report.faults += [f"le scellé {number} manque" for number in missing]

    def _open(self, seal: Seal) -> None:
        if seal.day in self.opened:
            self._close(*self.opened[seal.day])
        self.opened[seal.day] = (seal, _Proof.begin(_version_of(seal)))

    def _read(self, line: Line) -> None:
        seal, proof = self.opened.get(line.day, (None, None))
        if seal is not None and proof is not None and line.pk <= seal.last:
            proof.add(line)
        elif line.pk <= self.highest:
            self.report.faults.append(f"la ligne {line.pk} n’est dans aucun scellé : ajoutée ou redatée")
        else:
            self.report.unsealed += 1
            self.report.late += line.at < self.at - LATE
            if line.at > self.at + QUIET:
                self.report.faults.append(f"la ligne {line.pk} porte une date à venir : rien ne se scelle après elle")

    def _close(self, seal: Seal, proof: _Proof) -> None:
        is_empty, said = proof.count == 0, f"scellé {seal.number}, {seal.day:%d/%m/%Y}"
        if is_empty and seal.day <= self.purged_until:
            verdict = Verdict.PURGED
        elif proof.count != seal.count:
            verdict = Verdict.ALTERED
            self.report.faults.append(f"{said} : {proof.count} lignes au lieu de {seal.count}")
        elif not compare_digest(
            proof.end(seal.number, seal.day, self.proofs.get(seal.number - 1, b"")), bytes(seal.proof)
        ):
            verdict = Verdict.ALTERED
            self.report.faults.append(f"{said} : une ligne ou le scellé a été modifié")
        else:
            verdict = Verdict.INTACT
        self.report.seals[verdict] += 1


def _version_of(seal: Seal) -> int | None:
    """Version of the key that made it; an unknown one can only be a forgery, which the current key shows."""
    version = next(iter(bytes(seal.proof)), None)
    return version if version in encryption.keyring().proving else None
