"""State machines as tables: a move is one compare-and-swap UPDATE, so the second of two writers is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from proxirh.kernel.errors import DomainError, StaleState


@dataclass(frozen=True, slots=True)
class Move:
    """One permitted move: from any of `sources` to `target`; `label` is the French name of the act."""

    sources: frozenset[str]
    target: str
    label: str


class Workflow:
    """The permitted moves of one state field."""

    def __init__(self, field: str, moves: Mapping[str, Move]) -> None:
        self.field = field
        self.moves = dict(moves)

    def allows(self, step: str, state: str) -> bool:
        """True when `step` may be made from `state`."""
        return state in self.moves[step].sources

    def apply(self, instance: Model, step: str, *, expected: Mapping[str, Any] | None = None, **changes: Any) -> None:
        """Move `instance` by `step` and write `changes` in the same UPDATE.

        `expected` names other columns that must not have moved either. Raises DomainError when the table refuses the
        move, StaleState when another writer came first.
        """
        move = self.moves[step]
        before = getattr(instance, self.field)
        if before not in move.sources:
            raise DomainError(f"« {move.label} » n’est plus possible : l’état a changé. Relisez la page.")
        swap(instance, {**(expected or {}), self.field: before}, {self.field: move.target, **changes})


def swap(instance: Model, expected: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """Write `changes` only if the row still holds `expected`, then mirror them on `instance`.

    Raises StaleState when the row no longer holds them.
    """
    rows = type(instance)._base_manager.filter(pk=instance.pk, **expected).update(**changes)
    if rows != 1:
        raise StaleState
    for name, value in changes.items():
        setattr(instance, name, value)
