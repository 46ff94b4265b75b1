"""Office documents are archives that remember when they were made: the same report has to give the same bytes."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime

type Edit = Callable[[str, bytes], bytes]

_MADE = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</)")


def repacked(document: bytes, *, at: datetime, edit: Edit | None = None) -> bytes:
    """The same document with `at` as the only time inside; `edit` may write a part, given by name, otherwise.

    Order and compression of the parts are kept: the first part of an OpenDocument file must stay first and bare.
    """
    made = at.astimezone(UTC)
    stamp = (max(made.year, 1980), made.month, made.day, made.hour, made.minute, made.second)
    text = made.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as source, zipfile.ZipFile(out, "w") as target:
        for part in source.infolist():
            held = source.read(part)
            if part.filename == "docProps/core.xml":
                held = _MADE.sub(rb"\g<1>" + text + rb"\2", held)
            elif part.filename.endswith(".xlsx"):
                held = repacked(held, at=at)
            info = zipfile.ZipInfo(part.filename, date_time=stamp)
            info.compress_type = part.compress_type
            info.external_attr = 0o600 << 16
            target.writestr(info, edit(part.filename, held) if edit else held)
    return out.getvalue()
