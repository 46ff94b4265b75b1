"""Running the commands of territories as a shell would, and reading what they say."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from proxirh.territories.models import Circonscription, Department, Site
from tests.territories.staff_file import HEADER


@dataclass(frozen=True)
class Outcome:
    """Exit status, last line, and refusals as (line, column) of an import."""

    code: int
    said: str
    errors: str

    @property
    def tally(self) -> str:
        """The last line of standard output."""
        return self.said.splitlines()[-1]

    @property
    def refusals(self) -> list[tuple[int, str]]:
        """Where each refused row is at fault; every line of standard error must be a refusal."""
        found = [re.fullmatch(r"ligne (\d+) : (\w+) : \S.*", line) for line in self.errors.splitlines()]
        assert all(found), self.errors
        return [(int(match[1]), match[2]) for match in found if match]


type Run = Callable[..., Outcome]


@pytest.fixture
def run() -> Run:
    """Run a command; its exit status is 0 when it does not say otherwise."""

    def command(name: str, *arguments: str | Path) -> Outcome:
        said, errors, code = StringIO(), StringIO(), 0
        try:
            call_command(name, *map(str, arguments), stdout=said, stderr=errors)
        except SystemExit as end:
            code = int(end.code or 0)
        return Outcome(code, said.getvalue(), errors.getvalue())

    return command


def tally(added: int = 0, changed: int = 0, unchanged: int = 0, refused: int = 0, ignored: int = 0) -> str:
    """The last line that an import must print."""
    return f"added={added} changed={changed} unchanged={unchanged} refused={refused} ignored={ignored}"


@pytest.fixture
def load(run: Run, tmp_path: Path):
    """Import rows, for good unless told otherwise."""

    def command(*rows: dict[str, str] | str, columns: str = HEADER, options: tuple[str, ...] = ("--apply",)) -> Outcome:
        names = columns.split(";")
        lines = [line if isinstance(line, str) else ";".join(line.get(name, "") for name in names) for line in rows]
        path = tmp_path / "personnels.csv"
        path.write_text("\ufeff" + "\n".join([columns, *lines]), encoding="utf-8")
        return run("import_staff", path, *options)

    return command


@pytest.fixture
def site() -> Site:
    return Site.objects.create(uai="0150001V", name="Collège", department=Department.objects.get(code="15"))


@pytest.fixture
def other_site() -> Site:
    return Site.objects.create(uai="0150002W", name="Lycée", department=Department.objects.get(code="15"))


@pytest.fixture
def district() -> Circonscription:
    return Circonscription.objects.create(
        code="0150003X", name="Circonscription", department=Department.objects.get(code="15")
    )
