"""All tables of a year together: no difference of what is told counts a few people, and no month takes one away."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxirh.kernel.disclosure import (
    EACH_MONTH,
    INSIDE_ACADEMY,
    PUBLISHED,
    QUARTERS,
    YEAR,
    Counted,
    Place,
    Told,
    may_show,
    tell,
    tell_inside,
)
from tests.kernel.nested import PERIODS, SEASON, TOPICS, WITHIN, Country, drawn_country, leaves, places, told_of

# Small numbers and many zeros, then the volumes of a real year.
countries = st.builds(
    drawn_country,
    st.integers(0, 10_000),
    regions=st.integers(1, 2),
    volumes=st.sampled_from([(0, 40, 120), (60, 250, 1200), (20, 400, 5000)]),
)
few = settings(max_examples=25, deadline=None)


def is_showable(row: tuple[int, ...], threshold: int) -> bool:
    return may_show({str(number): n for number, n in enumerate(row)}, threshold=threshold)


def is_made_of(months: int, blocks: list[int]) -> bool:
    return sum(block for block in blocks if block & months) == months


@given(countries)
@few
def test_both_sides_of_every_cut_are_showable_over_every_block(country: Country) -> None:
    """Mutations: accept a cut whose first side alone is showable; divide a block without judging what is left of it."""
    told = told_of(country)
    for name, counted in country.indicators.items():
        for cut in told[name].cuts:
            counted.cut(cut.whole, cut.sides[0])
            blocks = [block for block, _ in told[name].blocks.get(cut.sides[0], ())]
            assert all(told[name].blocks.get(side, []) == told[name].blocks.get(cut.sides[0], []) for side in cut.sides)
            for block in blocks:
                for side in cut.sides:
                    assert is_showable(counted.over(side, block), PUBLISHED), (name, cut, block)


@given(countries)
@few
def test_a_part_is_told_over_unions_of_the_blocks_of_the_whole_and_of_fewer_rows(country: Country) -> None:
    """Mutation: forget the whole in what a cut accepts: a part by month could be left of a sibling."""
    told = told_of(country)
    for name, found in told.items():
        coarser = told[WITHIN[name]] if WITHIN[name] else None
        for cut in found.cuts:
            whole = [block for block, _ in found.blocks.get(cut.whole, ())]
            for block, _ in found.blocks.get(cut.sides[0], ()):
                assert is_made_of(block, whole)
                assert coarser is None or coarser.may_tell(cut.sides[0], block)


@given(countries, st.integers(1, 11), st.randoms(use_true_random=False))
@few
def test_no_later_month_changes_what_was_told(country: Country, over: int, rng) -> None:
    """Mutation: choose the largest part by the counts of the whole year."""
    before = told_of(country, over=over)

    def changed(cells: dict[str, list[tuple[int, ...]]]) -> dict[str, list[tuple[int, ...]]]:
        return {
            name: [*year[:over], *(tuple(rng.choice((0, 0, 3, 40)) for _ in row) for row in year[over:])]
            for name, year in cells.items()
        }

    other = replace(country, topics=changed(country.topics), families=changed(country.families))
    for after in (told_of(country), told_of(other)):
        for name, found in before.items():
            for place in places(country.place):
                at_that_time = [one for one in after[name].blocks.get(place, ()) if one[1] <= over]
                assert at_that_time == found.blocks.get(place, [])
                assert all(after[name].may_tell(place, months) for months in PERIODS if found.may_tell(place, months))


@given(countries)
@few
def test_whoever_answers_for_a_place_reads_more_of_it_and_no_more_of_the_others(country: Country) -> None:
    """Mutation: lower both thresholds: what a place leaves of its neighbours would be told from five."""
    own = country.place.parts[0].parts[-1].name
    sizes = country.indicators["size"]
    published = tell(sizes, over=12, threshold=PUBLISHED)
    found = tell_inside(sizes, published, own, over=12, thresholds=(INSIDE_ACADEMY, PUBLISHED))
    theirs = {own, *leaves(country.place.parts[0].parts[-1])}
    for cut in found.cuts:
        if cut.whole in theirs:
            theirs.update(cut.sides)
        for block, _ in found.blocks.get(cut.sides[0], ()):
            assert is_made_of(block, [one for one, _ in found.blocks[cut.whole]])
            for side in cut.sides:
                assert is_showable(sizes.over(side, block), INSIDE_ACADEMY if side in theirs else PUBLISHED)
    for place in places(country.place):
        for months in PERIODS:
            assert found.may_tell(place, months) or not published.may_tell(place, months)


def expected(volume: int) -> list[tuple[int, ...]]:
    return [tuple(round(volume * season * share) for share in TOPICS) for season in SEASON]


def merged(cells: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    return [(*row[:5], sum(row[5:])) for row in cells]


def test_a_departement_of_250_has_its_year_and_an_academie_of_2500_its_quarters() -> None:
    """Mutation: ask of all tables to cut one another into showable pieces: months would forbid the year."""
    names = {"d1": 1200, "d2": 700, "d3": 350, "d4": 250}
    others = {f"e{number}": 2500 for number in range(4)}
    place = Place(
        "country",
        (Place("a", tuple(map(Place, names))), Place("b", tuple(map(Place, others)))),
    )
    counted = Counted(place, {name: merged(expected(volume)) for name, volume in (names | others).items()})
    told = tell(counted, over=12, threshold=PUBLISHED)
    assert all(told.may_tell("country", months) for months in EACH_MONTH)
    assert all(told.may_tell("a", months) for months in (YEAR, *QUARTERS))
    assert all(told.may_tell(name, YEAR) for name in names)
    assert not any(told.may_tell("d4", months) for months in QUARTERS)


def two(one: list[int], other: list[int]) -> Counted:
    def cells(numbers: list[int]) -> list[tuple[int]]:
        return [(n,) for n in numbers]

    return Counted(Place("all", (Place("one"), Place("other"))), {"one": cells(one), "other": cells(other)})


def test_what_one_part_would_leave_of_the_other_withholds_both() -> None:
    told = tell(two([90] * 12, [0] * 5 + [7] + [0] * 6), over=12, threshold=PUBLISHED)
    assert told.may_tell("all", YEAR)
    assert not told.may_tell("one", YEAR)
    assert not told.may_tell("other", YEAR)


def test_a_place_that_opens_late_leaves_its_neighbours_their_months() -> None:
    """Mutation: cut off in September a place that counts nobody: `a` would hold the months of `e` and `f`."""
    cells = {
        "a": [0] * 8 + [4, 20, 8, 8],
        "b": [90] * 12,
        "c": [80] * 12,
        "e": [0] + [70] * 11,
        "f": [0, 0] + [60] * 10,
    }
    counted = Counted(
        Place("all", tuple(map(Place, cells))), {name: [(n,) for n in numbers] for name, numbers in cells.items()}
    )
    told = tell(counted, over=12, threshold=PUBLISHED)
    assert all(told.may_tell(name, month) for name in "bc" for month in EACH_MONTH)
    assert told.may_tell("e", EACH_MONTH[8])
    assert told.may_tell("a", YEAR)
    assert not told.may_tell("a", EACH_MONTH[8])


def test_no_table_is_told_that_fewer_rows_do_not_tell() -> None:
    """Mutation: forget `within` in what a cut accepts."""
    counted = two([90] * 12, [90] * 12)
    sizes = tell(counted, over=12, threshold=PUBLISHED)
    by_year = Told(sizes.cuts, {name: [(YEAR, 12)] for name in ("all", "one", "other")})
    assert sizes.may_tell("one", EACH_MONTH[0])
    found = tell(counted, over=12, threshold=PUBLISHED, within=by_year)
    assert found.may_tell("one", YEAR)
    assert not found.may_tell("one", EACH_MONTH[0])


def test_the_last_months_are_told_with_those_before_them() -> None:
    """Mutation: tell each month as soon as it is showable: July and August would forbid the year."""
    numbers = [20] * 10 + [3, 2]
    counted = Counted(Place("all"), {"all": [(n,) for n in numbers]})
    during = [tell(counted, over=over, threshold=PUBLISHED) for over in range(1, 13)]
    assert not during[9].may_tell("all", EACH_MONTH[9])
    assert during[11].may_tell("all", YEAR)
    assert during[11].may_tell("all", QUARTERS[3])
    assert not during[11].may_tell("all", EACH_MONTH[9])


@pytest.mark.parametrize(
    ("months", "is_told"),
    [(0b1, True), (0b110, True), (0b111, True), (0b10, False), (0b1000, False), (0, True)],
)
def test_a_free_period_is_told_when_it_is_a_union_of_blocks(months: int, is_told: bool) -> None:
    assert Told((), {"a": ((0b1, 1), (0b110, 3))}).may_tell("a", months) is is_told
    assert Told((), {"a": ((0b1, 1), (0b110, 3))}).months("a", over=2) == 0b1
