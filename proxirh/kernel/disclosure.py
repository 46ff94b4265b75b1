"""Statistical disclosure control: a breakdown is shown whole or not at all, and no two that are give a third away.

`may_show` judges one table. `tell` judges all those of a year together: places within larger places, months within
quarters within the year. Each place is cut in two, its first part and the rest, and so on down; a cut is told over
whole blocks of months, and both its sides must be showable over each block. A part is told over blocks that are unions
of those of the whole, so that the deeper the place the longer the blocks: a country by month, a small place by year.

What holds, for each row and for its complement: all that adding and subtracting told tables can count (a sum in which
nobody counts negatively) is a sum of sides of cuts over blocks, each of at least `threshold` people or of nobody. For
in such a sum the least that a block of the whole weighs can be handed over to the sides of its cut, until every weight
left is positive. Naming a table that is not told is then a guess between several.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import sub

INSIDE_ACADEMY = 5
PUBLISHED = 11
MONTHS, QUARTER = 12, 3
YEAR = (1 << MONTHS) - 1
QUARTERS = tuple(((1 << QUARTER) - 1) << first for first in range(0, MONTHS, QUARTER))
EACH_MONTH = tuple(1 << month for month in range(MONTHS))
# How many times more than the months left of a quarter or of a year, at equal length, those told before its end count:
# with less, the last months could be too few to be told, and the year with them.
COMFORT = 5


def may_show(counts: Mapping[str, int], *, threshold: int) -> bool:
    """True when every row that counts someone, and its complement, stands for at least `threshold` people.

    A zero is shown: it points at nobody. `counts` maps each row's key to its count; a table of one row has no
    complement, and all people in one row of several is a disclosure like the others.
    """
    return _may_show(counts.values(), threshold)


def _may_show(counts: Collection[int], threshold: int) -> bool:
    total, is_alone = sum(counts), len(counts) == 1
    return all(n == 0 or (n >= threshold and (is_alone or total - n >= threshold)) for n in counts)


def shown(counts: Mapping[str, int], *, threshold: int) -> dict[str, int] | None:
    """The whole breakdown, or None for « données insuffisantes »."""
    return dict(counts) if may_show(counts, threshold=threshold) else None


@dataclass(frozen=True, slots=True)
class Place:
    """What is counted, and the parts it is made of."""

    name: str
    parts: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Cut:
    """A whole, and the sides in which it is cut: the names of places, or of what is left of one."""

    whole: str
    sides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What may be told of each place: blocks of months (one bit each), with how many months were over by then."""

    cuts: Sequence[Cut]
    blocks: Mapping[str, Sequence[tuple[int, int]]]

    def months(self, name: str, *, over: int = MONTHS) -> int:
        """All the months told once so many were over."""
        return sum(block for block, since in self.blocks.get(name, ()) if since <= over)

    def may_tell(self, name: str, months: int, *, over: int = MONTHS) -> bool:
        """True for a union of blocks: whatever is asked before or after, the answer is the same."""
        found = 0
        for block, since in self.blocks.get(name, ()):
            if since <= over and block & months:
                found |= block
        return found == months


class Counted:
    """The counts of one indicator over a year: for each smallest place, by month, one number for each row."""

    def __init__(self, place: Place, cells: Mapping[str, Sequence[Sequence[int]]]) -> None:
        self.place = place
        self.parts: dict[str, tuple[str, ...]] = {}
        self._rows: dict[str, tuple[tuple[int, ...], ...]] = {}
        self._sums: dict[tuple[str, int], tuple[int, ...]] = {}
        self._add(place, cells)

    def _add(self, place: Place, cells: Mapping[str, Sequence[Sequence[int]]]) -> None:
        self.parts[place.name] = tuple(part.name for part in place.parts)
        if not place.parts:
            self._rows[place.name] = tuple(tuple(rows) for rows in cells[place.name])
            return
        for part in place.parts:
            self._add(part, cells)
        months = zip(*(self._rows[part.name] for part in place.parts), strict=True)
        self._rows[place.name] = tuple(tuple(map(sum, zip(*rows, strict=True))) for rows in months)

    def over(self, name: str, months: int) -> tuple[int, ...]:
        """The rows of a place, or of what is left of one, over a set of months."""
        if (name, months) not in self._sums:
            chosen = [rows for month, rows in enumerate(self._rows[name]) if months >> month & 1]
            self._sums[name, months] = tuple(map(sum, zip(*chosen, strict=True)))
        return self._sums[name, months]

    def cut(self, whole: str, part: str) -> Cut:
        """The whole cut in one of its parts and the rest of them."""
        left = tuple(name for name in self.parts[whole] if name != part)
        if len(left) < 2:
            return Cut(whole, (part, *left))
        rest = f"{whole} \\ {part}"
        if rest not in self.parts:
            self.parts[rest] = left
            months = zip(self._rows[whole], self._rows[part], strict=True)
            self._rows[rest] = tuple(tuple(map(sub, one, other)) for one, other in months)
        return Cut(whole, (part, rest))


def tell(counted: Counted, *, over: int, threshold: int, within: Told | None = None) -> Told:
    """What may be told of a year of which the first `over` months are over.

    Each month is judged with what is known at its end: those that come later add tables and take none away. A block
    that is told is divided at once, by quarter and by month, as far as it can be. `within` is what may be told of the
    same people with fewer rows (their number, or with some rows in one): no table is told that it does not tell, and
    the cuts are its own. Without it, the largest part that may be cut off is cut off, for the rest of the year.
    """
    cuts: dict[str, Cut] = {cut.whole: cut for cut in within.cuts} if within else {}
    found: dict[str, list[tuple[int, int]]] = {}
    told = Told([], found)
    for cut in cuts.values():
        counted.cut(cut.whole, cut.sides[0])
    for now in range(1, over + 1):
        reached = [Cut("", (counted.place.name,))]
        for cut in reached:
            judge = _Judge(counted, cut, dict.fromkeys(cut.sides, threshold), told, within, now)
            waiting = judge.waiting()
            if waiting and judge.accepts(waiting, comfort=_comfort(waiting, now)):
                pieces = judge.divide(waiting)
                for side in cut.sides:
                    found.setdefault(side, []).extend((piece, now) for piece in pieces)
            for side in cut.sides:
                if side not in cuts and not within:
                    chosen = _choose(counted, side, threshold, told, now)
                    cuts |= {side: chosen} if chosen else {}
                reached += [cuts[side]] if side in cuts else []
    return Told(tuple(cuts.values()), found)


def _choose(counted: Counted, whole: str, threshold: int, told: Told, now: int) -> Cut | None:
    """The cut that takes off the largest part that may be; one that counts nobody waits for the end of the year."""
    months = told.months(whole, over=now)
    parts = counted.parts[whole] if months else ()
    for part in sorted(parts, key=lambda name: -sum(counted.over(name, months))):
        if now < MONTHS and len(parts) > 1 and not any(counted.over(part, months)):
            return None
        cut = counted.cut(whole, part)
        judge = _Judge(counted, cut, dict.fromkeys(cut.sides, threshold), told, None, now)
        if judge.accepts(months, comfort=_comfort(months, now)):
            return cut
    return None


def tell_inside(
    counted: Counted,
    published: Told,
    own: str,
    *,
    over: int,
    thresholds: tuple[int, int],
    within: Told | None = None,
) -> Told:
    """What may be told to whoever answers for the place `own`: what is published, and more of that place.

    `thresholds` are those of that place, and of what this leaves of the places around. Blocks that are
    published are divided further; what the year could not tell is judged again once it is over, and not before: told
    sooner, it could forbid what is to be published, or be completed by it.
    """
    found = {name: list(blocks) for name, blocks in published.blocks.items()}
    told, theirs = Told(published.cuts, found), {own}
    for cut in published.cuts:
        counted.cut(cut.whole, cut.sides[0])
        if cut.whole in theirs:
            theirs.update(cut.sides)
        if theirs.isdisjoint(cut.sides):
            continue
        each = {side: thresholds[side not in theirs] for side in cut.sides}
        blocks: list[tuple[int, int]] = []
        for block, since in published.blocks.get(cut.sides[0], ()):
            judge = _Judge(counted, cut, each, told, within, since)
            blocks += [(piece, since) for piece in judge.divide(block)]
        judge = _Judge(counted, cut, each, told, within, over)
        waiting = judge.waiting()
        if over == MONTHS and waiting and judge.accepts(waiting):
            blocks += [(piece, over) for piece in judge.divide(waiting)]
        for side in cut.sides:
            found[side] = blocks
    return told


@dataclass(frozen=True, slots=True)
class _Judge:
    """Whether one cut may be told over some months, at one moment."""

    counted: Counted
    cut: Cut
    thresholds: Mapping[str, int]
    told: Told
    within: Told | None
    now: int

    def waiting(self) -> int:
        """The months that are over, told of the whole, and not yet of its sides."""
        past = (1 << self.now) - 1 & ~self.told.months(self.cut.sides[0])
        if self.cut.whole:
            past &= self.told.months(self.cut.whole, over=self.now)
        if self.within:
            past &= self.within.months(self.cut.sides[0], over=self.now)
        return past

    def accepts(self, months: int, *, comfort: float = 1) -> bool:
        """Every side is showable, and the whole told, and so is the same with fewer rows."""
        if self.cut.whole and not self.told.may_tell(self.cut.whole, months, over=self.now):
            return False
        if self.within and not self.within.may_tell(self.cut.sides[0], months, over=self.now):
            return False
        return all(
            _may_show(self.counted.over(side, months), -int(-self.thresholds[side] * comfort // 1))
            for side in self.cut.sides
        )

    def divide(self, block: int) -> list[int]:
        """The block by quarter and by month, as far as every piece may be told."""
        pieces = [block]
        for part in (*QUARTERS, *EACH_MONTH):
            for piece in list(pieces):
                one, other = piece & part, piece & ~part
                if one and other and self.accepts(one) and self.accepts(other):
                    pieces.remove(piece)
                    pieces += [one, other]
        return pieces


def _comfort(waiting: int, now: int) -> float:
    """By how much a block must be over the threshold, for the months left of its quarter and year to be likely so."""
    length = waiting.bit_count()
    left = [months for months in (-now % QUARTER, MONTHS - now) if months]
    return max([1, *(COMFORT * length / months for months in left)])
