"""Right answers to the forms of the agenda."""

import uuid
from collections.abc import Callable
from datetime import time, timedelta

from django.urls import reverse
from django.utils import timezone

from proxirh.scheduling.models import Availability, MeetingPlace
from proxirh.scheduling.rhythm import Frequency, Rhythm
from proxirh.scheduling.services.openings import Hours, open_hours
from tests.proofs.posting import Post, from_page, in_days, of_academy
from tests.world import World

HOURS = {"starts_at": "09:00", "ends_at": "12:00"}
RULES = {"minutes": 30, "notice_hours": 12, "horizon_days": 40, "cancel_hours": 2, "move_hours": 24}
PLACE = {"address": "2 rue de l’Exemple", "way_in": "Par la cour", "travel_minutes": 20}


def opened_now(world: World) -> Availability:
    """From tomorrow on, by telephone."""
    return open_hours(
        actor=world.actor("counsellor"),
        department=world.department,
        rhythm=Rhythm(Frequency.DAILY, timezone.localdate() + timedelta(days=1)),
        hours=Hours(time(9), time(12)),
        by_phone=True,
        by_video=False,
    )


def on_a_day(world: World, **data: str) -> Post:
    row = opened_now(world)
    first, *_ = row.rhythm.days(row.valid_from, row.valid_from + timedelta(days=4))
    return Post("counsellor", reverse("scheduling:opening_day", args=[row.uid, first.isoformat()]), data)


def on_a_place(world: World, **data: object) -> Post:
    zone = world.department.time_zone
    made = MeetingPlace.objects.create(
        department=world.department, name=f"Salle {uuid.uuid4().hex[:6]}", time_zone=zone
    )
    return Post("coordinator", reverse("scheduling:change_place", args=[world.academy.slug, made.uid]), data)


def added_place(world: World) -> Post:
    address = reverse("scheduling:add_place", args=[world.academy.slug])
    hidden = from_page(world, "coordinator", address).data
    return Post("coordinator", address, {**hidden, **PLACE, "name": "DSDEN", "department": "15"})


AGENDA: dict[str, Callable[[World], Post]] = {
    "ouvrir des heures": lambda world: from_page(
        world,
        "counsellor",
        reverse("scheduling:open"),
        **HOURS,
        frequency="weekly",
        weekdays=["1"],
        every=1,
        nth=1,
        ways=["phone"],
        valid_from=in_days(1),
    ),
    "terminer des heures": lambda world: Post(
        "counsellor", reverse("scheduling:opening", args=[opened_now(world).uid]), {"last": in_days(20)}
    ),
    "changer un jour d’agenda": lambda world: on_a_day(world, starts_at="14:00", ends_at="15:00"),
    "retirer un jour d’agenda": lambda world: on_a_day(world, geste="retirer"),
    "prévoir mon absence": lambda world: Post(
        "counsellor", reverse("scheduling:own_absences"), {"first": in_days(30), "last": in_days(31)}
    ),
    "prévoir l’absence de plusieurs": lambda world: of_academy(
        world,
        "scheduling:academy_absences",
        people=[str(world.people[part].uid) for part in ("counsellor", "fellow counsellor")],
        first=in_days(30),
        last=in_days(31),
    ),
    "ajouter un lieu": added_place,
    "corriger un lieu": lambda world: on_a_place(world, **PLACE, name=f"Salle {uuid.uuid4().hex[:6]}"),
    "ne plus proposer un lieu": lambda world: on_a_place(world, geste="fermer"),
    "régler les rendez-vous": lambda world: of_academy(world, "scheduling:rules", **RULES),
}
