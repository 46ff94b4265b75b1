"""How every stored field is classified; each app lists its own in its `personal_data.py`, and none may be missing."""

from datetime import timedelta
from enum import StrEnum

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


FIELDS: Registry = {
    "DataKey": technical("id", "wrapped", "version", "created_at"),
    "JournalEntry": technical("id", "at", "actor", "verb", "subject", "details"),
    "Seal": technical("id", "number", "day", "first", "last", "count", "proof", "sealed_at"),
    "RateCounter": technical("id", "key", "window", "count"),
    "Heartbeat": technical("id", "name", "seen_at"),
}

# Blind indexes and keyed digests, and what a new version of their key does to each (see kernel.rotation).
INDEXES = (WaitedOut("compteurs d’essais", "key", RateCounter.objects.all, timedelta(days=3)),)
