"""Right answers to the forms of the telephone line and of the answer sheets."""

import uuid
from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils import timezone

from proxirh.kernel.tokens import grouped
from proxirh.scheduling.models import Promise
from proxirh.scheduling.services.promising import promise_call
from proxirh.territories.models import Team
from tests.enquiries.visitors import now_taken, visitor
from tests.proofs.posting import Post, from_page, in_days
from tests.scheduling.line import COLLEAGUE, OFFICER, a_call, a_sheet, with_line
from tests.world import World

HEARD = {"name": "Anne Martin", "reach": "01 99 00 00 10", "note": "Veut la date.", "topic": "1.1"}
WHEN = {"working_days": "1", "means": "phone"}
SHEET = {"title": "Date du mouvement", "answer": "En mars.", "topics": ["1.1"]}


def picked_up(world: World, gesture: str) -> Post:
    line = with_line(world)
    return Post(OFFICER, reverse("enquiries:line"), {"geste": gesture, "ligne": line.uid, "key": uuid.uuid4()})


def on_call(world: World, gesture: str, **data: Any) -> Post:
    call = a_call(world, at=timezone.now())
    return Post(OFFICER, reverse("enquiries:phone_call", args=[call.uid]), {**HEARD, "geste": gesture, **data})


def promised(world: World, to: Team | None = None) -> Promise:
    call = a_call(world, at=timezone.now(), name="Anne Martin")
    return promise_call(
        actor=world.actor(OFFICER), call=call, to=to or world.people[OFFICER], means="phone", working_days=1
    )


def on_promise(world: World, gesture: str, *, held_by: Team | None = None, **data: Any) -> Post:
    address = reverse("enquiries:promise", args=[promised(world, held_by).uid])
    return Post(OFFICER, address, {"geste": gesture, **data})


def handed_over(world: World) -> Post:
    with_line(world)
    return on_promise(world, "confier", to=str(world.people[COLLEAGUE].uid))


def grave(world: World) -> Post:
    return Post(OFFICER, reverse("enquiries:grave", args=[a_call(world, at=timezone.now()).uid]), {})


def left_to_lead(world: World) -> Post:
    with_line(world)
    enquiry = now_taken(world)
    address = reverse("enquiries:call")
    typed = {"reference": enquiry.reference, "code": grouped(enquiry.call_code, 3)}
    leave = visitor(world, OFFICER).post(address, typed).context["leave"]
    signed = {name: str(leave[name].value()) for name in ("about", "key")}
    return Post(OFFICER, address, {**signed, **WHEN, "geste": "rappel"})


def sheet_page(world: World, **data: Any) -> Post:
    sheet = a_sheet(world, f"Fiche {uuid.uuid4().hex[:6]}")
    return Post("coordinator", reverse("knowledge:correct_sheet", args=[sheet.uid]), data)


ANSWERING: dict[str, Callable[[World], Post]] = {
    "décrocher": lambda world: picked_up(world, "decrocher"),
    "noter un appel manqué": lambda world: picked_up(world, "manque"),
    "noter un appel": lambda world: on_call(world, "enregistrer"),
    "terminer un appel": lambda world: on_call(world, "repondu"),
    "promettre un rappel": lambda world: on_call(world, "rappel", **WHEN),
    "tenir un rappel": lambda world: on_promise(world, "fait"),
    "prendre un rappel": lambda world: on_promise(world, "prendre", held_by=with_line(world)),
    "confier un rappel": handed_over,
    "alerter au téléphone": grave,
    "promettre un rappel du référent": left_to_lead,
    "écrire une fiche": lambda world: from_page(
        world, "coordinator", reverse("knowledge:write_sheet"), **SHEET, expires_on=in_days(90)
    ),
    "corriger une fiche": lambda world: sheet_page(world, **SHEET, expires_on=in_days(90), version=1),
    "retirer une fiche": lambda world: sheet_page(world, geste="retirer"),
}
