"""The report as a workbook: numbers stay numbers, charts are the spreadsheet's own, no cell is a formula."""

from __future__ import annotations

import io
from typing import Any

from proxirh.steering.report import Report
from proxirh.steering.writers.archive import repacked
from proxirh.steering.writers.content import SERVICE, Content, Describe, Item, Section, read
from proxirh.steering.writers.sheets import ABOUT_HEADER, HEADER, READ_ME, Cells, about, preface, rows_of

BLUE, APART_GREY, WARN = "#000091", "#767676", "#B34000"
PERCENT = '0.0"\u00a0"%'
HEADER_ROW = 2
_TEXT, _NUMBER = {"align": "left", "indent": 1}, {"align": "right"}
HEADER_LOOKS: tuple[dict[str, Any], ...] = ({}, _TEXT, _NUMBER, _TEXT, _NUMBER, _TEXT)
MOST_WIDE = 70
CHART_COLUMN, CHART_ROWS, ROW_PIXELS = 7, 15, 20


def write(report: Report, describe: Describe) -> bytes:
    """Bytes of the workbook."""
    import xlsxwriter  # noqa: PLC0415 — a document library: only who writes a workbook loads it

    content = read(report, describe)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        made = content.generated_at.replace(tzinfo=None)
        book.set_properties(
            {"title": content.title, "author": SERVICE, "comments": content.disclosure, "created": made}
        )
        formats = _Formats(book, content)
        _read_me(book.add_worksheet(READ_ME), content, formats)
        for section in content.sections:
            _subject(book, section, content, formats)
    return repacked(out.getvalue(), at=content.generated_at)


class _Formats:
    """The looks of cells, made once a workbook."""

    def __init__(self, book: Any, content: Content) -> None:
        self._book = book
        self._numbers: dict[tuple[str, bool], Any] = {}
        self.title = book.add_format({"bold": True, "font_size": 14, "font_color": BLUE})
        colour = WARN if content.is_draft else "#555555"
        self.disclosure = book.add_format({"bold": content.is_draft, "font_color": colour})
        heading = {"bold": True, "font_color": "#FFFFFF", "bg_color": BLUE, "text_wrap": True, "valign": "vcenter"}
        self.header = book.add_format(heading)
        self.headers = [book.add_format({**heading, **looks}) for looks in HEADER_LOOKS]
        self.text = book.add_format({"valign": "top", "align": "left", "text_wrap": True, "indent": 1})
        self.line = book.add_format({})
        self.strong = book.add_format({"bold": True, "valign": "top", "text_wrap": True})
        self.repeated = book.add_format({"font_color": "#767676", "valign": "top", "text_wrap": True})
        self.total = book.add_format({"bold": True, "align": "left", "indent": 1})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})

    def number(self, shape: str, *, bold: bool = False) -> Any:
        """A number of that shape."""
        if (shape, bold) not in self._numbers:
            self._numbers[shape, bold] = self._book.add_format({"num_format": shape, "bold": bold, "valign": "top"})
        return self._numbers[shape, bold]


def _dress(sheet: Any, content: Content, *, top: int) -> None:
    """What stays in sight, and how it prints; the disclosure rule is under every page."""
    sheet.freeze_panes(top + 1, 0)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, top)
    sheet.set_footer(f"&L{content.disclosure.replace('&', '&&')}&R&P / &N")


def _read_me(sheet: Any, content: Content, formats: _Formats) -> None:
    sheet.write_string(0, 0, content.title, formats.title)
    lines = preface(content)
    for place, text in enumerate(lines, start=1):
        sheet.write_string(place, 0, text, formats.disclosure if place == 1 else formats.line)
    top = len(lines) + 2
    for column, (title, width) in enumerate(zip(ABOUT_HEADER, (30, 50, 50, 14, 24, 50), strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(top, column, title, formats.header)
    for place, told in enumerate(about(content), start=top + 1):
        for column, text in enumerate(told):
            sheet.write_string(place, column, text, formats.wrapped)
    _dress(sheet, content, top=1)


def _subject(book: Any, section: Section, content: Content, formats: _Formats) -> None:
    sheet = book.add_worksheet(section.title)
    sheet.write_string(0, 0, f"{section.title}, {content.scope}, {content.period}", formats.title)
    sheet.write_string(1, 0, content.disclosure, formats.disclosure)
    longest = max((len(line.label) for item in section.items for line in item.lines), default=0)
    for column, (title, width) in enumerate(zip(HEADER, (26, longest + 3, 12, 22, 9, 21), strict=True)):
        sheet.set_column(column, column, min(max(width, 12), MOST_WIDE) if column == 1 else width)
        sheet.write_string(HEADER_ROW, column, title, formats.headers[column])
    row, chart_row = HEADER_ROW + 1, HEADER_ROW
    for item, found in rows_of(section):
        if item.may_chart:
            height = _chart(book, sheet, item, section, first=row, at=max(chart_row, row - 1))
            chart_row = max(chart_row, row - 1) + height
        for cells in found:
            _row(sheet, row, cells, formats)
            row += 1
    sheet.autofilter(HEADER_ROW, 0, row - 1, len(HEADER) - 1)
    _dress(sheet, content, top=HEADER_ROW)


def _row(sheet: Any, row: int, cells: Cells, formats: _Formats) -> None:
    looks = formats.total if cells.is_total else formats.text
    sheet.write_string(row, 0, cells.indicator, formats.strong if cells.is_first else formats.repeated)
    sheet.write_string(row, 1, cells.label, looks)
    if cells.number is not None:
        shape = f"#,##0{'.' * bool(cells.decimals)}{'0' * cells.decimals}"
        if cells.is_percent:
            shape = f'{shape}"\u00a0"%'
        sheet.write_number(row, 2, cells.number, formats.number(shape, bold=cells.is_total))
    sheet.write_string(row, 3, cells.unit, formats.text)
    if cells.share is not None:
        sheet.write_number(row, 4, cells.share, formats.number(PERCENT))
    sheet.write_string(row, 5, cells.remark, formats.text)


def _chart(book: Any, sheet: Any, item: Item, section: Section, *, first: int, at: int) -> int:
    """Bars of the rows that may be told, fed by their cells; gives how many rows of the sheet it covers."""
    last = first + len(item.lines) - 1
    chart = book.add_chart({"type": "column" if item.is_series else "bar"})
    chart.add_series(
        {
            "name": item.name,
            "categories": [section.title, first, 1, last, 1],
            "values": [section.title, first, 2, last, 2],
            "fill": {"color": BLUE},
            "points": [{"fill": {"color": APART_GREY if line.is_apart else BLUE}} for line in item.lines],
            "data_labels": {"value": True},
            "gap": 60,
        }
    )
    chart.set_title({"name": item.name, "name_font": {"size": 12}, "overlay": False})
    chart.set_legend({"none": True})
    counts = {"visible": False, "major_gridlines": {"visible": False}, "min": 0}
    if item.is_series:
        chart.set_y_axis(counts)
    else:
        # The first row on top, as in the table; the horizontal axis of bars is the one of counts.
        chart.set_y_axis({"reverse": True})
        chart.set_x_axis(counts)
    height = max(CHART_ROWS - 5, len(item.lines) * 2 + 4)
    chart.set_size({"width": 540, "height": (height - 1) * ROW_PIXELS})
    sheet.insert_chart(at, CHART_COLUMN, chart, {"description": item.alt, "object_position": 2})
    return height
