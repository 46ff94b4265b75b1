"""Appointments of somebody who is away, read as rows by whoever answers for the académie: when, how, where, which
enquiry; neither a name nor a topic. Those that a conflict of interest keeps from the reader are in none of her counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists

from proxirh.accounts.models import Person
from proxirh.enquiries.models import EnquiryAppointment
from proxirh.enquiries.relief import rows_of
from proxirh.scheduling.models import Appointment, Way
from proxirh.scheduling.services.standing_in import held_until, is_until, open_instead
from proxirh.territories.actor import Actor
from proxirh.territories.services.attendance import Server
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
    hidden: Sequence[Appointment] = ()  # for the service alone
    alone: int = 0


def meetings_away(
    actor: Actor, person_id: int, *, until: date, there: Mapping[int, Server] | None = None, at: datetime
) -> MeetingsAway:
    """Those of this person until a day; with `there`, also who could meet them instead. As many queries whatever the
    number of appointments."""
    links = EnquiryAppointment.objects.of_outer_row()
    held = [
        one for one in held_until(person_id, until, at=at).annotate(is_linked=Exists(links)) if is_until(one, until)
    ]
    if not held:
        return MeetingsAway()
    met = rows_of(actor).filter(meetings__series__in=[one.series for one in held]).order_by()
    known = {series: told for series, *told in met.values_list("meetings__series", "pk", "uid", "reference", "team_id")}
    linked = [one for one in held if one.is_linked]
    shown = [one for one in linked if one.series in known]
    others = {key: one for key, one in (there or {}).items() if key not in {person_id, actor.person_id}}
    away = {key: [(one.valid_from, one.valid_until) for one in server.absences] for key, server in others.items()}
    choices = open_instead(shown, others.keys(), away=away)
    rows = []
    for one in shown:
        pk, uid, reference, team = known[one.series]
        here = [server.person for key, server in others.items() if key in choices[one.pk] and team in server.team_keys]
        rows.append(MeetingRow(one, pk, uid, reference, here))
    return MeetingsAway(rows, [one for one in linked if one.series not in known], len(held) - len(linked))
