"""Slots lie in what is open, beside nothing that is busy, with the time to travel, whatever an agenda looks like."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from proxirh.scheduling.slots import QUARTER, REACH, Busy, Opened, Slot, cut, fits, quarters

DAY = datetime(2026, 12, 1, tzinfo=UTC)
PERSON = 1
PLACES = st.sampled_from([None, 1, 2, 3])
ROADS = {1: 30, 2: 45, 3: 0}


def at(quarter: int) -> datetime:
    return DAY + QUARTER * quarter


def travel(one: int, other: int) -> timedelta:
    return timedelta(minutes=max(ROADS[one], ROADS[other]))


@st.composite
def agendas(draw: st.DrawFn) -> list[Busy]:
    """Times taken in two days, none over another; some of them too close to travel."""
    edges = sorted(draw(st.sets(st.integers(0, 190), max_size=16)))
    longest = REACH // QUARTER  # nothing is held longer
    return [Busy(at(a), at(min(b, a + longest)), draw(PLACES)) for a, b in pairwise(edges)][::2]


@st.composite
def openings(draw: st.DrawFn) -> Opened:
    begins = draw(st.integers(0, 150))
    return Opened(at(begins), at(begins + draw(st.integers(1, 40))), PERSON, draw(PLACES))


def found(opened: Opened, busy: list[Busy], quarters_long: int, **window: datetime) -> list[Slot]:
    edges = {"earliest": opened.start, "latest": opened.end, **window}
    return list(cut(opened, busy, length=QUARTER * quarters_long, travel=travel, **edges))


def too_short(agenda: list[Busy]) -> set[tuple[datetime, datetime]]:
    """Pairs of places that follow each other with too little free time just before the second, read plainly."""
    faults = set()
    agenda = sorted(agenda, key=lambda one: one.start)
    placed = [one for one in agenda if one.place is not None]
    for one, other in pairwise(placed):
        if one.place == other.place or other.start - one.end > REACH:
            continue
        leaves = other.start - travel(one.place, other.place)
        if any(each.end > leaves and each.start < other.start for each in agenda):
            faults.add((one.start, other.start))
    return faults


@given(openings(), agendas(), st.integers(1, 6))
def test_a_slot_is_open_free_and_leaves_time_to_travel(opened: Opened, busy: list[Busy], length: int) -> None:
    """Mutations: compare with the opening alone; forget the time to travel, before or after; let a call be taken on
    the road.
    """
    already = too_short(busy)
    for slot in found(opened, busy, length):
        assert opened.start <= slot.start < slot.end <= opened.end
        assert slot.end - slot.start == QUARTER * length
        assert not any(one.start < slot.end and one.end > slot.start for one in busy)
        assert too_short([*busy, Busy(slot.start, slot.end, slot.place)]) <= already


@given(openings(), agendas(), st.integers(1, 6))
def test_slots_follow_each_other_without_overlap(opened: Opened, busy: list[Busy], length: int) -> None:
    assert all(one.end <= other.start for one, other in pairwise(found(opened, busy, length)))


@given(openings(), agendas(), st.integers(1, 6))
def test_no_room_is_left_unsaid(opened: Opened, busy: list[Busy], length: int) -> None:
    """Between two slots, before the first and after the last, no other would fit. Mutation: step by an hour."""
    slots = found(opened, busy, length)
    taken = [*busy, *(Busy(one.start, one.end, opened.place) for one in slots)]
    for start in quarters(opened.start, opened.end):
        one = Busy(start, start + QUARTER * length, opened.place)
        if one.end > opened.end or any(each.start < one.end and each.end > start for each in taken):
            continue
        assert not fits(sorted(busy, key=lambda each: each.start), one, travel)


@given(openings(), agendas(), st.integers(0, 40), st.integers(0, 40))
def test_nothing_before_the_notice_nor_after_the_horizon(opened: Opened, busy: list[Busy], one: int, two: int) -> None:
    """Mutation: read one of the two bounds for the other."""
    early, late = opened.start + timedelta(minutes=7 * one), opened.end - timedelta(minutes=7 * two)
    for slot in found(opened, busy, 2, earliest=early, latest=late):
        assert early <= slot.start
        assert slot.end <= late
        assert slot.start.minute % 15 == 0


def test_an_empty_morning_is_cut_by_the_length() -> None:
    opened = Opened(at(36), at(48), PERSON)
    assert [(one.start, one.end) for one in found(opened, [], 3)] == [
        (at(36), at(39)),
        (at(39), at(42)),
        (at(42), at(45)),
        (at(45), at(48)),
    ]


def test_a_call_is_not_taken_on_the_road() -> None:
    """From one place to another, forty-five minutes: the call before the second is refused, an earlier one is not."""
    agenda = [Busy(at(36), at(40), 1), Busy(at(48), at(52), 2)]
    assert fits(agenda, Busy(at(41), at(45)), travel)
    assert not fits(agenda, Busy(at(42), at(46)), travel)
    assert fits([agenda[0], Busy(at(48), at(52), 1)], Busy(at(42), at(48)), travel)
