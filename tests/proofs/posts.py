"""Right answers to the forms of the cast, and what the database holds: bad ones are then told from them."""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.urls import reverse

from proxirh.accounts.models import Person
from tests.enquiries.asker import SCREENS, Asker
from tests.enquiries.test_assisted import answers
from tests.enquiries.visitors import ANSWERS, now_taken, visitor
from tests.routes import WRITING
from tests.strict_client import StrictClient
from tests.world import World

GESTURES = ("repondre", "echange", "etape", "attendre_agent", "attendre_date", "terminer", "rendre")
# What a request leaves without anyone having asked for anything: counters, visits, and the record of a reading.
ASIDE = {"kernel_ratecounter", "django_session", "enquiries_accessrecord", "enquiries_transmissionreading"}
OWN_APPS = ("accounts", "enquiries", "outbox", "territories", "kernel")
# Drawn or dated at each turn; the rest of two runs of one post must be the same.
DRAWN = {
    *("id", "uid", "data_key", "reference", "call_code", "claim_digest", "idempotency_key", "stored_name", "locator"),
    *("code_digest", "browser_digest", "message_id", "dedupe_key", "about", "wrapped", "subject", "details", "key"),
    *("enquiry", "message", "transmission", "concern", "fact", "address_index", "body_digest", "session_salt"),
}


@dataclass(frozen=True, slots=True)
class Post:
    """One form: who fills it in, where, and with what."""

    part: str
    address: str
    data: dict[str, Any]

    def send(self, world: World, client: StrictClient | None = None, **more: Any) -> Any:
        return (client or visitor(world, self.part)).post(self.address, {**self.data, **more})


def desk(world: World, gesture: str) -> Post:
    """A gesture on an enquiry in hand, from a page that has just been opened."""
    enquiry = now_taken(world)
    address = reverse(f"enquiries:desk_{gesture}", args=[enquiry.uid])
    form = visitor(world, "counsellor").get(address).context["form"]
    hidden = {"seen": form.initial["seen"], "idempotency_key": str(form.initial["idempotency_key"])}
    return Post("counsellor", address, {**hidden, **ANSWERS[gesture]})


def on_enquiry(world: World, part: str, route: str, **data: Any) -> Post:
    return Post(part, reverse(f"enquiries:{route}", args=[now_taken(world).uid]), data)


def hands(world: World, act: str, **data: Any) -> Post:
    to = str(world.people["fellow counsellor"].uid)
    typed = {f"{act}-{name}": value for name, value in ({"to": to} | data).items()}
    return on_enquiry(world, "counsellor", "hands", geste=act, **typed)


def assisted(world: World) -> Post:
    """An enquiry typed for someone who calls."""
    return Post("counsellor", reverse("enquiries:assist"), answers(world))


POSTS: dict[str, Callable[[World], Post]] = {
    **{gesture: (lambda world, gesture=gesture: desk(world, gesture)) for gesture in GESTURES},
    "note": lambda world: on_enquiry(
        world, "counsellor", "notes", body="Une note.", reader="privee", key=str(uuid.uuid4())
    ),
    "inviter": lambda world: hands(world, "inviter"),
    "carte": lambda world: on_enquiry(world, "coordinator", "card", why="agent_calls"),
    "écrire": lambda world: on_enquiry(world, "author", "follow", body="Merci.", idempotency_key=str(uuid.uuid4())),
    "retirer": lambda world: on_enquiry(world, "author", "withdraw"),
    "prendre": lambda world: Post("counsellor", reverse("enquiries:take", args=[world.submit("author").uid]), {}),
    "saisir": assisted,
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
        for model in apps.get_app_config(label).get_models():
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
    return bytes(value) if isinstance(value, memoryview) else str(value) if isinstance(value, dt.date) else value


@contextmanager
def nothing_written(place: object, *, even_undone: bool = False, but: str = "") -> Iterator[None]:
    """The block leaves every row as it was, but for counters, visits and records of reading.

    `but` is the verb of the one line that a refusal leaves in the journal.
    `even_undone`: it does not even try, since what it does is rolled back behind it.
    """
    touched: set[str] = set()

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        words = sql.lstrip("( ").split(None, 4)
        if words[0].upper() in {"INSERT", "UPDATE", "DELETE"}:
            table = words[1 if words[0].upper() == "UPDATE" else 2].strip('"')
            touched.update({table} - ASIDE)
        return execute(sql, params, many, context)

    def all_but() -> Counter[str]:
        return Counter({row: n for row, n in rows().items() if not but or but not in row})

    before = Counter() if even_undone else all_but()
    with connection.execute_wrapper(watch):
        yield
    assert not (even_undone and touched), (place, touched)
    if touched:
        after = all_but()
        assert after == before, (place, (after - before).most_common(3), (before - after).most_common(3))


__all__ = ["POSTS", "SCREENS", "WRITING", "Asker", "Post", "every_model_field", "nothing_written", "rows"]
