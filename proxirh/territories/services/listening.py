"""The listening cell of an académie: how it is reached, who serves there, and when that was last checked."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.kernel import journal
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.territories.actor import Actor, on_day
from proxirh.territories.models import Academy, Posting, Role, Team
from proxirh.territories.permissions import can_run_academy

# A number that nobody has called for longer may no longer answer.
CHECKED_EVERY = timedelta(days=183)
NOT_CHECKED = "Appelez d’abord ce numéro : quelqu’un en détresse doit pouvoir compter dessus."


def listening_cell(academy: Academy, *, day: date) -> Team | None:
    """The cell that receives what is passed on; None while nobody serves in it."""
    serving = Posting.objects.filter(on_day(day), role=Role.CELL_OFFICER)
    cells = Team.objects.filter(on_day(day), academy=academy, is_listening=True, pk__in=serving.values("team_id"))
    return cells.select_related("academy").first()


def members(cell: Team, *, day: date) -> list[Person]:
    """Those who serve in the cell on that day."""
    serving = Posting.objects.filter(on_day(day), team=cell, role=Role.CELL_OFFICER)
    return list(Person.objects.filter(pk__in=serving.values("person_id")).select_related("data_key").order_by("pk"))


def is_overdue(academy: Academy, *, today: date) -> bool:
    """True when nobody has called the number for six months, or ever."""
    return academy.listening_checked_on is None or academy.listening_checked_on < today - CHECKED_EVERY


@transaction.atomic
def set_listening(
    *,
    actor: Actor,
    academy: Academy,
    listening_cell: str,
    concern_protocol: str,
    is_checked: bool,
    at: datetime | None = None,
) -> None:
    """Write how the cell is reached and the protocol, dated of today: the number was called first."""
    if not can_run_academy(actor, academy):
        raise NotAllowed("Ces réglages sont à la coordination de l’académie.")
    if not is_checked:
        raise DomainError(NOT_CHECKED)
    at = at or timezone.now()
    academy.listening_cell, academy.concern_protocol = listening_cell, concern_protocol
    academy.listening_checked_on = timezone.localdate(at)
    academy.save(update_fields=["listening_cell", "concern_protocol", "listening_checked_on"])
    journal.record(actor=actor.label, verb="académie.écoute", subject=academy, at=at)
