"""To whom one would write about a silence, and when: the page that announces it and the run that writes read this.

A first answer has a day, stored when it was promised, hence the ladder of each académie follows its own delay; later a
next step has one. Only a day that has passed climbs, never an age. While its author is awaited nothing climbs: she gets
one kind word, and the desk lists it after twenty days.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from proxirh.enquiries.models import LadderRung, LadderStep, Watch
from proxirh.enquiries.querysets import EnquiryQuerySet
from proxirh.enquiries.workflow import State
from proxirh.kernel.calendar import add_working_days, is_working_day, local_day, working_days_between
from proxirh.kernel.ladder import reached
from proxirh.territories.services.calendars import calendar

ONE_DAY = timedelta(days=1)
# PRODUCT §5, in working days after asking: due on the second, then told on the third, the fifth and the ninth.
DUE, ON_DAY = 2, {LadderRung.COUNSELLOR: 3, LadderRung.COORDINATOR: 5, LadderRung.HEAD: 9}
AFTER_A_MISSED_DAY: Mapping[LadderRung, int] = {rung: day - DUE for rung, day in ON_DAY.items()}
AFTER_A_WAIT: Mapping[LadderRung, int] = {LadderRung.AUTHOR: 10}
# Difficulties at work, health: nothing is written to their authors without a person.
LEFT_TO_PEOPLE = frozenset({"2", "3"})

Step = tuple[int, str, date, str]


class Silent(NamedTuple):
    """What decides who is told of one open enquiry, columns of a row alone."""

    pk: int
    uid: UUID
    reference: str
    state: str
    submitted_at: datetime
    due_at: datetime
    first_answered_at: datetime | None
    next_step_on: date | None
    waiting_since: datetime | None
    lead_id: int | None
    team_id: int
    academy_id: int
    calendar: str
    closed: str
    zone: str
    # Read by the run, never for a page: a topic that it hid would tell it.
    topic_code: str = ""

    @property
    def watched(self) -> tuple[Watch, date] | None:
        """What is waited for, and the day it was to come; for its author, the day since when she is awaited."""
        if self.state == State.WAITING_FOR_AGENT:
            return (Watch.AUTHOR, local_day(self.waiting_since, self.zone)) if self.waiting_since else None
        if self.first_answered_at is None:
            return Watch.FIRST_ANSWER, local_day(self.due_at, self.zone)
        return (Watch.NEXT_STEP, self.next_step_on) if self.next_step_on else None

    def rungs_on(self, day: date) -> tuple[LadderRung, ...]:
        """Every rung reached on that day, where its author lives; one that falls on a closed day waits for the next."""
        if self.watched is None:
            return ()
        watch, since = self.watched
        days = calendar(self.calendar, self.closed)
        if watch == Watch.AUTHOR:
            if self.topic_code.partition(".")[0] in LEFT_TO_PEOPLE:
                return ()
            return reached(AFTER_A_WAIT, working_days_between(since, day, days))
        counted_from = since if is_working_day(since, days) else add_working_days(since, 1, days)
        return reached(AFTER_A_MISSED_DAY, working_days_between(counted_from, day, days))


@dataclass(frozen=True, slots=True)
class Climb:
    """The rungs of one enquiry that nobody has climbed yet, the lowest first."""

    row: Silent
    watch: Watch
    since: date
    rungs: tuple[LadderRung, ...]

    @property
    def turn(self) -> date:
        """What it waits for first; then when it was asked."""
        return self.since

    @property
    def submitted_at(self) -> datetime:
        """When it was asked."""
        return self.row.submitted_at

    @property
    def uid(self) -> UUID:
        """Its enquiry."""
        return self.row.uid

    @property
    def as_read(self) -> dict[str, Any]:
        """What must still be so when it is told: an answer, a new date, another lead meanwhile make it void."""
        names = ("state", "due_at", "first_answered_at", "next_step_on", "waiting_since", "lead_id", "team_id")
        return {name: getattr(self.row, name) for name in names}


def to_climb(rows: Iterable[Silent], taken: Collection[Step], *, at: datetime, nights: int = 0) -> list[Climb]:
    """What is to be told at a moment, or after some nights if nothing moves; the longest silence first."""
    found = []
    for row in rows:
        if row.watched is None:
            continue
        watch, since = row.watched
        rungs = row.rungs_on(local_day(at, row.zone) + nights * ONE_DAY)
        left = tuple(rung for rung in rungs if (row.pk, watch, since, rung) not in taken)
        if left:
            found.append(Climb(row, watch, since, left))
    return sorted(found, key=lambda one: (one.turn, one.submitted_at, one.uid))


def read_silences(rows: EnquiryQuerySet, *, at: datetime, nights: int = 0) -> list[Climb]:
    """What is to be told to people of the service about rows that came through a door, in two queries."""
    return _read(rows.missed_by(at + (nights + 1) * ONE_DAY), at=at, nights=nights)


def read_waits(rows: EnquiryQuerySet, *, at: datetime) -> list[Climb]:
    """The kind words to write to authors; for the run alone, since who gets none came about something grave."""
    patience = min(AFTER_A_WAIT.values()) * ONE_DAY
    return _read(rows.awaiting_authors(since=at - patience), at=at, more=("fact__topic_code",))


def _read(rows: EnquiryQuerySet, *, at: datetime, nights: int = 0, more: tuple[str, ...] = ()) -> list[Climb]:
    elsewhere = {
        "calendar": "department__holiday_calendar",
        "closed": "department__closed",
        "zone": "department__time_zone",
    }
    names = [elsewhere.get(name, name) for name in Silent._fields if name not in Silent._field_defaults]
    found = [Silent(*row) for row in rows.values_list(*names, *more)]
    taken = set(LadderStep.objects.taken_on(rows)) if found else set()
    return to_climb(found, taken, at=at, nights=nights)
