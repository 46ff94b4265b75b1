"""Who may change what territories hold."""

from proxirh.territories.actor import Actor


def can_grant_roles(actor: Actor) -> bool:
    """An administrator gives and ends missions; so does the command line, which whoever holds the server may type."""
    return actor.is_administrator
