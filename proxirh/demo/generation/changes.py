"""What moves in the service of the personas: somebody away, somebody leaving, an agent who changes of académie."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from proxirh.demo.generation import texts
from proxirh.demo.generation.chance import random_uid
from proxirh.demo.generation.staff import Staff
from proxirh.demo.generation.territory import Place as Ground
from proxirh.demo.personas import DOMAIN
from proxirh.enquiries.services.relieving import cover_absence
from proxirh.enquiries.services.transferring import Place, start_transfer
from proxirh.territories.models import Posting, Role

if TYPE_CHECKING:
    from proxirh.demo.generation.gestures import Scene

NEXT_DOOR = "57"  # in the same académie


def play_changes(scene: Scene, there: Ground) -> None:
    """One of each, for « Ma matinée » and the pages that it leads to."""
    _away(scene, next(staff for staff in _team(scene, scene.stage.place.department.code) if not staff.sites))
    _leaving(scene, _team(scene, NEXT_DOOR)[0])
    _moving(scene, there)


def _team(scene: Scene, code: str) -> list[Staff]:
    """The counsellors of a département who are nobody’s persona."""
    service = scene.stage.lives.service
    personas = list(service.cast.values())
    return [staff for staff in service.members[service.counselling[code].pk] if staff not in personas]


def _away(scene: Scene, staff: Staff) -> None:
    """Since yesterday, for a week: one of hers was proposed to a colleague then, another still waits for it."""
    moved, _ = (scene.followed(topic, days, lead=staff) for topic, days in (("1.1", 7), ("5.1", 6)))
    cover_absence(
        **scene.by("coordinatrice", scene.ago(1, 9)),
        person=staff.person,
        until=scene.stage.ahead(5),
        seen=[moved.uid],
        key=random_uid(random.Random("absence")),
    )


def _leaving(scene: Scene, staff: Staff) -> None:
    """In three weeks; what she has in hand is to be entrusted to others."""
    missions = Posting.objects.filter(person=staff.person, role=Role.COUNSELLOR)
    missions.update(valid_until=scene.stage.ahead(15))


def _moving(scene: Scene, there: Ground) -> None:
    """The persona « agent » leaves for Gironde: the text of the counsellor waits for her agreement."""
    enquiry = scene.followed("1.1", 8, author=scene.agent(), email=f"agent@{DOMAIN}")
    place = Place(there.department, there.secondary[0], scene.stage.ahead(30))
    start_transfer(**scene.by("conseillere", scene.ago(1, 14)), enquiry=enquiry, place=place, body=texts.MOVING)
