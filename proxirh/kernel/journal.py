"""The door to the journal: one line an act, ids and codes only, in the transaction of the act."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, Model, QuerySet
from django.utils import timezone

from proxirh.kernel.models import JournalEntry
from proxirh.kernel.written import Given, written_once

SYSTEM = "système"


def subject_of(instance: Model) -> str:
    """Stable name of a row in the journal: its model and its random id, else its primary key."""
    return f"{instance._meta.label_lower}:{getattr(instance, 'uid', instance.pk)}"


def record(*, actor: str, verb: str, subject: Model, at: datetime | None = None, **details: Any) -> JournalEntry:
    """Write one line; `details` holds ids, codes and dates, never a text that someone typed."""
    return JournalEntry.objects.create(
        at=at or timezone.now(), actor=actor, verb=verb, subject=subject_of(subject), details=details
    )


def already(subject: Model, key: UUID | None) -> bool:
    """True when the form that carries this key has acted on the row: a double click acts once."""
    if key is None:
        return False
    return JournalEntry.objects.filter(subject=subject_of(subject), details__key=str(key)).exists()


def has_done(actor: str, verb: str, subject: Model) -> bool:
    """True when someone, named by her label, has done that to the row."""
    return JournalEntry.objects.filter(subject=subject_of(subject), verb=verb, actor=actor).exists()


def histories(subjects: Collection[str]) -> list[JournalEntry]:
    """Lines about several rows, named as `subject_of` names them, oldest first."""
    return list(JournalEntry.objects.filter(subject__in=subjects).order_by("at", "pk"))


@written_once
def _lines() -> QuerySet[JournalEntry]:
    return JournalEntry.objects.filter(subject=Given("subject", CharField())).order_by("at", "pk")


def history(subject: Model) -> list[JournalEntry]:
    """Lines about one row, oldest first."""
    return _lines().read(subject=subject_of(subject))
