"""Three doors lead to an enquiry and what hangs from it; the code holds no fourth (RULES §2)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent / "proxirh"
DOORS = {"visible_to", "listed_for", "for_system"}
# What hangs from an enquiry is reached through it (`enquiry.messages`), or made by a service.
CHILDREN = {"Message", "Exchange", "Attachment", "Handling", "PersonChoice", "Consent"}
MAKING = {"create", "bulk_create"}
# The generator fills an empty database in bulk and reads nothing back to anyone.
OUTSIDE = ("demo/generation/",)


def manager_calls(tree: ast.AST) -> list[tuple[str, str, int]]:
    """(model, method, line) of every `Model.objects.method` and `Model._base_manager…` in a module."""
    found = []
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Attribute)
            and node.value.attr in {"objects", "_base_manager", "_default_manager"}
            and isinstance(node.value.value, ast.Name)
        ):
            found.append((node.value.value.id, node.attr, node.lineno))
    return found


def modules() -> list[Path]:
    return [
        path
        for path in sorted(ROOT.rglob("*.py"))
        if "migrations" not in path.parts and not path.relative_to(ROOT).as_posix().startswith(OUTSIDE)
    ]


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_enquiries_are_reached_by_their_doors_only(path: Path) -> None:
    """Mutation: write Enquiry.objects.filter(...) or Message.objects.get(...) in a view."""
    name = path.relative_to(ROOT).as_posix()
    for model, method, line in manager_calls(ast.parse(path.read_text(encoding="utf-8"))):
        place = f"{name}:{line} {model}.objects.{method}"
        if model == "Enquiry":
            assert method in DOORS, place
        elif model in CHILDREN:
            allowed = MAKING if name.startswith("enquiries/") else set()
            private = name in {"enquiries/notices.py", "enquiries/conflicts.py"}
            assert method in allowed or private, place


def test_raw_sql_is_nowhere() -> None:
    """A raw query would be a door of its own; the readiness probe and the populator of benchmarks read no enquiry."""
    for path in modules():
        text = path.read_text(encoding="utf-8")
        for forbidden in (".raw(", ".extra(", "RawSQL("):
            assert forbidden not in text, f"{path.relative_to(ROOT)} uses {forbidden}"
