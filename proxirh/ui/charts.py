"""Charts drawn on the server: geometry in percent, so that a text keeps its size on every screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from proxirh.ui.components import Table

type Value = int | float | Decimal


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing and the table that says the same; `kind` chooses the template's drawing."""

    kind: str
    title: str
    table: Table
    description: str = ""
    height: int = 0
    bars: tuple[object, ...] = ()
    legend: tuple[object, ...] = ()
