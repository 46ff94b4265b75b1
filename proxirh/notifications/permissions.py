"""Who may look at how mails are written."""

from proxirh.territories.actor import Actor


def may_preview(actor: Actor) -> bool:
    """Whoever runs an académie, the national referent and administrators: they answer for what is written to people."""
    return bool(actor.answers_for or actor.heads or actor.is_national or actor.is_administrator)


def can_preview(actor: Actor) -> bool:
    """The same, with a second factor."""
    return actor.second_factor and may_preview(actor)
