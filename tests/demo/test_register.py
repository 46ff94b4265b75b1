"""An invented register of any size has the proportions of October 2020, and what is made of it gives them back."""

import csv
from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from proxirh.demo.generation.register import HEADER, register
from proxirh.enquiries import figures
from proxirh.enquiries.figures import Breakdown, Period
from proxirh.enquiries.imports.register_rows import REQUIRED
from proxirh.territories.models import Department, Site
from tests.importing import run_command, tally

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2019, 9, 1), date(2020, 8, 31)
# Said here a second time, as the slides do.
TOPICS = {"1": 39, "2": 17, "3": 16, "4": 15, "5": 14}
CATEGORIES = {"1d": 38, "2d": 42, "biatss": 16, "encadrement": 4}
ANSWERS = {"information": 67, "orientation_en": 27, "orientation_externe": 6}


def rows(size: int, seed: int = 1) -> list[dict[str, str]]:
    made = register(rows=size, seed=seed, first=FIRST, last=LAST, today=date(2026, 11, 17))
    return [dict(zip(HEADER, cells, strict=True)) for cells in made]


def percent(values: Iterable[str]) -> dict[str, float]:
    found = Counter(values)
    return {key: 100 * n / found.total() for key, n in found.items()}


def age(row: dict[str, str]) -> int:
    return int(row["deposee_le"][:4]) - int(row["annee_naissance"])


@pytest.mark.parametrize("size", [*range(100, 131), 137, 250, 999, 2500])
def test_every_published_share_is_within_a_point_at_any_size(size: int) -> None:
    """Mutation: draw each row independently."""
    made = rows(size)
    assert len(made) == size
    topics = percent(row["motif"][0] for row in made)
    categories = percent(row["categorie"] for row in made)
    answers = percent(row["issues"].split("|")[0].removesuffix("_collective") for row in made if row["close_le"])
    for found, published in ((topics, TOPICS), (categories, CATEGORIES), (answers, ANSWERS)):
        assert found == {key: pytest.approx(share, abs=1) for key, share in published.items()}
    assert percent(row["sexe"] for row in made)["F"] == pytest.approx(80, abs=1)
    assert categories["1d"] + categories["2d"] == pytest.approx(80, abs=1)
    ages = [age(row) for row in made]
    assert 100 * sum(one >= 40 for one in ages) / size == pytest.approx(66, abs=1)
    assert 100 * sum(one >= 50 for one in ages) / size == pytest.approx(27, abs=1)


def test_the_same_seed_writes_the_same_file_and_another_one_another(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("un.csv", "deux.csv", "trois.csv")]
    for path, seed in zip(paths, (1, 1, 2), strict=True):
        call_command("write_register", rows=150, seed=seed, output=path, verbosity=0)
    first, second, third = (path.read_text(encoding="utf-8") for path in paths)
    assert first == second != third
    assert next(csv.reader(first.splitlines(), delimiter=";")) == list(REQUIRED)


def test_sites_are_those_of_the_departement(tmp_path: Path) -> None:
    Site.objects.create(uai="0150001V", name="Collège", department=Department.objects.get(code="15"))
    made = rows(1010)
    assert {row["uai"] for row in made if row["departement"] == "15"} == {"0150001V"}
    assert {row["uai"] for row in made if row["departement"] != "15"} == {""}
    assert {len({row["departement"] for row in made}), len({row["reference"] for row in made})} == {101, 1010}


def test_too_few_rows_or_days_to_come_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="100 lignes au moins"):
        call_command("write_register", rows=99, output=tmp_path / "x.csv")
    with pytest.raises(CommandError, match="aujourd’hui"):
        call_command("write_register", rows=100, last=date(2999, 1, 1), output=tmp_path / "x.csv")


def test_the_figures_of_an_imported_register_give_the_proportions_back(tmp_path: Path) -> None:
    """Mutations: swap two outcomes of the import; take forty for less than forty."""
    path = tmp_path / "registre.csv"
    call_command("write_register", rows=2020, output=path, verbosity=0)
    assert run_command("import_enquiries", path, "--apply").tally == tally(added=2020)
    codes = list(Department.objects.values_list("code", flat=True))
    found = figures.figures(codes, Period(FIRST, date(2020, 9, 1)), commitment=2, today=date(2026, 11, 17))
    assert found.total == 2020
    families = dict(zip(figures.FAMILIES, ANSWERS.values(), strict=True))
    ages = {"under_40": 34, "40_49": 39, "50_and_over": 27}
    for breakdown, published in (
        (found.topics, TOPICS),
        (found.categories, CATEGORIES),
        (found.outcomes, families),
        (found.sexes, {"F": 80, "M": 20}),
        (found.ages, ages),
    ):
        assert shares_of(breakdown, published) == {key: pytest.approx(share, abs=1) for key, share in published.items()}


def shares_of(breakdown: Breakdown, keys: Iterable[str]) -> dict[str, float]:
    return {key: 100 * (breakdown.share(key) or 0) for key in keys}
