"""Only the files that pages use are collected, and all of them are."""

import re
from pathlib import Path
from posixpath import dirname, join, normpath

import pytest
from django.contrib.staticfiles import finders

from proxirh.ui.finders import PACKAGES, UsedFilesFinder, used_files

TEMPLATES = Path(__file__).parents[2] / "proxirh"


def names() -> set[str]:
    return {name for name, _ in used_files()}


def test_what_templates_ask_for_is_collected():
    asked = {
        name
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(r"""\{% static ['"]([^'"]+)""", path.read_text(encoding="utf-8"))
    }
    assert "ui/ui.css" in asked
    assert asked - names() == set()


def test_what_stylesheets_reach_is_collected():
    """A file forgotten here stops the collection in production."""
    for name, storage in used_files():
        if name.endswith(".css"):
            text = Path(storage.path(name)).read_text(encoding="utf-8")
            for target in re.findall(r"url\(['\"]?(?!data:)([^'\")?#]+)", text):
                assert normpath(join(dirname(name), target)) in names(), f"{name}: {target}"


def test_the_rest_of_the_packages_is_left_where_it_is():
    assert len(names()) < 250
    assert not [name for name in names() if name.endswith("utility.min.css") or "pictograms" in name]


def test_the_design_system_is_used_from_its_package_and_never_copied():
    ours = [path for path in TEMPLATES.rglob("*") if path.is_file() and "dsfr" in path.name.lower()]
    assert ours == []
    assert "/site-packages/" in next(storage.path(name) for name, storage in used_files() if name.startswith("dsfr/"))


@pytest.mark.parametrize("name", ["ui/ui.css", *PACKAGES["dsfr"], *PACKAGES["django_htmx"]])
def test_a_used_file_is_found_where_it_lies(name):
    assert Path(finders.find(name)).is_file()


def test_an_unused_or_absent_file_is_not_found():
    finder = UsedFilesFinder()
    assert not finder.find("dsfr/dist/utility/utility.min.css")
    assert not finder.find("../config/settings.py")
    assert finder.find("absent.css", find_all=True) == []


def test_our_scripts_evaluate_nothing():
    for path in TEMPLATES.glob("ui/static/ui/*.js"):
        assert not re.search(r"\beval\(|new Function|innerHTML|document\.write", path.read_text(encoding="utf-8"))
