"""A GET changes no business row: SQL that writes is refused while a safe request is served."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
READING = "SELECT"

_open_door: ContextVar[str] = ContextVar("open_door", default="")


class WriteDuringRead(Exception):
    """A safe request tried to write: a fault of ours, never shown to anyone as a page with content."""


@contextmanager
def recording(table: str) -> Iterator[None]:
    """Let INSERTs into one table through: the door of the access record."""
    token = _open_door.set(table)
    try:
        yield
    finally:
        _open_door.reset(token)


def refuse_writes(execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
    """Database wrapper that lets only reading through, and INSERTs into the table whose door is open."""
    head = sql.lstrip("( \n").upper()
    table = _open_door.get()
    if head.startswith(READING) or (table and head.startswith(f'INSERT INTO "{table.upper()}"')):
        return execute(sql, params, many, context)
    raise WriteDuringRead(f"{sql.split(maxsplit=3)[:3]} pendant une lecture")


def writes_on_get(view: Callable) -> Callable:
    """Mark a view whose protocol obliges it to write on GET (OpenID Connect, readiness probe)."""
    view.writes_on_get = True  # type: ignore[attr-defined]
    return view


class ReadOnlyGetMiddleware:
    """Serve every safe request under `refuse_writes`, but for views marked `writes_on_get`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The last of the middleware: what it opens lasts as long as the view, and no longer."""
        with ExitStack() as request.during_view:  # type: ignore[attr-defined]
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> None:
        """Close the door once it is known which view is called."""
        if request.method in SAFE_METHODS and not getattr(view, "writes_on_get", False):
            request.during_view.enter_context(connection.execute_wrapper(refuse_writes))  # type: ignore[attr-defined]
