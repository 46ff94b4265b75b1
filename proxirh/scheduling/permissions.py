"""Who keeps an agenda, who draws up the roster of a telephone line, who reads it, and who answers."""

from proxirh.scheduling.models import PhoneCall, Promise
from proxirh.scheduling.querysets import on_the_line
from proxirh.territories.actor import Actor
from proxirh.territories.models import Team
from proxirh.territories.permissions import can_run_academy


def keeps_agenda(actor: Actor) -> bool:
    """Whoever receives people today has an agenda: her own."""
    return actor.receives


def lacks_factor_for_agenda(actor: Actor) -> bool:
    """Whoever would, but came in without her second factor."""
    return not actor.second_factor and bool(actor.teams)


def draws_roster(actor: Actor, line: Team) -> bool:
    """The head of the service, or whoever coordinates the académie, with a second factor."""
    return can_run_academy(actor, line.academy)


def reads_fairness(actor: Actor, line: Team) -> bool:
    """The head of the service alone, or who stands in for her: how many half-days each has had."""
    return actor.second_factor and line.academy_id in actor.heads


def has_shifts(actor: Actor) -> bool:
    """Whoever answers a line has a page of her own half-days."""
    return actor.second_factor and bool(actor.lines)


def has_rosters(actor: Actor) -> bool:
    """Whoever answers a line, or draws up those of an académie, has a page of rosters."""
    return actor.second_factor and bool(actor.lines or actor.runs)


def sees_rosters_daily(actor: Actor) -> bool:
    """Whoever answers a line, or heads a service, finds them in the menu; coordination on the page of its académie."""
    return actor.second_factor and bool(actor.lines or actor.heads)


def lacks_factor_for_lines(actor: Actor) -> bool:
    """Whoever would, but came in without her second factor."""
    return not actor.second_factor and bool(actor.lines or actor.runs)


def answers_line(actor: Actor, team_id: int | None = None) -> bool:
    """Whoever serves a telephone line, with a second factor: that one, or any."""
    return on_the_line(actor) and (team_id is None or team_id in actor.lines)


def can_write_call(actor: Actor, call: PhoneCall) -> bool:
    """Whoever answered, while she serves that line and nothing is erased; the holder of its promise reads, and acts."""
    return answers_line(actor, call.team_id) and call.officer_id == actor.person_id and call.erased_at is None


def holds_promise(actor: Actor, promise: Promise) -> bool:
    """Whoever holds it by herself, in a mission, with a second factor."""
    serves = actor.second_factor and actor.person_id is not None and bool(actor.lines or actor.teams)
    return serves and promise.owner_id == actor.person_id


def can_take_promise(actor: Actor, promise: Promise) -> bool:
    """A member of the team that holds it, while nobody has taken it."""
    serves = actor.second_factor and actor.person_id is not None
    return serves and promise.team_id is not None and promise.team_id in actor.lines | actor.teams


def can_hand_over_promise(actor: Actor, promise: Promise) -> bool:
    """Its holder, a member of the team that holds it, and who answers for the académie of its line."""
    if not actor.second_factor or actor.person_id is None:
        return False
    coordinates = promise.call.team.academy_id in actor.answers_for
    return coordinates or holds_promise(actor, promise) or can_take_promise(actor, promise)


def reads_volumes(actor: Actor, academy_id: int) -> bool:
    """Counts of the lines of an académie: who answers for it, or heads its service; never one officer’s."""
    return actor.second_factor and academy_id in actor.answers_for | actor.heads
