"""The committee deck: a subject after the other as on the founding slides, with charts that can be edited.

Each chart has its table on the same slide and its numbers in its alternative text; definitions are in the notes.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace

from proxirh.steering.report import Report
from proxirh.steering.writers.archive import repacked
from proxirh.steering.writers.content import TITLE, Describe, Item, Section, read

MOST_ROWS, FEW_ROWS, MOST_PANELS = 15, 5, 3
MOST_TILES, TILES_ABOVE = 6, 3


@dataclass(frozen=True, slots=True)
class Planned:
    """One slide: figures in large, then tables with their charts, side by side when there are several."""

    title: str
    tiles: tuple[Item, ...] = ()
    panels: tuple[Item, ...] = ()


def write(report: Report, describe: Describe) -> bytes:
    """Bytes of the deck."""
    from proxirh.steering.writers.slides import Deck  # noqa: PLC0415 — with it comes a document library

    content = read(report, describe)
    deck = Deck(content)
    deck.opening(TITLE, [content.scope, content.period, content.generated])
    for section in content.sections:
        for planned in plan(section):
            deck.subject(planned.title, planned.tiles, planned.panels)
    deck.sentences("Lire ces chiffres", [content.disclosure, *content.reading, content.digest])
    out = io.BytesIO()
    deck.save(out)
    return repacked(out.getvalue(), at=content.generated_at)


def plan(section: Section) -> list[Planned]:
    """The slides of a subject; each has a title of its own."""
    values = [item for item in section.items if not item.is_table]
    groups = list(_groups([part for item in section.items if item.is_table for part in _parts(item)]))
    slides: list[tuple[tuple[Item, ...], tuple[Item, ...]]] = []
    if groups and len(values) <= TILES_ABOVE:
        slides += [(tuple(values) if not place else (), group) for place, group in enumerate(groups)]
    else:
        tiles = [tuple(values[at : at + MOST_TILES]) for at in range(0, len(values), MOST_TILES)]
        slides += [*((group, ()) for group in tiles), *(((), group) for group in groups)]
    if len(slides) == 1:
        return [Planned(section.title, *slides[0])]
    return [
        Planned(_titled(section, place, panels or tiles), tiles, panels) for place, (tiles, panels) in enumerate(slides)
    ]


def _titled(section: Section, place: int, items: tuple[Item, ...]) -> str:
    """« Typologie des demandes », then « Typologie des demandes : canal »."""
    names = ", ".join(item.name[:1].lower() + item.name[1:] for item in items[:2])
    return section.title if not place else f"{section.title} : {names}"


def _parts(item: Item) -> list[Item]:
    """A table too long for a slide is cut; only its last part tells the total."""
    cuts = range(0, max(len(item.lines), 1), MOST_ROWS)
    if len(cuts) == 1:
        return [item]
    return [
        replace(
            item,
            name=f"{item.name} ({place} sur {len(cuts)})",
            lines=item.lines[at : at + MOST_ROWS],
            n=item.n if place == len(cuts) else None,
        )
        for place, at in enumerate(cuts, start=1)
    ]


def _groups(tables: list[Item]) -> Iterator[tuple[Item, ...]]:
    """Short tables that follow one another share a slide."""
    group: list[Item] = []
    for item in tables:
        if group and (len(item.lines) > FEW_ROWS or len(group) == MOST_PANELS):
            yield tuple(group)
            group = []
        group.append(item)
        if len(item.lines) > FEW_ROWS:
            yield tuple(group)
            group = []
    if group:
        yield tuple(group)
