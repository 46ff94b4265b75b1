"""The thread of an enquiry that came through a door: its messages with their files, its exchanges, a query each."""

from typing import Any

from django.apps import apps
from django.db.models import BigAutoField, F, QuerySet

from proxirh.kernel.written import Given, written_once

# What a page tells of a file.
OF_A_FILE = ("id", "uid", "name", "media_type", "size", "scan", "added_at")


@written_once
def _exchanges() -> QuerySet:
    enquiry = Given("enquiry", BigAutoField())
    rows = apps.get_model("enquiries", "Exchange").objects.filter(enquiry_id=enquiry)
    return rows.order_by("happened_at", "pk")


def exchanges_of(enquiry: Any) -> list[Any]:
    """Exchanges of an enquiry that came through a door: oldest first, opened by its key."""
    found = _exchanges().read(enquiry=enquiry.pk)
    for one in found:
        one.enquiry = enquiry
    return found


@written_once
def _messages() -> QuerySet:
    files = {f"file_{name}": F(f"attachments__{name}") for name in OF_A_FILE}
    rows = apps.get_model("enquiries", "Message").objects.filter(enquiry_id=Given("enquiry", BigAutoField()))
    return rows.annotate(**files).order_by("sent_at", "pk", "attachments__added_at", "attachments__pk")


def messages_of(enquiry: Any) -> tuple[list[Any], list[Any]]:
    """Messages of an enquiry that came through a door and their files, in one query: oldest first."""
    messages: dict[int, Any] = {}
    files: list[Any] = []
    for row in _messages().read(enquiry=enquiry.pk):
        row.enquiry = enquiry
        messages.setdefault(row.pk, row)
        if row.file_id is not None:
            told = {name: getattr(row, f"file_{name}") for name in OF_A_FILE}
            files.append(apps.get_model("enquiries", "Attachment")(enquiry=enquiry, message_id=row.pk, **told))
    return list(messages.values()), sorted(files, key=lambda one: (one.added_at, one.pk))
