"""Right answers to the forms of the cast, and what the database holds: bad ones are then told from them."""

import datetime as dt
import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.urls import reverse
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries.models import Decision, WorkingNote
from proxirh.enquiries.services import passing
from proxirh.enquiries.services.disclosing import ask_for_notes
from proxirh.enquiries.services.noting import write_note
from proxirh.enquiries.services.transmitting import new_code, open_transmission, transmit_unnamed
from proxirh.territories.models import Coverage, Reason, Topic
from tests.enquiries.asker import SCREENS, Asker
from tests.enquiries.test_assisted import answers
from tests.enquiries.visitors import ANSWERS, now_taken, visitor
from tests.routes import WRITING
from tests.strict_client import StrictClient
from tests.world import World

GESTURES = ("repondre", "echange", "etape", "attendre_agent", "attendre_date", "terminer", "rendre")
# What a request leaves without anyone having asked for anything: counters, visits, and the record of a reading.
ASIDE = {"kernel_ratecounter", "django_session", "enquiries_accessrecord", "enquiries_transmissionreading"}
# An id or an instant inside a text.
DRAWN_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+")
OWN_APPS = ("accounts", "enquiries", "outbox", "territories", "kernel")
# Drawn or dated at each turn; the rest of two runs of one post must be the same.
DRAWN = {
    *("id", "uid", "data_key", "reference", "call_code", "claim_digest", "idempotency_key", "stored_name", "locator"),
    *("code_digest", "browser_digest", "message_id", "dedupe_key", "about", "wrapped", "subject", "details", "key"),
    *(
        "enquiry",
        "message",
        "coverage",
        "transmission",
        "concern",
        "consent",
        "fact",
        "address_index",
        "body_digest",
        "session_salt",
    ),
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


def from_page(world: World, part: str, address: str, **data: Any) -> Post:
    """What a page carries hidden, and what is typed on it."""
    form = visitor(world, part).get(address).context.get("form")
    hidden = {
        field.name: str(field.value())
        for field in (form.hidden_fields() if form else ())
        if field.value() not in (None, "")
    }
    return Post(part, address, hidden | data)


def of_academy(world: World, name: str, *more: int, **data: Any) -> Post:
    """A page by which the coordinator runs her académie."""
    return Post("coordinator", reverse(name, args=[world.academy.slug, *more]), data)


def in_days(days: int) -> str:
    return (timezone.localdate() + dt.timedelta(days=days)).isoformat()


def passed_to(world: World) -> dict[str, Any]:
    return {"to": str(world.people["fellow counsellor"].uid), "reason": "absence", "key": str(uuid.uuid4())}


def leaving(world: World) -> Post:
    """Whoever came beside the lead goes."""
    enquiry, fellow = now_taken(world), world.people["fellow counsellor"]
    passing.invite_colleague(actor=world.actor("counsellor"), enquiry=enquiry, to=fellow)
    address = reverse("enquiries:hands", args=[enquiry.uid])
    visitor(world, "fellow counsellor").post(reverse("enquiries:take", args=[enquiry.uid]))
    return Post("fellow counsellor", address, {"geste": "quitter"})


def private_note(world: World) -> WorkingNote:
    enquiry = now_taken(world)
    return write_note(actor=world.actor("counsellor"), enquiry=enquiry, body="À vérifier.", at=timezone.now())


def changed_note(world: World, **data: Any) -> Post:
    note = private_note(world)
    return Post("counsellor", reverse("enquiries:note", args=[note.enquiry.uid, note.uid]), data)


def reviewed_note(world: World) -> Post:
    """A note that its subject has asked for."""
    private_note(world)
    asked = ask_for_notes(actor=world.actor("author"), at=timezone.now())
    address = reverse("enquiries:note_to_review", args=[asked.reviews.order_by("-pk")[0].uid])
    return Post("counsellor", address, {"decision": Decision.WITHHELD, "reason": "Elle parle d’une autre personne."})


def corrected(world: World) -> Post:
    address = reverse("enquiries:correct", args=[now_taken(world).uid])
    form = visitor(world, "author").get(address).context["form"]
    told = {field.name: field.value() for field in form if field.value() not in (None, "", False)}
    return Post("author", address, told | {"phone": "0600000009"})


def erased(world: World) -> Post:
    return from_page(world, "author", reverse("enquiries:erase", args=[now_taken(world).uid]))


def of_herself(world: World) -> Post:
    """What no file of the académie tells of her."""
    Person.objects.filter(pk=world.people["author"].pk).update(staff_index=None)
    address = reverse("privacy:correct_person")
    return from_page(world, "author", address, first_name="Autre", last_name="Nom", phone="0600000009")


def passed_on(world: World) -> Post:
    """To the cell, after violence, with her name."""
    enquiry = now_taken(world, topic=Topic.objects.get(code="2.4"))
    typed = {"body": "Ce qui se passe.", "agrees": "on"}
    return Post("author", reverse("enquiries:pass_on", args=[enquiry.uid]), typed)


def answered(world: World) -> Post:
    """By the cell."""
    made = transmit_unnamed(academy=world.academy, body="Ce qui se passe ici.", code=new_code(), at=timezone.now())
    open_transmission(actor=world.actor("cell officer"), transmission=made, at=timezone.now())
    address = reverse("enquiries:transmission", args=[made.uid])
    return from_page(world, "cell officer", address, geste="repondre", body="Nous vous répondons.")


def perimeter(world: World) -> int:
    return Coverage.objects.get(team=world.team).pk


# By which an académie is run.
RUNNING: dict[str, Callable[[World], Post]] = {
    "ouvrir un périmètre": lambda world: of_academy(
        world, "territories:add_coverage", team=str(world.team.uid), zone="academie", valid_from=in_days(0)
    ),
    "changer un périmètre": lambda world: of_academy(
        world, "territories:change_coverage", perimeter(world), valid_from=in_days(9), posts_1d=["1d"]
    ),
    "finir un périmètre": lambda world: of_academy(
        world, "territories:change_coverage", perimeter(world), last_day=in_days(0)
    ),
    "joindre l’académie": lambda world: of_academy(
        world,
        "territories:reach",
        contact_email="service@ac-exemple.invalid",
        contact_phone="0199000010",
        first_answer_days="3",
    ),
    "suppléer": lambda world: of_academy(
        world,
        "territories:deputies",
        person=str(world.people["coordinator"].uid),
        deputy=str(world.people["counsellor"].uid),
        valid_from=in_days(0),
    ),
    "fermer des jours": lambda world: of_academy(
        world, "enquiries:add_closure", valid_from=in_days(30), valid_until=in_days(30), reason=Reason.BRIDGE.value
    ),
}
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
    "confier": lambda world: hands(world, "confier", **passed_to(world)),
    "réattribuer": lambda world: on_enquiry(world, "coordinator", "reassign", **passed_to(world)),
    "quitter": leaving,
    "corriger une note": lambda world: changed_note(world, body="Vérifié."),
    "partager une note": lambda world: changed_note(world, geste="partager"),
    "relire une note": reviewed_note,
    "demander ses notes": lambda world: Post("author", reverse("privacy:notes"), {"key": str(uuid.uuid4())}),
    "corriger une demande": corrected,
    "effacer une demande": erased,
    "corriger son nom": of_herself,
    "transmettre": passed_on,
    "répondre de la cellule": answered,
    "alerter": lambda world: on_enquiry(world, "counsellor", "worry"),
    **RUNNING,
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


__all__ = [
    "POSTS",
    "RUNNING",
    "SCREENS",
    "WRITING",
    "Asker",
    "Post",
    "every_model_field",
    "nothing_written",
    "rows",
    "undone",
]
