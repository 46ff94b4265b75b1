"""Files of cells separated by semicolons, as spreadsheets and open-data sites write them, read line by line.

UTF-8 with or without a byte-order mark; a cell between quotes may hold semicolons and line ends. Memory does not grow
with the file. What is wrong with one line is told about that line only, and the reading goes on.
"""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from io import StringIO

from proxirh.kernel.progress import Advance
from proxirh.kernel.tabular import Refuse, TabularFile, UnreadableFileError
from proxirh.kernel.text import clean_text

SEPARATOR = ";"
MAX_LINE_BYTES = 1_000_000
MAX_LINES_IN_A_ROW = 20


_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def written(rows: Iterable[Iterable[object]]) -> str:
    """The text of such a file, with its mark, for a spreadsheet: none of its cells is taken for a formula.

    None is an empty cell, a number has a decimal comma; a text that would begin a formula is held by an apostrophe.
    """
    text = StringIO(newline="")
    writer = csv.writer(text, delimiter=SEPARATOR, lineterminator="\r\n")
    writer.writerows([_cell(value) for value in row] for row in rows)
    return f"\ufeff{text.getvalue()}"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(value).replace(".", ",")
    text = clean_text(str(value))
    return f"'{text}" if text.lstrip().startswith(_FORMULA_STARTS) else text


class DelimitedFile(TabularFile):
    """A file of cells separated by semicolons."""

    def _titles(self) -> list[str]:
        for _, text, _ in self._lines():
            if text and text.strip():
                return next(csv.reader([text], delimiter=SEPARATOR))
            break
        raise UnreadableFileError("La première ligne ne donne pas l’en-tête.")

    def _single_column(self) -> str:
        return "L’en-tête n’a qu’une colonne : le séparateur attendu est le point-virgule."

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
                        f"La ligne {number} n’est pas en UTF-8 : enregistrez le fichier dans ce codage "
                        "(« CSV UTF-8 » dans un tableur)."
                    ) from error
                yield number, clean_text(text).rstrip("\n"), size

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
