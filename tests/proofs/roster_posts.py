"""Right answers to the forms of a telephone roster."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from proxirh.kernel.calendar import Calendar, is_working_day
from proxirh.scheduling.models import DutyShift, ShiftSwap
from proxirh.scheduling.services import rosters
from proxirh.scheduling.services.swaps import ask_swap
from proxirh.territories.models import Team
from tests.proofs.posting import Post, from_page, in_days
from tests.scheduling.phone import FIRST, SECOND, a_line, put_on
from tests.world import World

HEAD = "head of service"
RULES = {
    "morning_from": "08:30",
    "morning_until": "12:00",
    "afternoon_from": "14:00",
    "afternoon_until": "17:00",
    "morning_days": ["0", "1"],
    "afternoon_days": ["0", "1"],
    "needed": 2,
    "most_in_a_row": 2,
    "most_a_week": 3,
}


def a_day(after: int = 1) -> date:
    """A working day to come."""
    day = timezone.localdate() + timedelta(days=after)
    while not is_working_day(day, Calendar("metropole")):
        day += timedelta(days=1)
    return day


def new_line(world: World, **more: Any) -> Team:
    return a_line(world, name=f"Allô {uuid.uuid4().hex[:6]}", **more)


def shift_now(world: World, line: Team | None = None, *, part: str = FIRST, half: str = "am") -> DutyShift:
    return put_on(world, line or new_line(world), part, a_day(), half, at=timezone.now(), beyond=True)


def on_line(world: World, route: str, line: Team | None = None, **data: Any) -> Post:
    """A page by which the head of the service draws a line up."""
    return Post(HEAD, reverse(f"scheduling:{route}", args=[(line or new_line(world)).uid]), data)


def on_one(world: World, gesture: str) -> Post:
    return on_line(world, "line_team", geste=gesture, personne=str(world.people[FIRST].uid))


def on_half_day(world: World, shift: DutyShift, half: str, **data: Any) -> Post:
    return Post(HEAD, reverse("scheduling:half_day", args=[shift.line.uid, shift.day.isoformat(), half]), data)


def offer_now(world: World, *, to: str | None = SECOND) -> ShiftSwap:
    shift = shift_now(world)
    return ask_swap(actor=world.actor(FIRST), shift=shift, to=world.people[to] if to else None, at=timezone.now())


def settling(world: World, gesture: str, part: str) -> Post:
    return Post(part, reverse("scheduling:my_shifts"), {"geste": gesture, "echange": str(offer_now(world).uid)})


def replaced(world: World) -> Post:
    shift = shift_now(world)
    other = {"person": str(world.people[SECOND].uid), "instead_of": str(shift.uid)}
    return on_half_day(world, shift, shift.half, **other)


def removed(world: World) -> Post:
    shift = shift_now(world)
    return on_half_day(world, shift, shift.half, geste="retirer", permanence=str(shift.uid))


def period_ended(world: World) -> Post:
    line, day = new_line(world), timezone.localdate()
    made = rosters.reinforce(
        actor=world.actor(HEAD), line=line, season="promotions", needed=3, first=day, last=day + timedelta(days=9)
    )
    return on_line(world, "reinforcements", line, geste="retirer", renfort=str(made.uid))


def filled(world: World) -> Post:
    line, day = new_line(world), a_day()
    rosters.set_pattern(
        actor=world.actor(HEAD), line=line, person=world.people[FIRST], halves=[(day.weekday(), "am")], first=day
    )
    return on_line(world, "roster", line, geste="remplir")


ROSTER: dict[str, Callable[[World], Post]] = {
    "ouvrir une ligne": lambda world: from_page(
        world, HEAD, reverse("scheduling:open_line", args=[world.academy.slug]), name="Allô", phone="01 99 00 00 60"
    ),
    "ajouter à une ligne": lambda world: on_line(
        world, "line_team", new_line(world, parts=()), person=str(world.people[FIRST].uid)
    ),
    "noter une formation": lambda world: on_one(world, "formation"),
    "retirer d’une ligne": lambda world: on_one(world, "retirer"),
    "régler une ligne": lambda world: on_line(world, "line_rules", **RULES),
    "écrire une semaine type": lambda world: on_line(
        world, "pattern", person=str(world.people[FIRST].uid), halves=["0am", "3pm"], valid_from=in_days(1)
    ),
    "remplir un planning": filled,
    "poser une permanence": lambda world: on_half_day(
        world, shift_now(world), "pm", person=str(world.people[SECOND].uid)
    ),
    "remplacer une permanence": replaced,
    "retirer une permanence": removed,
    "ajouter un renfort": lambda world: on_line(
        world, "reinforcements", season="mobilite", needed=2, valid_from=in_days(1), valid_until=in_days(9)
    ),
    "retirer un renfort": period_ended,
    "proposer un échange": lambda world: Post(
        FIRST,
        reverse("scheduling:offer_shift", args=[shift_now(world).uid]),
        {"to": str(world.people[SECOND].uid)},
    ),
    "accepter un échange": lambda world: settling(world, "accepter", SECOND),
    "refuser un échange": lambda world: settling(world, "refuser", SECOND),
    "reprendre un échange": lambda world: settling(world, "reprendre", FIRST),
}
