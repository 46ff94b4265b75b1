"""Small countries, invented from a seed: what they count by place and month, and every table that could be told."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from proxirh.kernel.disclosure import EACH_MONTH, PUBLISHED, QUARTERS, YEAR, Counted, Place, Told, tell

PERIODS = (YEAR, *QUARTERS, *EACH_MONTH)
SEASON = (0.12, 0.11, 0.10, 0.07, 0.10, 0.08, 0.10, 0.09, 0.09, 0.08, 0.03, 0.03)
TOPICS = (0.28, 0.22, 0.13, 0.20, 0.06, 0.05, 0.04, 0.02)
FAMILIES = (0.33, 0.40, 0.23, 0.04)
APART = 5


@dataclass(frozen=True, slots=True)
class Country:
    """Each enquiry has a topic and a family of staff: two tables of the same people, and their number."""

    place: Place
    topics: dict[str, list[tuple[int, ...]]]
    families: dict[str, list[tuple[int, ...]]]

    @property
    def indicators(self) -> dict[str, Counted]:
        """The tables of the country by name, the last topics apart and, in the second, as one row."""
        return {
            "size": self.counted({name: [(sum(row),) for row in year] for name, year in self.topics.items()}),
            "merged": self.counted(
                {name: [(*row[:APART], sum(row[APART:])) for row in year] for name, year in self.topics.items()}
            ),
            "topics": self.counted(self.topics),
            "families": self.counted(self.families),
        }

    def counted(self, cells: dict[str, list[tuple[int, ...]]]) -> Counted:
        """These cells, in this country."""
        return Counted(self.place, cells)


# With fewer rows, and of the same people: what each is told within.
WITHIN = {"size": None, "merged": "size", "topics": "merged", "families": "size"}


def told_of(country: Country, *, over: int = 12) -> dict[str, Told]:
    """What is published of each table."""
    found: dict[str, Told] = {}
    for name, counted in country.indicators.items():
        within = WITHIN[name]
        found[name] = tell(counted, over=over, threshold=PUBLISHED, within=found[within] if within else None)
    return found


def places(place: Place) -> Iterator[str]:
    """The name of a place and of all that it is made of."""
    yield place.name
    for part in place.parts:
        yield from places(part)


def leaves(place: Place) -> list[str]:
    """The names of the smallest places."""
    return [name for part in place.parts for name in leaves(part)] if place.parts else [place.name]


def drawn_country(seed: int, *, regions: int, volumes: tuple[int, ...]) -> Country:
    """A country of régions of one to three académies of one to five départements, each of one of these volumes."""
    rng = random.Random(seed)
    topics: dict[str, list[tuple[int, ...]]] = {}
    families: dict[str, list[tuple[int, ...]]] = {}
    found = []
    for region in range(regions):
        academies = []
        for academy in range(rng.choice((1, 2, 3))):
            names = [f"d{region}.{academy}.{number}" for number in range(rng.choice((1, 3, 4, 5)))]
            for name in names:
                volume = rng.choice(volumes)
                topics[name], families[name] = [], []
                for season in SEASON:
                    row = tuple(_drawn(rng, volume * season * share) for share in TOPICS)
                    drawn = rng.choices(range(len(FAMILIES)), FAMILIES, k=sum(row))
                    topics[name].append(row)
                    families[name].append(tuple(drawn.count(family) for family in range(len(FAMILIES))))
            academies.append(Place(f"a{region}.{academy}", tuple(map(Place, names))))
        found.append(Place(f"r{region}", tuple(academies)))
    return Country(Place("country", tuple(found)), topics, families)


def _drawn(rng: random.Random, mean: float) -> int:
    """A number of independent arrivals."""
    count, left = 0, rng.random()
    chance = math.exp(-mean)
    while left > chance and count < 10 * mean + 20:
        left -= chance
        count += 1
        chance *= mean / count
    return count
