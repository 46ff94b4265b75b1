"""Slots as whoever chooses reads them: first how, then when; a few days at a time, on her own clock."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from proxirh.accounts.models import Person
from proxirh.scheduling.free import Agenda, Wanted, agenda_of
from proxirh.scheduling.models import MeetingPlace, Way
from proxirh.scheduling.services.booking import Choice, Terms, alternatives
from proxirh.scheduling.services.rules import rules_of
from proxirh.scheduling.slots import Slot
from proxirh.ui import french

MOST_SLOTS, MOST_DAYS = 36, 6
FURTHEST = timedelta(days=366)
YEARS = range(2000, 2200)
STAMP = "%Y%m%dT%H%M"
WAYS = {Way.PHONE: "Par téléphone", Way.VIDEO: "En visioconférence", Way.ON_SITE: "Sur place"}


@dataclass(frozen=True, slots=True)
class Line:
    """One slot: its hour, where and with whom when that tells it from others, and what names it in an address."""

    hour: str
    detail: str
    code: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day on the wall of whoever chooses."""

    day: date
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Shown:
    """What is offered: ways first, then days; where the next ones begin, and when the agenda opens again; with nothing,
    whether colleagues have something.
    """

    ways: list[tuple[str, str]]
    way: str
    days: list[Day]
    next_from: date | None
    opens_on: date | None
    has_others: bool = False

    @property
    def is_empty(self) -> bool:
        """Nothing may be taken now."""
        return not self.ways


def shown(
    people: Mapping[int, Person],
    terms: Terms,
    *,
    zone: str,
    way: str = "",
    since: date | None = None,
    but: int | None,
    has_phone: bool = True,
    others: Collection[int] = (),
) -> Shown:
    """What a page shows, from a day on; `way` is asked first when there are several. `others` are looked at when these
    people have nothing.

    Nobody is called who has given no number. As many queries whether something is found or not: the agenda is read
    once, as far as the next opening may be.
    """
    has_video = rules_of(terms.department.academy).has_video
    wanted = replace(terms.wanted(""), people=people.keys())
    agenda = agenda_of([*people, *others], replace(wanted, latest=terms.latest + FURTHEST), but=but)
    possible = agenda.ways - (frozenset() if has_video else {Way.VIDEO}) - (frozenset() if has_phone else {Way.PHONE})
    # Each by itself: a single half-day in a school stands behind hundreds of calls.
    open_ways = {one for one in possible if next(agenda.slots(replace(wanted, way=one)), None)}
    ways = [(str(code), label) for code, label in WAYS.items() if code in open_ways]
    if not ways:
        theirs = replace(wanted, people=others)
        has_others = bool(others) and next(agenda.slots(theirs), None) is not None
        return Shown([], "", [], None, _next_opening(agenda, wanted, terms.department.time_zone), has_others)
    if len(ways) == 1:
        way = ways[0][0]
    if way not in open_ways:
        return Shown(ways, "", [], None, None)
    if since is not None:
        first = datetime.combine(since, time.min, ZoneInfo(zone)).astimezone(UTC)
        wanted = replace(wanted, earliest=max(terms.earliest, first))
    days, next_from = _days(agenda, replace(wanted, way=way), people, zone)
    return Shown(ways, way, days, next_from, None)


def _days(agenda: Agenda, wanted: Wanted, people: Mapping[int, Person], zone: str) -> tuple[list[Day], date | None]:
    days: list[Day] = []
    for count, slot in enumerate(agenda.slots(wanted)):
        on = french.local(slot.start, zone).date()
        if not days or days[-1].day != on:
            if len(days) == MOST_DAYS or count >= MOST_SLOTS:
                return days, on
            days.append(Day(on, []))
        days[-1].lines.append(_line(slot, people, wanted.way, zone, agenda.places))
    return days, None


def _line(slot: Slot, people: Mapping[int, Person], way: str, zone: str, places: Mapping[int, MeetingPlace]) -> Line:
    place = places[slot.place] if slot.place is not None else None
    details = []
    if way == Way.ON_SITE and place is not None:
        details.append(place.name)
        if place.time_zone != zone and (hour_there := french.hour(slot.start, place.time_zone)) != french.hour(
            slot.start, zone
        ):
            details.append(f"{hour_there} sur place")
    if len(people) > 1:
        details.append(f"avec {people[slot.person].full_name}")
    return Line(french.hour(slot.start, zone), ", ".join(details), code_of(slot, people[slot.person], place, way))


def code_of(slot: Slot, person: Person, place: MeetingPlace | None, way: str) -> str:
    """What names a slot in an address: when, with whom, where she is and how; nobody’s number of a table."""
    where = place.uid.hex if place is not None else ""
    return f"{slot.start:{STAMP}}.{person.uid.hex}.{where}.{way}"


def read_code(code: str, people: Mapping[int, Person]) -> Choice | None:
    """The choice that an address names, among these people; None for anything else."""
    try:
        stamp, whom, where, way = code.split(".")
        start = datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
        person = next(pk for pk, one in people.items() if one.uid == UUID(hex=whom))
        place = MeetingPlace.objects.values_list("pk", flat=True).get(uid=UUID(hex=where)) if where else None
    except (ValueError, StopIteration, MeetingPlace.DoesNotExist):
        return None
    return Choice(person, start, way, place) if way in WAYS and start.year in YEARS else None


def read_day(text: str) -> date | None:
    """The day that an address names; None for anything else, and for a year that no calendar of ours reaches."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def _next_opening(agenda: Agenda, wanted: Wanted, zone: str) -> date | None:
    """The first day beyond what may be taken now on which somebody may be met."""
    beyond = replace(wanted, earliest=wanted.latest, latest=wanted.latest + FURTHEST)
    slot = next(agenda.slots(beyond), None)
    return french.local(slot.start, zone).date() if slot else None


def lines_of(people: Mapping[int, Person], terms: Terms, choice: Choice, *, zone: str) -> list[Line]:
    """Three others, for whoever came second: the next ones by the same way, each with its day."""
    found = alternatives(list(people), terms, way=choice.way, after=choice.start)
    places = MeetingPlace.objects.in_bulk([slot.place for slot in found if slot.place is not None])
    lines = ((slot, _line(slot, people, choice.way, zone, places)) for slot in found)
    return [replace(line, hour=french.moment(slot.start, zone)) for slot, line in lines]


@dataclass(frozen=True, slots=True)
class Told:
    """A choice in words, before it is confirmed."""

    moment: str
    there: str
    way: str
    is_call: bool
    place: MeetingPlace | None


def told(choice: Choice, zone: str) -> Told:
    """When on the clock of whoever comes, the hour there when it differs, how and where."""
    place = None
    if choice.way == Way.ON_SITE and choice.place_id is not None:
        place = MeetingPlace.objects.filter(pk=choice.place_id).first()
    there = french.hour(choice.start, place.time_zone) if place else ""
    return Told(
        moment=french.moment(choice.start, zone),
        there="" if there == french.hour(choice.start, zone) else there,
        way=WAYS[Way(choice.way)],
        is_call=choice.way == Way.PHONE,
        place=place,
    )
