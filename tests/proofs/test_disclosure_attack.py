"""Linear programming against all that is published of a small country: no withheld cell falls (figure 12)."""

import pytest

from proxirh.kernel.disclosure import PUBLISHED, Counted, may_show
from tests.kernel.nested import APART, PERIODS, Country, drawn_country, places, told_of
from tests.proofs.disclosure_attack import ROWS, Attack, Cell, Table
from tests.proofs.telling import Tell, rounds

VOLUMES = (60, 150, 250, 250, 400, 600, 1200)
SEED = 12


def published(country: Country) -> set[Table]:
    """Every table that may be told: blocks of months, and months, quarters and year made of them."""
    found: set[Table] = set()
    for name, told in told_of(country).items():
        for place in places(country.place):
            blocks = [block for block, _ in told.blocks.get(place, ())]
            found |= {(name, place, months) for months in (*blocks, *PERIODS) if told.may_tell(place, months)}
    return found


def each_alone(country: Country) -> set[Table]:
    """What would be published by judging each table alone."""

    def is_showable(counted: Counted, place: str, months: int) -> bool:
        return may_show(dict(enumerate(counted.over(place, months))), threshold=PUBLISHED)

    return {
        (name, place, months)
        for name, counted in country.indicators.items()
        for place in places(country.place)
        for months in PERIODS
        if is_showable(counted, place, months)
    }


def withheld(attack: Attack, tables: set[Table]) -> list[Cell]:
    """Each row that counts someone, of each table of a month, a quarter or the year that is not told."""
    found: list[Cell] = []
    for place in places(attack.country.place):
        for months in PERIODS:
            if ("families", place, months) not in tables:
                found += [(place, months, row) for row in ROWS["families"]]
            if ("topics", place, months) not in tables:
                rows = ROWS["topics"][APART:] if ("merged", place, months) in tables else ROWS["topics"]
                found += [(place, months, row) for row in rows]
    return [cell for cell in found if attack.true(cell)]


def test_no_withheld_cell_is_recovered(tell: Tell) -> None:
    """Mutation: publish each table that is showable alone: the test below plays it."""
    countries, tables, cells, recovered, narrow, small = rounds(2, 12), 0, 0, [], 0, 0
    for seed in range(SEED, SEED + countries):
        country = drawn_country(seed, regions=rounds(1, 2), volumes=VOLUMES)
        told = published(country)
        attack = Attack(country, told)
        targets = withheld(attack, told)
        recovered += attack.recovered(targets, seed=seed)
        few = [cell for cell in targets if attack.true(cell) < PUBLISHED]
        for cell in few[:: max(1, len(few) // rounds(5, 40))]:
            bounds = attack.bounds(cell)
            narrow += bounds.most - bounds.least < PUBLISHED
            small += 1
        tables, cells = tables + len(told), cells + len(targets)
    tell(
        12,
        counted=f"{countries} pays tirés au sort, {tables} tableaux publiés, {cells} cases retenues non vides",
        target="0 case retenue retrouvée",
        result=f"{len(recovered)} retrouvée ; sur {small} petites cases sondées, {narrow} encadrées à moins de 11 près",
        seed=SEED,
    )
    assert cells
    assert recovered == []


@pytest.mark.parametrize("seed", [3])
def test_the_attack_recovers_cells_when_each_table_is_judged_alone(seed: int) -> None:
    """The attack can win, so that its failure above means something."""
    country = drawn_country(seed, regions=1, volumes=(150, 250, 250, 400, 600, 1200))
    told = each_alone(country)
    attack = Attack(country, told)
    recovered = attack.recovered(withheld(attack, told), seed=seed)
    assert any(0 < attack.true(cell) < PUBLISHED for cell in recovered)
