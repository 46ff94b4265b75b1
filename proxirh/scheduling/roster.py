"""The roster of a line as it stands: who answers each half-day, what is missing, and why somebody may not be put there.

Read whole between two days, in five queries (six for a line of a whole académie), whatever the number of officers.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from proxirh.kernel.calendar import Calendar, days_of, public_holidays
from proxirh.kernel.text import fold
from proxirh.scheduling.models import DutyShift, Half, LineRules, Reinforcement
from proxirh.scheduling.workflow import ShiftState
from proxirh.territories.models import Absence, Posting, Team
from proxirh.territories.services.calendars import calendar_of_line
from proxirh.territories.services.lines import Officer, serving
from proxirh.ui import french

UTC = ZoneInfo("UTC")
# Limits are counted by week, and a run of half-days may begin that long before.
AROUND = timedelta(days=7)
AWAY, NOT_SERVING, TWICE = "absence", "n’est plus dans l’équipe", "déjà de permanence cette demi-journée"
CLOSED, HOLIDAY, SERVICE_CLOSED = "la ligne n’est pas ouverte", "jour férié", "service fermé"


def rules_of_line(line: Team) -> LineRules:
    """Its own, or the usual ones, which are not stored."""
    return LineRules.objects.filter(line=line).first() or LineRules(line=line)


def planned(line: Team) -> QuerySet[DutyShift]:
    """Half-days of a line that hold time, with whose they are."""
    return DutyShift.objects.filter(line=line, state=ShiftState.PLANNED).select_related("person__data_key")


def rank(day: date, half: str) -> int:
    """Half-days in their order: two that follow each other differ by one, a night included."""
    return 2 * day.toordinal() + (half == Half.AFTERNOON)


@dataclass(frozen=True, slots=True)
class Kept:
    """Somebody’s half-day on the roster; `void` says why she will not be there."""

    shift: DutyShift
    is_trained: bool
    void: str = ""


@dataclass(frozen=True, slots=True)
class HalfDay:
    """One half-day of a line: how many it needs, who comes, and what is missing."""

    day: date
    half: str
    starts_at: datetime
    ends_at: datetime
    why_closed: str
    needed: int
    season: str
    kept: tuple[Kept, ...]
    is_past: bool

    @property
    def present(self) -> list[Kept]:
        """Those who will be there."""
        return [one for one in self.kept if not one.void]

    @property
    def absent(self) -> list[Kept]:
        """Those who are planned and will not be."""
        return [one for one in self.kept if one.void]

    @property
    def missing(self) -> int:
        """How many more it takes; none when nobody answers, nor once it has begun."""
        if self.why_closed or self.is_past:
            return 0
        return max(0, self.needed - len(self.present))

    @property
    def told_missing(self) -> str:
        """« il manque 1 personne »."""
        return f"il manque {french.counted(self.missing, 'personne,personnes')}"

    @property
    def path(self) -> str:
        """Its own page, from that of the roster."""
        return f"{self.day.isoformat()}/{self.half}/"

    @property
    def lonely(self) -> Kept | None:
        """Who is alone there without having followed « écoute active »."""
        if self.why_closed or self.is_past or len(self.present) != 1 or self.present[0].is_trained:
            return None
        return self.present[0]

    @property
    def name(self) -> str:
        """« matin »."""
        return str(Half(self.half).label)


class Roster:
    """One line between two days, both included, as it stands at a moment; `place` when its calendar was read before."""

    def __init__(
        self, line: Team, first: date, last: date, *, at: datetime, place: tuple[Calendar, str] | None = None
    ) -> None:
        self.line, self.first, self.last, self.at = line, first, last, at
        self.rules = rules_of_line(line)
        self.calendar, self.zone = place or calendar_of_line(line)
        self._from, self._until = first - AROUND, last + AROUND

    @cached_property
    def shifts(self) -> list[DutyShift]:
        """Planned ones, a week around included."""
        return list(planned(self.line).filter(day__gte=self._from, day__lte=self._until))

    @cached_property
    def by_half(self) -> dict[tuple[date, str], list[DutyShift]]:
        """The same, by half-day."""
        found: dict[tuple[date, str], list[DutyShift]] = defaultdict(list)
        for one in self.shifts:
            found[one.day, one.half].append(one)
        return found

    @cached_property
    def missions(self) -> list[Posting]:
        """Missions on the line that touch these days."""
        return list(serving(self.line, self._from, self._until))

    @cached_property
    def officers(self) -> list[Officer]:
        """Those who serve on one of the days that were asked for, by name."""
        found = {
            row.person_id: Officer(row.person, row.is_trained)  # type: ignore[attr-defined]
            for row in self.missions
            if row.valid_from <= self.last and (row.valid_until is None or row.valid_until >= self.first)
        }
        return sorted(found.values(), key=lambda one: one.sorted_by)

    @cached_property
    def reinforcements(self) -> list[Reinforcement]:
        """Periods of reinforcement that touch these days."""
        rows = Reinforcement.objects.filter(line=self.line, valid_from__lte=self._until, valid_until__gte=self._from)
        return list(rows)

    @cached_property
    def absences(self) -> dict[int, list[tuple[date, date]]]:
        """Days away of whoever serves, by person."""
        found: dict[int, list[tuple[date, date]]] = defaultdict(list)
        people = {row.person_id for row in self.missions}
        rows = Absence.objects.filter(person__in=people, valid_until__gte=self._from, valid_from__lte=self._until)
        for person, first, last in rows.values_list("person_id", "valid_from", "valid_until"):
            found[person].append((first, last))
        return found

    def why_closed(self, day: date, half: str) -> str:
        """Why nobody answers then, in words; nothing when somebody should."""
        if not self.rules.is_open(day, half):
            return CLOSED
        if day in public_holidays(self.calendar.name, day.year):
            return HOLIDAY
        return SERVICE_CLOSED if day in self.calendar.closed else ""

    def hours(self, day: date, half: str) -> tuple[datetime, datetime]:
        """From when to when, in UTC."""
        zone = ZoneInfo(self.zone)
        start, end = (datetime.combine(day, at, zone).astimezone(UTC) for at in self.rules.hours(half))
        return start, end

    def needed(self, day: date) -> tuple[int, str]:
        """How many a half-day takes on that day, and for which campaign when that is more than usual."""
        found = [one for one in self.reinforcements if one.valid_from <= day <= one.valid_until]
        most = max(found, key=lambda one: one.needed, default=None)
        if most is None or most.needed <= self.rules.needed:
            return self.rules.needed, ""
        return most.needed, most.get_season_display()

    def void(self, person: int, day: date) -> str:
        """Why somebody of the line will not be there on that day; nothing when she will."""
        mine = [row for row in self.missions if row.person_id == person]
        if not any(row.valid_from <= day and (row.valid_until is None or row.valid_until >= day) for row in mine):
            return NOT_SERVING
        return AWAY if any(first <= day <= last for first, last in self.absences.get(person, ())) else ""

    def beyond(self, person: int, day: date, half: str, *, but: tuple[DutyShift, ...] = ()) -> str:
        """The limit that one more half-day would pass, in words; `but` are those she gives away."""
        mine = {rank(one.day, one.half) for one in self.shifts if one.person_id == person and one not in but}
        at = rank(day, half)
        mine.add(at)
        first = last = at
        while first - 1 in mine:
            first -= 1
        while last + 1 in mine:
            last += 1
        if last - first + 1 > self.rules.most_in_a_row:
            return f"plus de {self.rules.most_in_a_row} demi-journées de suite"
        monday = rank(day - timedelta(days=day.weekday()), Half.MORNING)
        if sum(monday <= one < monday + 14 for one in mine) > self.rules.most_a_week:
            return f"plus de {self.rules.most_a_week} demi-journées dans la semaine"
        return ""

    def why_not(self, person: int, day: date, half: str) -> str:
        """Why somebody cannot answer then whatever her limits and the rest of her agenda; nothing when she can."""
        if any(one.person_id == person for one in self.by_half.get((day, half), ())):
            return TWICE
        return self.why_closed(day, half) or self.void(person, day)

    def half_day(self, day: date, half: str) -> HalfDay:
        """One of them."""
        start, end = self.hours(day, half)
        needed, season = self.needed(day)
        trained = {row.person_id for row in self.missions if row.is_trained}  # type: ignore[attr-defined]
        shifts = sorted(self.by_half.get((day, half), ()), key=_by_name)
        kept = tuple(Kept(one, one.person_id in trained, self.void(one.person_id, day)) for one in shifts)
        return HalfDay(
            day, half, start, end, self.why_closed(day, half), needed, season, kept, is_past=start <= self.at
        )

    def half_days(self) -> Iterator[HalfDay]:
        """Those on which the line is usually answered, or for which somebody is planned, in order."""
        for day in days_of(self.first, self.last):
            for half in Half.values:
                if self.rules.is_open(day, half) or self.by_half.get((day, half)):
                    yield self.half_day(day, half)

    def holes(self) -> list[HalfDay]:
        """Half-days to come that lack somebody."""
        return [one for one in self.half_days() if one.missing]

    def add(self, shift: DutyShift) -> None:
        """Count one that has just been made."""
        self.shifts.append(shift)
        self.by_half[shift.day, shift.half].append(shift)


def _by_name(shift: DutyShift) -> tuple[str, str, int]:
    return fold(shift.person.last_name), fold(shift.person.first_name), shift.person_id
