"""Everything that a reader may work out from published tables: the least and the most that a cell can be."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from tests.kernel.nested import APART, Country, leaves, places

# The rows that one table tells, each as the columns that it adds up.
ROWS = {
    "size": (tuple(range(8)),),
    "merged": (*((row,) for row in range(APART)), tuple(range(APART, 8))),
    "topics": tuple((row,) for row in range(8)),
    "families": tuple((row,) for row in range(8, 12)),
}
TOPICS, FAMILIES = range(8), range(8, 12)
WIDTH, SAME = 12, 1e-6

type Table = tuple[str, str, int]
# A row of a table: what it is of, and the columns that it adds up.
type Cell = tuple[str, int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a cell counts, and between what a reader may place it."""

    true: int
    least: float
    most: float


class Attack:
    """Each enquiry of the country is unknown; the tables, and that it has one topic and one family, are known."""

    def __init__(self, country: Country, tables: Iterable[Table]) -> None:
        self.country = country
        self.names = leaves(country.place)
        self.at = {name: number for number, name in enumerate(self.names)}
        self.inside = {name: [self.at[leaf] for leaf in _leaves(country, name)] for name in places(country.place)}
        self.truth = np.array(
            [
                [
                    (*topics, *families)
                    for topics, families in zip(country.topics[name], country.families[name], strict=True)
                ]
                for name in self.names
            ],
            dtype=float,
        ).ravel()
        known = [(place, months, row) for table, place, months in tables for row in ROWS[table]]
        rows = [self._columns(cell) for cell in known] + list(self._one_topic_one_family())
        self.matrix = csr_matrix(
            (
                np.concatenate([signs for _, signs in rows]),
                (
                    np.repeat(np.arange(len(rows)), [len(columns) for columns, _ in rows]),
                    np.concatenate([columns for columns, _ in rows]),
                ),
            ),
            shape=(len(rows), self.truth.size),
        )
        self.values = self.matrix @ self.truth

    def _columns(self, cell: Cell) -> tuple[Any, Any]:
        place, months, row = cell
        found = [
            (leaf * 12 + month) * WIDTH + column
            for leaf in self.inside[place]
            for month in range(12)
            if months >> month & 1
            for column in row
        ]
        return np.array(found), np.ones(len(found))

    def _one_topic_one_family(self) -> Iterator[tuple[Any, Any]]:
        signs = np.array([1.0] * len(TOPICS) + [-1.0] * len(FAMILIES))
        for first in range(0, self.truth.size, WIDTH):
            yield np.arange(first, first + WIDTH), signs

    def _solve(self, weights: Any) -> Any:
        found = linprog(weights, A_eq=self.matrix, b_eq=self.values, bounds=(0, None), method="highs")
        assert found.status == 0, found.message
        return found.x

    def true(self, cell: Cell) -> int:
        """What the cell counts."""
        return round(self.truth[self._columns(cell)[0]].sum())

    def bounds(self, cell: Cell) -> Bounds:
        """The least and the most that the cell may count, whatever is known being so."""
        columns, _ = self._columns(cell)
        weights = np.zeros(self.truth.size)
        weights[columns] = 1
        least, most = self._solve(weights)[columns].sum(), self._solve(-weights)[columns].sum()
        return Bounds(self.true(cell), least, most)

    def recovered(self, cells: Iterable[Cell], *, seed: int, worlds: int = 24) -> list[Cell]:
        """The cells that can only be what they are: first those alike in many possible countries, then one by one."""
        rng = random.Random(seed)
        left = [(cell, self._columns(cell)[0], self.true(cell)) for cell in cells]
        for _ in range(worlds):
            weights = np.array([rng.choice((-1.0, 0.0, 1.0)) * rng.random() for _ in range(self.truth.size)])
            possible = self._solve(weights)
            left = [one for one in left if abs(possible[one[1]].sum() - one[2]) < SAME]
        found = ((cell, self.bounds(cell)) for cell, _, _ in left)
        return [cell for cell, bounds in found if bounds.most - bounds.least < SAME]


def _leaves(country: Country, name: str) -> list[str]:
    pending = [country.place]
    while pending:
        place = pending.pop()
        if place.name == name:
            return leaves(place)
        pending += place.parts
    raise KeyError(name)
