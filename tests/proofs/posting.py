"""A form of the cast filled in right: what every proof that posts begins with."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone

from tests.enquiries.visitors import ANSWERS, now_taken, visitor
from tests.strict_client import StrictClient
from tests.world import World


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
