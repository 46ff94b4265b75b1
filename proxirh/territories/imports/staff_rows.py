"""One row of the staff file, read and checked against the places that exist."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import batched, chain

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from proxirh.kernel.tabular import Row
from proxirh.territories.models import Circonscription, Department, Location, Profile, Role, Site
from proxirh.territories.models.uai import uai_fault
from proxirh.territories.services.row_checks import (
    RowFault,
    read_choice,
    read_day,
    read_department,
    read_text,
    read_uai,
)
from proxirh.territories.services.sites import is_shared_mailbox

TEAM, TIES = "equipe", "uai_liens"
REQUIRED = (
    "courriel",
    "nom",
    "prenom",
    "telephone",
    "role",
    "profil",
    "quotite",
    "implantation",
    "uai",
    "departement",
    "debut",
    "fin",
)
OPTIONAL = (TEAM, TIES)
ROLES = (Role.COUNSELLOR, Role.COORDINATOR, Role.HR_OFFICER)
CHUNK = 500

_SHARE = re.compile(r"\d{1,3}")
_PHONE = re.compile(r"\+?[\d .()/-]{4,30}")
# What a spreadsheet makes of a French number typed into a cell of numbers.
_SHORN_PHONE = re.compile(r"[1-9]\d{8}")

type Place = tuple[int | None, int | None]  # site, circonscription


@dataclass(frozen=True, slots=True)
class Mission:
    """An accepted row."""

    line: int
    address: str
    last_name: str
    first_name: str
    phone: str
    role: Role
    profile: str
    working_share: int
    location: str
    uai: str
    site_id: int | None
    department: Department
    valid_from: date
    valid_until: date | None
    team: str
    ties: frozenset[Place]

    @property
    def key(self) -> tuple[str, int, date]:
        """What makes it one mission of its person."""
        return (self.role, self.department.pk, self.valid_from)

    @property
    def identity(self) -> tuple[str, str, str]:
        """Who it names."""
        return (self.last_name, self.first_name, self.phone)

    @property
    def told(self) -> str:
        """What it is, without saying whose."""
        days = f"du {self.valid_from} au {self.valid_until}" if self.valid_until else f"depuis le {self.valid_from}"
        return f"{self.role}, {self.department}, {self.working_share} %, {days}"

    def overlaps(self, start: date, end: date | None) -> bool:
        """True when the two periods have a day in common."""
        return (self.valid_until is None or start <= self.valid_until) and (end is None or self.valid_from <= end)


class Places:
    """The sites, circonscriptions and départements that the rows name."""

    def __init__(self, rows: Iterable[Row]) -> None:
        codes = {code for row in rows for code in chain([row.cells["uai"].upper()], tie_codes(row)) if code}
        self.departments = {row.code: row for row in Department.objects.select_related("academy")}
        self.sites: dict[str, int] = {}
        self.circonscriptions: dict[str, int] = {}
        for chunk in batched(codes, CHUNK):
            self.sites |= dict(Site.objects.filter(uai__in=chunk).values_list("uai", "pk"))
            self.circonscriptions |= dict(Circonscription.objects.filter(code__in=chunk).values_list("code", "pk"))

    def ties_of(self, code: str) -> Iterator[Place]:
        """What a code designates: the office of a circonscription is a site too, and both make a tie."""
        if code in self.sites:
            yield (self.sites[code], None)
        if code in self.circonscriptions:
            yield (None, self.circonscriptions[code])


def tie_codes(row: Row) -> list[str]:
    """Codes of the places where the person works otherwise."""
    return [code for part in row.cells.get(TIES, "").split("|") if (code := part.strip().upper())]


def read_mission(row: Row, places: Places) -> Mission:
    """The mission that a row describes; raises RowFault for the first thing that is wrong with it."""
    cells = row.cells
    address = _address(cells)
    last_name = read_text(cells, "nom", most=100, required=True)
    first_name = read_text(cells, "prenom", most=100, required=True)
    phone = cells["telephone"]
    if phone and not _PHONE.fullmatch(phone):
        raise RowFault("telephone", f"« {phone} » n’est pas un numéro de téléphone")
    if _SHORN_PHONE.fullmatch(phone):
        raise RowFault("telephone", f"« {phone} » a perdu son zéro : mettez la colonne au format Texte")
    role = Role(read_choice(cells, "role", ROLES))
    is_counsellor = role == Role.COUNSELLOR
    profile = read_choice(cells, "profil", Profile.values, required=is_counsellor)
    working_share = cells["quotite"]
    if not _SHARE.fullmatch(working_share) or not 1 <= int(working_share) <= 100:
        raise RowFault("quotite", f"« {working_share} » n’est pas un nombre entier de 1 à 100")
    location = read_choice(cells, "implantation", Location.values, required=is_counsellor)
    uai = read_uai(cells, "uai") if cells["uai"] else ""
    if uai and uai not in places.sites:
        raise RowFault("uai", f"{uai} n’est pas dans l’annuaire importé")
    department = read_department(cells, "departement", places.departments)
    valid_from = read_day(cells, "debut")
    valid_until = read_day(cells, "fin") if cells["fin"] else None
    if valid_until and valid_until < valid_from:
        raise RowFault("fin", f"elle précède le début, {valid_from:%Y-%m-%d}")
    return Mission(
        line=row.line,
        address=address,
        last_name=last_name,
        first_name=first_name,
        phone=phone,
        role=role,
        profile=profile,
        working_share=int(working_share),
        location=location,
        uai=uai,
        site_id=places.sites.get(uai),
        department=department,
        valid_from=valid_from,
        valid_until=valid_until,
        team=read_text(cells, TEAM, most=120),
        ties=_ties(row, places),
    )


def _address(cells: dict[str, str]) -> str:
    address = read_text(cells, "courriel", most=254, required=True).lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise RowFault("courriel", f"« {address} » n’est pas une adresse électronique") from error
    if is_shared_mailbox(address):
        raise RowFault("courriel", f"« {address} » est la boîte d’un établissement, que d’autres lisent")
    return address


def _ties(row: Row, places: Places) -> frozenset[Place]:
    found: set[Place] = set()
    for code in tie_codes(row):
        designated = set(places.ties_of(code))
        if not designated:
            raise RowFault(TIES, uai_fault(code) or f"{code} n’est ni dans l’annuaire importé, ni une circonscription")
        found |= designated
    return frozenset(found)
