"""How long things are kept, and how they go: rules that each app lists in its `retention.py`, in small transactions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model, QuerySet

from proxirh.kernel.models import DataKey

BATCH = 500
# Nobody is made to wait longer than that for an erasure to leave the log of SQLite; the next one takes it.
CHECKPOINT = ("PRAGMA busy_timeout=1000", "PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA busy_timeout=20000")


def kept(name: str) -> timedelta:
    """How long, as the settings say: `kept("CONTENT")` reads `PROXIRH_KEEP_CONTENT`, in days."""
    return timedelta(days=settings.PROXIRH_KEEP[f"PROXIRH_KEEP_{name}"])


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of thing that goes in its time.

    `due` counts what has reached it; `erase` does so by small units, each a transaction of its own, and gives how many
    after each: it may stop between two, and go on at the next run. `among` counts what there is of that kind: a rule
    that has it destroys what somebody wrote, and is refused a large share at once. `keep` names the settings it reads;
    `covers` the models whose rows it takes, without those that hang from them.
    """

    name: str
    what: str
    covers: tuple[type[Model], ...]
    due: Callable[[datetime], int]
    erase: Callable[[datetime], Iterator[int]]
    among: Callable[[datetime], int] | None = None
    keep: tuple[str, ...] = ()

    def apply(self, *, at: datetime) -> int:
        """All that is due now, whatever its share; returns how many."""
        return sum(self.erase(at))


def rows_rule(
    name: str,
    what: str,
    rows: Callable[[datetime], QuerySet],
    *,
    covers: type[Model],
    keyed: bool = True,
    among: Callable[[datetime], int] | None = None,
    keep: tuple[str, ...] = (),
) -> Rule:
    """A rule that deletes rows, with their data keys when they are `keyed`."""
    return Rule(
        name=name,
        what=what,
        covers=(covers,),
        due=lambda at: rows(at).count(),
        erase=lambda at: erase_rows(rows(at), keyed=keyed),
        among=among,
        keep=keep,
    )


def erase_rows(rows: QuerySet, *, keyed: bool = True, size: int = BATCH) -> Iterator[int]:
    """Delete rows in small transactions, and their keys; gives how many after each.

    What changed meanwhile, and is no more among `rows`, stays with its key.
    """
    names = ("pk", "data_key_id") if keyed else ("pk",)
    while found := list(rows.values_list(*names)[:size]):
        gone = _erase(rows, dict(found) if keyed else {pk: None for (pk,) in found})
        if not gone:
            return
        yield gone


@transaction.atomic
def _erase(rows: QuerySet, found: dict[Any, int | None]) -> int:
    held = rows.model._base_manager.filter(pk__in=list(found)).order_by("pk").select_for_update()
    list(held.values_list("pk", flat=True))  # read anew below, once whoever had them is done
    rows.filter(pk__in=list(found)).delete()
    left = set(rows.model._base_manager.filter(pk__in=list(found)).values_list("pk", flat=True))
    DataKey.objects.destroy(*(key for pk, key in found.items() if key is not None and pk not in left))
    return len(found) - len(left)


def forget_log() -> None:
    """Bring what was erased out of SQLite’s write-ahead log; on another engine, and within a transaction, nothing."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        for statement in CHECKPOINT:
            cursor.execute(statement)
