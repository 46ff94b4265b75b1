"""A report as sheets of cells, the same for every spreadsheet: one sheet a subject, one row a number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from proxirh.steering.writers.content import APART, NOTHING, WITHHELD, Content, Item, Section

HEADER = ("Indicateur", "Catégorie", "Nombre", "Unité", "Part", "Remarque")
READ_ME = "Lisez-moi"
ABOUT_HEADER = ("Indicateur", "Définition", "Population et période", "n", "Feuille", "Remarques")

type Cell = tuple[str | float | None, str]  # what it holds, how it looks


@dataclass(frozen=True, slots=True)
class Cells:
    """One row; `number` is a fraction when `is_percent`, and none where the remark says why; `total` sums others."""

    indicator: str
    label: str
    number: float | None
    decimals: int
    is_percent: bool
    unit: str
    share: float | None
    remark: str
    is_total: bool = False
    is_first: bool = False


def rows_of(section: Section) -> Iterator[tuple[Item, list[Cells]]]:
    """The rows of each indicator of a subject, its total last."""
    for item in section.items:
        yield item, (_table(item) if item.is_table else [_value(item)])


def preface(content: Content) -> list[str]:
    """The lines under the title of the first sheet."""
    return [content.disclosure, content.generated, content.digest, *content.reading]


def about(content: Content) -> Iterator[tuple[str, ...]]:
    """What each indicator is, under ABOUT_HEADER."""
    for section in content.sections:
        for item in section.items:
            n = item.n_text.removeprefix("n = ")
            yield item.name, item.definition, item.population, n, section.title, " ".join(item.notes)


def _table(item: Item) -> list[Cells]:
    found = [
        Cells(
            indicator=item.name,
            label=line.label,
            number=line.count,
            decimals=0,
            is_percent=False,
            unit=item.unit_label,
            share=line.share,
            remark=", ".join([WITHHELD] * (line.count is None) + [APART] * line.is_apart),
            is_first=not place,
        )
        for place, line in enumerate(item.lines)
    ]
    if item.n is not None:
        found.append(Cells(item.name, "Total", item.n, 0, False, item.unit_label, None, "", is_total=True))
    return found


def _value(item: Item) -> Cells:
    value = item.value
    return Cells(
        indicator=item.name,
        label="Valeur",
        number=value / 100 if value is not None and item.is_percent else value,
        decimals=item.decimals,
        is_percent=item.is_percent,
        unit="" if item.is_percent else item.unit_label,
        share=None,
        remark=item.n_text if value is not None else WITHHELD if item.is_withheld else NOTHING,
        is_first=True,
    )
