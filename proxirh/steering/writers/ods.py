"""The report as an OpenDocument spreadsheet: typed cells, headers repeated on paper and kept in sight on screen."""

from __future__ import annotations

from proxirh.steering.report import Report
from proxirh.steering.writers.archive import repacked
from proxirh.steering.writers.content import Describe, read
from proxirh.steering.writers.sheets import ABOUT_HEADER, HEADER, READ_ME, Cell, Cells, about, preface, rows_of


def write(report: Report, describe: Describe) -> bytes:
    """Bytes of the spreadsheet."""
    from proxirh.steering.writers.opendocument import Book, in_order  # noqa: PLC0415 — with it comes a document library

    content = read(report, describe)
    book = Book(content)
    book.add(
        READ_ME,
        [content.title, *preface(content)],
        ABOUT_HEADER,
        [[(text, "text") for text in told] for told in about(content)],
    )
    for section in content.sections:
        book.add(
            section.title,
            [f"{section.title}, {content.scope}, {content.period}", content.disclosure],
            HEADER,
            [_cells(cells) for _, found in rows_of(section) for cells in found],
        )
    return repacked(book.saved(), at=content.generated_at, edit=in_order)


def _cells(row: Cells) -> list[Cell]:
    bold = "strong" if row.is_total else "text"
    shape = f"{'percent' if row.is_percent else 'number'}-{row.decimals}{'-total' * row.is_total}"
    return [
        (row.indicator, "strong" if row.is_first else "repeated"),
        (row.label, bold),
        (row.number, shape),
        (row.unit, "text"),
        (row.share, "percent-1"),
        (row.remark, "text"),
    ]
