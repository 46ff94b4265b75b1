"""Runs a command in processes that kill themselves: `python -m tests.mortal JSON`, driven through stdin.

It loads Django once and forks at each line `N`: the child runs the command and dies by SIGKILL right after its N-th
statement. The answer is the signal that ended it, 0 when it came to the end.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

if not apps.ready:
    django.setup()

from proxirh.kernel import rotation


class Mortal:
    """Asks for a command that dies after so many statements, from within a test that really commits."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def killed_after(self, statements: int) -> int:
        """The signal that ended it, 0 when it came to its end."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{statements}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@contextmanager
def mortal(*command: str, **changed: str) -> Iterator[Mortal]:
    """The command on the database of the test, with these settings; its children die with it."""
    names = ("NAME", "USER", "PASSWORD", "HOST", "PORT")
    given = {
        "database": {name: str(connection.settings_dict[name]) for name in names},
        "settings": changed,
        "command": command,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.mortal", json.dumps(given)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield Mortal(process)
    process.communicate(timeout=60)


def run(command: list[str], dies_after: int) -> int:
    """In a process of its own; the signal that ended it."""
    connections.close_all()
    if pid := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    left = dies_after

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal left
        result = execute(sql, params, many, context)
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    with connection.execute_wrapper(count):
        call_command(*command, stdout=StringIO())
    os._exit(0)


def main() -> None:
    """Take the database and the settings of the test, then obey."""
    given = json.loads(sys.argv[1])
    settings.DATABASES["default"] |= given["database"]
    for name, value in given["settings"].items():
        setattr(settings, name, value)
    rotation.BATCH = 2
    for line in sys.stdin:
        print(run(given["command"], int(line)), flush=True)


if __name__ == "__main__":
    main()
