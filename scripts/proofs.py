"""Runs the proofs of docs/preuves.md at their full length, on both engines, and prints one line a figure.

`python -m scripts.proofs [--engine SQLite|PostgreSQL] [NUMBER…]`. A figure is red when one of its tests fails, when a
file it needs is missing, or when nothing was counted. Exit status 0 only when all are green.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
PYTEST = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider")
LIMIT = 60 * 60


@dataclass(frozen=True, slots=True)
class Proof:
    """A figure of docs/preuves.md: its number, what it is about, and the tests that count it."""

    number: int
    about: str
    tests: tuple[str, ...]
    # A browser draws the same page whatever the database is.
    engines: tuple[str, ...] = (SQLITE, POSTGRESQL)
    processes: int = 0
    # Longer than all the others together: counted when it is asked for by its number.
    is_apart: bool = False


PROOFS = (
    Proof(1, "qui obtient quoi, à chaque adresse", ("tests/test_access_matrix.py",)),
    Proof(2, "les pages d’une conseillère d’ailleurs", ("tests/proofs/test_isolation.py",)),
    Proof(3, "un créneau, seize réservations", ("tests/scheduling/test_booking_race.py",)),
    Proof(4, "l’envoi des courriels tué", ("tests/outbox/test_killed_worker.py",)),
    Proof(5, "le serveur web tué pendant un envoi", ("tests/proofs/test_killed_web.py",)),
    Proof(7, "les textes témoins", ("tests/proofs/test_canaries_everywhere.py", "tests/test_canaries.py")),
    Proof(
        8, "adresse connue ou inconnue", ("tests/proofs/test_sign_in_time.py", "tests/accounts/test_sign_in_pages.py")
    ),
    Proof(9, "mille en-têtes forgés", ("tests/accounts/test_limits.py",)),
    # The tables are invented, and judged without a database.
    Proof(12, "les tableaux publiés, attaqués", ("tests/proofs/test_disclosure_attack.py",), engines=(SQLITE,)),
    Proof(13, "la conservation et l’export", ("tests/privacy/test_figure_13.py", "tests/privacy/test_archive.py")),
    Proof(
        14,
        "l’accessibilité de chaque page",
        ("tests/browser/test_every_page.py", "tests/browser/test_focus_order.py"),
        engines=(SQLITE,),
        processes=2,
    ),
    # SECURITY.md numbers the others: this one proves a promise of the product.
    Proof(101, "une année scolaire", ("tests/proofs/test_school_year.py",), engines=(SQLITE,), is_apart=True),
)


def missing(proof: Proof) -> list[str]:
    """Files of tests that are not there."""
    return [path for path in proof.tests if not Path(path).is_file()]


def run(proof: Proof, engine: str, folder: Path) -> bool:
    """Count one figure on one engine; True when it is green."""
    began = time.monotonic()
    told, log = folder / "told", folder / "log"
    told.unlink(missing_ok=True)
    present = [path for path in proof.tests if Path(path).is_file()]
    status = 1
    if present:
        before = ("scripts/with-postgres.sh",) if engine == POSTGRESQL else ()
        command = [*before, *PYTEST, "-n", str(proof.processes), *present]
        environ = os.environ | {"PROXIRH_TEST_PROOFS": "1", "PROXIRH_TEST_FIGURES": str(told)}
        if engine == SQLITE:
            environ.pop("PROXIRH_TEST_DATABASE_URL", None)
        with log.open("wb") as output:
            try:
                status = subprocess.run(
                    command, env=environ, stdout=output, stderr=subprocess.STDOUT, timeout=LIMIT, check=False
                ).returncode
            except subprocess.TimeoutExpired:
                output.write(f"\nDélai dépassé ({LIMIT // 60} min).\n".encode())
    lines = [json.loads(line) for line in told.read_text(encoding="utf-8").splitlines()] if told.exists() else []
    lines = [line for line in lines if line["number"] == proof.number]
    is_green = status == 0 and bool(lines) and not missing(proof)
    took = f"{time.monotonic() - began:.0f} s"
    verdict = "réussi" if is_green else "ÉCHEC"
    for line in lines or [{"counted": "rien n’a été compté", "target": "—", "result": "—", "seed": None}]:
        seed = "sans graine" if line["seed"] is None else f"graine {line['seed']}"
        parts = (line["counted"], f"cible : {line['target']}", f"obtenu : {line['result']}", seed, took, verdict)
        print(f"{proof.number:>2} {engine} | " + " | ".join(parts), flush=True)
    for path in missing(proof):
        print(f"{proof.number:>2} {engine} | ABSENT : {path} ; ce chiffre n’est pas prouvé.", flush=True)
    if not is_green and present:
        sys.stdout.write(log.read_text(encoding="utf-8", errors="replace")[-6000:])
    return is_green


def main() -> int:
    """Run what was asked for; by default, everything but what stands apart."""
    parser = argparse.ArgumentParser(prog="python -m scripts.proofs", description="Les chiffres de docs/preuves.md.")
    parser.add_argument("numbers", nargs="*", type=int, choices=[proof.number for proof in PROOFS], metavar="NUMÉRO")
    parser.add_argument("--engine", choices=(SQLITE, POSTGRESQL), help="un seul moteur")
    options = parser.parse_args()
    wanted = [proof for proof in PROOFS if proof.number in options.numbers or not (options.numbers or proof.is_apart)]
    began = time.monotonic()
    red: list[str] = []
    folder = Path(tempfile.mkdtemp(prefix="proxirh-preuves-"))
    try:
        for engine in (options.engine,) if options.engine else (SQLITE, POSTGRESQL):
            counted = [proof for proof in wanted if engine in proof.engines]
            red += [f"{proof.number} ({engine})" for proof in counted if not run(proof, engine, folder)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    minutes, seconds = divmod(int(time.monotonic() - began), 60)
    print(f"PREUVES : {'ÉCHEC : ' + ', '.join(red) if red else 'tout passe'}, en {minutes} min {seconds} s.")
    return bool(red)


if __name__ == "__main__":
    sys.exit(main())
