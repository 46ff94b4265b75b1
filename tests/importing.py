"""Running an import command as a shell would, and reading what it says."""

import re
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from django.core.management import call_command


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


def run_command(name: str, *arguments: str | Path) -> Outcome:
    """Run a command; its exit status is 0 when it does not say otherwise."""
    said, errors, code = StringIO(), StringIO(), 0
    try:
        call_command(name, *map(str, arguments), stdout=said, stderr=errors)
    except SystemExit as end:
        code = int(end.code or 0)
    return Outcome(code, said.getvalue(), errors.getvalue())


def tally(added: int = 0, changed: int = 0, unchanged: int = 0, refused: int = 0, ignored: int = 0) -> str:
    """The last line that an import must print."""
    return f"added={added} changed={changed} unchanged={unchanged} refused={refused} ignored={ignored}"
