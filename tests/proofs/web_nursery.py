"""Gives birth to web servers that can be killed: `python -m tests.proofs.web_nursery JSON`, driven through stdin.

It loads Django once, listens on one port and forks at each line `born STEP`: the child serves the real application on
that port and dies by SIGKILL right after its STEP-th statement or commit of a POST; 0 leaves it to be killed from
outside. It answers with the pid, and first of all with the port; the end of stdin ends everything.
"""

import json
import os
import signal
import socket
import sys
import threading
from socketserver import ThreadingMixIn
from typing import Any, override
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.util import setup_testing_defaults

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django
from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.module_loading import import_string

django.setup()


class Steps:
    """Statements and commits left before this process dies, counted while a POST is served."""

    def __init__(self, left: int, application: Any) -> None:
        self.left, self.application = left, application
        self.here = threading.local()

    def done(self) -> None:
        if getattr(self.here, "posts", False) and self.left:
            self.left -= 1
            if not self.left:
                os.kill(os.getpid(), signal.SIGKILL)

    def serve(self, environ: dict[str, Any], start_response: Any) -> Any:
        """The real application; a commit is a step like any statement."""
        self.here.posts = environ["REQUEST_METHOD"] == "POST"
        return self.application(environ, start_response)

    def watch(self) -> None:
        """Count in every connection of this process."""
        commit = BaseDatabaseWrapper.commit
        opened = BaseDatabaseWrapper.connect

        def committed(wrapper: BaseDatabaseWrapper) -> None:
            commit(wrapper)
            self.done()

        def counted(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            result = execute(sql, params, many, context)
            self.done()
            return result

        def connected(wrapper: BaseDatabaseWrapper) -> None:
            opened(wrapper)
            if counted not in wrapper.execute_wrappers:
                wrapper.execute_wrappers.append(counted)

        BaseDatabaseWrapper.commit = committed  # type: ignore[method-assign]
        BaseDatabaseWrapper.connect = connected  # type: ignore[method-assign]


class Server(ThreadingMixIn, WSGIServer):
    """Several requests at once, on a socket that outlives it."""

    daemon_threads = True

    def __init__(self, listening: socket.socket) -> None:
        super().__init__(listening.getsockname(), Quiet, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.server_name, self.server_port = listening.getsockname()
        self.setup_environ()


class Quiet(WSGIRequestHandler):
    """Says nothing of each request."""

    @override
    def log_message(self, format: str, *args: Any) -> None:
        return


def born(listening: socket.socket, step: int, application: Any) -> int:
    """A server in a process of its own; its parent has no open connection to share."""
    connections.close_all()
    if pid := os.fork():
        return pid
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    steps = Steps(step, application)
    steps.watch()
    server = Server(listening)
    server.set_app(steps.serve)
    server.serve_forever(poll_interval=0.01)
    os._exit(0)


def warm_up(application: Any) -> None:
    """Load addresses, forms and templates once, before the forks."""
    environ: dict[str, Any] = {}
    setup_testing_defaults(environ)
    for path in ("/demander/", "/demander/envoyee/"):
        list(application(environ | {"PATH_INFO": path, "HTTP_HOST": "localhost"}, lambda *_: None))


def main() -> None:
    """Take the database and the keys of the test, then obey."""
    given = json.loads(sys.argv[1])
    settings.DATABASES["default"] |= given["database"]
    settings.SECRET_KEY = given["secret"]
    settings.PROXIRH_KEYS_FILE = given["keys"]
    settings.PROXIRH_DATA_DIR = given["data"]
    settings.PROXIRH_TRUSTED_PROXIES = 1
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    application = import_string("config.wsgi.application")  # it reads the database as soon as it is loaded
    warm_up(application)
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        print(listening.getsockname()[1], flush=True)
        alive: list[int] = []
        for line in sys.stdin:
            alive.append(born(listening, int(line.split()[1]), application))
            print(alive[-1], flush=True)
        for pid in alive:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


if __name__ == "__main__":
    main()
