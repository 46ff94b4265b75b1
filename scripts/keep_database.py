"""`python -m scripts.keep_database VERSION`: a small filled database of this version, kept for the migrations to come.

It writes tests/releases/VERSION.sqlite3.xz and its key file (invented people only). Run it once, when a version is
released, and never again for that version: its worth is that it was made by the code of its day.
"""

import lzma
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RELEASES = ROOT / "tests" / "releases"
ENQUIRIES = 40


def keep(version: str) -> Path:
    """Make the database and return its compressed file; refuses to touch one that exists."""
    kept = RELEASES / f"{version}.sqlite3.xz"
    if kept.exists():
        raise SystemExit(f"{kept.name} existe déjà : il garde ce que cette version écrivait, il n’est pas refait.")
    RELEASES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environ = {**os.environ, "PROXIRH_DATA_DIR": name, "PROXIRH_MODE": "demo", "PROXIRH_DATABASE_URL": ""}
        for command in (["migrate", "-v0"], ["load_demo", "--enquiries", str(ENQUIRIES)]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environ, check=True)
        with closing(sqlite3.connect(folder / "proxirh.sqlite3")) as database:
            database.execute("VACUUM INTO ?", [str(folder / "small.sqlite3")])
        kept.write_bytes(lzma.compress((folder / "small.sqlite3").read_bytes(), preset=9))
        shutil.copyfile(folder / "cles.json", RELEASES / f"{version}.cles.json")
    return kept


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("Usage : python -m scripts.keep_database VERSION")
    print(keep(sys.argv[1]))
