"""Queries written once: the text is kept, never the rows, and nothing that a reading brings."""

import dataclasses
import gc
import itertools
import weakref
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import FieldFetchBlocked
from django.db.models import FETCH_RAISE, CharField, DateTimeField, QuerySet
from django.db.models.sql import Query
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from proxirh.enquiries.models import Enquiry
from proxirh.kernel.models import JournalEntry
from proxirh.kernel.written import MOST_KEPT, Given, Written, written_once
from proxirh.territories.actor import Actor
from tests.conftest import read_plainly
from tests.world import World

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


def later_days() -> QuerySet:
    return JournalEntry.objects.filter(at__date__gte=timezone.localdate())


def revoked() -> Callable[[], QuerySet]:
    """Rows at first, then nothing."""
    rights = iter([True, True, False])
    return lambda: JournalEntry.objects.all() if next(rights) else JournalEntry.objects.none()


def granted() -> Callable[[], QuerySet]:
    """Nothing at first, then rows."""
    rights = iter([False, False, True])
    return lambda: JournalEntry.objects.all() if next(rights) else JournalEntry.objects.none()


def counting() -> Callable[[], QuerySet]:
    """Another query each time."""
    numbers = itertools.count()
    return lambda: JournalEntry.objects.filter(pk__gte=next(numbers))


@pytest.mark.parametrize("build", [later_days, revoked(), granted(), counting()], ids=["day", "less", "more", "else"])
def test_the_suite_sees_a_query_that_depends_on_more_than_its_arguments(build: Callable[[], QuerySet]) -> None:
    """The proof that every reading of the suite carries: see `tests/conftest.py`."""
    line("a")
    with pytest.raises(AssertionError, match="depends on more"):
        Written(build).read()


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Actor)])
def test_each_right_of_an_actor_makes_another_actor(name: str) -> None:
    """Texts are kept by actor. Mutation: `compare=False` on a field."""
    other: Any = dataclasses.replace(Actor(), **{name: object()})
    assert other != Actor()


def test_no_more_than_a_hundred_texts_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """130 MB for a web process. Mutation: keep without bound."""
    written = [weakref.ref(lines_of(f"actor {number}")) for number in range(MOST_KEPT + 20)]
    gc.collect()
    assert sum(ref() is not None for ref in written) == MOST_KEPT


def test_a_reading_leaves_nothing_to_the_collector() -> None:
    """Mutation: leave `get_compiler` on the query that was read."""
    lines_of("test").read(since=MORNING)
    gc.collect()
    gc.disable()
    try:
        before = sum(isinstance(one, Query) for one in gc.get_objects())
        for _ in range(20):
            read_plainly(lines_of("test"), since=MORNING)
        after = sum(isinstance(one, Query) for one in gc.get_objects())
    finally:
        gc.enable()
    assert after - before < 5


def test_rows_with_what_they_join_come_whole(world: World) -> None:
    """A model, a join, a column more, and no column read later: as the queryset itself."""

    @written_once
    def mine() -> QuerySet:
        rows = Enquiry.objects.visible_to(world.actor("author")).with_topic("label").select_related(None)
        return rows.only("reference", "team").select_related("team").fetch_mode(FETCH_RAISE)

    for _ in range(2):
        (found,) = mine().read()
        assert (found.reference, found.team, found.topic_label) == (
            world.enquiry.reference,
            world.team,
            world.topic.label,
        )
        with pytest.raises(FieldFetchBlocked):
            found.contact  # noqa: B018


def test_each_text_is_written_from_a_query_of_its_own() -> None:
    """Clones share their nested queries, which writing changes: two threads once kept a text without its JOIN.

    Mutation: write from a clone of the query that is read.
    """
    built: list[QuerySet] = []

    def build() -> QuerySet:
        built.append(JournalEntry.objects.filter(pk__in=JournalEntry.objects.order_by("at").values("pk")[:5]))
        return built[-1]

    written = Written(build)
    written.text("default")
    assert len(built) == 2
