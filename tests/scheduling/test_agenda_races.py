"""One time, many hands: it is held once, and a road is never forgotten, whoever writes at the same moment.

The mutations of the road are seen on PostgreSQL: on SQLite whoever writes holds the whole base.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from proxirh.scheduling.errors import SlotTaken
from proxirh.scheduling.models import AgendaDay, HeldQuarter, HeldTime, Holder
from proxirh.scheduling.services import agenda
from proxirh.scheduling.services.agenda import Asked
from tests.enquiries.test_hands_races import together
from tests.scheduling.opening import a_place
from tests.world import World, build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
START = datetime(2026, 12, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
HANDS, ROUNDS = 16, 12


@pytest.fixture
def cast() -> World:
    return build_world()


def take(asked: Asked) -> None:
    """Read, decide, hold: as whoever books does."""
    read = agenda.read(asked)
    if not agenda.is_free(asked):
        raise SlotTaken
    with transaction.atomic():
        agenda.claim(read)
        agenda.hold(asked, kind=Holder.APPOINTMENT)


def taking(asked: Asked) -> Callable[[], None]:
    return lambda: take(asked)


def winners(raised: list[BaseException | None]) -> int:
    assert all(error is None or isinstance(error, SlotTaken) for error in raised), raised
    return sum(error is None for error in raised)


def test_one_time_is_given_once_to_sixteen_hands(cast: World) -> None:
    """Mutations: drop the uniqueness of the quarters and the versions of the days."""
    person = cast.people["counsellor"].pk
    for number in range(ROUNDS):
        start = START + timedelta(days=number)
        asked = Asked(person, start, start + HOUR)
        assert winners(together(*[taking(asked)] * HANDS)) == 1
    assert HeldTime.objects.count() == ROUNDS
    assert HeldQuarter.objects.count() == 4 * ROUNDS


def test_two_places_without_the_road_between_are_never_both_held(cast: World) -> None:
    """Half an hour apart, an hour of road. Mutation: hold without claiming the days that were read."""
    person = cast.people["counsellor"].pk
    here, there = a_place(cast, "Ici", travel_minutes=60), a_place(cast, "Là-bas", travel_minutes=60)
    for number in range(ROUNDS):
        start = START + timedelta(days=number)
        one = Asked(person, start, start + HOUR, here.pk)
        later = start + HOUR + timedelta(minutes=30)
        other = Asked(person, later, later + HOUR, there.pk)
        assert winners(together(*[taking(one), taking(other)] * 2)) == 1
    assert HeldTime.objects.count() == ROUNDS


def test_the_versions_of_a_day_count_its_writings(cast: World) -> None:
    person = cast.people["counsellor"].pk
    for number in range(3):
        start = START + number * 2 * HOUR
        take(Asked(person, start, start + HOUR))
    assert AgendaDay.objects.get(person_id=person, day=START.date()).version == 3


def test_a_shift_takes_what_it_lacks_and_gives_the_rest_back(cast: World) -> None:
    """By a quarter of an hour, over itself. Mutation: take all of the new time."""
    person = cast.people["counsellor"].pk
    take(Asked(person, START, START + HOUR))
    held = HeldTime.objects.get()
    later = Asked(person, START + HOUR / 4, START + HOUR * 5 / 4)
    assert agenda.is_free(later, but=held.pk)
    with transaction.atomic():
        agenda.shift(held, later)
    starts = list(HeldQuarter.objects.order_by("starts_at").values_list("starts_at", flat=True))
    assert starts == [later.start + HOUR / 4 * n for n in range(4)]
    take(Asked(person, START, START + HOUR / 4))


def test_what_is_released_may_be_held_again(cast: World) -> None:
    person = cast.people["counsellor"].pk
    asked = Asked(person, START, START + HOUR)
    take(asked)
    with pytest.raises(SlotTaken):
        take(asked)
    agenda.release(HeldTime.objects.get())
    take(asked)
