"""How many half-days each officer has: side by side, by name, never from the most to the least."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count

from proxirh.scheduling.models import DutyShift
from proxirh.scheduling.roster import Roster
from proxirh.scheduling.workflow import ShiftState

BEFORE = timedelta(weeks=12)


@dataclass(frozen=True, slots=True)
class Share:
    """Half-days of one officer: between the days of a roster, and in the twelve weeks before."""

    name: str
    coming: int
    before: int


def fairness(roster: Roster) -> list[Share]:
    """Those who serve, by last name; a half-day on which one is away does not count. One query more."""
    rows = DutyShift.objects.filter(
        line=roster.line, state=ShiftState.PLANNED, day__gte=roster.first - BEFORE, day__lt=roster.first
    )
    before = dict(rows.order_by().values_list("person_id").annotate(count=Count("pk")))
    return [
        Share(
            officer.person.full_name,
            sum(
                one.person_id == officer.person.pk
                and roster.first <= one.day <= roster.last
                and not roster.void(one.person_id, one.day)
                for one in roster.shifts
            ),
            before.get(officer.person.pk, 0),
        )
        for officer in roster.officers
    ]
