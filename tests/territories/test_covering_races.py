"""Two gestures on the perimeters of one team at the same moment."""

from datetime import timedelta

import pytest

from proxirh.kernel.errors import DomainError
from proxirh.territories.models import Coverage
from proxirh.territories.services import covering
from proxirh.territories.services.covering import Scope
from tests.enquiries.test_hands_races import pausing, together
from tests.world import NOW, World, build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
LATER = NOW.date() + timedelta(days=30)


def cover(world: World) -> None:
    covering.cover(
        actor=world.actor("coordinator"),
        team=world.team,
        zones=[world.site],
        scope=Scope(),
        valid_from=LATER,
        at=NOW,
    )


def test_the_same_perimeter_opened_twice_at_once_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: drop `_take_turn` (PostgreSQL; SQLite makes writers wait by itself)."""
    world = build_world()
    monkeypatch.setattr(covering, "_is_held", pausing(covering._is_held))
    raised = together(lambda: cover(world), lambda: cover(world))
    assert Coverage.objects.filter(team=world.team, site=world.site).count() == 1
    assert [type(one) for one in raised if one is not None] == [DomainError]
