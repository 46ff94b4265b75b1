"""Reports read back by others than the libraries that wrote them."""

import io
import re
import zipfile
from collections.abc import Iterator

import openpyxl
from bs4 import BeautifulSoup
from defusedxml import ElementTree
from pypdf import PdfReader

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
DRAWN = "{http://schemas.openxmlformats.org/drawingml/2006/main}"

type Told = list[list[str | float]]


def plain(text: str) -> str:
    """One line, with plain spaces."""
    return re.sub(r"\s+", " ", text).strip()


def parts(document: bytes, within: str = "") -> Iterator[tuple[str, bytes]]:
    """Each part of an archive, those of the archives inside it included; the document itself when it is none."""
    if not document.startswith(b"PK"):
        yield within, document
        return
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        for name in archive.namelist():
            yield from parts(archive.read(name), f"{within}/{name}")


def rows(form: str, document: bytes) -> Told:
    """The rows of every table, in order: texts as they are read, numbers as they are kept."""
    return {"html": _html, "pdf": _pdf, "xlsx": _xlsx, "ods": _ods, "pptx": _pptx}[form](document)


def leaves(form: str, document: bytes) -> list[str]:
    """What is read on each page, sheet or slide."""
    if form == "html":
        return [plain(BeautifulSoup(document, "html.parser").get_text(" "))]
    if form == "pdf":
        return [plain(page.extract_text()) for page in PdfReader(io.BytesIO(document)).pages]
    if form == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(document))
        return [
            plain(" ".join(str(value) for row in sheet.values for value in row if value is not None)) for sheet in book
        ]
    if form == "ods":
        return [plain(" ".join(sheet.itertext())) for sheet in _xml(document, "content.xml").iter(f"{TABLE}table")]
    return [plain(" ".join(text.text or "" for text in slide.iter(f"{DRAWN}t"))) for slide in slides(document)]


def slides(document: bytes) -> list:
    """The trees of the slides, in order."""
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        names = [name for name in archive.namelist() if re.fullmatch(r"ppt/slides/slide\d+\.xml", name)]
        names.sort(key=lambda name: int(re.sub(r"\D", "", name)))
        return [ElementTree.fromstring(archive.read(name)) for name in names]


def _xml(document: bytes, name: str):
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        return ElementTree.fromstring(archive.read(name))


def _html(document: bytes) -> Told:
    page = BeautifulSoup(document, "html.parser")
    return [[plain(cell.get_text()) for cell in row.find_all(["th", "td"])] for row in page.find_all("tr")]


def _pdf(document: bytes) -> Told:
    lines = [line for page in PdfReader(io.BytesIO(document)).pages for line in page.extract_text().split("\n")]
    return [list(found.groups()) for line in lines if (found := _LINE.fullmatch(plain(line)))]


# A number has no break inside, so that a plain space ends it once they are told apart again.
_LINE = re.compile(r"(.*?) (\d{1,3}(?: \d{3})*)(?: (?:—|\d+,\d %))?")


def _xlsx(document: bytes) -> Told:
    book = openpyxl.load_workbook(io.BytesIO(document))
    return [list(row[1:3]) for sheet in book.worksheets[1:] for row in sheet.iter_rows(min_row=4, values_only=True)]


def _ods(document: bytes) -> Told:
    found: Told = []
    for row in _xml(document, "content.xml").iter(f"{TABLE}table-row"):
        cells = list(row)
        if len(cells) == 6:
            value = cells[2].get(f"{OFFICE}value")
            found.append([plain("".join(cells[1].itertext())), float(value) if value else ""])
    return found


def _pptx(document: bytes) -> Told:
    return [
        [plain("".join(cell.itertext())) for cell in row.iter(f"{DRAWN}tc")]
        for slide in slides(document)
        for row in slide.iter(f"{DRAWN}tr")
    ]
