"""Who serves where: people known by their address of service, the teams of départements, académies that open."""

from collections.abc import Collection, Iterable
from datetime import date
from itertools import batched

from django.db.models import Min

from proxirh.accounts.models import Address, Person, address_indexes
from proxirh.kernel import journal
from proxirh.kernel.models import JournalEntry
from proxirh.kernel.text import fold
from proxirh.territories.models import Academy, Coverage, Department, Posting, Role, Team, TeamKind

OWN_NAMES = {TeamKind.COUNSELLING: "Conseil RH de proximité", TeamKind.HR_OFFICERS: "Gestion RH"}
CHUNK = 500


def people_by_address(addresses: Iterable[str]) -> dict[str, Person]:
    """People whose address of service is one of these, or who proved it with an account before they served."""
    wanted = {index: address for address in addresses for index in address_indexes(address)}
    found: dict[str, Person] = {}
    for chunk in batched(wanted, CHUNK):
        proved = Address.objects.filter(blind_index__in=chunk).values_list("user_id", "blind_index")
        index_of = {user_id: bytes(index) for user_id, index in proved}
        own = Person.objects.filter(user_id__in=index_of, staff_index=None).select_related("data_key")
        found |= {wanted[index_of[person.user_id]]: person for person in own if person.user_id}
        staff = Person.objects.filter(staff_index__in=chunk).select_related("data_key")
        found |= {wanted[bytes(person.staff_index or b"")]: person for person in staff}
    return found


class Teams:
    """Receiving teams of a few académies, found by name or made; nothing is written before `save`.

    The team of a département without another name covers the whole of it. A team made under a name of its own covers,
    of the départements it serves, those that no other team covers.
    """

    def __init__(self, departments: Iterable[Department]) -> None:
        academies = {department.academy_id for department in departments}
        teams = list(Team.objects.filter(academy_id__in=academies, kind__in=OWN_NAMES).order_by("-pk"))
        self._by_name = {(team.academy_id, team.kind, fold(team.name)): team for team in teams}
        self._own = {(team.department_id, team.kind): team for team in teams if team.department_id}
        self._served: dict[int, tuple[Team, dict[int, date]]] = {}

    def find(self, kind: TeamKind, department: Department, *, name: str = "") -> Team:
        """The team of that name in the académie, or the département's own without a name; unsaved if it is missing."""
        own_name = f"{OWN_NAMES[kind]}, {department.name}"
        is_own = not name or fold(name) == fold(own_name)
        place = (department.academy_id, kind, fold(name or own_name))
        team = self._by_name.get(place)
        if team is None and is_own:
            team = self._own.get((department.pk, kind))
        if team is None:
            team = Team(
                kind=kind,
                name=name or own_name,
                academy_id=department.academy_id,
                department=department if is_own else None,
            )
            self._by_name[place] = team
        return team

    def serve(self, team: Team, department: Department, *, since: date) -> None:
        """Someone serves in the team, for that département, from that day on."""
        if not team.pk:
            _, days = self._served.setdefault(id(team), (team, {}))
            days[department.pk] = min(days.get(department.pk, since), since)

    def save(self) -> None:
        """Write the missing teams that somebody serves in, with their perimeters."""
        made = list(self._served.values())
        for team, days in made:
            team.valid_from = min(days.values())
        Team.objects.bulk_create(team for team, _ in made)
        covered = set(
            Coverage.objects.filter(department__isnull=False, valid_until=None).values_list("department", "team__kind")
        )
        covered |= {(team.department_id, team.kind) for team, _ in made if team.department_id}
        Coverage.objects.bulk_create(
            Coverage(team=team, department_id=department, valid_from=since)
            for team, days in made
            for department, since in days.items()
            if team.department_id == department or (department, team.kind) not in covered
        )
        self._served.clear()


def open_academies(academies: Collection[int], *, actor: str) -> None:
    """Open each académie that is not, on the first day when a counsellor serves in one of its teams."""
    for academy in Academy.objects.filter(pk__in=academies, opened_on=None):
        counsellors = Posting.objects.filter(academy=academy, role=Role.COUNSELLOR, team__isnull=False)
        academy.opened_on = counsellors.aggregate(first=Min("valid_from"))["first"]
        if academy.opened_on is not None:
            academy.save(update_fields=["opened_on"])
            journal.record(actor=actor, verb="académie.ouverte", subject=academy, on=academy.opened_on.isoformat())


def tell_journal(verb: str, postings: Iterable[Posting], *, actor: str) -> None:
    """One line for each mission given or changed: codes and dates, no name."""
    JournalEntry.objects.bulk_create(
        JournalEntry(
            actor=actor,
            verb=verb,
            subject=journal.subject_of(posting),
            details={
                "person": str(posting.person.uid),
                "role": posting.role,
                "academy": posting.academy_id,
                "department": posting.department_id,
                "team": posting.team_id,
                "from": posting.valid_from.isoformat(),
                "until": posting.valid_until.isoformat() if posting.valid_until else None,
            },
        )
        for posting in postings
    )
