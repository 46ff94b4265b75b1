"""`python -m bench`: measures the pages on each engine at each size, and prints their ratios to the Django floor."""

import argparse
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench import report
from bench.databases import POSTGRESQL, ROOT, SERVER, SQLITE, Database
from bench.first_load import first_load
from bench.journeys import Visits
from bench.measures import Beside, measure, memory_fault
from bench.processes import Server, cpu_seconds

FEWEST = 30
WITH_POSTGRES = ROOT / "scripts" / "with-postgres.sh"


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(database: Database, *, whole: bool) -> Iterator[tuple[report.Run, Visits]]:
    """A filled database behind its own server, with its visitors; memory and first visit are told at the end.

    `whole` also measures the night of the ladder and the search of a slot, and compares the desk with its oracle.
    """
    print(f"\n{database.engine}, {database.size} demandes : préparation", file=sys.stderr)
    database.prepare()
    database.analyse()
    run = report.Run(database.engine, database.size, database.seconds)
    places = database.places()
    if whole:
        run.night, run.searches = database.climb(), database.search_agenda()
    with Server(database.environ, free_port(), database.folder / "serveur.log") as server:
        visits = Visits(server.port, lambda: cpu_seconds(server.workers), places)
        if whole:
            run.sameness = visits.compare()
        yield run, visits
        run.memory = server.memory()
        run.memory_fault = memory_fault(run.memory)
        run.first_load = first_load(server.port, "/")


def run_engine(databases: Sequence[Database], *, times: int, only: str) -> list[report.Run]:
    """Every row of one engine, at all its sizes in turn: a growth is told from the same minutes of the machine."""
    with ExitStack() as stack:
        sides = [stack.enter_context(served(database, whole=not only)) for database in databases]
        for same in zip(*(visits.rows() for _, visits in sides), strict=True):
            if only.lower() not in same[0].label.lower():
                continue
            beside = [Beside(row, visits.floor) for row, (_, visits) in zip(same, sides, strict=True)]
            for (run, _), found in zip(sides, measure(beside, times), strict=True):
                run.measures.append(found)
            print(f"  {same[0].label}", file=sys.stderr)
        for run, visits in sides if not only else ():
            run.crowd = visits.together()
        if not only:
            sides[0][0].race = databases[0].race()
    return [run for run, _ in sides]


def fairness() -> str:
    """The table of `bench.fairness`."""
    environ = os.environ | {"DJANGO_SETTINGS_MODULE": "bench.settings"}
    command = [sys.executable, "-m", "bench.fairness"]
    return subprocess.run(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def main() -> int:
    """Read the command line, measure, print, and write the page if asked; exits 1 when a target is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Mesure les pages contre le plancher de Django."
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 200_000], metavar="N")
    parser.add_argument("--engines", nargs="+", default=[SQLITE, POSTGRESQL], choices=[SQLITE, POSTGRESQL])
    parser.add_argument("--times", type=int, default=40, help=f"répétitions par ligne, {FEWEST} au moins")
    parser.add_argument("--only", default="", help="ne mesurer que les lignes dont le nom contient ce texte")
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "bench", help="où garder les bases")
    parser.add_argument("--fresh", action="store_true", help="refaire les bases au lieu de les reprendre")
    parser.add_argument("--write", action="store_true", help="écrire le résultat dans docs/performance.md")
    options = parser.parse_args()
    if options.times < FEWEST:
        parser.error(f"--times : {FEWEST} au moins")
    if POSTGRESQL in options.engines and SERVER not in os.environ:
        os.execv(WITH_POSTGRES, [str(WITH_POSTGRES), sys.executable, "-m", "bench", *sys.argv[1:]])
    runs: list[report.Run] = []
    for engine in options.engines:
        databases = [Database(engine, size, options.folder.resolve()) for size in options.sizes]
        for database in databases:
            if options.fresh or engine == POSTGRESQL:
                shutil.rmtree(database.folder, ignore_errors=True)
        runs += run_engine(databases, times=options.times, only=options.only)
    command = f'make bench BENCH="{" ".join(sys.argv[1:])}"' if sys.argv[1:] else "make bench"
    content = report.text(runs, command, datetime.now(tz=UTC).date())
    if not options.only:
        content += f"\n\n### À qui le tour\n\n{fairness()}"
    print(content)
    if options.write:
        report.write(content)
    return int(report.is_missed(runs))


if __name__ == "__main__":
    sys.exit(main())
