"""The forms of an activity report that a file may take, by the name that asks for each."""

from collections.abc import Callable

from proxirh.steering.report import Report
from proxirh.steering.writers import html, ods, pdf, pptx, xlsx
from proxirh.steering.writers.content import Describe

WRITERS: dict[str, Callable[[Report, Describe], bytes]] = {
    "html": html.write,
    "pdf": pdf.write,
    "xlsx": xlsx.write,
    "ods": ods.write,
    "pptx": pptx.write,
}
MEDIA_TYPES = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
