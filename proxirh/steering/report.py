"""An activity report as data: what its every form shows, screen, file or JSON, and nothing else (RULES §9)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from proxirh.enquiries.figures import Period
from proxirh.territories.figures import Scope

PUBLISHED, NONE = "k11", "none"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a breakdown; `share` is a part between 0 and 1 of the rows that count, none for a row apart."""

    key: str
    label: str
    count: int | None
    share: float | None = None
    suppressed: bool = False


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Counts by key, every key present, 0 included; `total` is the sum of all rows, none when it may not be told."""

    id: str
    unit: str
    total: int | None
    rows: tuple[Row, ...]

    @property
    def suppressed(self) -> bool:
        """True when no row may be told."""
        return all(row.suppressed for row in self.rows) and bool(self.rows)

    def as_json(self) -> dict[str, Any]:
        """The object of RULES §9."""
        return {
            "id": self.id,
            "unit": self.unit,
            "total": self.total,
            "rows": [
                {
                    "key": row.key,
                    "label": row.label,
                    "count": row.count,
                    "share": row.share,
                    "suppressed": row.suppressed,
                }
                for row in self.rows
            ],
        }


@dataclass(frozen=True, slots=True)
class Value:
    """One figure and how many stand behind it; both are none when too few do."""

    id: str
    unit: str
    value: float | None
    n: int | None
    suppressed: bool = False

    def as_json(self) -> dict[str, Any]:
        """The object of RULES §9."""
        return {"id": self.id, "unit": self.unit, "value": self.value, "n": self.n, "suppressed": self.suppressed}


type Measured = Breakdown | Value


@dataclass(frozen=True, slots=True)
class Report:
    """The indicators of one scope over one period, under one disclosure rule: `k11`, or `none` for a command line."""

    scope: Scope
    period: Period
    disclosure: str
    generated_at: datetime
    measured: tuple[Measured, ...]

    def __iter__(self) -> Iterator[Measured]:
        return iter(self.measured)

    def __getitem__(self, name: str) -> Measured:
        return next(one for one in self.measured if one.id == name)

    @property
    def sha256(self) -> str:
        """The hash of the indicators alone, in canonical JSON: two reports of the same figures have the same."""
        found = [one.as_json() for one in self.measured]
        text = json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """The document of RULES §9."""
        return {
            "scope": self.scope.code,
            "period": {"from": self.period.start.isoformat(), "to": self.period.end.isoformat()},
            "disclosure": self.disclosure,
            "generated_at": self.generated_at.isoformat(),
            "sha256": self.sha256,
            "indicators": [one.as_json() for one in self.measured],
        }
