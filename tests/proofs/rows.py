"""What the database holds, told so that two moments compare: a bad answer is then seen to have written nothing."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from proxirh.accounts.models import Person

# What a request leaves without anyone having asked for anything: counters, visits, and the record of a reading.
ASIDE = {"kernel_ratecounter", "django_session", "enquiries_accessrecord", "enquiries_transmissionreading"}
# An id, signed or not, or an instant inside a text; in the event of a calendar, whose lines are folded, the moment at
# which it was written.
DRAWN_TEXT = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+|[0-9a-f]{32}(:[\w-]{43})?|DTSTAMP:\w+"
)
FOLDED = "\r\n "
OWN_APPS = ("accounts", "enquiries", "knowledge", "outbox", "scheduling", "territories", "kernel")
# Drawn or dated at each turn; the rest of two runs of one post must be the same.
DRAWN = {
    *("id", "uid", "data_key", "reference", "call_code", "claim_digest", "idempotency_key", "stored_name", "locator"),
    *("code_digest", "browser_digest", "message_id", "dedupe_key", "about", "wrapped", "subject", "details", "key"),
    *("enquiry", "message", "coverage", "transmission", "concern", "consent", "fact", "arrival"),
    *("address_index", "body_digest", "session_salt", "series", "held", "shift", "substitute_of", "in_return"),
    *("call", "phonecall", "promise", "answersheet", "place", "opening", "session"),
}


# By table, each row in words with how many times it stands.
type Rows = dict[str, Counter[str]]


def every_model_field() -> set[str]:
    """The name of every field of every model of ours, as itself and as its column."""
    found: set[str] = set()
    for label in OWN_APPS:
        for model in apps.get_app_config(label).get_models():
            for field in model._meta.concrete_fields:
                found |= {field.name, field.attname}
    return found


@cache
def compared() -> dict[str, tuple[type[models.Model], list[models.Field]]]:
    """The tables of ours that are compared, each with the columns that are."""
    found = {}
    for label in OWN_APPS:
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            if model._meta.db_table not in ASIDE:
                found[model._meta.db_table] = (
                    model,
                    [
                        field
                        for field in model._meta.concrete_fields
                        if field.name not in DRAWN and not isinstance(field, models.DateTimeField)
                    ],
                )
    return found


def rows(tables: AbstractSet[str] | None = None) -> Rows:
    """Every row of ours, or of these tables, encrypted columns opened, without what is drawn or dated at each turn."""
    people = {person.pk: person.full_name for person in Person.objects.select_related("data_key")}
    found: Rows = {}
    for table in compared() if tables is None else tables & compared().keys():
        model, fields = compared()[table]
        found[table] = Counter(
            f"{model.__name__} {[(one.attname, plain(getattr(row, one.attname), one, people)) for one in fields]}"
            for row in model._base_manager.all()
        )
    return found


def stored(tables: AbstractSet[str]) -> Rows:
    """The same rows as they are stored: nothing is opened, for who compares a moment with the next."""
    found: Rows = {}
    for table in tables:
        model, fields = compared()[table]
        names = [field.attname for field in fields]
        found[table] = Counter(
            f"{model.__name__} {[bytes(one) if isinstance(one, memoryview) else one for one in row]}"
            for row in model._base_manager.values_list(*names)
        )
    return found


def difference(one: Rows, other: Rows) -> list[tuple[str, int]]:
    """A few of the rows that the first holds more often, to say what went wrong."""
    return sum((one[table] - other.get(table, Counter()) for table in one), Counter[str]()).most_common(3)


def plain(value: Any, field: Any, people: dict[int, str]) -> Any:
    """A person by her name: her number is drawn too, and PostgreSQL never draws the same twice."""
    if field.related_model is Person:
        return people.get(value, value)
    if isinstance(value, str):
        return DRAWN_TEXT.sub("—", value.replace(FOLDED, ""))
    return bytes(value) if isinstance(value, memoryview) else str(value) if isinstance(value, dt.date) else value


@contextmanager
def undone() -> Iterator[None]:
    """What the block writes is undone after it; what must be written at once may be, inside."""
    point = transaction.savepoint_create()
    yield
    transaction.savepoint_rollback(point)


@contextmanager
def written() -> Iterator[set[str]]:
    """The tables that the block writes to, but for those that any request writes to."""
    touched: set[str] = set()

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        words = sql.lstrip("( ").split(None, 4)
        if words[0].upper() in {"INSERT", "UPDATE", "DELETE"}:
            table = words[1 if words[0].upper() == "UPDATE" else 2].strip('"')
            touched.update({table} - ASIDE)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield touched


@contextmanager
def nothing_written(
    place: object, *, even_undone: bool = False, but: str | tuple[str, ...] = (), sealed_again: bool = False
) -> Iterator[None]:
    """The block leaves every row as it was, but for counters, visits and records of reading.

    `but` is what names the rows that may change: the verb of the line that a refusal leaves in the journal.
    `even_undone`: it does not even try, since what it does is rolled back behind it.
    `sealed_again`: the same text may be written once more, and then bears another seal.
    """
    allowed = (but,) if isinstance(but, str) else but

    def all_but(tables: AbstractSet[str]) -> Rows:
        return {
            table: Counter({row: n for row, n in found.items() if not any(name in row for name in allowed)})
            for table, found in (rows(tables) if sealed_again else stored(tables)).items()
        }

    before = {} if even_undone else all_but(compared().keys())
    with written() as touched:
        yield
    assert not (even_undone and touched), (place, touched)
    after = all_but(touched & before.keys())
    then = {table: before[table] for table in after}
    assert after == then, (place, difference(after, then), difference(then, after))
