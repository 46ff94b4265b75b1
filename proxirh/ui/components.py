"""Plain data that views hand to components."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell with more than text: a link, a badge, a number set to the right, or a bar of that width below."""

    text: str
    url: str = ""
    badge: str = ""
    numeric: bool = False
    bar: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a caption; the first cell of each row names it when `row_headers`."""

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str | Cell]]
    caption_hidden: bool = False
    row_headers: bool = False
    footer: Sequence[str | Cell] = ()
    numeric: frozenset[int] = field(default_factory=frozenset)

    @property
    def is_numeric(self) -> bool:
        """True for numbers alone behind the name of each row: said once, rather than in each cell."""
        return self.row_headers and self.numeric >= {*range(1, len(self.header))}

    @property
    def footer_rows(self) -> tuple[Sequence[str | Cell], ...]:
        """The last row, as rows are."""
        return (self.footer,)


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One line of a review page; `url` shows « Modifier »."""

    label: str
    value: str
    url: str = ""
    empty: str = "Non renseigné"


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One thing that happened or will happen; `state` is done, current or todo."""

    title: str
    when: str = ""
    text: str = ""
    author: str = ""
    state: str = "done"


@dataclass(frozen=True, slots=True)
class NextStep:
    """What will happen, and by when."""

    text: str
    when: str = ""
