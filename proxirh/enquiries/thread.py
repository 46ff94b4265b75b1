"""The thread of an enquiry that came through a door: its messages with their files, its exchanges, a query each."""

from collections.abc import Collection
from typing import Any

from django.apps import apps
from django.db.models import BigAutoField, BinaryField, DateField, F, Q, QuerySet, UUIDField, Value

from proxirh.enquiries.workflow import QuestionState
from proxirh.kernel.written import Given, written_once

# What a page tells of a file.
OF_A_FILE = ("id", "uid", "name", "media_type", "size", "scan", "added_at")


# What is told of an exchange and, in the same columns, of the answer of a cell.
OF_AN_EXCHANGE = (
    *("pk", "uid", "person_id", "means", "happened_at", "recorded_at"),
    *("was_reached", "summary", "next_step", "next_step_on"),
)
IN_ITS_PLACE = ("pk", "uid", "answered_by_id", "team__name", "ended_at", "asked_at")


@written_once
def _exchanges() -> QuerySet:
    enquiry = Given("enquiry", BigAutoField())
    rows = apps.get_model("enquiries", "Exchange").objects.filter(enquiry_id=enquiry)
    answers = apps.get_model("enquiries", "ExpertQuestion").objects.filter(
        enquiry_id=Given("enquiry", BigAutoField()), state=QuestionState.ANSWERED
    )
    nothing = (Value(None, BinaryField()), Value(None, DateField()))
    told = rows.values_list(*OF_AN_EXCHANGE, Value(False))
    given = answers.values_list(*IN_ITS_PLACE, Value(True), "answer", *nothing, Value(True))
    return told.union(given, all=True)


def exchanges_of(enquiry: Any) -> tuple[list[Any], list[Any]]:
    """Exchanges of an enquiry that came through a door and what cells answered about it, in one query: oldest first."""
    exchanges, answers = [], []
    for *columns, is_answer in _exchanges().read(enquiry=enquiry.pk):
        told = dict(zip(OF_AN_EXCHANGE, columns, strict=True))
        if is_answer:
            one: Any = apps.get_model("enquiries", "ExpertQuestion")(
                pk=told["pk"], uid=told["uid"], enquiry=enquiry, answer=told["summary"], ended_at=told["happened_at"]
            )
            one.cell = told["means"]
            answers.append(one)
        else:
            exchanges.append(apps.get_model("enquiries", "Exchange")(enquiry=enquiry, **told))
    return sorted(exchanges, key=lambda one: (one.happened_at, one.pk)), answers


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


@written_once
def _people(keys: int, uids: int) -> QuerySet:
    by_key = Q(pk__in=Given.each("keys", BigAutoField(), keys))
    by_uid = Q(uid__in=Given.each("uids", UUIDField(), uids))
    return apps.get_model("accounts", "Person").objects.filter(by_key | by_uid).select_related("data_key")


def people_named(keys: Collection[int], uids: Collection[str]) -> list[Any]:
    """Those who are named in a thread, by their keys or by what the journal calls them."""
    return _people(len(keys), len(uids)).read(keys=list(keys), uids=list(uids))
