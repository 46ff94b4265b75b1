"""What can be read in the templates themselves: the security policy, right French typography, the order of the apps."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template import TemplateDoesNotExist, engines

from scripts.typeset import faults, faults_of_module, faults_of_template, mend, mend_module, mend_template

ROOT = Path(__file__).resolve().parent.parent
# From the bottom of the drawing to its top.
APPS = [
    "kernel",
    "ui",
    "outbox",
    "accounts",
    "territories",
    "notifications",
    "knowledge",
    "scheduling",
    "enquiries",
    "steering",
    "privacy",
    "portal",
    "demo",
]
TEMPLATES = {
    path.relative_to(folder).as_posix(): path
    for folder in sorted((ROOT / "proxirh").glob("*/templates"))
    for path in sorted(folder.rglob("*"))
    if path.is_file()
}
CODE = sorted((ROOT / "proxirh").rglob("*.py"))
# Django asks for these by itself.
BUILT_IN = {"400.html", "403.html", "403_csrf.html", "404.html", "500.html"}

TAG = re.compile(r"{%.*?%}", re.DOTALL)
VARIABLE = re.compile(r"{{.*?}}", re.DOTALL)
COMMENT = re.compile(r"{#.*?#}|{% comment.*?{% endcomment %}|<!--.*?-->", re.DOTALL)
NAME = re.compile(r"""["']([a-z_0-9/]+\.(?:html|txt|svg))(?:#\w+)?["']""")
QUOTED = re.compile(r"""["']([\w./-]+)(?=["'#])""")
FORM = re.compile(r"<form\b(?P<head>[^>]*)>(?P<body>.*?)</form>", re.DOTALL | re.IGNORECASE)

INLINE = {
    "inline script": re.compile(r"<script(?![^>]*(?:\ssrc=|application/json))[^>]*>", re.IGNORECASE),
    "inline style sheet": re.compile(r"<style\b", re.IGNORECASE),
    "style attribute": re.compile(r"<[a-z][^>]*\sstyle\s*=", re.IGNORECASE),
    "event handler": re.compile(r"<[a-z][^>]*\s(?:on[a-z]+|hx-on[:\w-]*)\s*=", re.IGNORECASE),
    "javascript: address": re.compile(r"[\"'=]\s*javascript:", re.IGNORECASE),
    "address of another host": re.compile(r"<(?:script|link|img|iframe)[^>]*(?:src|href)\s*=\s*[\"']?(?:https?:)?//"),
}


def app_of(path: Path) -> str:
    return path.relative_to(ROOT / "proxirh").parts[0]


@cache
def quoted_in_code() -> frozenset[str]:
    """The words in quotes of the whole code."""
    code = [*CODE, *sorted((ROOT / "config").rglob("*.py"))]
    return frozenset(QUOTED.findall("\n".join(path.read_text(encoding="utf-8") for path in code)))


@cache
def quoted_in(name: str) -> frozenset[str]:
    """The words in quotes of a template."""
    return frozenset(QUOTED.findall(TEMPLATES[name].read_text(encoding="utf-8")))


@pytest.fixture(params=TEMPLATES)
def name(request: pytest.FixtureRequest) -> str:
    """Each template of ours."""
    return request.param


def test_nothing_inline(name: str) -> None:
    source = COMMENT.sub("", TEMPLATES[name].read_text(encoding="utf-8"))
    plain = TAG.sub("", VARIABLE.sub("x", source))
    assert not [fault for fault, pattern in INLINE.items() if pattern.search(plain)]


def test_french_is_well_typeset(name: str) -> None:
    """`make format` mends what this finds."""
    found = faults_of_template(TEMPLATES[name].read_text(encoding="utf-8"))
    assert not found, "\n".join(found)


def test_template_names_only_apps_below(name: str) -> None:
    here = APPS.index(app_of(TEMPLATES[name]))
    for other in NAME.findall(TEMPLATES[name].read_text(encoding="utf-8")):
        if other not in TEMPLATES:
            assert from_a_library(other) or finders.find(other), f"{other} does not exist"
            continue
        assert APPS.index(app_of(TEMPLATES[other])) <= here, f"{other} belongs to an app above"


@cache
def composed_names() -> list[re.Pattern[str]]:
    """Patterns of the names that code puts together, such as f"enquiries/mails/{kind}.txt"."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in CODE]
    joined = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    parts = [
        "".join(re.escape(str(v.value)) if isinstance(v, ast.Constant) else r"(\w+)" for v in node.values)
        for node in joined
    ]
    return [re.compile(part) for part in parts if re.search(r"\\\.(?:html|txt)$", part)]


def test_template_is_used(name: str) -> None:
    if name in BUILT_IN or from_a_library(name):
        return
    mentions = quoted_in_code().union(*(quoted_in(other) for other in TEMPLATES if other != name))
    stems = [found[1] for pattern in composed_names() if (found := pattern.fullmatch(name))]
    composed = [word for stem in stems for word in mentions if re.fullmatch(rf"(?:\w+_)?{stem}", word)]
    assert name in mentions or composed


def from_a_library(name: str) -> bool:
    """True when a library we depend on brings a template of that name."""
    for loader in engines["django"].engine.template_loaders[0].loaders:
        for origin in loader.get_template_sources(name):
            if ROOT / "proxirh" not in Path(origin.name).parents and Path(origin.name).exists():
                return True
    return False


def test_post_forms_carry_the_csrf_token(name: str) -> None:
    source = COMMENT.sub("", TEMPLATES[name].read_text(encoding="utf-8"))
    for form in FORM.finditer(source):
        if re.search(r"""method\s*=\s*["']?post""", form["head"], re.IGNORECASE):
            assert "{% csrf_token %}" in form["body"], form["head"]


def test_template_compiles(name: str) -> None:
    try:
        engines["django"].get_template(name)
    except TemplateDoesNotExist as error:
        pytest.fail(f"{name} names {error}, which does not exist")


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_french_in_code_is_well_typeset(path: Path) -> None:
    """`make format` mends what this finds."""
    if "migrations" in path.parts:
        return
    found = faults_of_module(path.read_text(encoding="utf-8"))
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    ["l'académie", "Que faire ?", "Que faire?", "Suite: la voici", "« tout de suite »", "Un instant..."],
)
def test_planted_typo_is_seen(text: str) -> None:
    assert faults(text)
    assert faults_of_template(f"<p>{text}</p>")
    assert faults_of_template(f'<input placeholder="{text}">')


@pytest.mark.parametrize(
    "text",
    ["l’académie", "Que faire\u00a0?", "À 9:30, http://localhost:8000/", "«\u00a0oui\u00a0»", "Un instant…"],
)
def test_right_typography_is_accepted_and_kept(text: str) -> None:
    assert not faults(text)
    assert mend(text) == text


@pytest.mark.parametrize("text", ["l'académie de Caen", "Que faire ?", "« tout de suite »", "Un instant... de plus"])
def test_typos_are_mended_where_a_reader_sees_them(text: str) -> None:
    template = f'{{# {text} #}}<p title="{text}">{{{{ value }}}} {text}</p>{{% ui_tag "{text}" %}}'
    mended = mend_template(template)
    assert not faults_of_template(mended)
    assert mended.startswith(f"{{# {text} #}}")
    module = f'"""{text}"""\nVALUE = f"{text} {{1 :>3}} pour vous"\n'
    assert not faults_of_module(mend_module(module))
    assert mend_module(module).startswith(f'"""{text}"""')


@pytest.mark.parametrize(
    "source",
    [
        "<script>go()</script>",
        "<p style='color: red'>",
        '<button class="a" onclick="go()">',
        '<a href="javascript:go()">',
        "<style>p {}</style>",
        '<script src="https://cdn.exemple.fr/x.js"></script>',
    ],
)
def test_planted_inline_code_is_seen(source: str) -> None:
    assert [fault for fault, pattern in INLINE.items() if pattern.search(source)]
