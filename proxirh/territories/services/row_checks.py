"""What is wrong with one row of a file, and the checks that the files of every import share."""

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from proxirh.territories.models import Department
from proxirh.territories.models.uai import uai_fault

# Codes of the ministry's base where they differ from the official ones.
_OTHER_CODES = {"620": "2A", "720": "2B"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SHORT = re.compile(r"\d|2[AB]|\d\d")


class RowFault(Exception):
    """A row cannot be used: which column, and why, as a French phrase."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(column, reason)
        self.column = column
        self.reason = reason


@lru_cache(maxsize=1024)
def department_code(text: str) -> str:
    """Official code of a département, from the ministry's three characters (“078”, “02A”) or the usual two."""
    code = text.upper()
    if len(code) == 3 and code.startswith("0"):
        code = code[1:]
    if _SHORT.fullmatch(code):
        code = code.zfill(2)
    return _OTHER_CODES.get(code, code)


def read_department(cells: dict[str, str], column: str, departments: dict[str, Department]) -> Department:
    """The département of a row; raises RowFault."""
    if not cells[column]:
        raise RowFault(column, "le département manque")
    department = departments.get(department_code(cells[column]))
    if department is None:
        raise RowFault(column, f"« {cells[column]} » n’est pas un département connu")
    return department


def read_uai(cells: dict[str, str], column: str) -> str:
    """The UAI of a row, upper case, its letter checked; raises RowFault."""
    code = cells[column].upper()
    if not code:
        raise RowFault(column, "l’UAI manque")
    fault = uai_fault(code)
    if fault:
        raise RowFault(column, fault)
    return code


def read_text(cells: dict[str, str], column: str, *, most: int, required: bool = False) -> str:
    """A text that fits in its place; empty when the file has no such column; raises RowFault."""
    text = cells.get(column, "")
    if required and not text:
        raise RowFault(column, "cette case est obligatoire")
    if len(text) > most:
        raise RowFault(column, f"{len(text)} caractères, {most} au plus")
    return text


@lru_cache(maxsize=4096)
def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def read_day(cells: dict[str, str], column: str) -> date:
    """The date of a row, written year first; raises RowFault."""
    day = _date(cells[column])
    if day is None:
        raise RowFault(column, f"« {cells[column]} » n’est pas une date de la forme 2026-09-01")
    return day


def read_choice(cells: dict[str, str], column: str, values: Iterable[str], *, required: bool = True) -> str:
    """One of the values of a column, in lower case; raises RowFault."""
    value = cells[column].lower()
    if value in values or (not value and not required):
        return value
    raise RowFault(column, f"« {cells[column]} » n’est pas l’un de : {', '.join(values)}")
