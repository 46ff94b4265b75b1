"""Workbooks of a spreadsheet (.xlsx), read as the same rows that its CSV would give.

What is read is what the person sees: a date is its day, a share of 60 % is 60, a number keeps no decimals it does not
have. A formula is refused: its result is not in the file for sure, and what it calls is not ours. Sizes are checked in
the archive’s own table before anything is decompressed, and one sheet of thousands of rows is held in memory.
"""

import warnings
import zipfile
import zlib
from collections.abc import Collection, Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from proxirh.kernel.delimited import DelimitedFile
from proxirh.kernel.progress import Advance
from proxirh.kernel.tabular import Refuse, TabularFile, UnreadableFileError
from proxirh.kernel.text import clean_text

MOST_BYTES = 10_000_000
MOST_UNPACKED_BYTES = 60_000_000
MOST_PARTS = 1_000
MOST_ROWS = 20_000
MOST_COLUMNS = 100
LAST_LINE = 1_048_576
MIDNIGHT = time()

_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_ERROR, _FORMULA = "e", "f"
# All that a damaged or forged workbook makes the reader raise.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)

type Fault = tuple[int, str]  # place of the cell, reason


def open_table(
    path: Path,
    *,
    sheet: str = "",
    required: Collection[str],
    optional: Collection[str] = (),
    is_closed: bool = False,
) -> TabularFile:
    """The file as its first bytes say: a workbook, or cells separated by semicolons; raises UnreadableFileError."""
    start = _first_bytes(path)
    if start == _OLD_EXCEL:
        raise UnreadableFileError(
            f"{path} est un classeur ancien (.xls) ou protégé par un mot de passe : "
            "enregistrez-le en .xlsx, sans mot de passe."
        )
    if start == _ZIP:
        return WorkbookFile(path, sheet=sheet, required=required, optional=optional, is_closed=is_closed)
    if sheet:
        raise UnreadableFileError(f"{path} n’est pas un classeur : il n’a pas de feuilles.")
    return DelimitedFile(path, required=required, optional=optional, is_closed=is_closed)


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(4)
    except OSError:
        return b""  # the reader says what is the matter


class WorkbookFile(TabularFile):
    """One sheet of a workbook: the one of that name, or the first."""

    def __init__(
        self,
        path: Path,
        *,
        sheet: str = "",
        required: Collection[str],
        optional: Collection[str] = (),
        is_closed: bool = False,
    ) -> None:
        self._sheet = sheet
        self._read: list[tuple[int, list[str], Fault | None]] = []
        super().__init__(path, required=required, optional=optional, is_closed=is_closed)

    def _titles(self) -> list[str]:
        if self.size > MOST_BYTES:
            raise UnreadableFileError(f"{self.path} dépasse {MOST_BYTES // 1_000_000} Mo.")
        try:
            # The reader warns of styles and extensions that it leaves out: nothing that a row says.
            with warnings.catch_warnings(), self.path.open("rb") as file:
                warnings.simplefilter("ignore")
                _check_archive(file)
                self._read = list(_rows_of(file, self._sheet))
        except _DAMAGED as error:
            raise UnreadableFileError(f"{self.path} est un classeur abîmé, ou n’en est pas un.") from error
        if not self._read or self._read[0][0] != 1:
            raise UnreadableFileError("La première ligne ne donne pas l’en-tête.")
        _, titles, fault = self._read.pop(0)
        if fault:
            raise UnreadableFileError(f"L’en-tête ne se lit pas : {fault[1]}.")
        return titles

    def _records(self, refuse: Refuse, advance: Advance) -> Iterator[tuple[int, list[str]]]:
        width = len(self._header)
        for line, cells, fault in self._read:
            if fault is None:
                yield line, cells + [""] * (width - len(cells))
            else:
                place, reason = fault
                refuse(line, (self._header[place] if place < width else "") or "colonnes", reason)
        advance(self.size)


def _check_archive(file: Any) -> None:
    """Refuse an archive that says it is too big; no part ever gives more than it says."""
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
        raise UnreadableFileError("Le classeur est trop gros : gardez-y la seule feuille à lire.")
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise UnreadableFileError("Ce n’est pas un classeur .xlsx : enregistrez-le sous ce format, ou en CSV UTF-8.")
    file.seek(0)


def _rows_of(file: Any, name: str) -> Iterator[tuple[int, list[str], Fault | None]]:
    """Line, texts and fault of each row that is not empty."""
    from openpyxl import load_workbook  # noqa: PLC0415 — a document library: only who reads a workbook loads it

    book = load_workbook(file, read_only=True, keep_links=False)
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if not sheets:
        raise UnreadableFileError("Le classeur n’a aucune feuille.")
    if name and name not in sheets:
        raise UnreadableFileError(f"Le classeur n’a pas de feuille « {name} » ; il a : {', '.join(sheets)}.")
    sheet = sheets[name] if name else next(iter(sheets.values()))
    sheet.reset_dimensions()  # what the file says of its own size is not to be believed
    kept = 0
    for line, row in enumerate(sheet.iter_rows(), start=1):
        if line > LAST_LINE:
            raise UnreadableFileError("Une ligne du classeur a un numéro impossible.")
        cells = list(row)
        while cells and cells[-1].value is None:
            cells.pop()
        if not cells:
            continue
        kept += 1
        if kept > MOST_ROWS:
            raise UnreadableFileError(f"Le classeur a plus de {MOST_ROWS} lignes.")
        if len(cells) > MOST_COLUMNS:
            raise UnreadableFileError(f"La ligne {line} va au-delà de {MOST_COLUMNS} colonnes.")
        faults = ((place, _fault(cell)) for place, cell in enumerate(cells))
        fault = next(((place, reason) for place, reason in faults if reason), None)
        yield line, [] if fault else [_text(cell) for cell in cells], fault


def _fault(cell: Any) -> str:
    if cell.data_type == _FORMULA:
        return "la case contient une formule : collez-y sa valeur"
    if cell.data_type == _ERROR:
        return f"la case est en erreur ({clean_text(str(cell.value))})"
    return ""


def _text(cell: Any) -> str:
    """What the cell shows, as it would be typed in a CSV."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "VRAI" if value else "FAUX"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == MIDNIGHT else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        shown = round(value * 100, 6) if "%" in (cell.number_format or "") else value
        return str(int(shown)) if shown == int(shown) else str(shown)
    return clean_text(str(value))
