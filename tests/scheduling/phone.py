"""A telephone line of the cast’s académie, with officers who answer it."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from proxirh.scheduling.models import DutyShift
from proxirh.scheduling.periodic import tell_of_holes
from proxirh.scheduling.services import swaps
from proxirh.scheduling.services.duty import assign
from proxirh.scheduling.services.rosters import leave, set_pattern
from proxirh.territories.models import Posting, Role, Team, TeamKind
from tests.world import LONG_AGO, NOW, World

MONDAY, TUESDAY, FRIDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 27)
# Three of the cast who answer the telephone as well.
FIRST, SECOND, THIRD = "HR officer", "counsellor", "fellow counsellor"
OFFICERS = (FIRST, SECOND, THIRD)


def a_line(world: World, *, parts: Collection[str] = OFFICERS, name: str = "Allô RH") -> Team:
    """Of the whole académie, answered by these."""
    line = Team.objects.create(kind=TeamKind.LINE, name=name, academy=world.academy, valid_from=LONG_AGO)
    # Two missions of one person in one place cannot begin on the same day.
    since = LONG_AGO + timedelta(days=Team.objects.filter(kind=TeamKind.LINE).count())
    for part in parts:
        Posting.objects.create(
            person=world.people[part], role=Role.HR_OFFICER, academy=world.academy, team=line, valid_from=since
        )
    return line


def put_on(
    world: World, line: Team, part: str, day: date, half: str = "am", *, at: datetime = NOW, beyond: bool = False
) -> DutyShift:
    """One half-day, written by the head of the service."""
    return assign(
        actor=world.actor("head of service"),
        line=line,
        person=world.people[part],
        day=day,
        half=half,
        beyond_limits=beyond,
        at=at,
    )


def usual_week(world: World, line: Team, part: str, *halves: tuple[int, str], first: date = MONDAY) -> None:
    """The half-days of somebody’s week, written by the head of the service."""
    actor = world.actor("head of service")
    set_pattern(actor=actor, line=line, person=world.people[part], halves=halves, first=first, at=NOW)


def everything_of_a_roster(world: World) -> None:
    """Every mail that the roster of a line may cause."""
    line = a_line(world)
    shift = put_on(world, line, FIRST, MONDAY)
    swaps.accept_swap(
        actor=world.actor(SECOND), offer=swaps.ask_swap(actor=world.actor(FIRST), shift=shift, at=NOW), at=NOW
    )
    tell_of_holes(at=NOW)
    usual_week(world, line, THIRD, (0, "am"))
    leave(actor=world.actor("head of service"), line=line, person=world.people[THIRD], at=NOW)
