"""A move is one compare-and-swap: of two writers who read the same state, one is told."""

import pytest

from proxirh.kernel.errors import DomainError, StaleState
from proxirh.kernel.models import Heartbeat
from proxirh.kernel.workflow import Move, Workflow, swap

WORKFLOW = Workflow(
    "name",
    {
        "open": Move(frozenset({"shut"}), "open", "Ouvrir"),
        "shut": Move(frozenset({"open", "ajar"}), "shut", "Fermer"),
    },
)


@pytest.fixture
def door(db: None) -> Heartbeat:
    return Heartbeat.objects.create(name="shut", seen_at="2026-01-01T00:00Z")


def test_a_permitted_move_changes_the_row_and_the_instance(door: Heartbeat) -> None:
    WORKFLOW.apply(door, "open")
    assert (door.name, Heartbeat.objects.get().name) == ("open", "open")


def test_a_refused_move_says_so_in_french_and_changes_nothing(door: Heartbeat) -> None:
    with pytest.raises(DomainError, match="Fermer"):
        WORKFLOW.apply(door, "shut")
    assert Heartbeat.objects.get().name == "shut"


def test_the_second_of_two_writers_is_told(door: Heartbeat) -> None:
    """Mutation: filter on the primary key alone in swap."""
    second = Heartbeat.objects.get()
    WORKFLOW.apply(door, "open")
    with pytest.raises(StaleState):
        WORKFLOW.apply(second, "open")


def test_a_swap_that_fails_leaves_the_instance_as_it_was(door: Heartbeat) -> None:
    with pytest.raises(StaleState):
        swap(door, {"name": "ajar"}, {"name": "open"})
    assert door.name == "shut"


def test_the_table_tells_what_may_be_done() -> None:
    assert WORKFLOW.allows("open", "shut")
    assert not WORKFLOW.allows("open", "ajar")
