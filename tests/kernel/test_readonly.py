"""A GET changes no row: the wrapper lets reading through, and one door that is opened by name."""

import pytest
from django.db import connection

from proxirh.kernel.models import Heartbeat, JournalEntry
from proxirh.kernel.readonly import ReadOnlyGetMiddleware, WriteDuringRead, recording, refuse_writes, writes_on_get
from tests.routes import routes

pytestmark = pytest.mark.django_db


def middleware(method: str, view, rf):
    """What the view answers behind the middleware, called as Django does."""

    def resolve(request):
        readonly.process_view(request, view, (), {})
        return view(request)

    readonly = ReadOnlyGetMiddleware(resolve)
    return readonly(rf.generic(method, "/"))


def write(request=None) -> str:
    Heartbeat.objects.create(name="x", seen_at="2026-01-01T00:00Z")
    return "written"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_safe_request_cannot_write(rf, method: str) -> None:
    """Mutation: let INSERT through in refuse_writes."""
    with pytest.raises(WriteDuringRead):
        middleware(method, write, rf)
    assert not Heartbeat.objects.exists()


def test_a_post_goes_its_way(rf) -> None:
    assert middleware("POST", write, rf) == "written"


def test_a_marked_view_goes_its_way(rf) -> None:
    assert middleware("GET", writes_on_get(lambda request: write()), rf) == "written"


def test_the_door_opens_again_after_the_view(rf) -> None:
    """Mutation: leave the wrapper on the connection, which the next request uses too."""
    assert middleware("GET", lambda request: Heartbeat.objects.count(), rf) == 0
    assert write() == "written"


def test_reading_goes_through(rf) -> None:
    assert middleware("GET", lambda request: Heartbeat.objects.count(), rf) == 0


@pytest.mark.parametrize("sql", ["UPDATE a SET b = 1", "DELETE FROM a", "insert into a values (1)", "DROP TABLE a"])
def test_every_writing_statement_is_refused_without_showing_its_values(sql: str) -> None:
    with connection.execute_wrapper(refuse_writes), pytest.raises(WriteDuringRead) as refused:
        connection.cursor().execute(sql)
    assert "values (1)" not in str(refused.value)


def test_three_views_write_on_get_and_no_other() -> None:
    """Mutation: mark a fourth; what it writes, anyone’s link or picture can make it write."""
    marked = {route.name for route in routes() if getattr(route.view, "writes_on_get", False)}
    assert marked == {"accounts:oidc", "accounts:oidc_callback", "portal:ready"}


def test_a_writing_with_clause_is_refused() -> None:
    """A common table expression may hide a write (PostgreSQL). Mutation: let every WITH through."""
    with connection.execute_wrapper(refuse_writes), pytest.raises(WriteDuringRead):
        connection.cursor().execute("WITH gone AS (DELETE FROM kernel_heartbeat RETURNING id) SELECT * FROM gone")


def test_only_the_named_table_may_be_inserted_into_while_its_door_is_open() -> None:
    with connection.execute_wrapper(refuse_writes):
        with recording("kernel_journalentry"):
            JournalEntry.objects.create(actor="a", verb="b", subject="c")
            with pytest.raises(WriteDuringRead):
                write()
        with pytest.raises(WriteDuringRead):
            JournalEntry.objects.create(actor="a", verb="b", subject="c")
