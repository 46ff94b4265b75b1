"""A spreadsheet drawn with odfpy: only `ods`, when it writes one, imports this module."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from odf import config, dc, meta, number, style, table, text
from odf.opendocument import OpenDocumentSpreadsheet

from proxirh.steering.writers.content import SERVICE, Content
from proxirh.steering.writers.sheets import READ_ME, Cell
from proxirh.ui import french

BLUE, GREY, WARN = "#000091", "#767676", "#b34000"
WIDTHS = {READ_ME: ("6cm", "9cm", "9cm", "3.5cm", "5cm", "9cm")}
SUBJECT_WIDTHS = ("7cm", "11.5cm", "3cm", "5cm", "2.2cm", "6cm")
TITLE_ROWS = 2
HELD_IN_PLACE = "2"  # of OpenOffice: a frozen split
_NAMESPACE, _ROOT = (
    re.compile(rb'\sxmlns:([\w.-]+)="[^"]*"'),
    re.compile(rb'(<office:[\w-]+)((?:\sxmlns:[\w.-]+="[^"]*")+)'),
)
LOOKS: dict[str, dict[str, str]] = {
    "text": {},
    "title": {"fontweight": "bold", "fontsize": "14pt", "color": BLUE},
    "told": {"color": "#555555"},
    "draft": {"color": WARN, "fontweight": "bold"},
    "header": {"fontweight": "bold", "color": "#ffffff"},
    "strong": {"fontweight": "bold"},
    "repeated": {"color": GREY},
}


class Book:
    """One document being written."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._names: list[str] = []
        self._document = OpenDocumentSpreadsheet()
        made = content.generated_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        for element, said in (
            (dc.Title, content.title),
            (dc.Description, content.disclosure),
            (dc.Creator, SERVICE),
            (dc.Language, "fr-FR"),
            (dc.Date, made),
            (meta.CreationDate, made),
        ):
            self._document.meta.addElement(element(text=said))
        self._page()
        self._looks: dict[str, Any] = {name: self._look(name, **looks) for name, looks in LOOKS.items()}
        for decimals in range(4):
            self._numbers(decimals)

    def _page(self) -> None:
        """Paper, with the disclosure rule under each page."""
        layout = style.PageLayout(name="paysage")
        layout.addElement(
            style.PageLayoutProperties(
                pagewidth="29.7cm", pageheight="21cm", printorientation="landscape", margin="1.5cm", scaletox="1"
            )
        )
        below = style.FooterStyle()
        below.addElement(style.HeaderFooterProperties(minheight="0.8cm", margintop="0.3cm"))
        layout.addElement(below)
        self._document.automaticstyles.addElement(layout)
        master = style.MasterPage(name="Default", pagelayoutname=layout)
        footer = style.Footer()
        line = text.P(text=f"{self._content.disclosure}, page ")
        line.addElement(text.PageNumber(selectpage="current"))
        footer.addElement(line)
        master.addElement(footer)
        self._document.masterstyles.addElement(master)
        self._sheet_style = style.Style(name="feuille", family="table", masterpagename="Default")
        self._sheet_style.addElement(style.TableProperties(display="true"))
        self._document.automaticstyles.addElement(self._sheet_style)

    def _look(self, name: str, data_style: Any = None, **looks: str) -> Any:
        made = style.Style(
            name=name,
            family="table-cell",
            parentstylename="Default",
            **({"datastylename": data_style} if data_style else {}),
        )
        background = {"backgroundcolor": BLUE} if name == "header" else {}
        wrap = {"wrapoption": "wrap"} if name == "text" else {}
        made.addElement(style.TableCellProperties(verticalalign="top", padding="0.08cm", **background, **wrap))
        if looks:
            made.addElement(style.TextProperties(**looks))
        self._document.automaticstyles.addElement(made)
        return made

    def _numbers(self, decimals: int) -> None:
        """Looks of the numbers of so many decimals."""
        digits = {"decimalplaces": str(decimals), "minintegerdigits": "1", "grouping": "true"}
        for name, kind, suffix in (("number", number.NumberStyle, ""), ("percent", number.PercentageStyle, "\u00a0%")):
            shape = kind(name=f"{name}-{decimals}-forme", language="fr", country="FR")
            shape.addElement(number.Number(**digits))
            if suffix:
                shape.addElement(number.Text(text=suffix))
            self._document.automaticstyles.addElement(shape)
            for end, looks in (("", {}), ("-total", {"fontweight": "bold"})):
                key = f"{name}-{decimals}{end}"
                self._looks[key] = self._look(key, shape, **looks)

    def add(self, name: str, titles: Sequence[str], header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        """A sheet: lines of text, a header, rows; the lines and the header are repeated and held in sight."""
        sheet = table.Table(name=name, stylename=self._sheet_style)
        for place, width in enumerate(WIDTHS.get(name, SUBJECT_WIDTHS)):
            column = style.Style(name=f"c{len(self._names)}-{place}", family="table-column")
            column.addElement(style.TableColumnProperties(columnwidth=width))
            self._document.automaticstyles.addElement(column)
            sheet.addElement(table.TableColumn(stylename=column))
        looks = ["title", "draft" if self._content.is_draft else "told", *["told"] * len(titles)]
        # What explains the sheet comes before its header only on the first one, and is not repeated there.
        held = table.TableHeaderRows()
        for title, look in zip(titles[:TITLE_ROWS], looks, strict=False):
            held.addElement(self._row([(title, look)]))
        if len(titles) == TITLE_ROWS:
            held.addElement(self._row([(title, "header") for title in header]))
        sheet.addElement(held)
        if len(titles) > TITLE_ROWS:
            for title in titles[TITLE_ROWS:]:
                sheet.addElement(self._row([(title, "told")]))
            sheet.addElement(self._row([]))
            sheet.addElement(self._row([(title, "header") for title in header]))
        for row in rows:
            sheet.addElement(self._row(row))
        self._document.spreadsheet.addElement(sheet)
        self._names.append(name)

    def _row(self, cells: Sequence[Cell]) -> Any:
        row = table.TableRow()
        for held, look in cells:
            if held is None or held == "":
                row.addElement(table.TableCell(stylename=self._looks["text"]))
            elif isinstance(held, str):
                cell = table.TableCell(valuetype="string", stylename=self._looks[look])
                cell.addElement(text.P(text=held))
                row.addElement(cell)
            else:
                kind, decimals = ("percentage" if look.startswith("percent") else "float"), int(look.split("-")[1])
                cell = table.TableCell(valuetype=kind, value=repr(held), stylename=self._looks[look])
                shown = french.percent(held, decimals) if kind == "percentage" else french.number(held, decimals)
                cell.addElement(text.P(text=shown))
                row.addElement(cell)
        return row

    def saved(self) -> bytes:
        """Bytes of the document."""

        def item(name: str, kind: str, value: str) -> Any:
            return config.ConfigItem(name=name, type=kind, text=value)

        views, view = config.ConfigItemSet(name="ooo:view-settings"), config.ConfigItemMapIndexed(name="Views")
        entry, sheets = config.ConfigItemMapEntry(), config.ConfigItemMapNamed(name="Tables")
        entry.addElement(item("ViewId", "string", "view1"))
        for place, name in enumerate(self._names):
            held = TITLE_ROWS + (place > 0)
            one = config.ConfigItemMapEntry(name=name)
            for key, kind, value in (
                ("VerticalSplitMode", "short", HELD_IN_PLACE),
                ("VerticalSplitPosition", "int", str(held)),
                ("PositionBottom", "int", str(held)),
                ("ActiveSplitRange", "short", "2"),
            ):
                one.addElement(item(key, kind, value))
            sheets.addElement(one)
        entry.addElement(sheets)
        entry.addElement(item("ActiveTable", "string", READ_ME))
        view.addElement(entry)
        views.addElement(view)
        self._document.settings.addElement(views)
        out = io.BytesIO()
        self._document.write(out)
        return out.getvalue()


def in_order(name: str, part: bytes) -> bytes:
    """The same part with the namespaces that it uses, in order: the library adds those of what it wrote before."""
    if not name.endswith(".xml"):
        return part

    def ordered(found: re.Match[bytes]) -> bytes:
        used = [one[0] for one in _NAMESPACE.finditer(found[2]) if re.search(rb"[<\s\"]" + one[1] + rb":", part)]
        return found[1] + b"".join(sorted(used))

    return _ROOT.sub(ordered, part, count=1)
