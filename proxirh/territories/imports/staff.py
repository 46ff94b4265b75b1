"""Counsellors, coordinators and HR officers, one row a mission (RULES §9).

The key of a mission is address + role + département + first day. A mission that is no longer in the file is left as it
is: an end is given by its row. The file is held in memory: it has thousands of rows, not more.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import batched
from pathlib import Path
from typing import Any

from proxirh.accounts.models import Person, address_index
from proxirh.kernel import journal
from proxirh.kernel.importing import Report
from proxirh.kernel.models import DataKey
from proxirh.kernel.progress import progress
from proxirh.kernel.workbook import open_table
from proxirh.territories.imports.staff_rows import OPTIONAL, REQUIRED, TEAM, TIES, Mission, Place, Places, read_mission
from proxirh.territories.models import Posting, Role, Team, WorkTie
from proxirh.territories.services.routing import RECEIVING_TEAMS
from proxirh.territories.services.row_checks import RowFault
from proxirh.territories.services.staffing import (
    Teams,
    open_academies,
    people_by_address,
    tell_journal,
)

CHUNK = 500

# What a report never repeats of a person, who is under lock in the database: only the column is named.
IDENTITY = {"last_name": "nom", "first_name": "prenom", "phone": "telephone", "staff_address": "courriel", TIES: TIES}
NOTHING = "vide"

SAID = tuple(name for name in Mission.__slots__ if name != "line")

type Dates = tuple[date, date | None]


@dataclass(slots=True)
class Someone:
    """One person of the file: what her rows say together, and what the database knows of her."""

    address: str
    missions: list[Mission] = field(default_factory=list)
    has_refused_row: bool = False
    person: Person | None = None
    postings: dict[tuple, Posting] = field(default_factory=dict)
    held_ties: dict[Place, Dates] = field(default_factory=dict)

    def accept(self, mission: Mission) -> int:
        """Keep a mission; the line of a row before it that says the same, 0 without; raises RowFault if one says
        otherwise.
        """
        for other in self.missions:
            if other.key == mission.key:
                if all(getattr(other, name) == getattr(mission, name) for name in SAID):
                    return other.line
                raise RowFault("courriel", f"la ligne {other.line} donne la même mission avec d’autres précisions")
            if other.identity != mission.identity:
                raise RowFault("nom", f"la ligne {other.line} donne un autre nom ou un autre téléphone à cette adresse")
            if other.key[:2] == mission.key[:2] and other.overlaps(mission.valid_from, mission.valid_until):
                raise RowFault("debut", f"la mission recouvre celle de la ligne {other.line}")
        self.missions.append(mission)
        return 0

    def check_held(self, mission: Mission) -> None:
        """Hold a mission against those that the database knows and the file does not name; raises RowFault."""
        named = {mission.key for mission in self.missions}
        for key, posting in self.postings.items():
            if (
                key not in named
                and key[:2] == mission.key[:2]
                and mission.overlaps(posting.valid_from, posting.valid_until)
            ):
                raise RowFault(
                    "debut",
                    f"la mission recouvre celle qui a débuté le {posting.valid_from:%Y-%m-%d} : donnez-lui une fin",
                )

    def news(self) -> dict[str, str]:
        """What the rows say of the person and the database does not; an empty telephone leaves the known one."""
        first = self.missions[0]
        said = {"last_name": first.last_name, "first_name": first.first_name, "staff_address": self.address}
        if first.phone:
            said["phone"] = first.phone
        return {name: value for name, value in said.items() if getattr(self.person, name, None) != value}

    def ties(self) -> dict[Place, Dates]:
        """Where the person works otherwise, as long as her missions last; a refused row takes no tie away."""
        found: dict[Place, Dates] = dict(self.held_ties) if self.has_refused_row else {}
        for mission in self.missions:
            for place in mission.ties:
                since, until = found.get(place, (mission.valid_from, mission.valid_from))
                if until is not None:
                    until = max(until, mission.valid_until) if mission.valid_until else None
                found[place] = (min(since, mission.valid_from), until)
        return found


@dataclass(slots=True)
class Change:
    """A mission to write, into a posting or a new one."""

    someone: Someone
    mission: Mission
    posting: Posting | None
    team: Team | None

    @property
    def values(self) -> dict[str, Any]:
        """What the posting must say."""
        mission = self.mission
        return {
            "academy_id": mission.department.academy_id,
            "team_id": self.team.pk if self.team else None,
            "profile": mission.profile,
            "working_share": mission.working_share,
            "location": mission.location,
            "site_id": mission.site_id,
            "valid_until": mission.valid_until,
        }

    @property
    def is_needed(self) -> bool:
        """True when the posting is missing or says otherwise."""
        if self.posting is None or (self.team is not None and not self.team.pk):
            return True
        return any(getattr(self.posting, name) != value for name, value in self.values.items())

    def told(self) -> Iterator[str]:
        """Each column of the mission that changes, from what to what."""
        posting, mission = self.posting, self.mission
        if posting is None:
            return
        team = str(self.team or "")
        for column, before, after in (
            ("profil", posting.profile, mission.profile),
            ("quotite", posting.working_share, mission.working_share),
            ("implantation", posting.location, mission.location),
            ("uai", posting.site.uai if posting.site else "", mission.uai),
            ("fin", posting.valid_until, mission.valid_until),
            (TEAM, str(posting.team or ""), team),
        ):
            if before != after:
                yield f"{column} {before or NOTHING} → {after or NOTHING}"
        if posting.academy_id != mission.department.academy_id:
            yield f"academie → {mission.department.academy.name}"


class StaffImport:
    """Creates people, teams and missions, and changes what the file says otherwise."""

    def __init__(self, path: Path, report: Report, *, sheet: str = "") -> None:
        self.report = report
        self.file = open_table(path, sheet=sheet, required=REQUIRED, optional=OPTIONAL, is_closed=True)
        self.everyone: dict[str, Someone] = {}

    def check(self) -> None:
        """Read the whole file, then hold each row against those before it and against the database."""
        with progress("Lecture", total=self.file.size, unit="o") as advance:
            rows = list(self.file.rows(refuse=self.report.refuse, advance=advance))
        places = Places(rows)
        for row in rows:
            address = row.cells["courriel"].lower()
            someone = self.everyone.setdefault(address, Someone(address))
            try:
                if known := someone.accept(read_mission(row, places)):
                    self.report.tally.ignored += 1
                    self.report.tell(row.line, f"ignorée : la ligne {known} dit déjà la même chose")
            except RowFault as fault:
                self._refuse(someone, row.line, fault)
        self.everyone = {address: someone for address, someone in self.everyone.items() if someone.missions}
        self.teams = Teams(mission.department for mission in self._missions())
        self._recall()
        for someone in self.everyone.values():
            for mission in list(someone.missions):
                try:
                    someone.check_held(mission)
                    self._check_team(someone, mission)
                except RowFault as fault:
                    someone.missions.remove(mission)
                    self._refuse(someone, mission.line, fault)

    def _missions(self) -> Iterator[Mission]:
        return (mission for someone in self.everyone.values() for mission in someone.missions)

    def _refuse(self, someone: Someone, line: int, fault: RowFault) -> None:
        someone.has_refused_row = True
        self.report.refuse(line, fault.column, fault.reason)

    def _recall(self) -> None:
        """Tell each person of the file what the database knows of her."""
        known: dict[int, Someone] = {}
        for address, person in people_by_address(self.everyone).items():
            self.everyone[address].person = person
            known[person.pk] = self.everyone[address]
        for chunk in batched(known, CHUNK):
            for posting in Posting.objects.filter(person__in=chunk).select_related("team", "site"):
                key = (posting.role, posting.department_id, posting.valid_from)
                known[posting.person_id].postings[key] = posting
            for tie in WorkTie.objects.filter(person__in=chunk, kind="works", division=None):
                place = (tie.site_id, tie.circonscription_id)
                known[tie.person_id].held_ties[place] = (tie.valid_from, tie.valid_until)

    def _team(self, someone: Someone, mission: Mission) -> Team | None:
        """The team of a mission; a file without a column for it leaves someone where she serves."""
        kind = RECEIVING_TEAMS.get(mission.role)
        if kind is None:
            return None
        posting = someone.postings.get(mission.key)
        if posting and posting.team and TEAM not in self.file.columns:
            return posting.team
        return self.teams.find(kind, mission.department, name=mission.team)

    def _check_team(self, someone: Someone, mission: Mission) -> None:
        team = self._team(someone, mission)
        if team and team.valid_until and team.valid_until < mission.valid_from:
            raise RowFault(TEAM, f"l’équipe « {team} » a pris fin le {team.valid_until:%Y-%m-%d}")

    def settle(self, *, write: bool) -> None:
        """Compare person by person, then write people, teams, missions, ties and openings."""
        changes: list[Change] = []
        renamed: list[Someone] = []
        moved: list[Someone] = []
        serving = [someone for someone in self.everyone.values() if someone.missions]
        with progress("Comparaison", total=len(serving)) as advance:
            for someone in serving:
                news = someone.news()
                has_moved = TIES in self.file.columns and someone.ties() != someone.held_ties
                if news:
                    renamed.append(someone)
                if has_moved:
                    moved.append(someone)
                    news[TIES] = ""
                for mission in someone.missions:
                    change = Change(someone, mission, someone.postings.get(mission.key), self._team(someone, mission))
                    if change.is_needed:
                        changes.append(change)
                    self._count(change, news)
                advance(1)
        if write:
            self._write_people(renamed)
            self._write_missions(changes)
            self._write_ties(moved)
            counselled = {
                mission.department.academy_id for mission in self._missions() if mission.role == Role.COUNSELLOR
            }
            open_academies(counselled, actor=journal.SYSTEM)

    def _count(self, change: Change, news: Collection[str]) -> None:
        tally, line = self.report.tally, change.mission.line
        if change.posting is None:
            tally.added += 1
            self.report.tell(line, f"ajoutée : {change.mission.told}")
        elif change.is_needed or news:
            tally.changed += 1
            told = [*change.told(), *(f"{column} changé" for name, column in IDENTITY.items() if name in news)]
            self.report.tell(line, f"changée : {', '.join(told)}")
        else:
            tally.unchanged += 1
            self.report.tell(line, "inchangée")

    def _write_people(self, people: Iterable[Someone]) -> None:
        fresh: list[Person] = []
        for someone in people:
            news = someone.news()
            if someone.person is None:
                someone.person = Person(data_key=DataKey.fresh(), staff_index=address_index(someone.address), **news)
                fresh.append(someone.person)
            else:
                for name, value in news.items():
                    setattr(someone.person, name, value)
                someone.person.staff_index = address_index(someone.address)
                someone.person.save(update_fields=[*news, "staff_index"])
        DataKey.objects.bulk_create(person.data_key for person in fresh)
        Person.objects.bulk_create(fresh)

    def _write_missions(self, changes: list[Change]) -> None:
        for change in changes:
            if change.team is not None:
                self.teams.serve(change.team, change.mission.department, since=change.mission.valid_from)
        self.teams.save()
        fresh: list[Posting] = []
        changed: list[Posting] = []
        for change in changes:
            mission = change.mission
            if change.posting is None:
                fresh.append(
                    Posting(
                        person=change.someone.person,
                        role=mission.role,
                        department=mission.department,
                        valid_from=mission.valid_from,
                        **change.values,
                    )
                )
            else:
                for name, value in change.values.items():
                    setattr(change.posting, name, value)
                change.posting.save()
                changed.append(change.posting)
        Posting.objects.bulk_create(fresh)
        tell_journal("mission.donnée", fresh, actor=journal.SYSTEM)
        tell_journal("mission.modifiée", changed, actor=journal.SYSTEM)

    def _write_ties(self, people: Iterable[Someone]) -> None:
        for someone in people:
            held = WorkTie.objects.filter(person=someone.person, kind="works", division=None)
            held.delete()
            WorkTie.objects.bulk_create(
                WorkTie(
                    person=someone.person,
                    kind="works",
                    site_id=site_id,
                    circonscription_id=circonscription_id,
                    valid_from=since,
                    valid_until=until,
                )
                for (site_id, circonscription_id), (since, until) in someone.ties().items()
            )
