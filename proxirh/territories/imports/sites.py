"""The ministry's open-data directory of schools and services (fr-en-annuaire-education, Licence Ouverte).

One UAI may have several rows, which make one site. A site that is no longer in the file is left as it is: the directory
says of a site that it closes. A column that the file does not have leaves what the database knows.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import batched
from pathlib import Path
from typing import Any

from proxirh.kernel import journal
from proxirh.kernel.delimited import DelimitedFile
from proxirh.kernel.importing import Report
from proxirh.kernel.models import JournalEntry
from proxirh.kernel.progress import progress
from proxirh.kernel.tabular import Row
from proxirh.kernel.text import fold
from proxirh.territories.models import Basin, Circonscription, Department, Site
from proxirh.territories.services.row_checks import RowFault, department_code, read_department, read_text, read_uai

UAI, NAME, DEPARTMENT, ACADEMY = (
    "identifiant_de_l_etablissement",
    "nom_etablissement",
    "code_departement",
    "code_academie",
)
STATE, MAIL, POSTAL_CODE = "etat", "mail", "code_postal"
DISTRICT, DISTRICT_NAME = "code_circonscription", "nom_circonscription"
BASIN, BASIN_NAME = "code_bassin_formation", "libelle_bassin_formation"
REQUIRED = (UAI, NAME, DEPARTMENT)
# Column → what it says of a site; places are compared by their codes.
SPOKEN_OF = {
    NAME: "name",
    "type_etablissement": "kind",
    "nom_commune": "town",
    POSTAL_CODE: "postal_code",
    DEPARTMENT: "department__code",
    DISTRICT: "circonscription__code",
    BASIN: "basin__code",
    MAIL: "mailbox",
    STATE: "is_open",
}
OPTIONAL = (*(set(SPOKEN_OF) - set(REQUIRED)), ACADEMY, DISTRICT_NAME, BASIN_NAME)
# Territories of the Pacific and of the South, and abroad: their staff have other services.
ELSEWHERE = {"98", "984", "986", "987", "988", "989", "99", "099"}
FOREIGN_PREFIXES = ELSEWHERE | {"098", "983"}
CORSICA = {"620", "720"}
# Caen and Rouen until 2020; Saint-Pierre-et-Miquelon, attached to Normandie.
FORMER_ACADEMIES = {"70": {"05", "21", "44"}}
CHUNK = 500

_POSTAL_CODE = re.compile(r"\d{5}")
_MAIL = re.compile(r"[^@\s;,]+@[^@\s;,]+\.[^@\s;,]+")

type Found = dict[str, Any]


def is_elsewhere(cells: dict[str, str]) -> bool:
    """True for a site that belongs to none of our départements by its own code, or, without one, by its UAI."""
    code = cells[DEPARTMENT]
    if code:
        return code in ELSEWHERE or department_code(code) in ELSEWHERE
    prefix = cells[UAI][:3]
    return prefix in FOREIGN_PREFIXES or (prefix.isdigit() and "100" <= prefix < "970" and prefix not in CORSICA)


@lru_cache(maxsize=64)
def is_open(state: str) -> bool:
    """Whether people work there; raises RowFault for a state that is not in the directory's own list."""
    folded = fold(state)
    if folded in {"", "a fermer"} or folded.startswith("ouvert"):
        return True
    if folded == "a ouvrir" or folded.startswith("ferm"):
        return False
    raise RowFault(STATE, f"« {state} » n’est pas un état connu")


def _already_told(*_: object) -> None:
    """The second reading says nothing that the first has said."""


def merged(first: Found, other: Found) -> Found:
    """One site from two rows of the same UAI: the open one leads, the other fills what it leaves empty."""
    leading, filling = (other, first) if other["is_open"] and not first["is_open"] else (first, other)
    return {name: value or filling[name] for name, value in leading.items()}


class SitesImport:
    """Creates and updates sites, their basins and circonscriptions."""

    def __init__(self, path: Path, report: Report) -> None:
        self.report = report
        self.file = DelimitedFile(path, required=REQUIRED, optional=OPTIONAL)
        self.names = [name for column, name in SPOKEN_OF.items() if column in self.file.columns]
        self.departments = {row.code: row for row in Department.objects.select_related("academy")}
        self.department_of: dict[str, str] = {}
        self.repeated: set[str] = set()
        self.districts: dict[str, tuple[str, int]] = {}  # code → name, département
        self.basins: dict[str, tuple[str, int]] = {}  # code → name, académie
        self.district_ids: dict[str, int] = {}
        self.basin_ids: dict[str, int] = {}

    def check(self) -> None:
        """Read the whole file once, keeping of each row its UAI and its département only."""
        with progress("Lecture", total=self.file.size, unit="o") as advance:
            for row in self.file.rows(refuse=self.report.refuse, advance=advance):
                try:
                    found = self._read(row)
                except RowFault as fault:
                    self.report.refuse(row.line, fault.column, fault.reason)
                    continue
                if found is None:
                    self.report.tally.ignored += 1
                elif found["uai"] in self.department_of:
                    self.repeated.add(found["uai"])
                else:
                    self.department_of[found["uai"]] = found["department__code"]
                if found is not None:
                    self._note_places(row.cells, found)

    def settle(self, *, write: bool) -> None:
        """Read it again, by chunks compared with what the database holds."""
        if write:
            self._write_places()
        with progress("Enregistrement" if write else "Comparaison", total=len(self.department_of)) as advance:
            for chunk in batched(self._accepted(), CHUNK):
                self._settle_chunk(chunk, write=write)
                advance(len(chunk))
        tally = self.report.tally
        if write and tally.added + tally.changed:
            JournalEntry.objects.create(
                actor=journal.SYSTEM, verb="annuaire.importé", subject="territories.site", details=vars(tally)
            )

    def _accepted(self) -> Iterator[Found]:
        held: dict[str, Found] = {}
        for row in self.file.rows(refuse=_already_told, advance=_already_told):
            try:
                found = self._read(row)
            except RowFault:
                continue
            if found is None:
                continue
            uai = found["uai"]
            if uai not in self.repeated:
                yield found
            else:
                held[uai] = merged(held[uai], found) if uai in held else found
        yield from held.values()

    def _read(self, row: Row) -> Found | None:
        """What a row says of a site; None when it is to be ignored; raises RowFault."""
        cells = row.cells
        if is_elsewhere(cells):
            return None
        uai = read_uai(cells, UAI)
        department = read_department(cells, DEPARTMENT, self.departments)
        known = self.department_of.get(uai, department.code)
        if known != department.code:
            raise RowFault(DEPARTMENT, f"une autre ligne place {uai} dans le département {known}")
        self._check_academy(cells.get(ACADEMY, ""), department)
        postal_code = cells.get(POSTAL_CODE, "")
        if postal_code and not _POSTAL_CODE.fullmatch(postal_code):
            raise RowFault(POSTAL_CODE, f"« {postal_code} » n’est pas un code postal")
        mailbox = read_text(cells, MAIL, most=120).lower()
        if mailbox and not _MAIL.fullmatch(mailbox):
            raise RowFault(MAIL, f"« {mailbox} » n’est pas une adresse électronique")
        read_text(cells, DISTRICT_NAME, most=160)
        read_text(cells, BASIN_NAME, most=120)
        return {
            "uai": uai,
            "name": read_text(cells, NAME, most=200, required=True),
            "kind": read_text(cells, "type_etablissement", most=60),
            "town": read_text(cells, "nom_commune", most=80),
            "postal_code": postal_code,
            "department__code": department.code,
            "circonscription__code": read_text(cells, DISTRICT, most=20).upper() or None,
            "basin__code": read_text(cells, BASIN, most=20).upper() or None,
            "mailbox": mailbox,
            "is_open": is_open(cells.get(STATE, "")),
        }

    def _check_academy(self, code: str, department: Department) -> None:
        academy = department.academy
        if code and code.zfill(2) not in {academy.code, *FORMER_ACADEMIES.get(academy.code, ())}:
            raise RowFault(
                ACADEMY,
                f"le département {department.code} est de l’académie {academy.code} ({academy.name}), pas {code}",
            )

    def _note_places(self, cells: dict[str, str], found: Found) -> None:
        """Keep the circonscriptions and basins that accepted rows name; the first name given stands."""
        department = self.departments[found["department__code"]]
        for code, column, parent, places in (
            (found["circonscription__code"], DISTRICT_NAME, department.pk, self.districts),
            (found["basin__code"], BASIN_NAME, department.academy_id, self.basins),
        ):
            if code and not places.get(code, ("", 0))[0]:
                places[code] = (cells.get(column, ""), parent)

    def _write_places(self) -> None:
        """Create the circonscriptions and basins of the file, rename those that it names otherwise."""
        for model, parent, found, ids in (
            (Circonscription, "department", self.districts, self.district_ids),
            (Basin, "academy", self.basins, self.basin_ids),
        ):
            before = {place.code: place for place in model.objects.all()}
            fresh: list[Any] = []
            for code, (given, parent_id) in found.items():
                known = before.get(code)
                name = given or (known.name if known else code)
                if known is None or (known.name, getattr(known, f"{parent}_id")) != (name, parent_id):
                    fresh.append(model(code=code, name=name, **{f"{parent}_id": parent_id}))
            model.objects.bulk_create(
                fresh, update_conflicts=True, unique_fields=["code"], update_fields=["name", parent]
            )
            ids.update(model.objects.values_list("code", "pk"))

    def _settle_chunk(self, chunk: Iterable[Found], *, write: bool) -> None:
        wanted = {found["uai"]: self._with_own_district(found) for found in chunk}
        held: dict[str, Found] = {
            row["uai"]: row for row in Site.objects.filter(uai__in=wanted).values("uai", *SPOKEN_OF.values())
        }
        to_write = []
        for uai, found in wanted.items():
            before = held.get(uai)
            if before is None:
                self.report.tally.added += 1
                to_write.append(found)
            elif any(before[name] != found[name] for name in self.names):
                self.report.tally.changed += 1
                to_write.append(before | {name: found[name] for name in self.names})
            else:
                self.report.tally.unchanged += 1
        if write:
            self._write(to_write)

    def _with_own_district(self, found: Found) -> Found:
        """The office of a circonscription belongs to it: whoever works there knows its schools."""
        if DISTRICT in self.file.columns and found["circonscription__code"] is None and found["uai"] in self.districts:
            return found | {"circonscription__code": found["uai"]}
        return found

    def _write(self, rows: Iterable[Found]) -> None:
        sites = []
        for row in rows:
            district, basin = row.pop("circonscription__code"), row.pop("basin__code")
            department = self.departments[row.pop("department__code")]
            sites.append(
                Site(
                    **row,
                    department=department,
                    circonscription_id=self.district_ids[district] if district else None,
                    basin_id=self.basin_ids[basin] if basin else None,
                )
            )
        Site.objects.bulk_create(
            sites,
            update_conflicts=True,
            unique_fields=["uai"],
            update_fields=[field.name for field in Site._meta.concrete_fields if field.name not in {"id", "uai"}],
        )
