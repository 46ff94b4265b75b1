"""Slides of a deck, drawn with python-pptx: only `pptx`, when it writes one, imports this module."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, BinaryIO

import xlsxwriter
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_TICK_LABEL_POSITION, XL_TICK_MARK
from pptx.enum.lang import MSO_LANGUAGE_ID
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

from proxirh.steering.writers.content import SERVICE, TITLE, WHY_WITHHELD, Content, Item

BLUE, INK, GREY, APART_GREY = (RGBColor.from_string(code) for code in ("000091", "161616", "555555", "767676"))
WARN, WHITE, BAND = (RGBColor.from_string(code) for code in ("B34000", "FFFFFF", "F5F5FE"))
WIDTH, HEIGHT, MARGIN = 13.333, 7.5, 0.6
INNER = WIDTH - 2 * MARGIN
BODY_TOP, BODY_BOTTOM, GAP = 1.35, 6.75, 0.4
OPENING_LAYOUT, TITLE_LAYOUT = 0, 5
MOST_TOLD = 255  # letters of a property
OPENING_LARGE = 2  # place and period
LONG_NAME = 22  # told on two lines in one of three columns
PERCENT, COUNT = '0"\u00a0"%', "#,##0"

type Box = tuple[float, float, float, float]  # left, top, width, height, in inches


class Deck:
    """One deck being written."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._deck = Presentation()
        self._deck.slide_width, self._deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
        about = self._deck.core_properties
        about.title, about.author, about.last_modified_by = content.title[:MOST_TOLD], SERVICE, SERVICE
        about.subject, about.language, about.keywords = content.disclosure, "fr-FR", ""
        about.created = about.modified = content.generated_at.replace(tzinfo=None)

    def save(self, out: BinaryIO) -> None:
        """Write the deck."""
        self._deck.save(out)

    def opening(self, title: str, lines: Sequence[str]) -> None:
        """The first slide."""
        slide = self._slide(OPENING_LAYOUT, title, (MARGIN, 1.9, INNER, 1.2), size=54)
        below = slide.placeholders[1]
        _place(below, (MARGIN, 3.2, INNER, 2.4))
        _flush(below.text_frame)
        for place, line in enumerate(lines):
            size, colour = (24, INK) if place < OPENING_LARGE else (14, GREY)
            _write(below.text_frame, line[:1].upper() + line[1:], size=size, colour=colour, first=not place)
        self._foot(slide)

    def sentences(self, title: str, lines: Sequence[str]) -> None:
        """A slide of sentences."""
        slide = self._slide(TITLE_LAYOUT, title)
        frame = _box(slide, (MARGIN, BODY_TOP, INNER, 4.5), "Explications")
        for place, line in enumerate(lines):
            _write(frame, line, size=16, colour=INK, first=not place, after=10)
        self._foot(slide)

    def subject(self, title: str, tiles: Sequence[Item], panels: Sequence[Item]) -> None:
        """Figures in large, then each table with its chart."""
        slide = self._slide(TITLE_LAYOUT, title)
        top = BODY_TOP
        if tiles:
            top = self._tiles(slide, tiles, top, large=not panels)
        if len(panels) == 1:
            self._alone(slide, panels[0], top)
        elif panels:
            width = (INNER - GAP * (len(panels) - 1)) / len(panels)
            for place, item in enumerate(panels):
                self._beside(slide, item, (MARGIN + place * (width + GAP), top, width, BODY_BOTTOM - top))
        self._foot(slide)
        notes = slide.notes_slide.notes_text_frame
        for place, item in enumerate([*tiles, *panels]):
            said = f"{item.name}. {item.definition} {item.population} {item.n_text}. {' '.join(item.notes)}".strip()
            _write(notes, said, size=12, colour=INK, first=not place)

    def _slide(self, layout: int, title: str, box: Box = (MARGIN, 0.4, INNER, 0.8), *, size: int = 30) -> Any:
        slide = self._deck.slides.add_slide(self._deck.slide_layouts[layout])
        _place(slide.shapes.title, box)
        frame = slide.shapes.title.text_frame
        frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        _flush(frame)
        _write(frame, title, size=size, colour=BLUE, bold=True)
        return slide

    def _foot(self, slide: Any) -> None:
        """On each slide: the disclosure rule, what the deck is, its number."""
        told = self._content
        left = _box(slide, (MARGIN, 6.9, INNER - 1, 0.4), "Pied de page")
        size, colour = (12, WARN) if told.is_draft else (10, GREY)
        _write(left, told.disclosure, size=size, colour=colour, bold=told.is_draft)
        _add(left.paragraphs[0], f"  –  {TITLE}, {told.scope}, {told.period}", size=10, colour=GREY)
        right = _box(slide, (WIDTH - MARGIN - 1, 6.9, 1, 0.4), "Numéro")
        _write(right, str(len(self._deck.slides)), size=10, colour=GREY, align=PP_ALIGN.RIGHT)

    def _tiles(self, slide: Any, items: Sequence[Item], top: float, *, large: bool) -> float:
        """Values in large, three in a row; gives where the next thing begins."""
        columns = min(3, len(items))
        width, height = (INNER - GAP * (columns - 1)) / columns, 2.4 if large else 0.95
        for place, item in enumerate(items):
            row, column = divmod(place, columns)
            box = (MARGIN + column * (width + GAP), top + (0.3 if large else 0) + row * (height + 0.1), width, height)
            frame = _box(slide, box, item.name)
            shown = item.value is not None
            size = (44 if large else 28) if shown else 18
            _write(frame, item.value_text, size=size, colour=BLUE if shown else GREY, bold=True)
            if item.value_unit:
                _add(frame.paragraphs[0], f" {item.value_unit}", size=16 if large else 14, colour=INK)
            name = item.name if item.n is None else f"{item.name} ({item.n_text})"
            _write(frame, name, size=16 if large else 12, colour=INK, first=False)
            for sentence in (item.definition, *item.notes) if large else ():
                _write(frame, sentence, size=12, colour=GREY, first=False)
        return top + (1 + (len(items) - 1) // columns) * (height + 0.1)

    def _alone(self, slide: Any, item: Item, top: float) -> None:
        """Chart on the left, table on the right."""
        frame = _box(slide, (MARGIN, top, INNER, 0.5), "Indicateur")
        _write(frame, item.name, size=16, colour=INK, bold=True)
        _add(frame.paragraphs[0], f"  {item.n_text}", size=12, colour=GREY)
        top += 0.5
        width = 6.7
        self._chart(slide, item, (MARGIN, top, width, BODY_BOTTOM - top - 0.35), size=12)
        self._table(slide, item, (MARGIN + width + GAP, top, INNER - width - GAP, BODY_BOTTOM - top - 0.35))
        _remark(slide, item, (MARGIN, BODY_BOTTOM - 0.3, INNER, 0.35), size=10)

    def _beside(self, slide: Any, item: Item, box: Box) -> None:
        """Chart above, table below, in one of several columns."""
        left, top, width, height = box
        frame = _box(slide, (left, top, width, 0.5), "Indicateur")
        _write(frame, item.name, size=16, colour=INK, bold=True)
        _add(frame.paragraphs[0], f"  {item.n_text}", size=11, colour=GREY)
        rows = (len(item.lines) + 2) * 0.33 + 0.14 * sum(len(line.name) > LONG_NAME for line in item.lines)
        self._chart(slide, item, (left, top + 0.5, width, height - rows - 1.1), size=11)
        self._table(slide, item, (left, top + height - rows - 0.5, width, rows))
        _remark(slide, item, (left, top + height - 0.4, width, 0.45), size=9)

    def _chart(self, slide: Any, item: Item, box: Box, *, size: int) -> None:
        """Bars of the shares, or of the counts when there are none; a sentence when nothing may be drawn."""
        if not item.may_chart:
            why = WHY_WITHHELD if item.is_withheld else "Aucune donnée à dessiner."
            _write(_box(slide, box, "Diagramme"), why, size=14, colour=GREY)
            return
        drawn = [line for line in item.lines if line.share is not None or not item.has_shares]
        data = CategoryChartData(number_format=PERCENT if item.has_shares else COUNT)
        data.categories = [line.label for line in drawn]
        data.add_series(item.name, [line.share if item.has_shares else line.count for line in drawn])
        kind = XL_CHART_TYPE.COLUMN_CLUSTERED if item.is_series else XL_CHART_TYPE.BAR_CLUSTERED
        shape = slide.shapes.add_chart(kind, *_inches(box), data)
        _describe(shape, f"Diagramme : {item.name}", item.alt)
        chart = shape.chart
        # The library's own workbook takes a name that begins like a formula for one.
        rows = [(line.label, line.share if item.has_shares else line.count) for line in drawn]
        chart.part.chart_workbook.update_from_xlsx_blob(_workbook(item, rows))
        chart.has_legend = chart.has_title = False
        chart.font.size, chart.font.color.rgb = Pt(size), INK
        plot = chart.plots[0]
        plot.gap_width, plot.vary_by_categories, plot.has_data_labels = 50, False, True
        plot.series[0].format.fill.solid()
        plot.series[0].format.fill.fore_color.rgb = BLUE
        labels = plot.data_labels
        labels.number_format, labels.number_format_is_linked = PERCENT if item.has_shares else COUNT, False
        labels.position, labels.show_value = XL_LABEL_POSITION.OUTSIDE_END, True
        values, names = chart.value_axis, chart.category_axis
        values.visible, values.has_major_gridlines, values.minimum_scale = False, False, 0
        names.reverse_order, names.has_major_gridlines = not item.is_series, False
        names.major_tick_mark, names.tick_label_position = XL_TICK_MARK.NONE, XL_TICK_LABEL_POSITION.LOW
        names.format.line.color.rgb = APART_GREY

    def _table(self, slide: Any, item: Item, box: Box) -> None:
        """The numbers, header row marked, the total last."""
        told = [(item.label_header, item.unit_label, "Part")]
        told += [(line.name, line.count_text, line.share_text) for line in item.lines]
        if item.n is not None:
            told.append(("Total", item.n_text.removeprefix("n = "), ""))
        columns = 3 if item.has_shares else 2
        left, top, width, height = box
        row_height = min(0.33, height / len(told))
        shape = slide.shapes.add_table(len(told), columns, *_inches((left, top, width, row_height * len(told))))
        _describe(shape, f"Tableau : {item.name}", f"Tableau. {item.name}, {item.n_text}.")
        table = shape.table
        narrow = min(1.35, width * 0.28)
        for place in range(columns):
            table.columns[place].width = Inches(narrow * (0.7 if place == 2 else 1.0) if place else 0)
        table.columns[0].width = Inches(width) - sum(table.columns[place].width for place in range(1, columns))
        for row, texts in enumerate(told):
            table.rows[row].height = Inches(row_height)
            is_strong = row == 0 or (item.n is not None and row == len(told) - 1)
            for column, text in enumerate(texts[:columns]):
                _cell(table.cell(row, column), text, row=row, column=column, bold=is_strong)


def _workbook(item: Item, rows: Sequence[tuple[str, float | None]]) -> bytes:
    """What opens when somebody edits the data of a chart, where its series say that they are."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Sheet1")
        shape = book.add_format({"num_format": PERCENT if item.has_shares else COUNT})
        sheet.set_column(0, 0, 50)
        sheet.write_string(0, 1, item.name)
        for place, (label, number) in enumerate(rows, start=1):
            sheet.write_string(place, 0, label)
            if number is not None:
                sheet.write_number(place, 1, number, shape)
    return out.getvalue()


def _remark(slide: Any, item: Item, box: Box, *, size: int) -> None:
    """The notes of an indicator, but for what stands where its chart would be."""
    told = " ".join(note for note in item.notes if item.may_chart or note != WHY_WITHHELD)
    if told:
        _write(_box(slide, box, "Remarque"), told, size=size, colour=GREY)


def _cell(cell: Any, text: str, *, row: int, column: int, bold: bool) -> None:
    cell.margin_top = cell.margin_bottom = Inches(0.03)
    cell.margin_left = cell.margin_right = Inches(0.07)
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    cell.fill.solid()
    cell.fill.fore_color.rgb = BLUE if not row else BAND if row % 2 == 0 else WHITE
    align = PP_ALIGN.RIGHT if column else PP_ALIGN.LEFT
    _write(cell.text_frame, text, size=11, colour=INK if row else WHITE, bold=bold, align=align)


def _inches(box: Box) -> list[int]:
    return [Inches(side) for side in box]


def _place(shape: Any, box: Box) -> None:
    shape.left, shape.top, shape.width, shape.height = _inches(box)


def _describe(shape: Any, name: str, text: str) -> None:
    """Name and alternative text, which the library has no door for."""
    shape.name = name
    shape._element.nvGraphicFramePr.cNvPr.set("descr", text)  # noqa: SLF001


def _box(slide: Any, box: Box, name: str) -> Any:
    shape = slide.shapes.add_textbox(*_inches(box))
    shape.name = name
    frame = shape.text_frame
    frame.word_wrap = True
    _flush(frame)
    return frame


def _flush(frame: Any) -> None:
    """Texts begin where boxes do, so that they stand in line."""
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0


def _write(
    frame: Any,
    text: str,
    *,
    size: int,
    colour: Any,
    bold: bool = False,
    align: Any = PP_ALIGN.LEFT,
    first: bool = True,
    after: int = 0,
) -> None:
    """A paragraph: the first of its frame, or one more."""
    paragraph = frame.paragraphs[0] if first else frame.add_paragraph()
    paragraph.alignment, paragraph.space_after = align, Pt(after)
    _add(paragraph, text, size=size, colour=colour, bold=bold)


def _add(paragraph: Any, text: str, *, size: int, colour: Any, bold: bool = False) -> None:
    run = paragraph.add_run()
    run.text, run.font.size, run.font.bold, run.font.color.rgb = text, Pt(size), bold, colour
    run.font.language_id = MSO_LANGUAGE_ID.FRENCH
