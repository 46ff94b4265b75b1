"""Three doors lead to an enquiry and what hangs from it; the code holds no fourth (RULES §2)."""

import ast
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from proxirh.enquiries.models import Enquiry

ROOT = Path(__file__).resolve().parent.parent / "proxirh"
DOORS = {"visible_to", "listed_for", "for_system"}
# What hangs from an enquiry is reached through it (`enquiry.messages`), or made by a service.
CHILDREN = {
    "Message",
    "Exchange",
    "ExpertQuestion",
    "Attachment",
    "Handling",
    "PersonChoice",
    "Consent",
    "AccessRecord",
    "BreakGlass",
    "Concern",
    "ConcernCall",
    "EnquiryAppointment",
    "LadderStep",
    "ProtectionStep",
    "Referral",
    "ReferralAnswer",
    "ReferralOpening",
    "Signposting",
    "Transfer",
    "Transmission",
    "TransmissionMessage",
    "TransmissionReading",
    "WorkingNote",
    "NotesRequest",
    "NoteReview",
}
MAKING = {"create", "bulk_create", "note", "older_than"}
# The doors of their own: a member of the cell, whoever holds the code, whoever was called, and the clock.
OWN_DOORS = {
    "WorkingNote": {"read_by", "unsettled", "set_aside_for", "left_behind", "on_ended", "asked_for", "to_hand_over"},
    "NotesRequest": {"asked_by", "open", "about", "of_former", "delivered_before"},
    "NoteReview": {"to_review_by", "decided_by", "waiting", "answered_to", "awaited_on"},
    "Concern": {"shown_to", "unanswered", "about_call", "of_calls_before"},
    "LadderStep": {"taken_on"},
    "Referral": {
        *("visible_to", "listed_for", "of_enquiry", "to_validate_by", "opened_by"),
        *("under_way", "silent", "lapsed", "taken_back"),
    },
    "EnquiryAppointment": {"of_series", "met_outside", "of_outer_row", "behind"},
    "ExpertQuestion": {"visible_to", "listed_for", "of_enquiry", "overdue"},
    "Signposting": {"to_ask", "enquiries_to_ask"},
    "Transmission": {"visible_to", "listed_for", "of_enquiry", "returning", "late", "to_index", "silent_since"},
}
# An appointment: its counsellor, whoever has its signed link, its form sent twice, the job that reminds of it; and what
# it was taken for, which reaches it by its series.
OF_APPOINTMENTS = {
    "scheduling/": {*DOORS, "linked", "sent_with", "to_remind", "create"},
    "enquiries/": {"of_series", "for_system"},
}
# What the pages of « Mes données » read of them, above: the doors of whoever asked, and no other.
ANSWERED = {"NotesRequest": {"asked_by"}, "NoteReview": {"answered_to"}}
# The generator fills an empty database in bulk and reads nothing back to anyone.
OUTSIDE = ("demo/generation/",)


MANAGERS = {"objects", "_base_manager", "_default_manager"}
NESTED = {"wanted", "Exist", "ValueOf"}
SHORTCUTS = {"get_object_or_404", "get_list_or_404", "aget_object_or_404", "aget_list_or_404"}
# The doors themselves are written where their model cannot be imported.
DOOR_MAKERS = {"enquiries/querysets.py", "enquiries/standing.py", "enquiries/hanging.py", "enquiries/thread.py"}


def aliases(tree: ast.AST) -> dict[str, str]:
    """Names under which a module imports something, and what each is there."""
    return {
        one.asname: one.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for one in node.names
        if one.asname
    }


def model_named(node: ast.AST, known: dict[str, str]) -> str:
    """Name of the model that an expression gives: `Enquiry`, `models.Enquiry`, an alias, `apps.get_model(…)`."""
    if isinstance(node, ast.Name):
        return known.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Call) and model_named(node.func, known) == "get_model":
        said = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
        return str(said[-1]).rpartition(".")[2] if said else ""
    return ""


def manager_calls(tree: ast.AST) -> list[tuple[str, str, int]]:
    """(model, method, line) of each use of a model's manager in a module, and of each shortcut that takes a model."""
    known, found = aliases(tree), []
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Attribute)
            and node.value.attr in MANAGERS
            and (model := model_named(node.value.value, known))
        ):
            found.append((model, node.attr, node.lineno))
        elif isinstance(node, ast.Call) and node.args and model_named(node.func, known) in SHORTCUTS:
            found.append((model_named(node.args[0], known), model_named(node.func, known), node.lineno))
        elif isinstance(node, ast.Call) and model_named(node.func, known) in NESTED:
            said = (arg.value for arg in node.args if isinstance(arg, ast.Constant))
            found += [
                (str(text).removeprefix("enquiries."), "nested", node.lineno)
                for text in said
                if str(text).startswith("enquiries.")
            ]
    return found


def modules() -> list[Path]:
    return [
        path
        for path in sorted(ROOT.rglob("*.py"))
        if "migrations" not in path.parts and not path.relative_to(ROOT).as_posix().startswith(OUTSIDE)
    ]


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_enquiries_are_reached_by_their_doors_only(path: Path) -> None:
    """Mutation: in a view, Enquiry.objects.filter(…), models.Message.objects.get(…), get_object_or_404(Enquiry, …)."""
    name = path.relative_to(ROOT).as_posix()
    for model, method, line in manager_calls(ast.parse(path.read_text(encoding="utf-8"))):
        place = f"{name}:{line} {model}.objects.{method}"
        if model == "Enquiry" and name not in DOOR_MAKERS:
            assert method in DOORS, place
        elif model in CHILDREN and name not in DOOR_MAKERS:
            doors = OWN_DOORS if name.startswith("enquiries/") else ANSWERED if name.startswith("privacy/") else {}
            allowed = doors.get(model, set()) | (MAKING if doors is OWN_DOORS else set())
            private = name in {"enquiries/notices.py", "enquiries/conflicts.py"}
            assert method in allowed or private, place
        elif model == "Appointment" and name != "scheduling/querysets.py":
            app = f"{name.partition('/')[0]}/"
            assert method in OF_APPOINTMENTS.get(app, ()), place


@pytest.mark.parametrize(
    "line",
    [
        "Enquiry.objects.filter(pk=1)",
        "models.Enquiry.objects.get(pk=1)",
        "E.objects.all()",
        "apps.get_model('enquiries', 'Enquiry').objects.all()",
        "apps.get_model('enquiries.Enquiry')._base_manager.all()",
        "get_object_or_404(Enquiry, pk=1)",
        "ValueOf('reference', 'enquiries.Enquiry', pk=1)",
        "shortcuts.get_object_or_404(models.Enquiry, pk=1)",
    ],
)
def test_each_way_round_a_door_is_seen(line: str) -> None:
    found = manager_calls(ast.parse(f"from proxirh.enquiries.models import Enquiry as E\n{line}"))
    assert [model for model, _, _ in found] == ["Enquiry"]


def _is_link(field: Any) -> bool:
    """From an enquiry, or from what hangs from it, to a table of another app."""
    return field.is_relation and not field.auto_created and field.related_model._meta.app_label != "enquiries"


def test_nobody_comes_to_enquiries_from_what_they_point_at() -> None:
    """Mutation: read `person.enquiries` or `person.led_enquiries` in a view."""
    hanging = [model for model in apps.get_app_config("enquiries").get_models() if model.__name__ in CHILDREN]
    links = [field for model in (Enquiry, *hanging) for field in model._meta.get_fields() if _is_link(field)]
    names = {field.remote_field.get_accessor_name() for field in links}
    from_enquiry = {field.get_accessor_name() for field in Enquiry._meta.related_objects} | {"enquiry"}
    ways = names - from_enquiry - {None}
    assert ways >= {"enquiries", "led_enquiries"}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ways:
                raise AssertionError(f"{path.relative_to(ROOT)}:{node.lineno} reads .{node.attr}")


# One statement on a table that holds nobody's words, and orders to SQLite about its log.
HOLDERS_OF_A_CURSOR = {"kernel/limits.py", "kernel/retention.py"}


def test_raw_sql_is_nowhere() -> None:
    """A raw query would be a door of its own."""
    for path in modules():
        text, name = path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()
        for forbidden in (".raw(", ".extra(", "RawSQL(", ".cursor("):
            assert forbidden not in text or (forbidden == ".cursor(" and name in HOLDERS_OF_A_CURSOR), (
                f"{name} uses {forbidden}"
            )
