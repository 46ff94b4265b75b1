"""`python -m bench`: measures the pages on each engine at each size, and prints their ratios to the Django floor."""

import argparse
import os
import shutil
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench import report
from bench.databases import POSTGRESQL, ROOT, SERVER, SQLITE, Database
from bench.first_load import first_load
from bench.journeys import Visits
from bench.measures import measure, memory_fault
from bench.processes import Server, cpu_seconds

FEWEST = 30
WITH_POSTGRES = ROOT / "scripts" / "with-postgres.sh"


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run_one(database: Database, *, times: int, only: str) -> report.Run:
    """Every row of one engine at one size."""
    print(f"\n{database.engine}, {database.size} demandes : préparation", file=sys.stderr)
    database.prepare()
    database.analyse()
    run = report.Run(database.engine, database.size, database.seconds)
    with Server(database.environ, free_port(), database.folder / "serveur.log") as server:
        visits = Visits(server.port, lambda: cpu_seconds(server.workers), database.places())
        for row in visits.rows():
            if only.lower() in row.label.lower():
                run.measures.append(measure(row, visits.floor, times))
                print(f"  {row.label}", file=sys.stderr)
        run.memory = server.memory()
        run.memory_fault = memory_fault(run.memory)
        run.first_load = first_load(server.port, "/")
    return run


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
    runs = []
    for engine in options.engines:
        for size in options.sizes:
            database = Database(engine, size, options.folder.resolve())
            if options.fresh or engine == POSTGRESQL:
                shutil.rmtree(database.folder, ignore_errors=True)
            runs.append(run_one(database, times=options.times, only=options.only))
    command = f'make bench BENCH="{" ".join(sys.argv[1:])}"' if sys.argv[1:] else "make bench"
    content = report.text(runs, command, datetime.now(tz=UTC).date())
    print(content)
    if options.write:
        report.write(content)
    return int(any(m.faults for run in runs for m in run.measures) or any(run.memory_fault for run in runs))


if __name__ == "__main__":
    sys.exit(main())
