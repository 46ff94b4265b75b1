"""Rotates the keys in processes that kill themselves: `python -m tests.rotation.rotator JSON`, driven through stdin.

It loads Django once and forks at each line `N`: the child runs `rotate_keys --apply` and dies by SIGKILL right after
its N-th statement. The answer is the signal that ended it, 0 when it came to the end.
"""

import json
import os
import signal
import sys
from io import StringIO
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

django.setup()

from proxirh.kernel import rotation  # noqa: E402 (models need Django ready)


def rotate(dies_after: int) -> int:
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
        call_command("rotate_keys", "--apply", stdout=StringIO())
    os._exit(0)


def main() -> None:
    """Take the database and the keys of the test, then obey."""
    given = json.loads(sys.argv[1])
    settings.DATABASES["default"] |= given["database"]
    settings.PROXIRH_KEYS_FILE = given["keys"]
    rotation.BATCH = 2
    for line in sys.stdin:
        print(rotate(int(line)), flush=True)


if __name__ == "__main__":
    main()
