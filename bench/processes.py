"""The measured server: started as in production, then watched through /proc."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

PROC = Path("/proc")
KIB = 1024
GRACE = 10


def children(pid: int, proc: Path = PROC) -> list[int]:
    """Every descendant of a process."""
    found: list[int] = []
    for path in proc.glob(f"{pid}/task/*/children"):
        for child in map(int, path.read_text().split()):
            found += [child, *children(child, proc)]
    return found


def cpu_seconds(pids: list[int], proc: Path = PROC) -> float:
    """Processor time of these processes so far, to the nanosecond (schedstat; `stat` only knows hundredths)."""
    nanoseconds = 0
    for pid in pids:
        for path in proc.glob(f"{pid}/task/*/schedstat"):
            try:
                nanoseconds += int(path.read_text().split()[0])
            except (OSError, IndexError):  # the thread has just ended
                continue
    return nanoseconds / 1e9


def private_memory(pid: int, proc: Path = PROC) -> int:
    """Bytes that this process alone holds."""
    lines = (proc / str(pid) / "smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) * KIB for line in lines if line.startswith(("Private_Clean:", "Private_Dirty:")))


class Server:
    """granian with two workers on this machine, for the time of a `with`."""

    def __init__(self, environ: Mapping[str, str], port: int, log: Path) -> None:
        self._environ, self.port, self._log = dict(environ), port, log
        self.workers: list[int] = []

    def __enter__(self) -> Self:
        command = [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws"),
            *("--host", "127.0.0.1", "--port", str(self.port), "--workers", "2", "--blocking-threads", "2"),
            *("--log-level", "warning", "config.wsgi:application"),
        ]
        environ = self._environ | {"DJANGO_SETTINGS_MODULE": "bench.settings", "PROXIRH_PORT": str(self.port)}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, env=environ, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + 60
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._stop()
                raise RuntimeError(f"le serveur n’a pas démarré : {self._log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.2)
        # Granian's main process serves nobody: the workers are its children that run Python.
        self.workers = children(self._process.pid)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/live", headers={"Host": "localhost"})
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def memory(self) -> list[int]:
        """Private bytes of each worker that serves (granian's own helpers are an order of magnitude smaller)."""
        sizes = sorted((private_memory(pid) for pid in self.workers), reverse=True)
        return sizes[:2]
