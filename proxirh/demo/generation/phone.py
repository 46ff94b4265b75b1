"""The roster of the line that `line` opened: its officers, their week, a busy period, two offers that wait."""

from datetime import datetime, timedelta
from typing import Any

from proxirh.demo.generation.staff import Service, Staff
from proxirh.demo.generation.territory import Place
from proxirh.scheduling.models import DutyShift, Season
from proxirh.scheduling.services.duty import fill_weeks
from proxirh.scheduling.services.rosters import reinforce, set_pattern
from proxirh.scheduling.services.swaps import ask_swap
from proxirh.scheduling.workflow import ShiftState
from proxirh.territories.actor import Actor, read_actor
from proxirh.territories.services.lines import join_line, lines, note_training

WEEK = (
    ((0, "am"), (2, "pm"), (3, "am")),
    ((0, "pm"), (1, "am"), (4, "am")),
    ((1, "pm"), (3, "pm")),
    ((2, "am"), (4, "pm")),
)
TRAINED = (0, 2)


def play_phone(service: Service, place: Place, *, now: datetime) -> None:
    """Written today by the persona « chef-de-service »; the persona « gestionnaire » answers, and is offered two."""
    head, officers = service.cast["chef-de-service"], service.members[service.officers[place.academy.slug].pk]
    by: dict[str, Any] = {"actor": _actor(head, now), "at": now}
    line = lines().get(academy=place.academy)
    today = now.date()
    for number, (staff, halves) in enumerate(zip(officers, WEEK, strict=True)):
        join_line(**by, line=line, person=staff.person)
        set_pattern(**by, line=line, person=staff.person, halves=halves, first=today)
        if number in TRAINED:
            note_training(**by, line=line, person=staff.person, is_trained=True)
    begins = today + timedelta(days=9)
    reinforce(**by, line=line, season=Season.MOBILITY, needed=2, first=begins, last=begins + timedelta(days=10))
    fill_weeks(**by, line=line)
    persona, colleague = officers[0], officers[1]
    theirs = list(
        DutyShift.objects.filter(
            line=line, person=colleague.person, state=ShiftState.PLANNED, starts_at__gt=now + timedelta(days=2)
        )
        .select_related("line__academy")
        .order_by("starts_at")[:2]
    )
    for shift, to in zip(theirs, (persona.person, None), strict=True):
        ask_swap(actor=_actor(colleague, now), shift=shift, to=to, at=now)


def _actor(staff: Staff, at: datetime) -> Actor:
    person = staff.person
    return read_actor(user_id=person.user_id, person_id=person.pk, person_uid=person.uid, second_factor=True, at=at)
