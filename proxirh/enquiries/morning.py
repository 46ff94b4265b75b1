"""What who answers for an académie reads at 8:30: who covers, who is away, what is late, where nobody is, what waits.

Counts and names of the service, never a topic, a word or the name of an author. All of them count the rows that the
reader may meet: a count that held more than a list would tell that something is kept from her.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import BigIntegerField, Count, Q, QuerySet, Value
from django.utils import timezone

from proxirh.enquiries.desk import coordinated_zones, late_rule
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.querysets import EnquiryQuerySet, Part
from proxirh.enquiries.relief import unfollowed
from proxirh.scheduling.models import Lack
from proxirh.scheduling.services.promising import late_rows
from proxirh.territories.actor import Actor
from proxirh.territories.models import Absence
from proxirh.territories.services.attendance import Attendance, Server, read_attendance
from proxirh.territories.services.gaps import count_holes
from proxirh.ui import french

# A page names so many teams that offer no appointment.
MOST_LACKS = 6


class Hand(NamedTuple):
    """Open enquiries of one team in the hands of one person, or of nobody yet."""

    team_id: int
    lead_id: int | None
    open: int
    late: int


@dataclass(frozen=True, slots=True)
class TeamToday:
    """One team and its counts; names only for whoever answers for its académie."""

    name: str
    serving: int
    present: int
    open: int
    late: int
    untaken: int
    here: Sequence[str] = ()
    away: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody who does not serve today, and how many of her enquiries cannot wait for her."""

    uid: UUID
    name: str
    until: date
    waiting: int


@dataclass(frozen=True, slots=True)
class StandIn:
    """Who acts for whoever coordinates or heads the service."""

    name: str
    instead_of: str
    until: date | None


@dataclass(frozen=True, slots=True)
class Morning:
    """The five lines."""

    day: date
    teams: Sequence[TeamToday]
    away: Sequence[Away]
    stand_ins: Sequence[StandIn]
    holes: Mapping[str, int]  # places where no team answers somebody, by the slug of each of the académies
    late_promises: int  # calls back promised on the lines, whose day has passed
    late: int  # first answers and steps whose day has passed, also with a team of elsewhere
    untaken: int  # offered, and taken by nobody
    lacks: Sequence[Lack] = ()  # teams that offer no appointment, as the hour read it

    @property
    def serving(self) -> int:
        """Teams’ members, one who serves in two counted in both."""
        return sum(team.serving for team in self.teams)

    @property
    def present(self) -> int:
        """Those of them who are there."""
        return sum(team.present for team in self.teams)

    @property
    def waiting(self) -> int:
        """In the hands of people who are away, and cannot wait."""
        return sum(one.waiting for one in self.away)

    @property
    def unattended(self) -> Sequence[str]:
        """Teams where nobody is present."""
        return [team.name for team in self.teams if not team.present]

    @property
    def all_holes(self) -> int:
        """Of every académie of the reader."""
        return sum(self.holes.values())

    @property
    def teams_lacking(self) -> int:
        """One that lacks them in two départements is counted once."""
        return len({one.team for one in self.lacks})

    @property
    def first_lacks(self) -> Sequence[Lack]:
        """Those that the page names."""
        return self.lacks[:MOST_LACKS]

    @property
    def more_lacks(self) -> int:
        """Beyond those that the page names."""
        return max(0, len(self.lacks) - MOST_LACKS)

    @property
    def to_mend(self) -> Sequence[str]:
        """Académies with a hole; without any, all of them."""
        return [slug for slug, count in self.holes.items() if count] or list(self.holes)

    @property
    def first_to_relieve(self) -> Away | None:
        """Of those away, the one whose enquiries wait the most."""
        return max(self.away, key=lambda one: one.waiting, default=None)


def read_morning(actor: Actor, *, at: datetime | None = None) -> Morning:
    """For the coordination or who stands in for it; for the head of a service, the same counts and nobody’s name."""
    at = at or timezone.now()
    names = bool(actor.answers_for)
    academies = actor.answers_for if names else actor.heads
    there = read_attendance(academies, day=timezone.localdate(at), beside=("academy__slot_alarm",))
    mesh = count_holes(academies, day=there.day)
    part = Part.ACADEMY if names else Part.LADDER
    hands, late_promises = _hands_and_promises(actor, at=at, part=part, zones=mesh.time_zones)
    away = {key: one for key, server in there.servers.items() if (one := server.absence_on(there.day))}
    waiting = unfollowed(actor, {key: one.valid_until for key, one in away.items()}) if names else {}
    return Morning(
        day=there.day,
        teams=_teams(there, hands, away, names=names),
        away=[
            Away(server.person.uid, server.person.full_name, away[key].valid_until, waiting[key])
            for key, server in there.servers.items()
            if key in away and names
        ],
        late_promises=late_promises,
        late=sum(hand.late for hand in hands),
        untaken=sum(hand.open for hand in hands if hand.lead_id is None),
        holes=mesh.by_academy,
        lacks=_lacks(there),
        stand_ins=[
            StandIn(one.deputy.full_name, one.person.full_name, one.valid_until) for one in there.deputies if names
        ],
    )


def _lacks(there: Attendance) -> list[Lack]:
    """Académies where nothing was read yet have none."""
    rows = {team.academy_id: getattr(team.academy, "slot_alarm", None) for team in there.teams}
    return [lack for row in rows.values() if row is not None for lack in row.lacks]


def _hands(actor: Actor, *, at: datetime, part: Part, zones: Collection[str]) -> list[Hand]:
    """Open rows of the door of this reader, counted by team and lead."""
    return [Hand(*row) for row in _counted(actor, at=at, part=part, zones=zones)]


def _hands_and_promises(actor: Actor, *, at: datetime, part: Part, zones: Collection[str]) -> tuple[list[Hand], int]:
    """The same, and how many promises are late on the lines, in one query: a row of these has no team."""
    late = late_rows(actor, at=at, zones=zones).order_by().annotate(no_team=Value(0)).values("no_team")
    none = Value(None, output_field=BigIntegerField())
    promised = late.annotate(n=Count("pk")).values_list("no_team", none, "n", "n")
    rows = list(_counted(actor, at=at, part=part, zones=zones).union(promised, all=True))
    return [Hand(*row) for row in rows if row[0]], sum(count for team, _, count, _ in rows if not team)


def _counted(actor: Actor, *, at: datetime, part: Part, zones: Collection[str]) -> QuerySet:
    late = late_rule(at, zones)
    rows: EnquiryQuerySet = Enquiry.objects.listed_for(actor, part=part).open().order_by()
    counted = rows.values("team_id", "lead_id").annotate(open=Count("pk"), late=Count("pk", filter=Q(late)))
    return counted.values_list("team_id", "lead_id", "open", "late")


def _teams(there: Attendance, hands: Sequence[Hand], away: Collection[int], *, names: bool) -> list[TeamToday]:
    def of(keys: Sequence[int]) -> tuple[str, ...]:
        return tuple(there.servers[key].person.full_name for key in keys) if names else ()

    found = []
    for team, serving in there.teams.items():
        here = [hand for hand in hands if hand.team_id == team.pk]
        found.append(
            TeamToday(
                name=team.name,
                serving=len(serving),
                present=sum(key not in away for key in serving),
                open=sum(hand.open for hand in here),
                late=sum(hand.late for hand in here),
                untaken=sum(hand.open for hand in here if hand.lead_id is None),
                here=of([key for key in serving if key not in away]),
                away=of([key for key in serving if key in away]),
            )
        )
    return found


# ── Load by person ───────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Load:
    """All that is told of one person (PRODUCT §7.7): never delays, outcomes, satisfaction, nor a rank."""

    name: str
    teams: Sequence[str]
    open: int
    share: int  # percent
    per_full_time: float
    late: int
    absence: str
    next_absence: str
    absences: int  # today’s and those to come


def read_load(actor: Actor, *, at: datetime | None = None) -> list[Load]:
    """Of everyone who receives in the académies of the actor, in the order of their names and in no other."""
    at = at or timezone.now()
    there = read_attendance(actor.answers_for, day=timezone.localdate(at))
    held: dict[int, tuple[int, int]] = {}
    for hand in _hands(actor, at=at, part=Part.ACADEMY, zones=coordinated_zones(actor)):
        if hand.lead_id is not None:
            was = held.get(hand.lead_id, (0, 0))
            held[hand.lead_id] = was[0] + hand.open, was[1] + hand.late
    return [_load(server, *held.get(key, (0, 0)), day=there.day) for key, server in there.servers.items()]


def _load(server: Server, count: int, late: int, *, day: date) -> Load:
    today = server.absence_on(day)
    return Load(
        name=server.person.full_name,
        teams=server.teams,
        open=count,
        share=server.share,
        per_full_time=100 * count / max(1, server.share),
        late=late,
        absence=f"jusqu’au {french.short_day(today.valid_until)}" if today else "",
        next_absence=_dates(server.next_absence(day)),
        absences=len(server.absences),
    )


def _dates(absence: Absence | None) -> str:
    if absence is None:
        return ""
    if absence.valid_from == absence.valid_until:
        return f"le {french.short_day(absence.valid_from)}"
    return f"du {french.short_day(absence.valid_from)} au {french.short_day(absence.valid_until)}"
