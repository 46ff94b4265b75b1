"""How an académie runs its agenda."""

from proxirh.scheduling.models import AgendaRules
from proxirh.territories.models import Academy

_BY_ACADEMY = AgendaRules._meta.get_field("academy").remote_field


def rules_of(academy: Academy) -> AgendaRules:
    """Its own, or the usual ones, which are not stored; no query when they came along with the académie."""
    if _BY_ACADEMY.is_cached(academy):
        try:
            return academy.agenda_rules
        except AgendaRules.DoesNotExist:
            return AgendaRules(academy_id=academy.pk)
    return AgendaRules.objects.filter(academy=academy).first() or AgendaRules(academy_id=academy.pk)
