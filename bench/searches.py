"""What looking for a slot cost, as `bench.agenda` prints it."""

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
