"""What each form owes to whoever opens it: structure, numbers that stay numbers, words for what is drawn."""

import csv
import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from defusedxml import ElementTree
from pptx import Presentation
from pypdf import PdfReader

from proxirh.steering.indicators.shape import SUBJECTS
from proxirh.steering.report import NONE, Breakdown, Row
from proxirh.steering.writers import WRITERS
from proxirh.steering.writers.content import read
from proxirh.steering.writers.pptx import MOST_ROWS, plan
from tests import offices
from tests.steering import reports
from tests.steering.reading import OFFICE, TABLE, plain

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def document(form: str, disclosure: str = "k11") -> bytes:
    return WRITERS[form](reports.founding(disclosure), reports.describe)


def topics() -> Breakdown:
    found = reports.founding()["enquiries.by_topic"]
    assert isinstance(found, Breakdown)
    return found


# ── Page ────────────────────────────────────────────────────────────────────────────────────────────
def test_the_page_stands_alone() -> None:
    text = document("html").decode()
    page = BeautifulSoup(text, "html.parser")
    assert page.html is not None
    assert page.html["lang"] == "fr"
    assert len(page.find_all("h1")) == 1
    assert not page.find_all(["script", "link", "img", "iframe"])
    assert not re.search(r"https?:|url\(|@import|javascript:|\son\w+=", text)
    assert [head.get_text() for head in page.select("main h2")] == [*SUBJECTS.values(), "Lire ces chiffres"]
    for table in page.find_all("table"):
        assert table.caption is not None
        assert {head.get("scope") for head in table.find_all("th")} == {"col", "row"}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_page_has_no_accessibility_fault_and_nothing_overflows(new_page, tmp_path, width, theme) -> None:
    page = new_page(viewport={"width": width, "height": 800}, color_scheme=theme)
    for name, report in (("entier", reports.founding(NONE)), ("retenu", reports.held_back())):
        file = tmp_path / f"{name}.html"
        file.write_bytes(WRITERS["html"](report, reports.describe))
        page.goto(file.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") == width
        faults = Axe().run(page, options=RULES).response["violations"]
        assert not [(fault["id"], [node["target"] for node in fault["nodes"]]) for fault in faults]


# ── PDF ─────────────────────────────────────────────────────────────────────────────────────────────
def tags(node, found: list) -> list:
    """Every tag of the structure, in reading order, with its attributes."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for one in node:
            tags(one, found)
    elif isinstance(node, dict):
        if "/S" in node:
            found.append((node["/S"], node.get("/A")))
        if "/K" in node:
            tags(node["/K"], found)
    return found


def test_the_pdf_is_tagged_titled_in_french_and_has_bookmarks() -> None:
    """Mutation: leave `pdf_standards` out, or make the header of tables a plain row."""
    pdf = PdfReader(io.BytesIO(document("pdf")))
    root = pdf.trailer["/Root"]
    assert root["/Lang"] == "fr"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"pdfuaid:part>1<" in root["/Metadata"].get_object().get_data()
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Bilan d’activité, France, septembre 2019 à août 2020"
    assert pdf.metadata.creation_date == reports.MADE
    found = tags(root["/StructTreeRoot"], [])
    tables = [one for one in reports.MEASURED if isinstance(one, Breakdown)]
    assert [tag for tag, _ in found].count("/Table") == len(tables)
    columns = sum(3 if any(row.share is not None for row in table.rows) else 2 for table in tables)
    heads = [attributes for tag, attributes in found if tag == "/TH"]
    assert len(heads) == columns
    assert all("/Column" in str(attributes) for attributes in heads)

    def named(entries: list) -> list[str]:
        return [name for one in entries for name in (named(one) if isinstance(one, list) else [one.title])]

    assert set(SUBJECTS.values()) <= set(named(pdf.outline))


# ── Workbooks ───────────────────────────────────────────────────────────────────────────────────────
def test_the_workbook_keeps_numbers_in_sheets_whose_header_stays_in_sight() -> None:
    """Mutation: write what is read; « 67 450 » is then a text, and a share is 38,9."""
    book = openpyxl.load_workbook(io.BytesIO(document("xlsx")))
    assert book.sheetnames == ["Lisez-moi", *SUBJECTS.values()]
    sheet = book["Typologie des demandes"]
    rows = {row[1].value: row for row in sheet.iter_rows(min_row=4) if row[0].value == "Type de demande"}
    for row in topics().rows:
        assert rows[row.label][2].value == row.count
        assert rows[row.label][4].value == (None if row.share is None else pytest.approx(row.share, rel=1e-14))
    assert rows["Projet professionnel"][2].number_format == "#,##0"
    assert rows["Projet professionnel"][4].number_format == '0.0"\u00a0"%'
    assert sum(row[2].value for label, row in rows.items() if label != "Total") == topics().total
    for one in book.worksheets[1:]:
        assert one.freeze_panes == "A4"
        assert one.print_title_rows == "$1:$3"
        assert [cell.value for cell in one[3]] == ["Indicateur", "Catégorie", "Nombre", "Unité", "Part", "Remarque"]
        assert "Secret statistique" in one.oddFooter.left.text
    share = book["Quotité de service"]["C5"]
    assert (share.value, share.number_format) == (0.560129, '#,##0"\u00a0"%')


def test_the_charts_of_the_workbook_are_its_own_and_told_in_words() -> None:
    with zipfile.ZipFile(io.BytesIO(document("xlsx"))) as archive:
        names = archive.namelist()
        drawings = b"".join(archive.read(name) for name in names if name.startswith("xl/drawings/drawing"))
    tables = [one for one in reports.MEASURED if isinstance(one, Breakdown)]
    assert sum(name.startswith("xl/charts/chart") for name in names) == len(tables)
    told = re.findall(r'descr="([^"]*)"', drawings.decode())
    assert len(told) == len(tables)
    assert any("Appui managérial (à part) : 6 103" in plain(text) for text in told)


def test_the_spreadsheet_has_typed_cells_and_headers_repeated_and_held() -> None:
    """Mutation: give every cell the type of a text."""
    with zipfile.ZipFile(io.BytesIO(document("ods"))) as archive:
        first = archive.infolist()[0]
        content, settings = (ElementTree.fromstring(archive.read(f"{name}.xml")) for name in ("content", "settings"))
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
    sheets = list(content.iter(f"{TABLE}table"))
    assert [sheet.get(f"{TABLE}name") for sheet in sheets] == ["Lisez-moi", *SUBJECTS.values()]
    for sheet in sheets[1:]:
        held = sheet.find(f"{TABLE}table-header-rows")
        assert held is not None
        assert [plain("".join(row.itertext())) for row in held][1:] == [
            "Secret statistique : appliqué, au seuil de 11 personnes",
            "IndicateurCatégorieNombreUnitéPartRemarque",
        ]
    kinds = {
        cell.get(f"{OFFICE}value-type"): cell.get(f"{OFFICE}value")
        for row in sheets[5].iter(f"{TABLE}table-row")
        for cell in row
    }
    assert set(kinds) == {"string", "float", "percentage", None}
    share = topics().rows[0].share
    assert any(cell.get(f"{OFFICE}value") == repr(share) for cell in content.iter(f"{TABLE}table-cell"))
    held_at = [item.text for item in settings.iter() if "VerticalSplitPosition" in item.attrib.values()]
    assert held_at == ["2", *["3"] * len(SUBJECTS)]


OPENED = [*(("xlsx", office) for office in offices.OFFICES), *([("ods", "LibreOffice")] if offices.SOFFICE else [])]


@pytest.mark.parametrize(("form", "office"), OPENED)
def test_an_office_reads_the_numbers_of_the_workbooks(tmp_path: Path, form: str, office: str) -> None:
    """Mutation: give a number the look of a date."""
    source = tmp_path / f"bilan.{form}"
    source.write_bytes(document(form))
    with offices.second_sheet_of(source, office).open(encoding="utf-8", newline="") as file:
        text = file.read()
    rows = list(csv.reader(text.splitlines(), delimiter=";"))
    counts = {row[1]: row[2] for row in rows if row[0] == "Profil des conseillers"}
    table = reports.founding()["counsellors.by_profile"]
    assert isinstance(table, Breakdown)
    assert counts == {**{row.label: str(row.count) for row in table.rows}, "Total": str(table.total)}


# ── Deck ────────────────────────────────────────────────────────────────────────────────────────────
def test_each_slide_has_a_title_of_its_own_in_the_order_of_the_founding_ones() -> None:
    deck = Presentation(io.BytesIO(document("pptx")))
    titles = [plain(slide.shapes.title.text_frame.text) for slide in deck.slides]
    assert titles == [
        "Bilan d’activité",
        "Profil des conseillers",
        "Quotité de service",
        "Implantation",
        "Profil des demandeurs",
        "Typologie des demandes",
        "Typologie des demandes : canal",
        "Typologie des demandes : demandes par mois",
        "Typologie des réponses",
        "Délais",
        "Satisfaction",
        "Lire ces chiffres",
    ]
    # The title is read first.
    assert all(slide.shapes[0] == slide.shapes.title for slide in deck.slides)
    assert deck.core_properties.language == "fr-FR"


def test_the_charts_of_the_deck_can_be_edited_and_are_told_in_words() -> None:
    """Mutation: leave the alternative text out, or the workbook of a chart empty."""
    deck = Presentation(io.BytesIO(document("pptx")))
    shapes = [shape for slide in deck.slides for shape in slide.shapes]
    charts = [shape for shape in shapes if shape.has_chart]
    assert len(charts) == sum(isinstance(one, Breakdown) for one in reports.MEASURED)
    for shape in [*charts, *(shape for shape in shapes if shape.has_table)]:
        assert shape._element.nvGraphicFramePr.cNvPr.get("descr")
    for shape in charts:
        data = openpyxl.load_workbook(io.BytesIO(shape.chart.part.chart_workbook.xlsx_part.blob)).worksheets[0]
        drawn = dict(data.iter_rows(min_row=2, values_only=True))
        series = shape.chart.plots[0].series[0]
        assert drawn == pytest.approx(dict(zip(shape.chart.plots[0].categories, series.values, strict=True)), rel=1e-14)
        assert data["B1"].value == series.name
    alone = next(shape for shape in charts if shape.chart.plots[0].series[0].name == "Type de demande")
    assert list(alone.chart.plots[0].series[0].values) == [row.share for row in topics().rows[:5]]


def test_a_long_table_goes_over_several_slides_and_tells_its_total_once() -> None:
    rows = tuple(Row(str(place), f"Académie {place}", 20 + place) for place in range(30))
    table = Breakdown("counsellors.by_location", "person", sum(row.count or 0 for row in rows), rows)
    report = reports.founding()
    content = read(type(report)(report.scope, report.period, NONE, report.generated_at, (table,)), reports.describe)
    slides = plan(content.sections[0])
    assert [len(slide.panels[0].lines) for slide in slides] == [MOST_ROWS, MOST_ROWS]
    assert [slide.panels[0].n for slide in slides] == [None, table.total]
    assert len({slide.title for slide in slides}) == 2
