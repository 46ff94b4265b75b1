"""Who keeps an agenda, who draws up the roster of a telephone line, and who reads it."""

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


def answers_line(actor: Actor, line: Team) -> bool:
    """Whoever has a mission on the line today, with her second factor: she reads it, and exchanges her half-days."""
    return actor.second_factor and line.pk in actor.lines


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
