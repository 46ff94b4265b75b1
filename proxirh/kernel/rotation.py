"""A new version of the keys reaches every row: data keys wrapped again, blind indexes made again, in small batches.

A batch is one transaction and rows tell by themselves what is left, so that a kill at any point loses nothing. Each
app lists its indexes as `INDEXES` in its `personal_data.py`; the suite refuses one that is not listed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from importlib import import_module, util
from typing import Any

from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from proxirh.kernel import encryption
from proxirh.kernel.journal import SYSTEM
from proxirh.kernel.models import DataKey, JournalEntry

BATCH = 500
# The oldest backup that may still be restored, and that only the former version opens.
BACKUPS_KEPT = timedelta(days=35)
DONE, SUBJECT = "clés.changées", "clés"

type Advance = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A column of blind indexes that can be made again from the clear value that lies encrypted beside it."""

    name: str
    column: str
    rows: Callable[[], QuerySet]
    clear: Callable[[Any], str]
    make: Callable[[str], tuple[bytes, ...]]  # under every version, newest first


@dataclass(frozen=True, slots=True)
class WaitedOut:
    """A column of digests of what only a browser or a memory holds: lookups try every version until they have gone."""

    name: str
    column: str
    rows: Callable[[], QuerySet]
    life: timedelta | None  # None: until someone acts


@dataclass(slots=True)
class Tally:
    """What was done, and a sentence for each row that could not be."""

    rewrapped: int = 0
    reindexed: int = 0
    refused: list[str] = field(default_factory=list)


def listed() -> list[Recomputed | WaitedOut]:
    """Every column of indexes that the apps list."""
    found: list[Recomputed | WaitedOut] = []
    for config in apps.get_app_configs():
        module = f"{config.name}.personal_data"
        if config.name.startswith("proxirh.") and util.find_spec(module):
            found += getattr(import_module(module), "INDEXES", ())
    return found


def recomputed() -> list[Recomputed]:
    """Those that `reindex` makes again."""
    return [one for one in listed() if isinstance(one, Recomputed)]


def waited_out() -> list[WaitedOut]:
    """Those that go by themselves."""
    return [one for one in listed() if isinstance(one, WaitedOut)]


def _old(column: str) -> Q:
    """Indexes of any version but the current one; the version is their first byte."""
    current = encryption.keyring().current_index
    return Q(**{f"{column}__lt": bytes([current])}) | Q(**{f"{column}__gte": bytes([current + 1])})


def old_keys() -> QuerySet[DataKey]:
    """Data keys that another version wraps."""
    return DataKey.objects.exclude(version=encryption.keyring().current)


def old_rows(one: Recomputed | WaitedOut) -> QuerySet:
    """Rows whose index another version made."""
    return one.rows().filter(_old(one.column))


def _batches(rows: QuerySet) -> Iterator[list[Any]]:
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = batch[-1].pk
        yield batch


def rewrap(tally: Tally, advance: Advance) -> None:
    """Wrap every data key under the newest version; what it protects is not touched."""
    version = encryption.keyring().current
    for batch in _batches(old_keys()):
        opened = []
        for key in batch:
            try:
                key.wrapped, key.version = encryption.wrap(key.clear, version), version
            except encryption.DecryptionError:
                tally.refused.append(f"clé de données {key.pk} : aucune version du fichier de clés ne l’ouvre")
            else:
                opened.append(key)
        DataKey.objects.bulk_update(opened, ["wrapped", "version"])
        tally.rewrapped += len(opened)
        advance(len(batch))


def reindex(one: Recomputed, tally: Tally, advance: Advance) -> None:
    """Make every index of a column again under the newest version.

    One that is not the index of its clear value is refused: making it again would change whom the row belongs to.
    """
    known = encryption.keyring().index
    for batch in _batches(old_rows(one)):
        changes: list[tuple[int, bytes, bytes]] = []
        for row in batch:
            held = bytes(getattr(row, one.column))
            try:
                made = one.make(one.clear(row))
            except encryption.DecryptionError:
                tally.refused.append(f"{one.name}, ligne {row.pk} : elle ne se déchiffre pas")
                continue
            if held[0] in known and held not in made:
                tally.refused.append(f"{one.name}, ligne {row.pk} : l’empreinte n’est pas celle de la valeur gardée")
            else:
                changes.append((row.pk, held, made[0]))
        _write(one, changes, tally)
        advance(len(batch))


def _write(one: Recomputed, changes: list[tuple[int, bytes, bytes]], tally: Tally) -> None:
    try:
        with transaction.atomic():
            written = sum(_swap(one, *change) for change in changes)
    except IntegrityError:  # two rows of one value, made when two machines held different key files
        written = 0
        for change in changes:
            try:
                with transaction.atomic():
                    written += _swap(one, *change)
            except IntegrityError:
                tally.refused.append(f"{one.name}, ligne {change[0]} : une autre ligne a déjà la même valeur")
    tally.reindexed += written


def _swap(one: Recomputed, pk: int, held: bytes, made: bytes) -> int:
    """Unless the service changed the row meanwhile: it has then written the newest version itself."""
    return one.rows().filter(pk=pk, **{one.column: held}).update(**{one.column: made})


@dataclass(frozen=True, slots=True)
class Remaining:
    """How many rows still need a former version, by what they are."""

    keys: int
    indexes: dict[str, int]
    waiting: dict[str, int]
    until: datetime | None  # when the last of those that time takes will have gone

    @property
    def is_none(self) -> bool:
        """True when former versions open and find nothing any more."""
        return not (self.keys or any(self.indexes.values()) or any(self.waiting.values()))


def remaining(*, at: datetime | None = None) -> Remaining:
    """Counted in the database as it is."""
    at = at or timezone.now()
    waiting = {one: old_rows(one).count() for one in waited_out()}
    return Remaining(
        keys=old_keys().count(),
        indexes={one.name: old_rows(one).count() for one in recomputed()},
        waiting={one.name: count for one, count in waiting.items()},
        until=max((at + one.life for one, count in waiting.items() if count and one.life), default=None),
    )


def _details() -> dict[str, int]:
    ring = encryption.keyring()
    return {"chiffrement": ring.current, "empreintes": ring.current_index}


def done_on() -> date | None:
    """The day when nothing was left under a former version, as the journal tells; None before."""
    line = JournalEntry.objects.filter(verb=DONE, details=_details()).order_by("pk").first()
    return timezone.localdate(line.at) if line else None


def tell_done(*, at: datetime | None = None) -> date:
    """Write in the journal, once, that nothing is left; returns the day."""
    day = done_on()
    if day is None:
        at = at or timezone.now()
        JournalEntry.objects.create(at=at, actor=SYSTEM, verb=DONE, subject=SUBJECT, details=_details())
        day = timezone.localdate(at)
    return day
