"""A year of arrivals shared out again: by our rule, by plain turns, and on small cases by the exact optimum.

Run apart, under the settings of the measure: the rule is the one of the service.
"""

import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import combinations_with_replacement

import django

django.setup()

from proxirh.enquiries.sharing import Hands, first_in_turn  # noqa: E402 — models load once Django is set up

PEOPLE, QUEUES, ARRIVALS, DAYS = 311, 101, 200_000, 365
SHARES = (20, 30, 40, 50, 60, 80, 100)
AWAY = 0.12  # share of the weeks when someone is absent
MONTH = 30
SMALL_CASES = 200

Team = Sequence[tuple[int, int]]  # key and share in percent
Choice = Callable[[Team, Mapping[int, int], set[int]], int]


def ours(team: Team, held: Mapping[int, int], away: set[int]) -> int:
    """The rule of the service."""
    chosen = first_in_turn(Hands(key, held[key], share, is_absent=key in away) for key, share in team)
    assert chosen is not None
    return chosen


@dataclass
class Turns:
    """Each in turn, whatever her share and what she holds; whoever is absent is passed over."""

    last: dict[int, int] = field(default_factory=dict)

    def __call__(self, team: Team, held: Mapping[int, int], away: set[int]) -> int:
        for step in range(1, len(team) + 1):
            place = (self.last.get(team[0][0], -1) + step) % len(team)
            if team[place][0] not in away or step == len(team):
                break
        self.last[team[0][0]] = place
        return team[place][0]


def teams(draw: random.Random) -> dict[int, Team]:
    """People spread over the départements, at least two in each."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for key in range(PEOPLE):
        queue = key % QUEUES if key < 2 * QUEUES else draw.randrange(QUEUES)
        found[queue].append((key, draw.choice(SHARES)))
    return dict(found)


@dataclass(frozen=True, slots=True)
class Shared:
    """What a rule gave at the end of each month in each queue, in enquiries, and the time of one decision."""

    usual: float  # median of how far the furthest person is from her part, those of the queue present for a month
    late: float  # the same at 95 %
    with_absences: float  # median over all the queues
    microseconds: float


def replay(choose: Choice, *, seed: int = 9) -> Shared:
    """The same arrivals, absences and lengths for each rule."""
    draw = random.Random(seed)  # noqa: S311 — reproducible, and secret to nobody
    all_teams = teams(draw)
    away = [{key for key in range(PEOPLE) if draw.random() < AWAY} for _ in range(DAYS // 7 + 1)]
    arrivals = sorted((draw.random() * DAYS, draw.randrange(QUEUES)) for _ in range(ARRIVALS))
    lengths = [draw.lognormvariate(2.3, 0.8) for _ in range(ARRIVALS)]
    held: dict[int, int] = defaultdict(int)
    ending: list[tuple[float, int]] = []
    present: list[float] = []
    every: list[float] = []
    spent, month = 0.0, 1
    for (day, queue), length in zip(arrivals, lengths, strict=True):
        while ending and ending[0][0] <= day:
            held[heappop(ending)[1]] -= 1
        if day >= month * MONTH:
            lately = set().union(*away[max(0, int(day) // 7 - 4) : int(day) // 7 + 1])
            for team in all_teams.values():
                every.append(_distance(team, held))
                if lately.isdisjoint(key for key, _ in team):
                    present.append(every[-1])
            month += 1
        start = time.perf_counter()
        chosen = choose(all_teams[queue], held, away[int(day) // 7])
        spent += time.perf_counter() - start
        held[chosen] += 1
        heappush(ending, (day + length, chosen))
    usual, late = statistics.median(present), statistics.quantiles(present, n=20)[-1]
    return Shared(usual, late, statistics.median(every), spent / ARRIVALS * 1e6)


def _distance(team: Team, held: Mapping[int, int]) -> float:
    """How many enquiries part the furthest person from her part by working share of what the queue holds."""
    whole, total = sum(share for _, share in team), sum(held[key] for key, _ in team)
    return max(abs(held[key] - total * share / whole) for key, share in team)


def gaps_to_optimum(*, seed: int = 9) -> Iterator[float]:
    """On small cases, by how much our highest load exceeds the lowest possible, all ways of sharing tried."""
    draw = random.Random(seed)  # noqa: S311 — reproducible, and secret to nobody
    for _ in range(SMALL_CASES):
        team = [(key, draw.choice(SHARES)) for key in range(draw.randint(2, 4))]
        count = draw.randint(1, 9)
        held: dict[int, int] = defaultdict(int)
        for _ in range(count):
            held[ours(team, held, set())] += 1
        best = min(
            max(ways.count(key) / share for key, share in team)
            for ways in combinations_with_replacement([key for key, _ in team], count)
        )
        yield max(held[key] / share for key, share in team) / best - 1


def text() -> str:
    """The table of the page."""
    rows = [("Le nôtre", replay(ours)), ("Chacun son tour", replay(Turns()))]
    lines = [
        "| Règle | écart, tous présents : médiane | à 95\u00a0% | avec les absences : médiane | une décision |",
        "|---|--:|--:|--:|--:|",
        *(
            f"| {name} | {one.usual:.1f} | {one.late:.1f} | {one.with_absences:.1f} | {one.microseconds:.0f} µs |"
            for name, one in rows
        ),
    ]
    worst = 100 * max(gaps_to_optimum())
    said = (
        f"{ARRIVALS} arrivées en un an, {PEOPLE} personnes de 20 à 100 % dans {QUEUES} files, absences tirées au sort, "
        "graine 9. L’écart est, dans une file à la fin d’un mois, ce qui sépare la plus éloignée de sa part "
        "selon les quotités, en demandes. « Tous présents » : personne de la file absent depuis un mois. Sur "
        f"{SMALL_CASES} petits cas où tous les partages ont été essayés, la plus forte charge dépasse la plus petite "
        f"possible de {worst:.1f}\u00a0% au plus."
    )
    return "\n".join(lines).replace(".", ",") + "\n\n" + said


if __name__ == "__main__":
    print(text())
