"""Runs the web server and the worker together, and stops both: what `make demo` and `make run` start.

`python -m config.serve [--demo] [--host ADDRESS] [--workers N]`. The parent loads no Django: it prepares the data
folder in a child, watches the two programs, starts again one that dies, and leaves nothing running behind it.
"""

import argparse
import ctypes
import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

from django.core.exceptions import ImproperlyConfigured

from config import env

TICK = 0.2
GRACE = 15.0
STEADY = 5.0
MAX_DELAY = 30.0
PR_SET_PDEATHSIG = 1


class ServeError(Exception):
    """One French sentence that explains why the service does not start."""


def die_with_parent() -> None:
    """Ask the kernel for a SIGTERM when the parent is killed without a chance to say goodbye (Linux alone has this)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def port_is_free(host: str, port: int) -> bool:
    """True when nobody listens on `port`, on the address asked for or on the other `localhost`."""
    for family, address in ((socket.AF_INET, host), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            if error.errno == errno.EACCES:
                raise ServeError(
                    f"Le port {port} est réservé au système. Choisissez-en un autre, par exemple PROXIRH_PORT=8000."
                ) from error
            if family == socket.AF_INET:
                raise ServeError(f"L’adresse {host} ne convient pas à cette machine : {error.strerror}.") from error
    return True


@dataclass(slots=True)
class Program:
    """A child process in its own session, so that Ctrl-C reaches the parent alone, which stops each in turn."""

    label: str
    command: list[str]
    environ: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restart_at: float = 0.0
    delay: float = 1.0
    grace: float = GRACE

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command,
            cwd=env.BASE_DIR,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 (this parent has one thread)
        )
        self.started_at = time.monotonic()

    def status(self) -> int | None:
        """Exit status, or None while it runs."""
        return None if self.process is None else self.process.poll()

    def signal_group(self, number: signal.Signals) -> None:
        if self.process:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                pass

    def ask_to_stop(self) -> None:
        if self.process and self.status() is None:
            self.process.terminate()

    def wait_stopped(self) -> None:
        """Let it finish what it does within its grace, then kill what is left, grandchildren included."""
        if self.process:
            try:
                self.process.wait(self.grace)
            except subprocess.TimeoutExpired:
                pass
            self.signal_group(signal.SIGKILL)
            self.process.wait()

    def keep_alive(self, now: float) -> None:
        """Start again a program that died, waiting longer each time it dies young."""
        status = self.status()
        if status is None:
            return
        if not self.restart_at:
            steady = now - self.started_at > STEADY
            self.delay = 1.0 if steady else min(self.delay * 2, MAX_DELAY)
            self.restart_at = now + self.delay
            print(f"{self.label} s’est arrêté (statut {status}) ; nouvel essai dans {self.delay:.0f} s.", flush=True)
            self.signal_group(signal.SIGKILL)
        elif now >= self.restart_at:
            self.restart_at = 0.0
            self.start()


class Supervisor:
    """Owns the children and the one flag that Ctrl-C, SIGTERM and a closed terminal raise."""

    def __init__(self) -> None:
        self.stopping = False
        self.asked_at = 0.0
        self.programs: list[Program] = []
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.on_signal)

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """The first signal asks; another one, a second later or more, insists (make repeats a SIGTERM at once)."""
        if self.stopping and time.monotonic() - self.asked_at > 1:
            for program in self.programs:
                program.signal_group(signal.SIGKILL)
        elif not self.stopping:
            self.stopping, self.asked_at = True, time.monotonic()

    def run_once(self, program: Program) -> int:
        """Run a program to its end; a stop asked meanwhile ends it."""
        self.programs = [program]
        program.start()
        while (status := program.status()) is None and not self.stopping:
            time.sleep(TICK)
        if status is None:
            self.stop()
            return 0
        return status

    def stop(self) -> None:
        for program in self.programs:
            program.ask_to_stop()
        for program in self.programs:
            program.wait_stopped()

    def supervise(self, web: Program, worker: Program, *, ready: Callable[[], bool], banner: str) -> None:
        """Keep both alive until a stop is asked; a web server that never answers is an error, said in one sentence."""
        self.programs = [web, worker]
        web.grace = 1.0  # a worker of granian that is still loading ignores a stop, and serves nobody yet
        try:
            for program in self.programs:
                program.start()
            while not self.stopping and not ready():
                if web.status() is not None:
                    raise ServeError("Le serveur web n’a pas pu démarrer, voir ci-dessus.")
                time.sleep(TICK)
            if not self.stopping:
                web.grace = GRACE
                print(banner, flush=True)
            while not self.stopping:
                for program in self.programs:
                    program.keep_alive(time.monotonic())
                time.sleep(TICK)
        finally:
            self.stop()


def answers(port: int) -> bool:
    """True once the web server gives any answer to `/live`."""
    connection = http.client.HTTPConnection("localhost", port, timeout=2)
    try:
        connection.request("GET", "/live")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def demo_banner(base_url: str) -> str:
    """What a newcomer needs: the address, who to be, how, and where the mails are."""
    return f"""
ProxiRH est prêt : {base_url}/

Pour entrer     {base_url}/demo/ : choisissez une personne, un clic suffit, sans mot de passe.
Les courriels   {base_url}/demo/courriels/ : tout ce que le service envoie, avec ses codes et ses liens.
Pour arrêter    Ctrl-C
"""


def plain_banner(settings: env.Environment) -> str:
    """The address, and where the mailed codes go."""
    mails = "" if settings.smtp_url else f"Les courriels   écrits dans {settings.data_dir / 'courriels'}\n"
    return f"\nProxiRH est prêt : {settings.base_url}/\n{mails}Pour arrêter    Ctrl-C\n"


def serve(*, demo: bool, host: str, workers: int) -> int:
    """Prepare, run, watch, stop; the exit status is 0 when someone asked to stop."""
    environ = dict(os.environ)
    if demo:
        if environ.get("PROXIRH_MODE") == "production":
            raise ServeError("La démonstration ne se lance pas avec PROXIRH_MODE=production.")
        environ["PROXIRH_MODE"] = "demo"
    settings = env.load(environ)
    if not settings.is_production and not env.is_loopback_host(host):
        raise ServeError(
            f"L’adresse d’écoute {host} ouvre le service à d’autres machines : cela exige PROXIRH_MODE=production."
        )
    if not port_is_free(host, settings.port):
        raise ServeError(
            f"Le port {settings.port} est déjà pris. Arrêtez l’autre programme, "
            f"ou choisissez un autre port : PROXIRH_PORT={settings.port + 1}."
        )
    supervisor = Supervisor()
    python = [sys.executable, "-m"]
    prepare = Program("La préparation", [*python, "config.prepare", *(["--demo"] if demo else [])], environ)
    if (status := supervisor.run_once(prepare)) != 0:
        return status if status > 0 else 1
    if supervisor.stopping:
        print("\nTout est arrêté.", flush=True)
        return 0
    if demo:
        (settings.data_dir / "mode").write_text("demo\n", encoding="utf-8")
    web = Program(
        "Le serveur web",
        [
            *(*python, "granian", "--interface", "wsgi", "--http", "1", "--no-ws"),
            *("--host", host, "--port", str(settings.port), "--workers", str(workers), "--blocking-threads", "2"),
            *("--respawn-failed-workers", "--respawn-interval", "1", "--workers-kill-timeout", "5"),
            *("--log-level", "warning", "config.wsgi:application"),
        ],
        environ,
    )
    worker = Program("Le traitement en arrière-plan", [sys.executable, "manage.py", "ox_worker", "-v", "0"], environ)
    banner = demo_banner(settings.base_url) if settings.is_demo else plain_banner(settings)
    supervisor.supervise(web, worker, ready=lambda: answers(settings.port), banner=banner)
    print("\nTout est arrêté.", flush=True)
    return 0


def main() -> int:
    """Read the command line; every foreseeable refusal is one French sentence, without a traceback."""
    parser = argparse.ArgumentParser(prog="python -m config.serve", description="Web et tâches de fond de ProxiRH.")
    parser.add_argument("--demo", action="store_true", help="remplit et sert la démonstration")
    parser.add_argument("--host", default="127.0.0.1", help="adresse d’écoute (cette machine seulement par défaut)")
    parser.add_argument("--workers", type=int, default=2, help="nombre de processus web")
    options = parser.parse_args()
    try:
        return serve(demo=options.demo, host=options.host, workers=options.workers)
    except (ServeError, ImproperlyConfigured) as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or 'Un fichier'} ne peut pas être écrit : {error.strerror}.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
