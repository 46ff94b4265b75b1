"""Teams with which no appointment may be taken within three weeks of work: found, why, and told on three days at most.

By team, département and branch of topics, on the clock of each département; counts and names of the service alone.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from proxirh.kernel.calendar import add_working_days, end_of_day, local_day
from proxirh.kernel.workflow import swap
from proxirh.scheduling.free import ONE_DAY, Agenda, Occurrence, Wanted
from proxirh.scheduling.models import Cause, Lack, SlotAlarm, Way
from proxirh.scheduling.services.rules import lengths_of, rules_of
from proxirh.scheduling.slots import Busy
from proxirh.territories.models import Academy, Department
from proxirh.territories.services.attendance import read_attendance
from proxirh.territories.services.calendars import calendar_of
from proxirh.territories.services.gaps import branches_served

WORKING_DAYS, TOLD_AT_MOST = 15, 3


def find_lacks(academy: Academy, *, at: datetime) -> list[Lack]:
    """By the names of the team and of the département; teams where nobody serves are told elsewhere.

    As many queries whatever the number of teams, people and départements.
    """
    day = timezone.localdate(at)
    there = read_attendance([academy.pk], day=day)
    served = branches_served([academy.pk], day=day)
    departments = {one.pk: one for one in academy.departments.all()}
    reading = _Reading(academy, there.servers.keys(), departments.values(), at=at)
    found = []
    for team, people in there.teams.items():
        for (team_id, key), branches in served.items():
            if team_id == team.pk and people and key in departments:
                lack = reading.lack(people, departments[key], branches)
                if lack is not None:
                    found.append(Lack(team.name, departments[key].name, *lack))
    return sorted(found)


class _Reading:
    """Everything that tells who may be met in an académie, read once."""

    def __init__(
        self, academy: Academy, people: Collection[int], departments: Collection[Department], *, at: datetime
    ) -> None:
        rules = rules_of(academy)
        self.lengths, self.usual = lengths_of(academy), rules.minutes
        self.unused = frozenset() if rules.has_video else frozenset({str(Way.VIDEO)})
        self.earliest = at + timedelta(hours=rules.notice_hours)
        furthest = at + timedelta(days=rules.horizon_days)
        self.latest = {one.pk: min(furthest, _weeks_later(one, at)) for one in departments}
        first, last = (at - ONE_DAY).date(), (max(self.latest.values(), default=at) + ONE_DAY).date()
        self.agenda = Agenda(people, first, last)
        self.busy: dict[int, list[Busy]] = self.agenda.busy(first, last)
        self.coming: list[Occurrence] = list(self.agenda.occurrences())

    def lack(
        self, people: Sequence[int], department: Department, branches: Collection[str]
    ) -> tuple[str, tuple[str, ...]] | None:
        """Why none of these branches, or which of them alone; None when each has a slot."""
        by_length: dict[int, list[str]] = {}
        for branch in sorted(branches):
            by_length.setdefault(self.lengths.get(branch, self.usual), []).append(branch)
        latest = self.latest[department.pk]
        hers = [
            one
            for one in self.coming
            if one.availability.person_id in people
            and one.availability.department_id == department.pk
            and one.opened.end > self.earliest
            and one.opened.start < latest
            and one.opened.ways
        ]
        opened = [one for one in hers if not one.is_off and not self.agenda.why_closed(one)]
        missing = [
            branch
            for minutes, ones in by_length.items()
            for branch in ones
            if not self._has_slot(opened, timedelta(minutes=minutes), department.pk)
        ]
        if not missing:
            return None
        cause = Cause.FULL if opened else Cause.AWAY if hers else Cause.NO_HOURS
        return str(cause), () if len(missing) == len(branches) else tuple(sorted(missing))

    def _has_slot(self, opened: Sequence[Occurrence], length: timedelta, department: int) -> bool:
        asked = Wanted(length, self.earliest, self.latest[department], department=department)
        slots = (slot for one in opened for slot in self.agenda.cut(one, self.busy, asked))
        return any(slot.ways - self.unused for slot in slots)


def _weeks_later(department: Department, at: datetime) -> datetime:
    zone = department.time_zone
    return end_of_day(add_working_days(local_day(at, zone), WORKING_DAYS, calendar_of(department)), zone)


@transaction.atomic
def write_alarm(academy: Academy, *, at: datetime) -> SlotAlarm:
    """What is true now; whatever differs from what was told begins anew."""
    found = SlotAlarm.written(find_lacks(academy, at=at))
    row, made = SlotAlarm.objects.get_or_create(academy=academy, defaults={"found": found, "read_at": at})
    if not made:
        days_told = row.days_told if row.found == found else 0
        SlotAlarm.objects.filter(pk=row.pk).update(found=found, read_at=at, days_told=days_told)
        row.found, row.read_at, row.days_told = found, at, days_told
    return row


def is_to_tell(row: SlotAlarm, *, day: date) -> bool:
    """Something is wrong, nothing was told today, and the same was told on fewer than three days."""
    return bool(row.found) and row.told_on != day and row.days_told < TOLD_AT_MOST


def note_told(row: SlotAlarm, *, day: date) -> None:
    """Raises StaleState for the second of two; within the transaction of the mail."""
    before: Mapping[str, object] = {"told_on": row.told_on, "days_told": row.days_told}
    swap(row, dict(before), {"told_on": day, "days_told": row.days_told + 1})
