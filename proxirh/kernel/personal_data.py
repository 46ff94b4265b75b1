"""How every stored field is classified; each app lists its own in its `personal_data.py`, and none may be missing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol

from django.db.models import Model

from proxirh.kernel.models import RateCounter
from proxirh.kernel.rotation import WaitedOut


class DataClass(StrEnum):
    """What a field holds, which decides whether it is encrypted, exported, kept, or may stand in a log."""

    IDENTITY = "identity"
    CONTENT = "content"
    NOTE = "note"
    STATISTIC = "statistic"
    TECHNICAL = "technical"


Registry = dict[str, dict[str, DataClass]]


def technical(*names: str) -> dict[str, DataClass]:
    """Short form for fields that say nothing about anyone."""
    return dict.fromkeys(names, DataClass.TECHNICAL)


def statistic(*names: str) -> dict[str, DataClass]:
    """Short form for coded facts that are counted."""
    return dict.fromkeys(names, DataClass.STATISTIC)


def identity(*names: str) -> dict[str, DataClass]:
    """Short form for fields that name or reach someone."""
    return dict.fromkeys(names, DataClass.IDENTITY)


def content(*names: str) -> dict[str, DataClass]:
    """Short form for what someone wrote or gave."""
    return dict.fromkeys(names, DataClass.CONTENT)


def note(*names: str) -> dict[str, DataClass]:
    """Short form for what a professional noted about someone: hers to ask for, given after a review."""
    return dict.fromkeys(names, DataClass.NOTE)


# What a person downloads at once about herself; working notes follow after a review.
EXPORTED = frozenset({DataClass.IDENTITY, DataClass.CONTENT})


class Subject(Protocol):
    """Whoever asks for her own data: her account, her person, and the indexes of the addresses she has proved."""

    @property
    def user_id(self) -> int | None: ...
    @property
    def person_id(self) -> int | None: ...
    @property
    def addresses(self) -> frozenset[bytes]: ...


@dataclass(frozen=True, slots=True)
class Held:
    """The rows of one model about one person, as `held_about(subject)` of each app tells them.

    Every field of theirs classed identity or content is exported, without being named here, and the columns of `also`:
    codes, dates and places, never someone else. `file` gives the clear bytes that go with a row, None when nobody may
    open them.
    """

    model: type[Model]
    classes: dict[str, DataClass]
    rows: Sequence[Any]
    also: tuple[str, ...] = ()
    file: Callable[[Any], bytes | None] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Columns to export, in the order of the model for those of the registry."""
        return (*(name for name, kind in self.classes.items() if kind in EXPORTED), *self.also)


FIELDS: Registry = {
    "DataKey": technical("id", "wrapped", "version", "created_at"),
    "JournalEntry": technical("id", "at", "actor", "verb", "subject", "details"),
    "Seal": technical("id", "number", "day", "first", "last", "count", "proof", "sealed_at"),
    "RateCounter": technical("id", "key", "window", "count"),
    "Heartbeat": technical("id", "name", "seen_at"),
}

# Blind indexes and keyed digests, and what a new version of their key does to each (see kernel.rotation).
INDEXES = (WaitedOut("compteurs d’essais", "key", RateCounter.objects.all, timedelta(days=3)),)
