"""The measured databases: one per engine and size, filled by `load_demo`; SQLite's are kept between two runs."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from bench.journeys import Places
from bench.nights import Night
from bench.searches import Race, Search

ROOT = Path(__file__).resolve().parent.parent
SQLITE, POSTGRESQL = "sqlite", "postgresql"
SERVER = "PROXIRH_TEST_DATABASE_URL"


class Database:
    """One engine at one size, in a data folder of its own."""

    def __init__(self, engine: str, size: int, folder: Path) -> None:
        self.engine, self.size = engine, size
        self.folder = folder / f"{engine}-{size}"
        self.seconds = 0.0
        self._name = f"proxirh_bench_{size}"

    @property
    def environ(self) -> Mapping[str, str]:
        """Environment of every program that works on it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PROXIRH_")}
        kept |= {
            "PROXIRH_MODE": "demo",
            "PROXIRH_DATA_DIR": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "bench.settings",
        }
        if self.engine == POSTGRESQL:
            server = urlsplit(os.environ[SERVER])
            kept["PROXIRH_DATABASE_URL"] = server._replace(path=f"/{self._name}").geturl()
        return kept

    def prepare(self) -> None:
        """Make and fill it, unless it is there already."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.engine == POSTGRESQL:
            self._create()
        start = time.monotonic()
        self._run("-m", "config.prepare")
        self._run("manage.py", "load_demo", "--enquiries", str(self.size), "--skip-checks")
        self.seconds = time.monotonic() - start

    def _create(self) -> None:
        with psycopg.connect(self._server(), autocommit=True) as connection:
            name = sql.Identifier(self._name)
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))

    def _server(self) -> str:
        return (
            urlsplit(os.environ[SERVER])._replace(path="/postgres").geturl().replace("postgres:///", "postgresql:///")
        )

    def analyse(self) -> None:
        """Statistics for the planner, that PostgreSQL's own maintenance gathers within a minute of a load."""
        if self.engine == POSTGRESQL:
            with psycopg.connect(self.environ["PROXIRH_DATABASE_URL"], autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")

    def places(self) -> Places:
        """Addresses of the pages to measure."""
        return Places(**json.loads(self._run("-m", "bench.locate", capture=True)))

    def climb(self) -> Night:
        """The night of the ladder on the whole base, before anybody visits it."""
        return Night(**json.loads(self._run("-m", "bench.ladder", capture=True)))

    def search_agenda(self) -> list[Search]:
        """Slots looked for on agendas that are written for it, then taken back."""
        return [Search(**row) for row in json.loads(self._run("-m", "bench.agenda", capture=True))]

    def race(self) -> Race:
        """One slot and sixteen clients, a thousand times; what is written is deleted."""
        return Race(**json.loads(self._run("-m", "bench.race", capture=True)))

    def _run(self, *arguments: str, capture: bool = False) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=dict(self.environ),
            stdout=subprocess.PIPE if capture else None,
            text=True,
            check=True,
        )
        return done.stdout or ""
