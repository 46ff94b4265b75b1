"""Who serves in an académie today, who is away and until when; an absence that nobody had foreseen, written down."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from proxirh.accounts.models import Person
from proxirh.kernel import journal
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.text import fold
from proxirh.territories.actor import COVERED, Actor, on_day
from proxirh.territories.models import Absence, Deputy, Posting, Team
from proxirh.territories.permissions import can_record_absence
from proxirh.territories.services.routing import RECEIVING, RECEIVING_TEAMS

LONGEST_ABSENCE = timedelta(days=366)
LEFT_SINCE, LEAVING_WITHIN = timedelta(days=30), timedelta(days=90)


@dataclass(slots=True)
class Server:
    """One person who receives enquiries, all her missions in these académies together."""

    person: Person
    share: int = 0
    teams: list[str] = field(default_factory=list)
    team_keys: list[int] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)  # today’s and those to come, the first first

    def absence_on(self, day: date) -> Absence | None:
        """The absence of that day that lasts longest."""
        here = [one for one in self.absences if one.valid_from <= day <= one.valid_until]
        return max(here, key=lambda one: one.valid_until, default=None)

    def next_absence(self, day: date) -> Absence | None:
        """The first one that begins after that day."""
        return next((one for one in self.absences if one.valid_from > day), None)

    @property
    def sorted_by(self) -> tuple[str, str, int]:
        """By last name, then first name."""
        return fold(self.person.last_name), fold(self.person.first_name), self.person.pk


@dataclass(frozen=True, slots=True)
class Attendance:
    """Every receiving team of some académies on `day`, those where nobody serves included."""

    day: date
    teams: dict[Team, list[int]]  # keys of those who serve there, by name
    servers: dict[int, Server]  # by key, in the order of their names
    deputies: list[Deputy]


def read_servers(academies: Collection[int], *, day: date) -> dict[int, Server]:
    """Who serves there on `day`, by key and in the order of their names, in two queries, whatever their number."""
    missions = Posting.objects.filter(RECEIVING, on_day(day), team__academy_id__in=academies)
    servers: dict[int, Server] = {}
    for mission in missions.select_related("person__data_key", "team").order_by("team__name", "pk"):
        server = servers.setdefault(mission.person_id, Server(mission.person))
        server.share = min(100, server.share + mission.working_share)
        if mission.team is not None and mission.team.pk not in server.team_keys:
            server.team_keys.append(mission.team.pk)
            server.teams.append(mission.team.name)
    away = Absence.objects.filter(person_id__in=missions.values("person_id"), valid_until__gte=day)
    for absence in away.order_by("valid_from", "pk"):
        servers[absence.person_id].absences.append(absence)
    return dict(sorted(servers.items(), key=lambda pair: pair[1].sorted_by))


def read_attendance(academies: Collection[int], *, day: date, beside: Sequence[str] = ()) -> Attendance:
    """The same by team, and who stands in for whom, in four queries; `beside` names what is read with each team."""
    servers = read_servers(academies, day=day)
    serving: dict[int, list[int]] = defaultdict(list)
    for key, server in servers.items():
        for team_id in server.team_keys:
            serving[team_id].append(key)
    teams = Team.objects.filter(on_day(day), academy_id__in=academies, kind__in=RECEIVING_TEAMS.values())
    return Attendance(
        day=day,
        teams={team: serving[team.pk] for team in teams.select_related("academy", *beside).order_by("name", "pk")},
        servers=servers,
        deputies=list(_standing_in(academies, day)),
    )


def _standing_in(academies: Collection[int], day: date) -> Collection[Deputy]:
    rows = Deputy.objects.filter(on_day(day), academy_id__in=academies, person__postings__role__in=COVERED)
    return rows.select_related("deputy__data_key", "person__data_key").order_by("pk").distinct()


def record_absence(
    *, actor: Actor, person: Person, until: date, since: date | None = None, at: datetime | None = None
) -> Absence:
    """Somebody does not serve from today until a day; why is never asked.

    An absence of today that was declared already becomes longer, never shorter: it may have been announced. Raises
    NotAllowed for whoever does not answer for an académie where she serves, and for oneself.
    """
    at = at or timezone.now()
    since = since or timezone.localdate(at)
    missions = Posting.objects.filter(RECEIVING, on_day(since), person=person)
    served = set(missions.values_list("team__academy_id", flat=True))
    if not can_record_absence(actor, person_id=person.pk, academies=served):
        raise NotAllowed("Vous ne pouvez pas noter l’absence de cette personne.")
    if until < since:
        raise DomainError("Le dernier jour est passé. Choisissez aujourd’hui ou un jour à venir.")
    if until > since + LONGEST_ABSENCE:
        raise DomainError("Une absence dure un an au plus. Choisissez un jour plus proche.")
    with transaction.atomic():
        Person.objects.select_for_update(no_key=True).get(pk=person.pk)  # another tab waits, and finds this one
        today = Absence.objects.filter(person=person, valid_from__lte=since, valid_until__gte=since)
        absence = today.order_by("-valid_until", "pk").first()
        if absence is not None and absence.valid_until >= until:
            return absence
        if absence is None:
            absence = Absence.objects.create(person=person, valid_from=since, valid_until=until)
        else:
            absence.valid_until = until
            absence.save(update_fields=["valid_until"])
        claim_days(person.pk, since, until)
        journal.record(
            actor=actor.label,
            verb="absence.notée",
            subject=absence,
            at=at,
            person=str(person.uid),
            until=until.isoformat(),
        )
    return absence


def claim_days(person_id: int, first: date, last: date) -> None:
    """An appointment taken at this instant waits, or reads the absence that was just written; in its transaction."""
    import_string(settings.CLAIMS_DAYS)(person_id, first, last)


@dataclass(frozen=True, slots=True)
class Departure:
    """Somebody whose last receiving mission in these académies ends, and when."""

    person: Person
    last_day: date


def departures(actor: Actor, *, day: date) -> list[Departure]:
    """Colleagues who have just left, or will within three months, without another receiving mission afterwards there.

    The first to leave first; never oneself.
    """
    missions = Posting.objects.filter(RECEIVING, team__academy_id__in=actor.answers_for)
    leaving = missions.filter(valid_until__gte=day - LEFT_SINCE, valid_until__lte=day + LEAVING_WITHIN)
    found: dict[int, Posting] = {}
    for mission in leaving.select_related("person__data_key").order_by("valid_until", "pk"):
        found[mission.person_id] = mission
    staying = missions.filter(person_id__in=found).values_list("person_id", "valid_until")
    for person_id, until in staying:
        last = found.get(person_id)
        if last is not None and last.valid_until and (until is None or until > last.valid_until):
            del found[person_id]
    gone = [Departure(one.person, one.valid_until) for one in found.values() if one.valid_until]
    others = [one for one in gone if one.person.pk != actor.person_id]
    return sorted(others, key=lambda one: (one.last_day, fold(one.person.last_name), one.person.pk))


def departure_of(actor: Actor, person_uid: object, *, day: date) -> Departure | None:
    """The one of this person; None for whoever does not leave, or serves elsewhere."""
    return next((one for one in departures(actor, day=day) if one.person.uid == person_uid), None)
