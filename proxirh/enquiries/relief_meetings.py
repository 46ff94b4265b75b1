"""Appointments of somebody who is away, read as rows by whoever answers for the académie: when, how, where, which
enquiry; neither a name nor a topic. Those that a conflict of interest keeps from the reader are in none of her counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from proxirh.accounts.models import Person
from proxirh.enquiries.models import EnquiryAppointment
from proxirh.enquiries.relief import rows_of
from proxirh.scheduling.models import Appointment, Way
from proxirh.scheduling.services.booking import Choice
from proxirh.scheduling.services.standing_in import held_until, open_instead
from proxirh.territories.actor import Actor
from proxirh.territories.services.attendance import Attendance
from proxirh.ui import french

WAYS = {Way.PHONE: "par téléphone", Way.VIDEO: "en visioconférence", Way.ON_SITE: "sur place"}


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """One appointment of an enquiry, and the colleagues of its team whose own open hours hold the same moment.

    Whether something keeps one of them away is not asked: a name left out would tell it.
    """

    appointment: Appointment
    enquiry_id: int
    uid: UUID
    reference: str
    colleagues: Sequence[Person] = ()

    @property
    def told(self) -> str:
        """When, on the clock of whoever comes, and how."""
        one = self.appointment
        where = f" ({one.place.name})" if one.place else ""
        return f"{french.moment(one.starts_at, one.time_zone)}, {WAYS[Way(one.way)]}{where}"


@dataclass(frozen=True, slots=True)
class MeetingsAway:
    """What the reader may meet of somebody’s appointments; what she may not; how many are of no enquiry at all."""

    rows: Sequence[MeetingRow] = ()
    hidden: Sequence[tuple[Appointment, int]] = ()  # with the key of the enquiry; for the service alone
    alone: int = 0
    choices: Mapping[int, Mapping[int, Choice]] = field(default_factory=dict)  # by appointment, then by person


def meetings_away(
    actor: Actor, person_id: int, *, until: date, there: Attendance | None = None, at: datetime
) -> MeetingsAway:
    """Those of this person until a day; with `there`, also who could meet them instead. As many queries whatever the
    number of appointments."""
    held = held_until(person_id, until, at=at)
    if not held:
        return MeetingsAway()
    linked = dict(
        EnquiryAppointment.objects.filter(series__in=[one.series for one in held]).values_list("series", "enquiry_id")
    )
    known = {
        key: (uid, reference, team)
        for key, uid, reference, team in rows_of(actor)
        .filter(pk__in=linked.values())
        .order_by()
        .values_list("pk", "uid", "reference", "team_id")
    }
    teams = {team.pk: keys for team, keys in there.teams.items()} if there else {}
    others = {
        one.pk: [key for key in teams.get(known[linked[one.series]][2], ()) if key not in {person_id, actor.person_id}]
        for one in held
        if linked.get(one.series) in known
    }
    choices = open_instead(held, {key for keys in others.values() for key in keys})
    people = there.servers if there else {}
    rows = [
        MeetingRow(
            one,
            linked[one.series],
            *known[linked[one.series]][:2],
            [people[key].person for key in others[one.pk] if key in choices[one.pk]],
        )
        for one in held
        if one.pk in others
    ]
    hidden = [(one, linked[one.series]) for one in held if one.series in linked and one.pk not in others]
    return MeetingsAway(rows, hidden, sum(one.series not in linked for one in held), choices)
