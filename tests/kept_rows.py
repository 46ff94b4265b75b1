"""Rows a test once wrote slowly, through the services, written again at once for the tests that follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.apps import apps
from django.db import connection, transaction

# SQLite refuses a statement with more values than this; PostgreSQL takes twice as many.
MOST_VALUES = 30_000


def tables() -> Iterator[tuple[str, str, list[str]]]:
    """Every table of the models: its name, its key, its columns."""
    for model in apps.get_models(include_auto_created=True):
        meta = model._meta
        if meta.managed and not meta.proxy:
            assert meta.pk is not None
            yield meta.db_table, meta.pk.column, [field.column for field in meta.local_concrete_fields]


def read(table: str, key: str, columns: list[str]) -> dict[Any, tuple[Any, ...]]:
    """The rows of a table by key, as the database stores them."""
    # A column alone is turned into a date by the driver; an expression is not.
    plain = "+" if connection.vendor == "sqlite" else ""
    named = ", ".join(plain + connection.ops.quote_name(column) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {named} FROM {connection.ops.quote_name(table)}")
        at = columns.index(key)
        return {row[at]: tuple(map(bare, row)) for row in cursor.fetchall()}


def bare(value: Any) -> Any:
    """A value that outlives its cursor."""
    return bytes(value) if isinstance(value, memoryview) else value


@dataclass(frozen=True, slots=True)
class KeptTable:
    """What was added to a table and what was changed in it."""

    name: str
    key: str
    columns: list[str]
    rows: list[tuple[Any, ...]]
    changed: list[Any]
    was_empty: bool


class KeptRows:
    """The difference between a database before and after; `write` makes it again on one like the first."""

    def __init__(self) -> None:
        self._before = {table: read(table, key, columns) for table, key, columns in tables()}
        self._kept: list[KeptTable] = []

    def keep(self) -> KeptRows:
        """Read what was written since this object was made."""
        for table, key, columns in tables():
            before, after = self._before[table], read(table, key, columns)
            assert not before.keys() - after.keys(), f"{table}: rows were deleted"
            changed = [pk for pk, row in before.items() if row != after[pk]]
            rows = [row for pk, row in after.items() if row != before.get(pk)]
            if rows:
                self._kept.append(KeptTable(table, key, columns, rows, changed, was_empty=not before))
        self._before.clear()
        return self

    def fits(self) -> bool:
        """True when what was empty is empty still: a fixture that wrote first may hold the keys of these rows."""
        quote = connection.ops.quote_name
        asked = " OR ".join(f"EXISTS (SELECT 1 FROM {quote(table.name)})" for table in self._kept if table.was_empty)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT 1 WHERE {asked}")
            return cursor.fetchone() is None

    @transaction.atomic
    def write(self) -> None:
        """The same rows again, with the same keys: PostgreSQL's counters were left beyond them by the first writing."""
        quote = connection.ops.quote_name
        with connection.cursor() as cursor:
            for table in self._kept:
                if table.changed:
                    places = ", ".join(["%s"] * len(table.changed))
                    cursor.execute(
                        f"DELETE FROM {quote(table.name)} WHERE {quote(table.key)} IN ({places})", table.changed
                    )
                named = ", ".join(map(quote, table.columns))
                at_once = MOST_VALUES // len(table.columns)
                for start in range(0, len(table.rows), at_once):
                    rows = table.rows[start : start + at_once]
                    row = f"({', '.join(['%s'] * len(table.columns))})"
                    cursor.execute(
                        f"INSERT INTO {quote(table.name)} ({named}) VALUES {', '.join([row] * len(rows))}",
                        list(chain.from_iterable(rows)),
                    )
