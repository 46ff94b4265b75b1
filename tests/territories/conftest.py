"""What the tests of territories share: files of staff, and a few places."""

from collections.abc import Callable
from pathlib import Path

import pytest

from proxirh.territories.models import Circonscription, Department, Site
from tests.importing import Outcome, run_command, tally
from tests.territories.staff_file import HEADER

__all__ = ["Outcome", "tally"]

type Run = Callable[..., Outcome]


@pytest.fixture
def run() -> Run:
    """Run a command; its exit status is 0 when it does not say otherwise."""
    return run_command


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
