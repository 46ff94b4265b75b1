"""`/live` says that the process answers, `/ready` that it can serve; neither opens a visit nor tells a secret."""

import errno
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from config.env import new_keyring
from proxirh.kernel.models import DataKey, Heartbeat
from proxirh.outbox.services import sign_of_life
from proxirh.portal import health
from proxirh.portal.health import Health, Probe, disk_keeps, measure

ROOT = Path(__file__).resolve().parent.parent.parent
NAMES = {"database", "migrations", "key", "disk", "worker_seen_at"}
ASK = """
import django, json, sys
django.setup()
from django.test import Client
for address in ("/live", "/ready"):
    answer = Client(SERVER_NAME="localhost").get(address)
    print(answer.status_code, answer.content.decode())
"""


def asked_apart(folder: Path, **environ: str) -> tuple[str, int, dict]:
    """What a process of its own answers: the line of `/live`, then status and content of `/ready`."""
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PROXIRH_DATA_DIR": str(folder),
            **environ,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    live, ready = done.stdout.strip().splitlines()
    status, content = ready.split(" ", 1)
    return live, int(status), json.loads(content)


def test_live_process_answers_without_a_database(client) -> None:
    """Mutation: read the account in a middleware; the suite then refuses the query."""
    response = client.get("/live")
    assert (response.status_code, response.content) == (200, b"ok")


@pytest.mark.django_db
def test_ready_process_tells_five_things_and_no_secret(client, settings) -> None:
    response = client.get("/ready")
    told = response.json()
    assert response.status_code == 200
    assert set(told) == NAMES
    assert told == {"database": True, "migrations": True, "key": True, "disk": True, "worker_seen_at": None}
    assert str(settings.PROXIRH_DATA_DIR) not in response.content.decode()


@pytest.mark.django_db
def test_probes_open_no_visit_and_leave_no_row(client) -> None:
    """Mutation: drop set_rollback in `database_writes`."""
    for address in ("/live", "/ready"):
        assert not client.get(address).cookies, address
    assert not Heartbeat.objects.exists()


@pytest.mark.django_db
def test_worker_that_gave_a_sign_of_life_is_told(client) -> None:
    sign_of_life(at=datetime(2026, 11, 17, 9, tzinfo=UTC))
    assert client.get("/ready").json()["worker_seen_at"] == "2026-11-17T09:00:00+00:00"


@pytest.mark.django_db
def test_worker_that_never_ran_does_not_prevent_serving() -> None:
    """The page still acknowledges; the mail leaves later."""
    assert Health(database=True, migrations=True, key=True, disk=True, worker_seen_at=None).is_ready


@pytest.mark.parametrize("missing", ["database", "migrations", "key", "disk"])
def test_anything_else_missing_prevents_serving(missing: str) -> None:
    """Mutation: forget one of them in `is_ready`."""
    found = {"database": True, "migrations": True, "key": True, "disk": True, "worker_seen_at": None}
    assert not Health(**(found | {missing: False})).is_ready


@pytest.mark.django_db
def test_pending_migration_is_told(client) -> None:
    MigrationRecorder(connection).record_unapplied("outbox", "0001_initial")
    response = client.get("/ready")
    assert (response.status_code, response.json()["migrations"], response.json()["database"]) == (503, False, True)


@pytest.mark.django_db
def test_missing_key_file_is_told(client, settings, tmp_path) -> None:
    settings.PROXIRH_KEYS_FILE = tmp_path / "absent.json"
    response = client.get("/ready")
    assert (response.status_code, response.json()["key"]) == (503, False)


@pytest.mark.django_db
def test_key_file_of_another_database_is_told(client, settings, tmp_path) -> None:
    """Mutation: stop at reading the file."""
    DataKey.objects.issue()
    settings.PROXIRH_KEYS_FILE = tmp_path / "autre.json"
    settings.PROXIRH_KEYS_FILE.write_text(new_keyring(), encoding="utf-8")
    response = client.get("/ready")
    assert (response.status_code, response.json()["key"]) == (503, False)


def test_full_disk_is_told(tmp_path) -> None:
    def refused(folder: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    assert disk_keeps(tmp_path)
    assert not disk_keeps(tmp_path, write=refused)
    assert not disk_keeps(tmp_path, free_bytes=lambda folder: health.LEAST_FREE_BYTES - 1)
    assert not disk_keeps(tmp_path / "absent")
    assert not list(tmp_path.iterdir()), "the probe leaves nothing behind"


@pytest.mark.django_db
def test_full_disk_prevents_serving() -> None:
    found = measure(disk=lambda folder: False)
    assert not found.disk
    assert not found.is_ready


def test_measures_are_made_at_most_every_five_seconds() -> None:
    """Mutation: measure at each call; a thousand callers a second would each take the write lock."""
    made, now = [], [100.0]
    found = Health(database=True, migrations=True, key=True, disk=True, worker_seen_at=None)
    probe = Probe(measured=lambda: made.append(1) or found, clock=lambda: now[0])
    for second in (100.0, 101.0, 104.9):
        now[0] = second
        probe.read()
    assert len(made) == 1
    now[0] = 105.0
    probe.read()
    assert len(made) == 2


def test_database_without_tables_is_told(tmp_path) -> None:
    live, status, told = asked_apart(tmp_path)
    assert live == "200 ok"
    assert (status, told["migrations"], told["worker_seen_at"]) == (503, False, None)


def test_unreadable_database_is_told_and_the_process_lives(tmp_path) -> None:
    (tmp_path / "proxirh.sqlite3").write_bytes(b"this is not a database" * 100)
    live, status, told = asked_apart(tmp_path)
    assert live == "200 ok"
    assert (status, told) == (
        503,
        {"database": False, "migrations": False, "key": True, "disk": True, "worker_seen_at": None},
    )


def test_stopped_database_server_is_told(tmp_path) -> None:
    live, status, told = asked_apart(tmp_path, PROXIRH_DATABASE_URL="postgres://personne@127.0.0.1:1/absente")
    assert live == "200 ok"
    assert (status, told["database"]) == (503, False)
