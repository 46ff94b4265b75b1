"""Files of rows under a header, whatever wrote them: columns are known by their names, rows by their line."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from proxirh.kernel.progress import Advance
from proxirh.kernel.text import fold

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


class TabularFile(ABC):
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
            self._header = [column_name(title) for title in self._titles()]
        except OSError as error:
            raise UnreadableFileError(f"{path} ne s’ouvre pas : {error.strerror}.") from error
        wanted = {*required, *optional}
        self.columns = frozenset(wanted.intersection(self._header))
        missing = [name for name in required if name not in self.columns]
        if missing:
            raise UnreadableFileError(
                self._single_column()
                if len(self._header) == 1
                else f"L’en-tête n’a pas la colonne {', '.join(missing)}."
            )
        twice = sorted(name for name in self.columns if self._header.count(name) > 1)
        if twice:
            raise UnreadableFileError(f"L’en-tête a deux fois la colonne {', '.join(twice)}.")
        unknown = [name for name in self._header if name and name not in wanted]
        if is_closed and unknown:
            raise UnreadableFileError(f"L’en-tête a une colonne inconnue : {', '.join(unknown)}.")

    @abstractmethod
    def _titles(self) -> list[str]:
        """Cells of the first line; raises UnreadableFileError when they are no header."""

    @abstractmethod
    def _records(self, refuse: Refuse, advance: Advance) -> Iterator[tuple[int, list[str]]]:
        """First line and cells of each row after the header."""

    def _single_column(self) -> str:
        """What a header of one column, which is not the right one, most often means."""
        return "L’en-tête n’a qu’une colonne."

    def rows(self, *, refuse: Refuse, advance: Advance) -> Iterator[Row]:
        """Rows that have as many cells as the header, empty ones left out; the others go to `refuse`.

        `advance` is told the bytes read. Raises UnreadableFileError where the file stops making sense.
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
