"""The filled database of every released version becomes today's: nothing lost, everything still opens."""

import json
import lzma
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
RELEASES = sorted((ROOT / "tests" / "releases").glob("*.sqlite3.xz"))
# Counted before and after, under the name that the first version gave them.
KEPT = ("enquiries_enquiry", "enquiries_enquiryfact", "enquiries_message", "accounts_person", "territories_posting")
READ = """
import json
from django.conf import settings
from django.test import Client
from django.test.utils import override_settings
from django.urls import reverse
from proxirh.enquiries.models import Enquiry, EnquiryFact, Message
from proxirh.accounts.models import Person
from proxirh.territories.models import Posting

enquiries = list(Enquiry.objects.for_system("lecture d’une base gardée"))
opened = 0
for one in Enquiry.objects.order_by("pk").select_related("data_key"):
    opened += bool(one.contact["last_name"]) and isinstance(one.wishes, dict) and bool(one.call_code)
words = sum(bool(message.body) for message in Message.objects.select_related("enquiry__data_key"))
statuses = {}
PAGES = {"conseillere": "enquiries:desk", "agent": "enquiries:space", "coordinatrice": "steering:figures"}
plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # nothing was collected here
with override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}):
    for persona, page in PAGES.items():
        client = Client(SERVER_NAME="localhost")
        assert client.post("/demo/connexion/", {"persona": persona}).status_code == 302
        statuses[persona] = client.get(reverse(page)).status_code
counts = [model._base_manager.count() for model in (Enquiry, EnquiryFact, Message, Person, Posting)]
print(json.dumps({"counts": counts, "opened": opened, "words": words, "statuses": statuses}))
"""


def run(folder: Path, *arguments: str) -> str:
    """What a command of the service says on the database of `folder`."""
    environ = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PROXIRH_DATA_DIR": str(folder),
        "PROXIRH_MODE": "demo",
        "PROXIRH_DATABASE_URL": "",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_there_is_one() -> None:
    assert RELEASES


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name.removesuffix(".sqlite3.xz"))
def test_a_kept_database_becomes_today_s(release: Path, tmp_path: Path) -> None:
    """Mutation: a migration that drops rows, or that moves an encrypted column to another name."""
    database = tmp_path / "proxirh.sqlite3"
    database.write_bytes(lzma.decompress(release.read_bytes()))
    keys = release.with_name(release.name.replace(".sqlite3.xz", ".cles.json"))
    (tmp_path / "cles.json").write_bytes(keys.read_bytes())
    with closing(sqlite3.connect(database)) as before:
        counts = [before.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in KEPT]
    run(tmp_path, "migrate", "-v0")
    read = json.loads(run(tmp_path, "shell", "--no-imports", "-c", READ).splitlines()[-1])
    assert read["counts"] == counts
    assert read["opened"] == counts[0]
    assert read["words"] == counts[2]
    assert read["statuses"] == {"conseillere": 200, "agent": 200, "coordinatrice": 200}
