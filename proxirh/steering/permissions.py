"""Who may do what with reports, in business words."""

from proxirh.kernel.journal import SYSTEM
from proxirh.territories.actor import Actor


def can_export_uncontrolled(actor: Actor) -> bool:
    """Figures of too few people leave the service from its command line alone, never from a page."""
    return actor.is_administrator and actor.label == SYSTEM
