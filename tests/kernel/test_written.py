"""Queries written once: the text is kept, never the rows, and nothing that a reading brings."""

import gc
import weakref
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db.models import CharField, DateTimeField, QuerySet
from django.utils.functional import SimpleLazyObject

from proxirh.kernel.models import JournalEntry
from proxirh.kernel.written import Given, Written, written_once
from tests.conftest import written_anew

MORNING, NOON = datetime(2026, 9, 1, 8, tzinfo=UTC), datetime(2026, 9, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def line(verb: str, at: datetime = MORNING, actor: str = "test") -> JournalEntry:
    return JournalEntry.objects.create(at=at, actor=actor, verb=verb, subject="sujet:1")


@written_once
def lines_of(actor: str) -> QuerySet:
    return JournalEntry.objects.filter(actor=actor, at__gte=Given("since", DateTimeField())).order_by("pk")


def test_rows_are_those_of_now_and_the_text_that_of_the_first_reading() -> None:
    """Mutation: keep what `read` found."""
    line("a")
    assert [one.verb for one in lines_of("test").read(since=MORNING)] == ["a"]
    text = lines_of("test").text("default")
    line("b", NOON)
    assert [one.verb for one in lines_of("test").read(since=MORNING)] == ["a", "b"]
    assert lines_of("test").text("default") is text


def test_each_reading_brings_its_own_values() -> None:
    """Mutation: fill the places once."""
    line("a")
    line("b", NOON)
    assert [one.verb for one in lines_of("test").read(since=NOON)] == ["b"]
    assert [one.verb for one in lines_of("test").read(since=MORNING)] == ["a", "b"]
    assert lines_of("test").first(since=NOON).verb == "b"
    assert lines_of("test").first(since=datetime(2027, 1, 1, tzinfo=UTC)) is None
    with pytest.raises(KeyError):
        lines_of("test").read()


def test_each_argument_has_its_own_text() -> None:
    """Mutation: keep one text whatever the arguments."""
    line("a", actor="une")
    line("b", actor="autre")
    assert [one.verb for one in lines_of("une").read(since=MORNING)] == ["a"]
    assert [one.verb for one in lines_of("autre").read(since=MORNING)] == ["b"]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (lambda rows: rows.values_list("verb", "at"), [("a", MORNING)]),
        (lambda rows: rows.values_list("verb", flat=True), ["a"]),
        (lambda rows: rows.values("verb"), [{"verb": "a"}]),
        (lambda rows: rows.values_list("verb", flat=True)[:1], ["a"]),
        (lambda rows: rows.none(), []),
        (lambda rows: rows.filter(pk__in=[]), []),
        (lambda rows: rows.values_list("verb").union(rows.values_list("actor")), [("a",), ("test",)]),
    ],
    ids=["tuples", "flat", "dicts", "slice", "none", "empty", "union"],
)
def test_rows_come_as_the_queryset_gives_them(shape: Callable[[QuerySet], QuerySet], expected: list) -> None:
    line("a")

    def build() -> QuerySet:
        return shape(JournalEntry.objects.filter(verb=Given("verb", CharField())))

    written = written_once(build)()
    for _ in range(2):
        assert sorted(written.read(verb="a"), key=str) == sorted(shape(JournalEntry.objects.all()), key=str) == expected


def test_a_lazy_argument_is_what_it_holds_and_keeps_nothing_alive() -> None:
    """Mutation: keep the lazy object itself; the request that its function reads would never go."""

    class Request:
        actor = "test"

    request = Request()
    kept = weakref.ref(request)
    assert lines_of(SimpleLazyObject(lambda request=request: str(request.actor))) is lines_of("test")  # type: ignore[arg-type]
    del request
    gc.collect()
    assert kept() is None


def test_the_suite_sees_a_query_that_depends_on_more_than_its_arguments() -> None:
    """The proof that every reading of the suite carries: see `tests/conftest.py`."""
    days = iter([MORNING, NOON, NOON])
    written = Written(lambda: JournalEntry.objects.filter(at__gte=next(days)))
    assert written.text("default").params != written_anew(written).params
    with pytest.raises(AssertionError, match="depends on more"):
        written.read()
