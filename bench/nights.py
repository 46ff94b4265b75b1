"""What one night of the ladder cost, as `bench.ladder` prints it, and how it grows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Night:
    """Of a dry run (`dry_…`), then of a real one: seconds, queries, steps taken and mails queued."""

    silent: int
    dry_seconds: float
    dry_queries: int
    seconds: float
    queries: int
    taken: int
    mails: int

    @property
    def ms_each(self) -> float:
        """Milliseconds for each silent enquiry; 0 when nothing was silent."""
        return 1000 * self.seconds / self.silent if self.silent else 0.0

    @property
    def queries_each(self) -> float:
        """Queries for each silent enquiry."""
        return self.queries / self.silent if self.silent else 0.0


def night_faults(small: Night, large: Night, most_growth: float) -> list[str]:
    """What a night misses when the base grows: reading it asks as many queries, each silence costs no more."""
    faults = []
    if large.dry_queries > small.dry_queries:
        faults.append(f"{large.dry_queries} requêtes pour lire, au lieu de {small.dry_queries}")
    if small.silent and large.queries_each > small.queries_each * (1 + most_growth):
        faults.append("davantage de requêtes par demande silencieuse")
    return faults
