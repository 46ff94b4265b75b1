"""A breakdown is shown whole or not at all."""

from hypothesis import given
from hypothesis import strategies as st

from proxirh.kernel.disclosure import may_show, shown

tables = st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 40), min_size=1, max_size=6)


def test_rows_of_enough_people_are_shown() -> None:
    assert shown({"a": 5, "b": 12}, threshold=5) == {"a": 5, "b": 12}


def test_one_small_row_hides_the_whole_table() -> None:
    assert shown({"a": 4, "b": 50, "c": 30}, threshold=5) is None


def test_a_small_complement_hides_the_table() -> None:
    assert shown({"a": 50, "b": 0, "c": 0}, threshold=5) is None


def test_zero_points_at_nobody() -> None:
    assert shown({"a": 50, "b": 0, "c": 30}, threshold=5) is not None
    assert shown({"a": 0, "b": 0}, threshold=5) == {"a": 0, "b": 0}


@given(tables, st.sampled_from([5, 11]))
def test_no_shown_row_or_complement_stands_for_few_people(counts: dict[str, int], threshold: int) -> None:
    """Mutation: compare with `> threshold // 2`, or forget the complement."""
    if may_show(counts, threshold=threshold):
        total = sum(counts.values())
        for n in counts.values():
            assert n == 0 or n >= threshold
            assert n == 0 or len(counts) == 1 or total - n >= threshold
