"""What looking for a slot cost, as `bench.agenda` prints it; and what a race for one came to, as `bench.race` does."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Search:
    """One search: median processor time, queries, slots found, and the most it may cost in milliseconds if bounded."""

    label: str
    cpu_ms: float
    queries: int
    found: int
    held: int
    people: int
    most: float | None = None

    @property
    def fault(self) -> str:
        """What it misses, in words; empty when it holds."""
        return f"au plus {self.most:.0f} ms" if self.most is not None and self.cpu_ms > self.most else ""


@dataclass(frozen=True, slots=True)
class Race:
    """Rounds in which so many clients want one slot: who won, who read three others, and how long a round took."""

    rounds: int
    clients: int
    won: int
    lost: int
    errors: int
    without_others: int
    round_ms: float

    @property
    def fault(self) -> str:
        """What it misses, in words; empty when each round has one winner, and every loser others to choose from."""
        is_right = self.won == self.rounds and self.lost == self.rounds * (self.clients - 1)
        return "" if is_right else "un gagnant par tour, trois autres créneaux aux perdants"
