"""Whether this process can serve: asked often, measured at most every five seconds."""

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Lock

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from proxirh.kernel import encryption
from proxirh.kernel.models import DataKey, Heartbeat, random_uid
from proxirh.outbox.figures import worker_seen_at

EVERY_SECONDS = 5.0
LEAST_FREE_BYTES = 50 * 1024 * 1024
PROBE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Health:
    """What `/ready` tells; a worker that is not there delays mails and does not prevent serving."""

    database: bool
    migrations: bool
    key: bool
    disk: bool
    worker_seen_at: datetime | None

    @property
    def is_ready(self) -> bool:
        """True when every page can be served and every form kept."""
        return self.database and self.migrations and self.key and self.disk

    def as_json(self) -> dict[str, bool | str | None]:
        """Truths and one date: no path, no version, no secret."""
        return {
            "database": self.database,
            "migrations": self.migrations,
            "key": self.key,
            "disk": self.disk,
            "worker_seen_at": self.worker_seen_at.isoformat() if self.worker_seen_at else None,
        }


@cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """Migrations that this code needs."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def database_writes() -> bool:
    """True when a row can be written; it is taken back at once."""
    try:
        with transaction.atomic():
            Heartbeat.objects.create(name=f"probe-{random_uid().hex[:12]}", seen_at=timezone.now())
            transaction.set_rollback(True)
    except DatabaseError:
        return False
    return True


def migrations_are_applied() -> bool:
    """True when the tables are those that this code expects, or newer."""
    try:
        return known_migrations() <= set(MigrationRecorder(connection).applied_migrations())
    except DatabaseError:
        return False


def key_opens(*, database: bool = True) -> bool:
    """True when the key file is there and opens what the database holds, if that can be read."""
    try:
        encryption.keyring()
        newest = DataKey.objects.order_by("-pk").first() if database else None
        return newest is None or bool(newest.clear)
    except (ImproperlyConfigured, encryption.DecryptionError, DatabaseError):
        return False


def write_probe(folder: Path) -> None:
    """Write and remove a small file; raises OSError when the disk is full or refuses."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix="sonde-") as file:
        file.write(b"\0" * PROBE_BYTES)
        file.flush()


def disk_keeps(
    folder: Path,
    *,
    free_bytes: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    write: Callable[[Path], None] = write_probe,
) -> bool:
    """True when the data folder takes a file and has room for the next ones."""
    try:
        write(folder)
        return free_bytes(folder) >= LEAST_FREE_BYTES
    except OSError:
        return False


def seen_worker() -> datetime | None:
    """Last sign of life of the worker, None as well when the database is silent."""
    try:
        return worker_seen_at()
    except DatabaseError:
        return None


def measure(*, disk: Callable[[Path], bool] = disk_keeps) -> Health:
    """Look at everything now."""
    database = database_writes()
    return Health(
        database=database,
        migrations=database and migrations_are_applied(),
        key=key_opens(database=database),
        disk=disk(Path(settings.PROXIRH_DATA_DIR)),
        worker_seen_at=seen_worker() if database else None,
    )


@dataclass
class Probe:
    """Measures at most every few seconds, whatever the number of callers."""

    measured: Callable[[], Health] = measure
    clock: Callable[[], float] = time.monotonic
    last: Health | None = None
    last_at: float = 0.0
    lock: Lock = field(default_factory=Lock)

    def read(self) -> Health:
        """The last measure, or a new one when it is too old."""
        with self.lock:
            if self.last is None or self.clock() - self.last_at >= EVERY_SECONDS:
                self.last = self.measured()
                self.last_at = self.clock()
            return self.last


probe = Probe()
