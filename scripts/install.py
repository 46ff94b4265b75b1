"""Makes .venv and installs one hash-locked set of packages into it, with uv when present, else pip.

Usage: python scripts/install.py runtime|dev. Runs with the standard library alone. A stamp per set holds the digest of
its lock file, so that a second run does nothing.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
IMPLIED = {"runtime": ("runtime",), "dev": ("dev", "runtime")}
# Behind an intercepting proxy, only the system's certificates know who signs.
ENVIRONMENT = os.environ | {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


class InstallError(Exception):
    """One French sentence for whoever typed the command."""


def run(label: str, *command: str | Path) -> None:
    """Run `command` quietly, with a dot a second on stderr; its output is only shown when it fails."""
    start = time.monotonic()
    finished = threading.Event()

    def beat() -> None:
        while not finished.wait(1):
            print(".", end="", file=sys.stderr, flush=True)

    print(f"{label} ", end="", file=sys.stderr, flush=True)
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        heart = threading.Thread(target=beat, daemon=True)
        heart.start()
        try:
            status = subprocess.run(
                command, cwd=ROOT, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
            ).returncode
        finally:
            finished.set()
            heart.join()
        if status:
            output.seek(0)
            print(" échec", file=sys.stderr)
            print("".join(output.readlines()[-25:]), file=sys.stderr)
            raise InstallError(f"{label} : la commande a échoué, voir ci-dessus. Corrigez, puis relancez.")
    print(f" {time.monotonic() - start:.1f} s", file=sys.stderr, flush=True)


def works(program: Path, *imports: str) -> bool:
    """True when `program` is a virtual environment's interpreter that starts and has these modules."""
    code = f"import sys, {', '.join(('venv', *imports))}; sys.exit(sys.prefix == sys.base_prefix)"
    try:
        return not subprocess.run([program, "-c", code], capture_output=True, check=False).returncode
    except OSError:
        return False


def version_of(program: Path) -> str:
    """Full version of a working interpreter."""
    code = "import sys; print(sys.version)"
    return subprocess.run([program, "-c", code], capture_output=True, text=True, check=True).stdout


def make_venv(uv: str | None) -> None:
    """Leave a working .venv; one whose interpreter has gone, or is not the Python asked for, is made again."""
    if works(PYTHON) and (not os.environ.get("PYTHON") or version_of(PYTHON) == sys.version + "\n"):
        return
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)
    label = f"Environnement Python {sys.version_info.major}.{sys.version_info.minor}"
    if uv:
        run(label, uv, "venv", "--no-project", "--python", sys.executable, VENV)
    else:
        run(label, sys.executable, "-m", "venv", VENV)


def install(lock: Path, uv: str | None) -> None:
    """Install exactly what `lock` pins, every file checked against its hash."""
    pins = [line for line in lock.read_text(encoding="utf-8").splitlines() if line[:1].isalnum()]
    label = f"Installation de {len(pins)} paquets"
    if uv:
        command = [uv, "pip", "install", "--python", PYTHON, "--require-hashes", "-r", lock]
        return run(f"{label} avec uv", *command)
    if not works(PYTHON, "pip"):
        run("Mise en place de pip", PYTHON, "-m", "ensurepip", "--upgrade")
    return run(f"{label} avec pip", PYTHON, "-m", "pip", "install", "--require-hashes", "--no-input", "-r", lock)


def main(name: str) -> None:
    """Bring .venv to the state that requirements/`name`.txt describes."""
    lock = ROOT / "requirements" / f"{name}.txt"
    uv = shutil.which("uv", path=f"{os.environ.get('PATH', os.defpath)}:{Path.home() / '.local' / 'bin'}")
    make_venv(uv)
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamp = VENV / f".{name}"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != digest:
        install(lock, uv)
    for implied in IMPLIED[name]:
        known = hashlib.sha256((lock.parent / f"{implied}.txt").read_bytes()).hexdigest()
        (VENV / f".{implied}").write_text(known, encoding="utf-8")


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except InstallError as error:
        sys.exit(f"{error}")
    except OSError as error:
        sys.exit(f"L’installation n’a pas pu écrire {error.filename or VENV} : {error.strerror}.")
    except KeyboardInterrupt:
        sys.exit("\nInstallation interrompue ; relancez la même commande pour la reprendre.")
