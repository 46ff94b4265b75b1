"""Giving a role to someone, from the first administrator on."""

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q

from proxirh.accounts.models import Person, address_index
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.models import DataKey
from proxirh.territories.actor import Actor
from proxirh.territories.models import Academy, Department, Posting, Role, Team, TeamKind
from proxirh.territories.permissions import can_grant_roles
from proxirh.territories.services.routing import RECEIVING_TEAMS
from proxirh.territories.services.sites import is_shared_mailbox
from proxirh.territories.services.staffing import (
    Teams,
    open_academies,
    people_by_address,
    tell_journal,
)

NATIONAL, ACADEMY, DEPARTMENT = "national", "academie", "departement"
# How wide each role may be given.
WIDTHS: dict[Role, tuple[str, ...]] = {
    Role.COUNSELLOR: (DEPARTMENT,),
    Role.HR_OFFICER: (DEPARTMENT,),
    Role.COORDINATOR: (ACADEMY, DEPARTMENT),
    Role.HEAD_OF_SERVICE: (ACADEMY,),
    Role.CELL_OFFICER: (ACADEMY,),
    Role.MAE_OFFICER: (ACADEMY,),
    Role.TRAINER: (ACADEMY,),
    Role.STEERING_MEMBER: (NATIONAL, ACADEMY),
    Role.NATIONAL_REFERENT: (NATIONAL,),
    Role.ADMINISTRATOR: (NATIONAL,),
}
# Roles whose team is the académie's, and the name it takes when it is missing.
ACADEMY_TEAMS = {
    Role.CELL_OFFICER: (TeamKind.CELL, "Cellule spécialisée"),
    Role.MAE_OFFICER: (TeamKind.MAE, "Mission académique de l’encadrement"),
    Role.TRAINER: (TeamKind.TRAINING, "Équipe de formation"),
}


@dataclass(frozen=True, slots=True)
class Perimeter:
    """The whole country, an académie, or a département of it."""

    academy: Academy | None = None
    department: Department | None = None

    @property
    def width(self) -> str:
        """`national`, `academie` or `departement`."""
        if self.department:
            return DEPARTMENT
        return ACADEMY if self.academy else NATIONAL


@dataclass(frozen=True, slots=True)
class Grant:
    """What granting did: the mission, and `added`, `changed` or `unchanged`."""

    posting: Posting
    outcome: str


def read_perimeter(text: str) -> Perimeter:
    """The perimeter written `national`, `academie:<slug>` or `departement:<code>`; raises DomainError."""
    width, _, name = text.partition(":")
    if text == NATIONAL:
        return Perimeter()
    if width == ACADEMY:
        academy = Academy.objects.filter(slug=name).first()
        if academy:
            return Perimeter(academy)
        raise DomainError(f"Aucune académie ne se nomme « {name} ».")
    if width == DEPARTMENT:
        department = Department.objects.filter(code=name.upper()).select_related("academy").first()
        if department:
            return Perimeter(department.academy, department)
        raise DomainError(f"Aucun département n’a le code « {name} ».")
    raise DomainError("Un périmètre s’écrit national, academie:clermont-ferrand ou departement:15.")


@transaction.atomic
def grant_role(
    *, actor: Actor, address: str, role: Role, perimeter: Perimeter, since: date, until: date | None = None
) -> Grant:
    """Give a mission; the same one given again changes only its end. Raises DomainError.

    Someone unknown is made without a name: the address of service is enough to sign in.
    """
    if not can_grant_roles(actor):
        raise NotAllowed("Seul un administrateur peut donner une mission.")
    address = address.strip().lower()
    _check_address(address)
    if until and until < since:
        raise DomainError("La fin de la mission précède son début.")
    if perimeter.width not in WIDTHS[role]:
        raise DomainError(f"Le rôle {role} se donne pour un périmètre {' ou '.join(WIDTHS[role])}.")
    person = _person(address)
    held = Posting.objects.filter(
        person=person, role=role, academy=perimeter.academy, department=perimeter.department
    ).select_related("person")
    same = held.filter(valid_from=since).first()
    if same and same.valid_until == until:
        return Grant(same, "unchanged")
    clash = held.exclude(valid_from=since).filter(Q(valid_until=None) | Q(valid_until__gte=since))
    if until:
        clash = clash.filter(valid_from__lte=until)
    other = clash.order_by("valid_from").first()
    if other:
        raise DomainError(
            f"Cette personne a déjà cette mission depuis le {other.valid_from:%d/%m/%Y}. "
            "Donnez-lui d’abord une fin, avec le même début et --au."
        )
    if same:
        same.valid_until = until
        same.save(update_fields=["valid_until"])
        tell_journal("mission.modifiée", [same], actor=actor.label)
        return Grant(same, "changed")
    posting = Posting.objects.create(
        person=person,
        role=role,
        academy=perimeter.academy,
        department=perimeter.department,
        team=_team(role, perimeter, since=since),
        valid_from=since,
        valid_until=until,
    )
    tell_journal("mission.donnée", [posting], actor=actor.label)
    if perimeter.academy:
        open_academies([perimeter.academy.pk], actor=actor.label)
    return Grant(posting, "added")


def _check_address(address: str) -> None:
    try:
        validate_email(address)
    except ValidationError as error:
        raise DomainError(f"« {address} » n’est pas une adresse électronique.") from error
    if is_shared_mailbox(address):
        raise DomainError(
            "Cette boîte est celle d’un établissement : d’autres la lisent. Donnez une adresse nominative."
        )


def _person(address: str) -> Person:
    person = people_by_address([address]).get(address)
    if person is None:
        return Person.objects.create(
            data_key=DataKey.objects.issue(), staff_address=address, staff_index=address_index(address)
        )
    if person.staff_index is None:
        person.staff_address, person.staff_index = address, address_index(address)
        person.save(update_fields=["staff_address", "staff_index"])
    return person


def _team(role: Role, perimeter: Perimeter, *, since: date) -> Team | None:
    if role in RECEIVING_TEAMS and perimeter.department:
        teams = Teams([perimeter.department])
        team = teams.find(RECEIVING_TEAMS[role], perimeter.department)
        teams.serve(team, perimeter.department, since=since)
        teams.save()
        return team
    if role not in ACADEMY_TEAMS or perimeter.academy is None:
        return None
    kind, name = ACADEMY_TEAMS[role]
    held = list(Team.objects.filter(academy=perimeter.academy, kind=kind).order_by("pk")[:2])
    if len(held) > 1:
        raise DomainError("Cette académie a plusieurs équipes de cette nature : rien ne dit laquelle.")
    if held:
        return held[0]
    name = f"{name}, {perimeter.academy.name}"
    return Team.objects.create(academy=perimeter.academy, kind=kind, name=name, valid_from=since)
