"""The drawing holds: apps import downwards and through doors, modules are small, and the refused shapes are absent."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parent.parent
CODE = sorted((ROOT / "proxirh").rglob("*.py"))
OURS = [*CODE, *sorted((ROOT / "config").rglob("*.py")), *sorted((ROOT / "tests").rglob("*.py"))]
MAX_LINES = 400
DOORS = {
    "models", "services", "permissions", "workflow", "figures", "personal_data", "retention", "errors", "actor", "urls",
    # Of accounts: the cookie that binds a browser, the proof of work of public forms, the proof asked before an act.
    "browser", "proof_of_work", "step_up",
    # Of territories: the door of the pages by which an académie is run.
    "gate",
    # Of enquiries: until when time leaves one.
    "expiry",
}  # fmt: skip
# Rooms that every app may have, told once for all of them.
USUAL_ROOMS = {
    "__init__", "apps", "models", "querysets", "workflow", "permissions", "services", "figures", "periodic",
    "personal_data", "retention", "forms", "views", "urls", "migrations", "management",
}  # fmt: skip
OPEN_APPS = {"kernel", "ui"}
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "base", "core"}
SIGNAL_MODULES = ("django.db.models.signals", "django.dispatch", "django.core.signals", "django.contrib.auth.signals")
# Solver and document libraries, imported inside the task that uses them (RULES §8), alone or with the one module that
# draws with them: module → what it imports.
LATE_IMPORTS: dict[str, set[str]] = {
    "proxirh/kernel/workbook.py": {"openpyxl"},
    "proxirh/portal/poster.py": {"typst"},
    "proxirh/scheduling/attestation.py": {"typst"},
    "proxirh/steering/writers/ods.py": {"proxirh.steering.writers.opendocument"},
    "proxirh/steering/writers/pdf.py": {"typst"},
    "proxirh/steering/writers/pptx.py": {"proxirh.steering.writers.slides"},
    "proxirh/steering/writers/xlsx.py": {"xlsxwriter"},
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def late_imports(tree: ast.AST) -> Iterator[str]:
    """Modules imported inside a function."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            for node in ast.walk(function):
                if isinstance(node, ast.Import):
                    yield from (alias.name for alias in node.names)
                elif isinstance(node, ast.ImportFrom):
                    yield node.module or "."


def imported(tree: ast.AST) -> Iterator[str]:
    """Every dotted name that a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def signal_uses(tree: ast.AST) -> Iterator[str]:
    """Imports of signals, and receivers."""
    yield from (name for name in imported(tree) if name.startswith(SIGNAL_MODULES))


def generic_keys(tree: ast.AST) -> Iterator[str]:
    """Generic foreign keys and relations."""
    yield from (name for name in imported(tree) if name.startswith("django.contrib.contenttypes.fields"))


def class_views(tree: ast.AST) -> Iterator[str]:
    """Classes that inherit from a view."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("View") for base in node.bases):
            yield node.name


def crossing(importer: str, target: str) -> bool:
    """True when an import enters another app elsewhere than by one of its doors."""
    there = target.split(".")
    if importer.split(".")[1] == there[1] or there[1] in OPEN_APPS:
        return False
    return len(there) < 3 or there[2] not in DOORS


def own_rooms() -> set[str]:
    """Modules that are not one of the rooms that every app may have, as `app/name`."""
    found = {path for app in (ROOT / "proxirh").iterdir() if app.is_dir() for path in app.iterdir()}
    modules = {path.relative_to(ROOT / "proxirh").with_suffix("") for path in found if _is_room(path)}
    return {name.as_posix() for name in modules if name.name not in USUAL_ROOMS}


def _is_room(path: Path) -> bool:
    return path.suffix == ".py" or (path / "__init__.py").exists()


def told_rooms() -> set[str]:
    """The same, as `docs/architecture.md` tells them: `app/name`, or names in the line of an app told whole."""
    told: set[str] = set()
    for line in (ROOT / "docs/architecture.md").read_text(encoding="utf-8").splitlines():
        names = re.findall(r"`([a-z_/]+)`", line) if line.startswith("| `") else []
        whole = names[0] if names and names[0].endswith("/") else ""
        told |= {whole + name for name in names if whole and name != whole} | {
            name for name in names if "/" in name[:-1]
        }
    return told


def test_every_room_is_told_in_the_drawing_and_exists() -> None:
    """Mutation: add a module of a name of its own to any app."""
    assert own_rooms() == told_rooms()


def test_import_contracts_hold() -> None:
    """In a process of its own: the tool silences every logger of the one it runs in, and tests read ours."""
    tool = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([sys.executable, tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_another_app_is_entered_only_by_its_doors() -> None:
    graph = grimp.build_graph("proxirh", cache_dir=None)
    walls = [
        f"{importer} → {target}"
        for importer in sorted(graph.modules)
        for target in sorted(graph.find_modules_directly_imported_by(importer))
        if importer != "proxirh" and crossing(importer, target)
    ]
    assert not walls, "\n".join(walls)


@pytest.mark.parametrize(
    ("importer", "target", "refused"),
    [
        ("proxirh.enquiries.views", "proxirh.territories.services.staff", False),
        ("proxirh.enquiries.views", "proxirh.enquiries.forms", False),
        ("proxirh.enquiries.views", "proxirh.ui.forms", False),
        ("proxirh.enquiries.views", "proxirh.accounts.views", True),
        ("proxirh.enquiries.services", "proxirh.territories.querysets", True),
        ("proxirh.enquiries.services", "proxirh.territories", True),
    ],
)
def test_doors_are_told_from_walls(importer: str, target: str, refused: bool) -> None:
    assert crossing(importer, target) is refused


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_module_is_small(path: Path) -> None:
    if "migrations" not in path.parts:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


def test_no_drawer_for_everything() -> None:
    named = [name_of(p) for p in OURS if {p.stem, p.parent.name} & FORBIDDEN_NAMES]
    assert not named


def test_imports_stand_at_the_top() -> None:
    late = {name_of(path): set(late_imports(ast.parse(path.read_text(encoding="utf-8")))) for path in OURS}
    assert {module: names for module, names in late.items() if names} == LATE_IMPORTS


@pytest.mark.parametrize("rule", [signal_uses, generic_keys, class_views])
def test_refused_shapes_are_absent(rule) -> None:
    found = [f"{name_of(p)}: {shape}" for p in CODE for shape in rule(ast.parse(p.read_text(encoding="utf-8")))]
    assert not found


@pytest.mark.parametrize(
    ("rule", "planted"),
    [
        (late_imports, "def f():\n    from pathlib import Path"),
        (signal_uses, "from django.dispatch import receiver"),
        (generic_keys, "from django.contrib.contenttypes.fields import GenericForeignKey"),
        (class_views, "class Home(generic.TemplateView): ..."),
    ],
)
def test_planted_shape_is_seen(rule, planted: str) -> None:
    assert list(rule(ast.parse(planted)))


def test_every_app_has_a_place_in_the_drawing() -> None:
    """A folder without code is an empty room; the layers contract is exhaustive over the others."""
    apps = {path.parent.name for path in (ROOT / "proxirh").glob("*/__init__.py")}
    assert apps == {p.name for p in (ROOT / "proxirh").iterdir() if p.is_dir() and p.name != "__pycache__"}
