"""How an académie runs its agenda."""

from proxirh.scheduling.models import AgendaRules
from proxirh.territories.models import Academy


def rules_of(academy: Academy) -> AgendaRules:
    """Its own, or the usual ones, which are not stored; read once for an académie that a page holds."""
    try:
        return academy.agenda_rules
    except AgendaRules.DoesNotExist:
        return AgendaRules(academy=academy)
