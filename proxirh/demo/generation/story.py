"""The life of one enquiry as plain data: who asks what, then every act in order."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from proxirh.accounts.models import Person
from proxirh.demo.generation.staff import Staff
from proxirh.demo.generation.territory import Place
from proxirh.enquiries.services import Answers
from proxirh.territories.models import Team


class Act(NamedTuple):
    """One act of a story: `name` is that of the service it stands for, without « enquiry »."""

    at: datetime
    name: str
    by: Staff | None = None
    details: dict[str, Any] = {}


@dataclass(slots=True)
class Story:
    """One enquiry, from « Envoyer » to today."""

    place: Place
    team: Team
    answers: Answers
    channel: str
    asked_at: datetime
    typed_at: datetime
    account: Person | None = None  # the author, when signed in while asking
    typed_by: Staff | None = None
    claim_code: str = ""
    sex: str = "unknown"
    age_band: str = "unknown"
    acts: list[Act] = field(default_factory=list)
    accepted: tuple[Person, ...] = ()
    co_handlers: tuple[Staff, ...] = ()
    free: tuple[Staff, ...] = ()  # members of the team who may meet it

    def in_turn(self, but: Staff | None = None) -> Person | None:
        """Whom it is proposed to: any of them but whoever gives it back."""
        others = [staff.person for staff in self.free if staff is not but]
        return others[self.asked_at.minute % len(others)] if others else None

    def add(self, at: datetime, name: str, by: Staff | None = None, **details: Any) -> None:
        """One more act, which must be later than the others."""
        self.acts.append(Act(at, name, by, details))

    def until(self, now: datetime) -> None:
        """Forget what has not happened yet."""
        self.acts = [act for act in self.acts if act.at <= now]

    @property
    def day(self) -> date:
        """Local date of asking."""
        return self.place.clock.local(self.asked_at).date()
