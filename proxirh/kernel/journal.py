"""The door to the journal: one line an act, ids and codes only, in the transaction of the act."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils import timezone

from proxirh.kernel.models import JournalEntry

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
    return key is not None and history(subject).filter(details__key=str(key)).exists()


def history(subject: Model) -> QuerySet[JournalEntry]:
    """Lines about one row, oldest first."""
    return JournalEntry.objects.filter(subject=subject_of(subject)).order_by("at", "pk")
