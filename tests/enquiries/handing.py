"""What the tests of hands share: pages and posts of a part, what happens meanwhile."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services import passing
from proxirh.territories.models import Posting, Role
from tests.enquiries import acts
from tests.enquiries.visitors import visitor
from tests.world import LONG_AGO, NOW, World

SOON = NOW + timedelta(minutes=20)
WORDS = "Je voudrais parler de mon projet"


def page(world: World, part: str, name: str = "enquiry", *more: Any, of: Enquiry | None = None) -> HttpResponse:
    return visitor(world, part).get(reverse(f"enquiries:{name}", args=[(of or world.enquiry).uid, *more]))


def post(world: World, part: str, name: str, *more: Any, of: Enquiry | None = None, **data: Any) -> HttpResponse:
    return visitor(world, part).post(reverse(f"enquiries:{name}", args=[(of or world.enquiry).uid, *more]), data)


def row(world: World, part: str = "coordinator", enquiry: Enquiry | None = None) -> Enquiry:
    return Enquiry.objects.listed_for(world.actor(part)).get(pk=(enquiry or world.enquiry).pk)


def reassign(world: World, to: str, *, part: str = "coordinator", of: Enquiry | None = None, at: Any = SOON) -> None:
    passing.reassign_enquiry(
        actor=world.actor(part), enquiry=row(world, part, of), to=world.people[to], reason="absence", at=at
    )


def counsel_too(world: World, part: str) -> None:
    """Make someone a counsellor of the team besides what she is."""
    Posting.objects.create(
        person=world.people[part],
        role=Role.COUNSELLOR,
        academy=world.academy,
        department=world.department,
        team=world.team,
        valid_from=LONG_AGO,
    )


def offered(world: World, enquiry: Enquiry | None = None) -> set[str]:
    """Names in the coordination’s picker."""
    found = page(world, "coordinator", "reassign", of=enquiry).context["form"].found.values()
    return {person.full_name for person in found}


def _hand_over(world: World) -> None:
    passing.hand_over_enquiry(
        actor=world.actor("counsellor"),
        enquiry=world.reload(),
        to=world.people["co-handler"],
        reason="charge",
        at=SOON,
    )


MEANWHILE: dict[str, Any] = {
    "its author took it back": lambda world: acts.withdraw(world, world.reload()),
    "she closed it in another tab": lambda world: acts.close(world, world.reload()),
    "she gave it back": lambda world: acts.give_back(world, world.reload()),
    "she handed it over": _hand_over,
    "the coordination re-assigned it": lambda world: reassign(world, "co-handler"),
}
