"""Openings of the cast’s counsellor, written as tests need them."""

from datetime import date, time
from typing import Any

from proxirh.scheduling.models import Availability, MeetingPlace
from proxirh.scheduling.rhythm import Frequency, Rhythm
from proxirh.scheduling.services.openings import Hours, open_hours
from tests.world import NOW, World

TUESDAY = date(2026, 12, 1)


def a_place(world: World, name: str = "DSDEN, salle 12", **more: Any) -> MeetingPlace:
    """Where people are met, in the cast’s département."""
    written = {"department": world.department, "time_zone": world.department.time_zone, **more}
    return MeetingPlace.objects.create(name=name, **written)


def opened(
    world: World,
    rhythm: Rhythm | None = None,
    *,
    part: str = "counsellor",
    hours: tuple[time, time] = (time(9), time(12)),
    place: MeetingPlace | None = None,
    by_phone: bool = True,
    by_video: bool = False,
    **more: Any,
) -> Availability:
    """Every Tuesday morning, unless told otherwise."""
    return open_hours(
        actor=world.actor(part),
        department=more.pop("department", world.department),
        rhythm=rhythm or Rhythm(Frequency.WEEKLY, TUESDAY, weekdays=(1,)),
        hours=Hours(*hours, place),
        by_phone=by_phone,
        by_video=by_video,
        key=more.pop("key", None),
        at=more.pop("at", NOW),
    )
