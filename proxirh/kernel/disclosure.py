"""Statistical disclosure control: a breakdown is shown whole or not at all."""

from collections.abc import Mapping

INSIDE_ACADEMY = 5
PUBLISHED = 11


def may_show(counts: Mapping[str, int], *, threshold: int) -> bool:
    """True when every row that counts someone, and its complement, stands for at least `threshold` people.

    A zero is shown: it points at nobody. `counts` maps each row's key to its count; a table of one row has no
    complement, and all people in one row of several is a disclosure like the others.
    """
    total = sum(counts.values())
    return all(n == 0 or (n >= threshold and (len(counts) == 1 or total - n >= threshold)) for n in counts.values())


def shown(counts: Mapping[str, int], *, threshold: int) -> dict[str, int] | None:
    """The whole breakdown, or None for « données insuffisantes »."""
    return dict(counts) if may_show(counts, threshold=threshold) else None
