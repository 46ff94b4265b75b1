"""One time, many hands: it is held once, and a road is never forgotten, whoever writes at the same moment.

The mutations of the road are seen on PostgreSQL: on SQLite whoever writes holds the whole base.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

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
    agenda.hold(asked, read=read, kind=Holder.APPOINTMENT)


def taking(asked: Asked) -> Callable[[], None]:
    return lambda: take(asked)


def winners(raised: list[BaseException | None]) -> int:
    assert all(error is None or isinstance(error, SlotTaken) for error in raised), raised
    return sum(error is None for error in raised)


def test_one_time_is_given_once_to_sixteen_hands(cast: World) -> None:
    """Mutation: drop both the uniqueness of the quarters and the versions of the days."""
    person = cast.people["counsellor"].pk
    for number in range(ROUNDS):
        start = START + timedelta(days=number)
        asked = Asked(person, start, start + HOUR)
        assert winners(together(*[taking(asked)] * HANDS)) == 1
    assert HeldTime.objects.count() == ROUNDS
    assert HeldQuarter.objects.count() == 4 * ROUNDS


def test_two_places_without_the_road_between_are_never_both_held(cast: World) -> None:
    """Half an hour apart, an hour of road. Mutation: hold without bumping the days that were read."""
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
    agenda.shift(held, later, read=agenda.read(later))
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


def test_a_quarter_is_held_once_even_by_who_read_the_day_as_it_is(cast: World) -> None:
    """And nothing of the refused one stays. Mutation: drop the constraint `heldquarter_once`."""
    person = cast.people["counsellor"].pk
    take(Asked(person, START, START + HOUR))
    over = Asked(person, START + HOUR * 3 / 4, START + 2 * HOUR)
    with pytest.raises(SlotTaken):
        agenda.hold(over, read=agenda.read(over), kind=Holder.APPOINTMENT)
    take(Asked(person, START + 2 * HOUR, START + 3 * HOUR))
    other = HeldTime.objects.order_by("-starts_at")[0]
    with pytest.raises(SlotTaken):
        agenda.shift(other, over, read=agenda.read(over))
    assert HeldTime.objects.count() == 2
    assert HeldQuarter.objects.count() == 8


@pytest.mark.parametrize(
    ("begins", "lasts"),
    [(timedelta(seconds=30), HOUR), (timedelta(0), HOUR / 6), (timedelta(0), -HOUR), (timedelta(0), 13 * HOUR)],
)
def test_a_time_goes_from_a_quarter_to_another(begins: timedelta, lasts: timedelta) -> None:
    with pytest.raises(ValueError, match="a time"):
        Asked(1, START + begins, START + begins + lasts)


def test_somebody_s_time_is_not_moved_to_another(cast: World) -> None:
    take(Asked(cast.people["counsellor"].pk, START, START + HOUR))
    other = Asked(cast.people["fellow counsellor"].pk, START, START + HOUR)
    with pytest.raises(ValueError, match="person"):
        agenda.shift(HeldTime.objects.get(), other, read=agenda.read(other))
