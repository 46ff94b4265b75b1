"""Charts drawn on the server: positions in percent of the frame, so that a text keeps its size on every screen.

Each function returns a `Chart`, the drawing and the table of the very same values; `None` is a value that may not be
shown. Colours are CSS classes, and every colour is doubled by a letter, a shape or a written value.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from math import ceil, floor, log10

from proxirh.ui.components import Cell, Table
from proxirh.ui.french import number, percent

type Value = int | float | Decimal

WITHHELD = "données insuffisantes"
LETTERS = "ABCDEF"
MARKERS = (
    "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
    "M-4 -4h8v8h-8z",
    "M0 -5l5 9h-10z",
    "M0 -5.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z",
    "M-5 -1.5h3.5v-3.5h3v3.5h3.5v3h-3.5v3.5h-3v-3.5h-3.5z",
    "M-5 -4h10l-5 9z",
)
# A segment narrower than this cannot hold its value, then not even its letter.
_VALUE_ROOM, _LETTER_ROOM = 14, 4.5


@dataclass(frozen=True, slots=True)
class Segment:
    """A coloured stretch of a bar; `text` is what is written in it."""

    x: str
    width: str
    css: str
    text: str = ""
    middle: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a bar chart."""

    label: str
    segments: tuple[Segment, ...]
    value: str


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of the legend."""

    letter: str
    label: str
    css: str
    marker: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of a line, or a label on an axis."""

    x: str
    y: str
    text: str = ""
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Line:
    """One series: its unbroken stretches, its points, and the values written beside some of them."""

    css: str
    marker: str
    paths: tuple[str, ...]
    points: tuple[Mark, ...]
    labels: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing and the table that says the same; `kind` chooses the drawing, which bars of one series have in the
    rows of the table itself.
    """

    kind: str
    title: str
    table: Table
    description: str = ""
    note: str = ""
    bars: tuple[Bar, ...] = ()
    lines: tuple[Line, ...] = ()
    legend: tuple[Key, ...] = ()
    rules: tuple[Mark, ...] = ()
    ticks: tuple[Mark, ...] = ()
    has_rows: bool = False

    @property
    def is_empty(self) -> bool:
        """True when nothing may be drawn."""
        return not self.bars and not self.lines and not self.has_rows


def bar_chart(
    *,
    title: str,
    rows: Sequence[tuple[str, Value | None]],
    unit: str = "",
    share: bool = False,
    shares: Sequence[float | None] | None = None,
    column: tuple[str, Sequence[str]] | None = None,
    label_header: str = "",
    value_header: str = "Nombre",
    description: str = "",
    note: str = "",
) -> Chart:
    """Horizontal bars from zero, each under the name of its row, in the order given.

    `share` writes 0.38 as « 38 % »; `shares` adds such a column, `column` another under its header.
    """
    write = _writer(share=share, unit=unit)
    top = max((value for _, value in rows if value is not None), default=0)
    header: tuple[str, ...] = (label_header or "Catégorie", value_header)
    cells: list[tuple[str | Cell, ...]] = [
        (Cell(label, bar=_percent(value, top)) if value else label, write(value)) for label, value in rows
    ]
    if shares is not None:
        column = "Part", ["—" if part is None else percent(part) for part in shares]
    if column is not None:
        header = (*header, column[0])
        cells = [(*cell, told) for cell, told in zip(cells, column[1], strict=True)]
    return Chart(
        kind="rows",
        title=title,
        description=description,
        note=note,
        has_rows=any(value is not None for _, value in rows),
        table=Table(
            caption=title,
            caption_hidden=True,
            header=header,
            rows=cells,
            row_headers=True,
            numeric=frozenset({1, 2}),
        ),
    )


def stacked_chart(
    *,
    title: str,
    categories: Sequence[str],
    series: Mapping[str, Sequence[Value | None]],
    unit: str = "",
    share: bool = False,
    label_header: str = "",
    description: str = "",
    note: str = "",
) -> Chart:
    """One bar per category, cut between at most six series; a bar with a withheld part is not drawn."""
    legend = _legend(series)
    write = _writer(share=share, unit=unit)
    bars = []
    for index, category in enumerate(categories):
        values = [column[index] for column in series.values()]
        whole = sum(value for value in values if value is not None)
        drawable = whole > 0 and None not in values
        if not drawable:
            bars.append(Bar(category, (), write(None if None in values else 0)))
        else:
            bars.append(Bar(category, _cut(values, whole, legend, share=share), "" if share else write(whole)))
    return Chart(
        kind="bars",
        title=title,
        description=description,
        note=note,
        bars=tuple(bars) if any(bar.segments for bar in bars) else (),
        legend=legend,
        table=_series_table(title, label_header, categories, series, write),
    )


def line_chart(
    *,
    title: str,
    categories: Sequence[str],
    series: Mapping[str, Sequence[Value | None]],
    unit: str = "",
    share: bool = False,
    label_header: str = "",
    description: str = "",
    note: str = "",
) -> Chart:
    """At most six lines over time, the scale starting at zero; a withheld value breaks its line."""
    legend = _legend(series)
    write = _writer(share=share, unit=unit)
    known = [value for column in series.values() for value in column if value is not None]
    step = _nice_step(float(max(known, default=0)))
    steps = max(1, ceil(float(max(known, default=0)) / step - 1e-9))
    top = step * steps
    xs = [50.0] if len(categories) == 1 else [3 + 94 * i / (len(categories) - 1) for i in range(len(categories))]
    taken: list[tuple[float, float]] = []
    lines = tuple(
        _line(column, xs, top, key, write, taken) for column, key in zip(series.values(), legend, strict=True)
    )
    every = max(1, ceil(len(categories) / 6))
    return Chart(
        kind="lines",
        title=title,
        description=description,
        note=note,
        lines=lines if known else (),
        legend=legend,
        rules=tuple(Mark("0", _height(step * i, top), write(_plain(step * i))) for i in range(steps + 1)),
        ticks=tuple(
            Mark(f"{x:.2f}%", "", category, "start" if i == 0 else "middle")
            for i, (x, category) in enumerate(zip(xs, categories, strict=True))
            if i % every == 0
        ),
        table=_series_table(title, label_header, categories, series, write),
    )


def _writer(*, share: bool, unit: str) -> Callable[[Value | None], str]:
    def write(value: Value | None) -> str:
        if value is None:
            return WITHHELD
        if share:
            return percent(value)
        return f"{number(value)}\u00a0{unit}" if unit else number(value)

    return write


def _percent(value: Value, whole: Value, room: float = 100) -> str:
    return f"{(float(value) / float(whole) * room if whole else 0):.1f}%"


def _plain(value: float) -> int | float:
    return int(value) if value == int(value) else value


def _legend(series: Mapping[str, object]) -> tuple[Key, ...]:
    if len(series) > len(LETTERS):
        raise ValueError(f"A chart holds at most {len(LETTERS)} series; gather the smallest ones first.")
    return tuple(Key(LETTERS[i], label, f"ui-s{i + 1}", MARKERS[i]) for i, label in enumerate(series))


def _cut(values: Sequence[Value | None], whole: Value, legend: Sequence[Key], *, share: bool) -> tuple[Segment, ...]:
    segments, start = [], 0.0
    for value, key in zip(values, legend, strict=True):
        width = float(value or 0) / float(whole) * 100
        written = percent(value or 0) if share else number(value or 0)
        text = f"{key.letter}\u00a0{written}" if width >= _VALUE_ROOM else key.letter if width >= _LETTER_ROOM else ""
        if width:
            segments.append(Segment(f"{start:.2f}%", f"{width:.2f}%", key.css, text, f"{start + width / 2:.2f}%"))
        start += width
    return tuple(segments)


def _series_table(
    title: str,
    label_header: str,
    categories: Sequence[str],
    series: Mapping[str, Sequence[Value | None]],
    write: Callable[[Value | None], str],
) -> Table:
    return Table(
        caption=title,
        caption_hidden=True,
        header=(label_header or "Période", *series),
        rows=[
            (category, *(write(column[index]) for column in series.values()))
            for index, category in enumerate(categories)
        ],
        row_headers=True,
        numeric=frozenset(range(1, len(series) + 1)),
    )


def _nice_step(top: float) -> float:
    """Space between two rules: 1, 2 or 5 times a power of ten, about four rules in all."""
    if top <= 0:
        return 1
    rough = top / 4
    power = 10 ** floor(log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)


def _height(value: Value, top: float) -> str:
    return f"{100 - float(value) / top * 100:.2f}%"


def _line(
    column: Sequence[Value | None],
    xs: Sequence[float],
    top: float,
    key: Key,
    write: Callable[[Value | None], str],
    taken: list[tuple[float, float]],
) -> Line:
    """One series; `taken` holds the places of values already written, so that none covers another."""
    known = [(x, value) for x, value in zip(xs, column, strict=True) if value is not None]
    labels = []
    for x, value in [known[-1], max(known, key=lambda point: point[1])] if known else []:
        y = 100 - float(value) / top * 100
        if all(abs(x - other_x) > 10 or abs(y - other_y) > 9 for other_x, other_y in taken):
            taken.append((x, y))
            anchor = "end" if x > 90 else "start" if x < 10 else "middle"
            labels.append(Mark(f"{x:.2f}%", _height(value, top), write(value), anchor))
    return Line(
        css=key.css,
        marker=key.marker,
        paths=tuple(
            f"M{x1:.2f} {100 - float(v1) / top * 100:.2f}L{x2:.2f} {100 - float(v2) / top * 100:.2f}"
            for (x1, v1), (x2, v2) in pairwise(zip(xs, column, strict=True))
            if v1 is not None and v2 is not None
        ),
        points=tuple(Mark(f"{x:.2f}%", _height(value, top)) for x, value in known),
        labels=tuple(labels),
    )
