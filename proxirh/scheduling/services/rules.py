"""How an académie runs its agenda."""

from proxirh.scheduling.models import AgendaRules
from proxirh.territories.models import Academy


def rules_of(academy: Academy) -> AgendaRules:
    """Its own, or the usual ones, which are not stored."""
    return AgendaRules.objects.filter(academy=academy).first() or AgendaRules(academy=academy)
