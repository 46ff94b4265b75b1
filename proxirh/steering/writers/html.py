"""The report as one page that opens from a disk: no script, nothing from elsewhere, its style inside."""

from __future__ import annotations

from pathlib import Path

from django.template import engines

from proxirh.steering.report import Report
from proxirh.steering.writers.content import Describe, Item, Line, read

# Not among the templates: what the site serves has no inline style, a file that stands alone has nothing else.
PAGE, STYLE = Path(__file__).with_name("report.html"), Path(__file__).with_name("report.css")


def write(report: Report, describe: Describe) -> bytes:
    """UTF-8 bytes of the page."""
    content = read(report, describe)
    drawn = [
        (section, [(item, [(line, _bar(line, item)) for line in item.lines]) for item in section.items])
        for section in content.sections
    ]
    page = engines["django"].from_string(PAGE.read_text(encoding="utf-8"))
    style = STYLE.read_text(encoding="utf-8")
    return page.render({"content": content, "drawn": drawn, "style": style}).encode()


def _bar(line: Line, item: Item) -> str:
    """Width of the bar of a row, the longest being the whole width; empty without a count."""
    top = max((one.count or 0 for one in item.lines), default=0)
    return f"{line.count / top * 100:.1f}%" if line.count else ""
