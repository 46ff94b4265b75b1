"""The commands a newcomer types: the search for a Python, the locks, the Makefile, and the start of the service."""

import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
FINDER = ROOT / "scripts" / "find-python.sh"
WORKING = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'
# What pyenv puts on the path: it exists, and fails.
SHIM = "#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n"
TOO_OLD = f"""#!/bin/sh
exec "{sys.executable}" -c "import sys; sys.version_info = (3, 11, 7, 'final', 0); exec(sys.argv.pop(1))" "$2"
"""
# Debian's python3 without its venv package; the probe of ensurepip fails, the others succeed.
WITHOUT_VENV = f'#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\nexec "{sys.executable}" "$@"\n'

type Machine = Callable[..., subprocess.CompletedProcess[str]]


def program(path: Path, source: str) -> Path:
    """An executable file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine that holds nothing but what the test puts under tmp_path; returns the finder's answer."""
    for tool in ("grep", "sed"):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(tool)))

    # A Python built with a shared library may need to be told where it is.
    kept = {name: value for name, value in os.environ.items() if name == "LD_LIBRARY_PATH"}

    def find(**variables: str) -> subprocess.CompletedProcess[str]:
        environ = kept | {
            "PATH": str(tmp_path / "bin"),
            "HOME": str(tmp_path),
            "PROXIRH_PYTHON_PLACES": "",
            **variables,
        }
        return subprocess.run(["/bin/sh", FINDER], env=environ, capture_output=True, text=True, check=False)

    return find


def test_python_on_the_path_is_found(machine: Machine, tmp_path: Path) -> None:
    program(tmp_path / "bin" / "python3.12", WORKING)
    answer = machine()
    assert answer.returncode == 0
    assert os.access(answer.stdout.strip(), os.X_OK)
    assert not answer.stderr


def test_failing_shim_gives_way_to_pyenv_s_own_folder(machine: Machine, tmp_path: Path) -> None:
    program(tmp_path / "bin" / "python3.13", SHIM)
    program(tmp_path / "bin" / "python3", SHIM)
    program(tmp_path / ".pyenv" / "versions" / "3.13.0" / "bin" / "python3", WORKING)
    assert machine().returncode == 0


def test_failing_shim_gives_way_to_the_next_folder_of_the_path(machine: Machine, tmp_path: Path) -> None:
    program(tmp_path / "shims" / "python3.13", SHIM)
    program(tmp_path / "bin" / "python3.13", WORKING)
    assert machine(PATH=f"{tmp_path / 'shims'}:{tmp_path / 'bin'}").returncode == 0


@pytest.mark.parametrize("place", [".pyenv/versions/3.12.9/bin", ".local/share/uv/python/cpython-3.12.9-linux/bin"])
def test_known_places_are_searched(machine: Machine, tmp_path: Path, place: str) -> None:
    program(tmp_path / place / "python3", WORKING)
    assert machine().returncode == 0


def test_folder_with_a_space_is_searched(machine: Machine, tmp_path: Path) -> None:
    program(tmp_path / "mon pyenv" / "versions" / "3.13.1" / "bin" / "python3", WORKING)
    assert machine(PYENV_ROOT=str(tmp_path / "mon pyenv")).returncode == 0


def test_old_python_is_not_enough(machine: Machine, tmp_path: Path) -> None:
    program(tmp_path / "bin" / "python3", TOO_OLD)
    answer = machine()
    assert answer.returncode == 2
    assert not answer.stdout
    assert len(answer.stderr.splitlines()) == 1
    assert "Python 3.12 ou plus récent" in answer.stderr
    assert "Tapez : " in answer.stderr


def test_missing_venv_package_is_named(machine: Machine, tmp_path: Path) -> None:
    program(tmp_path / "bin" / "python3", WITHOUT_VENV)
    answer = machine()
    assert answer.returncode == 2
    assert f"sudo apt install python3.{sys.version_info.minor}-venv" in answer.stderr


def test_uv_makes_do_without_the_venv_package(machine: Machine, tmp_path: Path) -> None:
    program(tmp_path / "bin" / "python3", WITHOUT_VENV)
    program(tmp_path / "bin" / "uv", "#!/bin/sh\nexit 1\n")
    assert machine().returncode == 0


def test_uv_obtains_a_python_when_there_is_none(machine: Machine, tmp_path: Path) -> None:
    obtained = tmp_path / "obtained"
    program(
        tmp_path / "bin" / "uv",
        f"""#!/bin/sh
case "$1 $2" in
"python install") printf '%s' '{WORKING}' > "{obtained}" && /bin/chmod +x "{obtained}" ;;
"python find") echo "{obtained}" ;;
esac
""",
    )
    answer = machine()
    assert answer.returncode == 0, answer.stderr
    assert "uv en installe un" in answer.stderr


def test_uv_that_cannot_download_is_said(machine: Machine, tmp_path: Path) -> None:
    program(tmp_path / "bin" / "uv", "#!/bin/sh\nexit 1\n")
    answer = machine()
    assert answer.returncode == 2
    assert "uv n’a pas pu installer Python" in answer.stderr


@pytest.mark.parametrize(
    ("source", "sentence"),
    [(None, "est introuvable"), (SHIM, "ne démarre pas"), (TOO_OLD, "ne convient pas"), (WITHOUT_VENV, "paquet venv")],
)
def test_python_asked_for_is_taken_or_refused_never_replaced(
    machine: Machine, tmp_path: Path, source: str | None, sentence: str
) -> None:
    program(tmp_path / "bin" / "python3.13", WORKING)
    wanted = tmp_path / "wanted"
    if source:
        program(wanted, source)
    answer = machine(PYTHON=str(wanted))
    assert answer.returncode == 2
    assert sentence in answer.stderr
    assert str(wanted) in answer.stderr
    assert not answer.stdout


def test_python_asked_for_by_name_is_taken(machine: Machine, tmp_path: Path) -> None:
    program(tmp_path / "bin" / "mon-python", WORKING)
    assert machine(PYTHON="mon-python").returncode == 0


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_lock_names_no_address_and_hashes_everything(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
    pins = re.findall(r"^[a-z0-9][^\n]*==[^\n]*(?:\n {4}--hash=sha256:[0-9a-f]{64}[^\n]*)+", text, re.MULTILINE)
    assert len(pins) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE)) > 20


def names_in(path: Path) -> set[str]:
    """Names of the packages asked for or pinned, normalised."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {re.split(r"[\[~=<>! ;]", line)[0].lower().replace("_", "-") for line in lines if line[:1].isalnum()}


@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_lock_holds_what_is_asked_for(name: str) -> None:
    """Turns red when a requirement is added without `make lock`."""
    assert names_in(ROOT / "requirements" / f"{name}.in") <= names_in(ROOT / "requirements" / f"{name}.txt")


def test_tests_run_on_the_service_s_own_versions() -> None:
    pins = {p.name: set(re.findall(r"^(\S+==[^\s;]+)", p.read_text("utf-8"), re.MULTILINE)) for p in LOCKS}
    assert pins["runtime.txt"] <= pins["dev.txt"]


def test_every_command_is_told_by_make_help() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = set(re.findall(r"^\.PHONY: (.*)", makefile, re.MULTILINE)[0].split()) - {"FORCE"}
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^ {2}make ([a-z-]+) ", told, re.MULTILINE)) == phony


@pytest.mark.parametrize(
    ("names", "wrong"),
    [
        (["0001_initial.py", "0002_add_basins.py"], None),
        (["0001_initial.py", "0001_fork.py"], "0001_initial"),
        (["0001_initial.py", "0003_gap.py"], "0003_gap"),
        (["0001_initial.py", "0002_auto_20261122.py"], "0002_auto"),
    ],
)
def test_migrations_form_one_named_line(tmp_path: Path, names: list[str], wrong: str | None) -> None:
    for name in names:
        (tmp_path / "app" / "migrations").mkdir(parents=True, exist_ok=True)
        (tmp_path / "app" / "migrations" / name).write_text("", encoding="utf-8")
    command = [ROOT / "scripts" / "check-migrations.sh", tmp_path]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == (0 if wrong is None else 1)
    assert wrong is None or wrong in answer.stderr


# ── The service itself ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(tmp_path: Path, port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PROXIRH_", "DJANGO_"))}
    return kept | {"PROXIRH_DATA_DIR": str(tmp_path / "données"), "PROXIRH_PORT": str(port), "PYTHONUNBUFFERED": "1"}


@pytest.fixture
def service(tmp_path: Path, free_port: int) -> Iterator[subprocess.Popen[str]]:
    """The web server and the worker, started as `make run` does, on an empty data folder."""
    process = subprocess.Popen(
        [sys.executable, "-m", "config.serve"],
        cwd=ROOT,
        env=environment(tmp_path, free_port),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    yield process
    if process.poll() is None:
        process.kill()
    assert process.stdout
    process.stdout.close()
    process.wait()


def until(process: subprocess.Popen[str], words: str) -> str:
    """What the service says up to a line that holds `words`."""
    said = ""
    assert process.stdout
    for line in process.stdout:
        said += line
        if words in line:
            return said
    pytest.fail(f"{words!r} never came:\n{said}")


def children(pid: int) -> dict[int, str]:
    """Descendants of a process, with their command lines."""
    table = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [(int(line.split()[0]), int(line.split()[1]), line.split(None, 2)[2]) for line in table.splitlines()]
    family = {pid}
    found: dict[int, str] = {}
    for _ in range(4):
        found |= {child: args for child, parent, args in rows if parent in family}
        family |= set(found)
    return found


def alive(pids: set[int]) -> set[int]:
    """Those that still run after a short while."""
    for _ in range(50):
        left = {pid for pid in pids if Path(f"/proc/{pid}/status").exists()}
        if not left:
            break
        time.sleep(0.1)
    return left


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_service_starts_stays_and_stops_without_a_trace(
    service: subprocess.Popen[str], free_port: int, number: signal.Signals
) -> None:
    said = until(service, "Ctrl-C")
    assert f"http://localhost:{free_port}/" in said
    family = children(service.pid)
    worker = next(pid for pid, args in family.items() if "ox_worker" in args)
    os.kill(worker, signal.SIGKILL)
    until(service, "Le traitement en arrière-plan s’est arrêté")
    for _ in range(100):
        if any("ox_worker" in args for pid, args in children(service.pid).items() if pid != worker):
            break
        time.sleep(0.1)
    family |= children(service.pid)
    assert [pid for pid, args in family.items() if "ox_worker" in args and pid != worker], "the worker is started again"

    service.send_signal(number)
    said = until(service, "Tout est arrêté.")
    assert service.wait(20) == 0
    assert "Traceback" not in said
    assert not alive(set(family))


def test_taken_port_is_one_sentence(tmp_path: Path, free_port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port))
        taken.listen()
        answer = subprocess.run(
            [sys.executable, "-m", "config.serve"],
            cwd=ROOT,
            env=environment(tmp_path, free_port),
            capture_output=True,
            text=True,
            check=False,
        )
    assert answer.returncode == 1
    assert len(answer.stderr.splitlines()) == 1
    assert f"Le port {free_port} est déjà pris." in answer.stderr


def test_a_wrong_variable_stops_a_command_with_one_sentence(tmp_path: Path, free_port: int) -> None:
    """Mutation: let `manage.py` close its connections all the same; their settings fail again, a hundred lines long."""
    answer = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        cwd=ROOT,
        env=environment(tmp_path, free_port) | {"PROXIRH_PORT": "abc"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 2
    assert not answer.stdout
    assert len(answer.stderr.splitlines()) == 1
    assert "PROXIRH_PORT vaut 'abc'" in answer.stderr


@pytest.mark.parametrize("options", [["--demo"], []])
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_only_production_listens_to_other_machines(
    tmp_path: Path, free_port: int, options: list[str], host: str
) -> None:
    """Mutation: look at the public address alone; the personas of the demonstration are then open to the network."""
    answer = subprocess.run(
        [sys.executable, "-m", "config.serve", *options, "--host", host],
        cwd=ROOT,
        env=environment(tmp_path, free_port),
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert answer.returncode == 1
    assert len(answer.stderr.splitlines()) == 1
    assert f"L’adresse d’écoute {host} ouvre" in answer.stderr


def test_contradictory_configuration_is_one_sentence(tmp_path: Path, free_port: int) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "config.serve", "--demo"],
        cwd=ROOT,
        env=environment(tmp_path, free_port) | {"PROXIRH_MODE": "production"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert answer.stderr == "La démonstration ne se lance pas avec PROXIRH_MODE=production.\n"
