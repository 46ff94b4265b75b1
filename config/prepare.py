"""Brings the data folder to the state that the code expects: tables, static files and, on request, the demonstration.

`python -m config.prepare [--demo]`, run by `config.serve` before it opens the port; each step does nothing when done.
"""

import hashlib
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.utils.module_loading import import_string


@contextmanager
def step(label: str) -> Iterator[None]:
    """Say what is being done, then how long it took."""
    start = time.monotonic()
    print(f"{label}… ", end="", flush=True)
    yield
    print(f"{time.monotonic() - start:.1f} s", flush=True)


def static_digest() -> str:
    """Digest of the name, size and date of every static file that the applications bring."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in sorted(finder.list(None), key=lambda found: found[0]):
            stat = Path(storage.path(name)).stat()
            digest.update(f"{name}|{stat.st_size}|{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def collect_static() -> None:
    """Gather, hash and compress the static files, unless those gathered last time are the same."""
    stamp = Path(settings.STATIC_ROOT).with_suffix(".sha256")
    digest = static_digest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == digest and Path(settings.STATIC_ROOT).is_dir():
        return
    with step("Feuilles de style et scripts"):
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(digest, encoding="utf-8")


def tell_personas() -> None:
    """Name the people one may be, by the code that `POST /demo/connexion/` takes."""
    print("\nLes personnes de la démonstration\u00a0:")
    for circle in import_string("proxirh.demo.personas.CIRCLES"):  # its models load once Django is set up
        for persona in circle.personas:
            print(f"  {persona.code:<26}{persona.title}")


def main(*, demo: bool) -> None:
    """Prepare everything that the web server and the worker need."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    import_string("proxirh.demo.marker.require_match")()
    with step("Base de données"):
        call_command("migrate", interactive=False, verbosity=0)
    collect_static()
    if demo:
        call_command("load_demo")
        tell_personas()


if __name__ == "__main__":
    try:
        main(demo="--demo" in sys.argv[1:])
    except (ImproperlyConfigured, CommandError) as error:
        sys.exit(f"\n{error}")
    except DatabaseError as error:
        sys.exit(f"\nLa base de données ne répond pas comme prévu : {str(error).strip()}")
    except OSError as error:
        sys.exit(f"\n{error.filename or 'Le dossier de données'} ne peut pas être écrit : {error.strerror}.")
