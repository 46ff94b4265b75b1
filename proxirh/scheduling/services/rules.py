"""How an académie runs its agenda."""

from datetime import datetime, timedelta

from proxirh.scheduling.free import Wanted
from proxirh.scheduling.models import AgendaRules
from proxirh.territories.models import Academy


def rules_of(academy: Academy) -> AgendaRules:
    """Its own, or the usual ones, which are not stored."""
    return AgendaRules.objects.filter(academy=academy).first() or AgendaRules(academy=academy)


def wanted(rules: AgendaRules, *, at: datetime, way: str = "", place: int | None = None) -> Wanted:
    """What an académie offers from this moment on."""
    return Wanted(
        length=rules.length,
        earliest=at + timedelta(hours=rules.notice_hours),
        latest=at + timedelta(days=rules.horizon_days),
        way=way,
        place=place,
    )
