"""Colleagues to whom an enquiry may be proposed, for the pickers."""

from dataclasses import dataclass
from datetime import datetime

from proxirh.accounts.models import Person
from proxirh.enquiries.conflicts import serving_around
from proxirh.enquiries.models import Enquiry
from proxirh.kernel.calendar import local_day
from proxirh.kernel.text import fold


@dataclass(frozen=True, slots=True)
class Colleague:
    """One person and the team in which she would follow it."""

    person: Person
    team: str
    is_near: bool  # in the team that has it now


def colleagues_for(enquiry: Enquiry, *, but: int | None, at: datetime, near_first: bool = False) -> list[Colleague]:
    """By team, then by name. `but` is who asks.

    `near_first` puts the team of the enquiry before the others: for its lead alone, since this order may tell a topic.
    """
    found = [
        Colleague(posting.person, posting.team.neutral_name, is_near=posting.team_id == enquiry.team_id)
        for key, posting in serving_around(enquiry, day=local_day(at, enquiry.department.time_zone)).items()
        if key != but and posting.team is not None
    ]
    return sorted(found, key=lambda one: (near_first and not one.is_near, fold(one.team), fold(one.person.full_name)))
