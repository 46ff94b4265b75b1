"""What the database holds, told so that two moments compare: a bad answer is then seen to have written nothing."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from proxirh.accounts.models import Person

# What a request leaves without anyone having asked for anything: counters, visits, and the record of a reading.
ASIDE = {"kernel_ratecounter", "django_session", "enquiries_accessrecord", "enquiries_transmissionreading"}
# An id or an instant inside a text.
DRAWN_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+")
OWN_APPS = ("accounts", "enquiries", "outbox", "territories", "kernel")
# Drawn or dated at each turn; the rest of two runs of one post must be the same.
DRAWN = {
    *("id", "uid", "data_key", "reference", "call_code", "claim_digest", "idempotency_key", "stored_name", "locator"),
    *("code_digest", "browser_digest", "message_id", "dedupe_key", "about", "wrapped", "subject", "details", "key"),
    *("enquiry", "message", "coverage", "transmission", "concern", "consent", "fact", "arrival"),
    *("address_index", "body_digest", "session_salt"),
}


def every_model_field() -> set[str]:
    """The name of every field of every model of ours, as itself and as its column."""
    found: set[str] = set()
    for label in OWN_APPS:
        for model in apps.get_app_config(label).get_models():
            for field in model._meta.concrete_fields:
                found |= {field.name, field.attname}
    return found


def rows() -> Counter[str]:
    """Every row of ours, encrypted columns opened, without what is drawn or dated at each turn."""
    found: Counter[str] = Counter()
    people = {person.pk: person.full_name for person in Person.objects.select_related("data_key")}
    for label in OWN_APPS:
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            if model._meta.db_table in ASIDE:
                continue
            columns = [
                field
                for field in model._meta.concrete_fields
                if field.name not in DRAWN and not isinstance(field, models.DateTimeField)
            ]
            for row in model._base_manager.all():
                told = [(field.attname, plain(getattr(row, field.attname), field, people)) for field in columns]
                found[f"{model.__name__} {told}"] += 1
    return found


def plain(value: Any, field: Any, people: dict[int, str]) -> Any:
    """A person by her name: her number is drawn too, and PostgreSQL never draws the same twice."""
    if field.related_model is Person:
        return people.get(value, value)
    if isinstance(value, str):
        return DRAWN_TEXT.sub("—", value)
    return bytes(value) if isinstance(value, memoryview) else str(value) if isinstance(value, dt.date) else value


@contextmanager
def undone() -> Iterator[None]:
    """What the block writes is undone after it; what must be written at once may be, inside."""
    point = transaction.savepoint_create()
    yield
    transaction.savepoint_rollback(point)


@contextmanager
def nothing_written(place: object, *, even_undone: bool = False, but: str | tuple[str, ...] = ()) -> Iterator[None]:
    """The block leaves every row as it was, but for counters, visits and records of reading.

    `but` is what names the rows that may change: the verb of the line that a refusal leaves in the journal.
    `even_undone`: it does not even try, since what it does is rolled back behind it.
    """
    touched: set[str] = set()
    allowed = (but,) if isinstance(but, str) else but

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        words = sql.lstrip("( ").split(None, 4)
        if words[0].upper() in {"INSERT", "UPDATE", "DELETE"}:
            table = words[1 if words[0].upper() == "UPDATE" else 2].strip('"')
            touched.update({table} - ASIDE)
        return execute(sql, params, many, context)

    def all_but() -> Counter[str]:
        return Counter({row: n for row, n in rows().items() if not any(name in row for name in allowed)})

    before = Counter() if even_undone else all_but()
    with connection.execute_wrapper(watch):
        yield
    assert not (even_undone and touched), (place, touched)
    if touched:
        after = all_but()
        assert after == before, (place, (after - before).most_common(3), (before - after).most_common(3))
