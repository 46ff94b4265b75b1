"""Static files that pages really use: our own, and the small part of the packages that our pages name."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Any

from django.apps import apps
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import get_files
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage

# The design system alone holds 1,600 files; compressing them all would take most of the start-up time.
PACKAGES: dict[str, tuple[str, ...]] = {
    "dsfr": (
        "dsfr/dist/dsfr.main.min.css",
        "dsfr/dist/dsfr.module.min.js",
    ),
    "django_htmx": ("django_htmx/htmx-2.min.js",),
}
OWN = "proxirh."
_URL = re.compile(r"""url\(\s*['"]?(?!data:|#)([^'")?#]+)""")


class UsedFilesFinder(BaseFinder):
    """Everything of our apps; of the packages, the files named above and whatever a stylesheet reaches."""

    def check(self, **kwargs: object) -> list[CheckMessage]:
        """Nothing to configure."""
        return []

    def find(self, path: str, find_all: bool = False) -> Any:
        """Absolute place of a used file."""
        for name, storage in used_files():
            if name == path:
                return [storage.path(name)] if find_all else storage.path(name)
        return []

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        """Every used file once."""
        yield from used_files()


@cache
def used_files() -> tuple[tuple[str, FileSystemStorage], ...]:
    """Path and storage of each file that may be asked for, in a stable order."""
    own = [(name, storage) for storage in _own_storages() for name in get_files(storage, [".*", "*~"])]
    wanted = {name for names in PACKAGES.values() for name in names}
    for name, storage in own:
        wanted |= _reached(name, storage)
    found = dict(own)
    for package in PACKAGES:
        storage = FileSystemStorage(location=_package_folder(package) / "static")
        waiting = sorted(wanted - found.keys())
        while waiting:
            name = waiting.pop()
            if name not in found and storage.exists(name):
                found[name] = storage
                waiting += _reached(name, storage)
    return tuple(sorted(found.items()))


def _own_storages() -> Iterator[FileSystemStorage]:
    for config in apps.get_app_configs():
        folder = Path(config.path) / "static"
        if config.name.startswith(OWN) and folder.is_dir():
            yield FileSystemStorage(location=folder)


def _package_folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(package)
    return Path(spec.origin).parent


def _reached(name: str, storage: FileSystemStorage) -> set[str]:
    """Files that a stylesheet names."""
    if not name.endswith(".css"):
        return set()
    text = Path(storage.path(name)).read_text(encoding="utf-8")
    return {normpath(join(dirname(name), target.strip())) for target in _URL.findall(text)}
