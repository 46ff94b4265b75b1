"""The school of the persona « agent »: a permanence announced, one proposed, a session nearly full, a visit asked."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from proxirh.scheduling.models import ROOM_CHECKS, Half, SessionTitle
from proxirh.scheduling.services.half_days import HalfDayAtSite
from proxirh.scheduling.services.permanences import (
    check_room,
    draft_permanence,
    propose_permanence,
    publish_permanence,
)
from proxirh.scheduling.services.seats import register
from proxirh.scheduling.services.sessions import When, open_session
from proxirh.scheduling.services.visits import ask_visit
from proxirh.territories.actor import Actor

if TYPE_CHECKING:
    from proxirh.demo.generation.gestures import Scene

ROOM = "salle B12, premier étage"
LINK = "https://visio.exemple.invalid/rencontre-d-exemple"
SEATS = 3


def play_going(scene: Scene) -> None:
    """Each at its own moment; the persona « agent » has a seat, and two others with her: one is left."""
    stage = scene.stage
    site, at = stage.place.secondary[0], scene.ago(2)
    counsellor, head = scene.by("conseillere", at), scene.by("superieur", at)
    morning = HalfDayAtSite(ROOM, time(9), time(12))
    made = draft_permanence(**counsellor, site=site, day=stage.ahead(6), half_day=morning)
    check_room(**head, permanence=made, answers=[name for name, _ in ROOM_CHECKS])
    publish_permanence(**counsellor, permanence=made)
    offered = HalfDayAtSite(ROOM, time(14), time(16, 30))
    propose_permanence(**head, site=site, days=[stage.ahead(12)], half_day=offered)
    start = datetime.combine(stage.ahead(8), time(14), ZoneInfo(stage.place.department.time_zone)).astimezone(UTC)
    session = open_session(
        **counsellor,
        department=stage.place.department,
        title=SessionTitle.INFORMATION,
        when=When(start, start + timedelta(hours=2), start - timedelta(days=1), video_link=LINK),
        capacity=SEATS + 1,
    )
    agent = scene.agent()
    people = (agent, *(scene.cast[code].person for code in ("superieur", "gestionnaire")))
    for person in people[:SEATS]:
        actor = Actor(user_id=person.user_id, person_id=person.pk, label=f"personne:{person.uid}")
        register(actor=actor, session=session, at=at)
    asker = Actor(user_id=agent.user_id, person_id=agent.pk, label=f"personne:{agent.uid}")
    wished = [(stage.ahead(9), Half.AFTERNOON), (stage.ahead(10), Half.MORNING)]
    ask_visit(actor=asker, site=site, wished=wished, note="Entrée par la cour, bâtiment B.", at=scene.ago(1))
