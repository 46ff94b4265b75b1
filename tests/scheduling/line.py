"""A telephone line of the académie of the cast, answered by its HR officer and by a colleague."""

import uuid
from datetime import datetime, timedelta

from proxirh.accounts.models import Person
from proxirh.kernel.models import DataKey
from proxirh.knowledge.models import AnswerSheet
from proxirh.scheduling.models import PhoneCall
from proxirh.scheduling.services import calling
from proxirh.scheduling.services.calling import Heard
from proxirh.territories.models import Posting, Role, Team, TeamKind, Topic
from tests.world import LONG_AGO, NOW, World, make_person

NAME = "Ligne RH, Cantal"
OFFICER, COLLEAGUE = "HR officer", "line colleague"


def with_line(world: World) -> Team:
    """The line, once; the same again, and the two who answer it."""
    line = Team.objects.filter(name=NAME, academy=world.academy).first() or Team.objects.create(
        kind=TeamKind.LINE,
        name=NAME,
        academy=world.academy,
        department=world.department,
        valid_from=LONG_AGO,
    )
    if COLLEAGUE not in world.people or not Person.objects.filter(pk=world.people[COLLEAGUE].pk).exists():
        world.people[COLLEAGUE] = make_person(COLLEAGUE, address=f"{uuid.uuid4().hex}@exemple.invalid")
    for part in (OFFICER, COLLEAGUE):
        Posting.objects.get_or_create(
            person=world.people[part],
            role=Role.HR_OFFICER,
            team=line,
            defaults={
                "academy": world.academy,
                "department": world.department,
                "valid_from": LONG_AGO + timedelta(days=1),  # another mission of hers begins the day before
            },
        )
    return line


def a_call(world: World, *, part: str = OFFICER, at: datetime = NOW, **heard: object) -> PhoneCall:
    """Somebody calls; what is told of her is written down."""
    line = with_line(world)
    actor = world.actor(part, at=at)
    made = calling.pick_up(actor=actor, team=line, key=uuid.uuid4(), at=at)
    if heard:
        calling.write_down(actor=actor, call=made, heard=Heard(**heard), at=at)  # type: ignore[arg-type]
    return PhoneCall.objects.select_related("team__academy", "team__department", "data_key").get(pk=made.pk)


def a_sheet(
    world: World, title: str = "Date du mouvement", *, topic: Topic | None = None, **more: object
) -> AnswerSheet:
    """A sheet of the académie, in date for a year."""
    made = AnswerSheet.objects.create(
        academy=world.academy,
        title=title,
        answer="Les vœux se saisissent en mars.",
        author=world.people["coordinator"],
        idempotency_key=uuid.uuid4(),
        **{"reviewed_on": NOW.date(), "expires_on": NOW.date().replace(year=2090), **more},
    )
    made.topics.set([topic or world.topic])
    return made


def keys_of_calls() -> int:
    """How many data keys calls hold."""
    return DataKey.objects.filter(pk__in=PhoneCall.objects.exclude(data_key=None).values("data_key")).count()
