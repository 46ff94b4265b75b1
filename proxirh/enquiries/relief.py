"""What somebody has in hand, read as rows by whoever answers for the académie: all of it, or what cannot wait for her.

Neither a topic nor a word: dates, states and references, through the door of the coordination.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.querysets import EnquiryQuerySet, Part
from proxirh.kernel.calendar import local_day
from proxirh.territories.actor import Actor
from proxirh.ui import french


class Held(NamedTuple):
    """One open enquiry that a person leads, or that waits under her name."""

    pk: int
    uid: UUID
    reference: str
    due_at: datetime
    first_answered_at: datetime | None
    next_step_on: date | None
    wants_call_today: bool
    lead_id: int | None
    zone: str

    @property
    def is_led(self) -> bool:
        """False while it is only proposed."""
        return self.lead_id is not None

    @property
    def due_on(self) -> date | None:
        """The day when something is promised to its author, where she lives; none when nobody has said any."""
        days = [] if self.first_answered_at else [local_day(self.due_at, self.zone)]
        return min(filter(None, (*days, self.next_step_on)), default=None)

    def cannot_wait(self, until: date) -> bool:
        """Something is promised before the person is back; or nobody has taken it, or said when it goes on."""
        return self.wants_call_today or not self.is_led or self.due_on is None or self.due_on <= until

    @property
    def why(self) -> str:
        """What it waits for, in one line."""
        if self.wants_call_today:
            return "À rappeler aujourd’hui"
        if self.due_on is None:
            return "Aucune étape notée"
        on = french.short_day(self.due_on)
        if not self.is_led:
            return f"Proposée, pas encore prise, réponse promise pour le {on}"
        is_step = self.due_on == self.next_step_on
        return f"Étape prévue le {on}" if is_step else f"Première réponse promise pour le {on}"


def rows_of(actor: Actor) -> EnquiryQuerySet:
    """Rows that the coordination may move: of its académies, without any that a conflict of interest keeps from it."""
    return Enquiry.objects.listed_for(actor, part=Part.ACADEMY)


def read_held(rows: EnquiryQuerySet) -> list[Held]:
    """What came through a door, the most pressing first."""
    names = ["department__time_zone" if name == "zone" else name for name in Held._fields]
    found = [Held(*row) for row in rows.order_by().values_list(*names)]
    return sorted(found, key=lambda one: (not one.wants_call_today, one.due_on or date.min, one.reference))


def held_by(actor: Actor, person_id: int) -> list[Held]:
    """Everything that this person has in hand in the académies of the actor, in one query."""
    return read_held(rows_of(actor).held_by(person_id))


def unfollowed(actor: Actor, until: Mapping[int, date]) -> Counter[int]:
    """Of people who are away until a day, how many of the enquiries they lead cannot wait for them; in one query."""
    if not until:
        return Counter()
    led: Iterable[Held] = read_held(rows_of(actor).open().filter(lead_id__in=until))
    return Counter(one.lead_id for one in led if one.lead_id and one.cannot_wait(until[one.lead_id]))
