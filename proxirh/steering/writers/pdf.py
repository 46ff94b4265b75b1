"""The report as a tagged PDF (PDF/UA-1): tables with header cells, bookmarks, the disclosure rule on every page."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from proxirh.steering.report import Report
from proxirh.steering.writers.content import SERVICE, TITLE, Content, Describe, Item, Line, read

PAGE = Path(__file__).with_name("report.typ")


def write(report: Report, describe: Describe) -> bytes:
    """Bytes of the document."""
    import typst  # noqa: PLC0415 — a document library: only who prints loads it

    told = json.dumps(_told(read(report, describe)))
    return typst.compile(PAGE.read_bytes(), sys_inputs={"told": told}, pdf_standards="ua-1")


def _told(content: Content) -> dict:
    return {
        "title": content.title,
        "name": TITLE,
        "service": SERVICE,
        "scope": content.scope,
        "place": content.place,
        "period": content.period,
        "disclosure": content.disclosure,
        "is_draft": content.is_draft,
        "made": _moment(content.generated_at),
        "lines": [content.generated, content.digest],
        "reading": content.reading,
        "sections": [
            {"title": section.title, "items": [_item(item) for item in section.items]} for section in content.sections
        ],
    }


def _moment(at: datetime) -> dict[str, int]:
    """In universal time: the format of the library has no zone."""
    made = at.astimezone(UTC)
    return {name: getattr(made, name) for name in ("year", "month", "day", "hour", "minute", "second")}


def _item(item: Item) -> dict:
    top = max((line.count or 0 for line in item.lines), default=0)
    return {
        "name": item.name,
        "definition": item.definition,
        "population": f"{item.population} {item.n_text}.",
        "value": None if item.is_table else item.value_text,
        "label": item.label_header,
        "unit": item.unit_label if item.is_table else item.value_unit,
        "has_shares": item.has_shares,
        "rows": [_row(line, top) for line in item.lines],
        "total": None if item.n is None else item.n_text.removeprefix("n = "),
        "notes": item.notes,
    }


def _row(line: Line, top: int) -> dict:
    return {
        "name": line.name,
        "is_apart": line.is_apart,
        "bar": (line.count or 0) / top if top else 0,
        "count": line.count_text,
        "share": line.share_text,
    }
