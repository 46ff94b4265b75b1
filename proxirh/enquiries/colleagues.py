"""Colleagues to whom an enquiry may be given, for the pickers; those whom a conflict of interest keeps away are not."""

from dataclasses import dataclass
from datetime import datetime

from proxirh.accounts.models import Person
from proxirh.enquiries.conflicts import who_may_follow
from proxirh.enquiries.models import Enquiry
from proxirh.kernel.text import fold


@dataclass(frozen=True, slots=True)
class Colleague:
    """One person and the team in which she would follow it."""

    person: Person
    team: str
    is_near: bool  # in the team that has it now


def colleagues_for(enquiry: Enquiry, *, but: int | None, at: datetime) -> list[Colleague]:
    """The team of the enquiry first, then the others by name; people by name. `but` is who asks."""
    found = [
        Colleague(posting.person, posting.team.neutral_name, is_near=posting.team_id == enquiry.team_id)
        for key, posting in who_may_follow(enquiry, at=at).items()
        if key != but and posting.team is not None
    ]
    return sorted(found, key=lambda one: (not one.is_near, fold(one.team), fold(one.person.full_name)))
