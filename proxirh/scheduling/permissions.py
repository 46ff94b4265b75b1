"""Who keeps an agenda."""

from proxirh.territories.actor import Actor


def keeps_agenda(actor: Actor) -> bool:
    """Whoever receives people today has an agenda: her own."""
    return actor.receives


def lacks_factor_for_agenda(actor: Actor) -> bool:
    """Whoever would, but came in without her second factor."""
    return not actor.second_factor and bool(actor.teams)
