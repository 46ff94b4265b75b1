"""Files of cells separated by semicolons, as spreadsheets and open-data sites write them, read line by line.

UTF-8 with or without a byte-order mark; a cell between quotes may hold semicolons and line ends. Memory does not grow
with the file. What is wrong with one line is told about that line only, and the reading goes on.
"""

import csv
import re
from collections import deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from proxirh.kernel.progress import Advance
from proxirh.kernel.text import clean_text, fold

SEPARATOR = ";"
MAX_LINE_BYTES = 1_000_000
MAX_LINES_IN_A_ROW = 20

type Refuse = Callable[[int, str, str], None]


class UnreadableFileError(Exception):
    """The file as a whole cannot be read; the message is a French sentence."""


@dataclass(frozen=True, slots=True)
class Row:
    """The wanted cells of one row, cleaned, by column; `line` is its first line in the file, the header being 1."""

    line: int
    cells: dict[str, str]


def column_name(title: str) -> str:
    """Technical name of a column, whatever its case, accents and separators: “Code postal” gives code_postal."""
    return re.sub(r"[^a-z0-9]+", "_", fold(title)).strip("_")


class DelimitedFile:
    """A file whose header is already checked; raises UnreadableFileError.

    `is_closed` refuses a column that nobody asked for, which would otherwise hide a misspelt name.
    """

    def __init__(
        self, path: Path, *, required: Collection[str], optional: Collection[str] = (), is_closed: bool = False
    ) -> None:
        self.path = path
        try:
            if not path.is_file():
                raise UnreadableFileError(f"{path} n’est pas un fichier.")
            self.size = path.stat().st_size
            self._header = self._read_header()
        except OSError as error:
            raise UnreadableFileError(f"{path} ne s’ouvre pas : {error.strerror}.") from error
        wanted = {*required, *optional}
        self.columns = frozenset(wanted.intersection(self._header))
        missing = [name for name in required if name not in self.columns]
        if missing and len(self._header) == 1:
            raise UnreadableFileError("L’en-tête n’a qu’une colonne : le séparateur attendu est le point-virgule.")
        if missing:
            raise UnreadableFileError(f"L’en-tête n’a pas la colonne {', '.join(missing)}.")
        twice = sorted(name for name in self.columns if self._header.count(name) > 1)
        if twice:
            raise UnreadableFileError(f"L’en-tête a deux fois la colonne {', '.join(twice)}.")
        unknown = [name for name in self._header if name and name not in wanted]
        if is_closed and unknown:
            raise UnreadableFileError(f"L’en-tête a une colonne inconnue : {', '.join(unknown)}.")

    def _read_header(self) -> list[str]:
        for _, text, _ in self._lines():
            if text and text.strip():
                return [column_name(title) for title in next(csv.reader([text], delimiter=SEPARATOR))]
            break
        raise UnreadableFileError("La première ligne ne donne pas l’en-tête.")

    def _lines(self) -> Iterator[tuple[int, str | None, int]]:
        """Number, text (None: too long) and size in bytes of each line."""
        with self.path.open("rb") as file:
            number = 0
            while raw := file.readline(MAX_LINE_BYTES):
                number += 1
                size = len(raw)
                if size == MAX_LINE_BYTES and not raw.endswith(b"\n"):
                    while (rest := file.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                        size += len(rest)
                    yield number, None, size
                    continue
                try:
                    text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
                except UnicodeDecodeError as error:
                    raise UnreadableFileError(
                        f"La ligne {number} n’est pas en UTF-8 : enregistrez le fichier dans ce codage."
                    ) from error
                yield number, clean_text(text).rstrip("\n"), size

    def rows(self, *, refuse: Refuse, advance: Advance) -> Iterator[Row]:
        """Rows that have as many cells as the header, empty ones left out; the others go to `refuse`.

        `advance` is told the bytes read. Raises UnreadableFileError at the first line that is not UTF-8.
        """
        width = len(self._header)
        places = [(name, self._header.index(name)) for name in sorted(self.columns)]
        for line, cells in self._records(refuse, advance):
            while len(cells) > width and not cells[-1].strip():
                cells.pop()
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != width:
                refuse(line, "colonnes", f"{width} attendues, {len(cells)} lues")
                continue
            yield Row(line, {name: " ".join(cells[place].split()) for name, place in places})

    def _records(self, refuse: Refuse, advance: Advance) -> Iterator[tuple[int, list[str]]]:
        """Cells of each record, line ends between quotes included; a stray quote spoils its own line only."""
        source = self._lines()
        next(source)  # the header
        given_back: deque[tuple[int, str | None]] = deque()

        def following() -> tuple[int, str | None] | None:
            if given_back:
                return given_back.popleft()
            number, text, size = next(source, (0, None, 0))
            advance(size)
            return (number, text) if number else None

        while (taken := following()) is not None:
            number, text = taken
            if text is None:
                refuse(number, "ligne", "elle est trop longue")
                continue
            if '"' not in text:
                yield number, text.split(SEPARATOR)
                continue
            joined = [taken]
            cells = self._quoted(joined)
            while cells is None and len(joined) < MAX_LINES_IN_A_ROW and (more := following()) is not None:
                joined.append(more)
                cells = self._quoted(joined)
            if cells is None:
                refuse(number, "ligne", "un guillemet n’est pas fermé, ou il est mal placé")
                given_back.extendleft(reversed(joined[1:]))
            else:
                yield number, cells

    def _quoted(self, lines: list[tuple[int, str | None]]) -> list[str] | None:
        """Cells of lines that hold quotes; None when they do not make one record."""
        try:
            cells = next(csv.reader(["\n".join(text or "" for _, text in lines)], delimiter=SEPARATOR, strict=True))
        except csv.Error:
            return None
        return cells if len(lines) == 1 or len(cells) == len(self._header) else None
