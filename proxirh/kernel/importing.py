"""What every import command promises: a dry run unless told otherwise, and all or nothing (RULES §9).

The last line on standard output counts rows and is the same in a dry run; each refusal is one line on standard error.
An import may also tell the fate of each row, in the order of the file, before that last line.
Exit status 0: nothing refused; 1: something refused, and nothing written unless --skip-refused; 2: file or header
unreadable; 3: the database refused, nothing written.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from django.core.management.base import BaseCommand, CommandParser, OutputWrapper
from django.db import DatabaseError, transaction

from proxirh.kernel.progress import paused
from proxirh.kernel.tabular import UnreadableFileError

REFUSED, UNREADABLE, FAILED = 1, 2, 3


@dataclass
class Tally:
    """How many rows each fate took."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    ignored: int = 0

    def __str__(self) -> str:
        return " ".join(f"{name}={count}" for name, count in vars(self).items())


class Report:
    """Where an import says what it does with each row; `is_detailed` keeps a sentence for each."""

    def __init__(self, errors: OutputWrapper, *, is_detailed: bool = False) -> None:
        self.tally = Tally()
        self.is_detailed = is_detailed
        self._errors = errors
        self._told: list[tuple[int, str]] = []

    def tell(self, line: int, fate: str) -> None:
        """Keep what becomes of a row, in French."""
        if self.is_detailed:
            self._told.append((line, fate))

    def lines(self) -> Iterator[str]:
        """What becomes of each row, in the order of the file."""
        for line, fate in sorted(self._told):
            yield f"ligne {line} : {fate}"

    def refuse(self, line: int, column: str, reason: str) -> None:
        """Count a row out and say why; a row is refused once, for its first fault."""
        self.tally.refused += 1
        self.tell(line, f"refusée : {column} : {reason}")
        with paused():
            self._errors.write(f"ligne {line} : {column} : {reason}")


class Import(Protocol):
    """One reading of one file, in two moves."""

    def check(self) -> None:
        """Hold every row against the rules and the database, and refuse what is wrong; raises UnreadableFileError."""

    def settle(self, *, write: bool) -> None:
        """Compare the accepted rows with the database, count them, and write if told to."""


class ImportCommand(BaseCommand, ABC):
    """A command `name FILE [--apply] [--skip-refused]`; the class says which Import reads the file."""

    file_help = "fichier CSV en UTF-8, séparé par des points-virgules"
    is_detailed = False

    @abstractmethod
    def read(self, file: Path, report: Report, options: dict[str, Any]) -> Import:
        """The reading of a file; raises UnreadableFileError."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FICHIER", type=Path, help=self.file_help)
        parser.add_argument("--apply", action="store_true", help="écrit ; sans elle, rien n’est enregistré")
        parser.add_argument(
            "--skip-refused", action="store_true", help="avec --apply, écrit le reste malgré des lignes refusées"
        )

    def handle(self, *args: Any, file: Path, apply: bool, skip_refused: bool, **options: Any) -> None:
        report = Report(self.stderr, is_detailed=self.is_detailed)
        try:
            job = self.read(file, report, options)
            job.check()
            write = apply and (skip_refused or not report.tally.refused)
            with transaction.atomic() if write else nullcontext():
                job.settle(write=write)
        except UnreadableFileError as error:
            self.stderr.write(str(error))
            raise SystemExit(UNREADABLE) from error
        except DatabaseError as error:
            # The text of a database error may quote a value; its class says enough.
            self.stderr.write(f"La base a refusé l’opération ({type(error).__name__}) : rien n’a été enregistré.")
            raise SystemExit(FAILED) from error
        for line in report.lines():
            self.stdout.write(line)
        self.stdout.write(self._conclusion(apply=apply, wrote=write))
        self.stdout.write(str(report.tally))
        if report.tally.refused:
            raise SystemExit(REFUSED)

    @staticmethod
    def _conclusion(*, apply: bool, wrote: bool) -> str:
        if wrote:
            return "Enregistré."
        if apply:
            return (
                "Rien n’a été enregistré : corrigez les lignes refusées, "
                "ou ajoutez --skip-refused pour enregistrer les autres."
            )
        return "Essai : rien n’a été enregistré. Ajoutez --apply pour écrire."
