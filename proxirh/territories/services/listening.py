"""The listening cell of an académie: whom it reaches, and whether someone is there to read what is passed on to it."""

from datetime import date

from proxirh.accounts.models import Person
from proxirh.territories.actor import on_day
from proxirh.territories.models import Academy, Posting, Role, Team


def listening_cell(academy: Academy, *, day: date) -> Team | None:
    """The cell that receives what is passed on; None while nobody serves in it."""
    serving = Posting.objects.filter(on_day(day), role=Role.CELL_OFFICER)
    cells = Team.objects.filter(on_day(day), academy=academy, is_listening=True, pk__in=serving.values("team_id"))
    return cells.select_related("academy").first()


def members(cell: Team, *, day: date) -> list[Person]:
    """Those who serve in the cell on that day."""
    serving = Posting.objects.filter(on_day(day), team=cell, role=Role.CELL_OFFICER)
    return list(Person.objects.filter(pk__in=serving.values("person_id")).select_related("data_key").order_by("pk"))
