"""Reading is written down before it is shown: who, how much, why, when; its author reads it in words."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import services
from proxirh.enquiries.models import AccessRecord, BreakGlass, Level, Message, Why
from proxirh.enquiries.models.access import quarter_of
from proxirh.enquiries.retention import OPENINGS, READINGS
from proxirh.enquiries.services.reading import record_reading
from proxirh.kernel.files import CheckedFile
from proxirh.kernel.readonly import WriteDuringRead, refuse_writes
from tests.enquiries.asker import text_of as text
from tests.enquiries.visitors import visitor
from tests.matrix import openings
from tests.routes import Visitors, address_of
from tests.targets import make_targets, names_an_enquiry
from tests.world import NOW, World

pytestmark = pytest.mark.django_db


def records(world: World) -> list[tuple[str, str, str]]:
    parts = {person.pk: part for part, person in world.people.items()}
    rows = AccessRecord.objects.order_by("pk").values_list("reader_id", "level", "why")
    return [(parts[reader], level, why) for reader, level, why in rows]


def get(world: World, part: str, name: str, *args: object) -> HttpResponse:
    return visitor(world, part).get(reverse(f"enquiries:{name}", args=args))


@pytest.mark.parametrize(
    ("part", "why"), [("counsellor", Why.IN_CHARGE), ("co-handler", Why.INVITED)], ids=["lead", "co-handler"]
)
def test_opening_an_enquiry_is_written_down(world: World, part: str, why: str) -> None:
    """Mutation: drop `record_reading` from `find_handled`."""
    assert get(world, part, "enquiry", world.enquiry.uid).status_code == 200
    assert records(world) == [(part, Level.CONTENT, why)]


def test_the_page_before_taking_is_written_down_and_taking_shows_nothing(world: World) -> None:
    waiting = world.submit(excluded=(world.people["excluded colleague"],))
    assert get(world, "counsellor", "enquiry", waiting.uid).status_code == 200
    assert records(world) == [("counsellor", Level.NAME, Why.BEFORE_TAKING)]
    visitor(world, "fellow counsellor").post(reverse("enquiries:decline", args=[waiting.uid]))
    visitor(world, "counsellor").post(reverse("enquiries:take", args=[waiting.uid]))
    assert len(records(world)) == 1


def test_ones_own_page_and_ones_own_lists_are_no_reading(world: World) -> None:
    """A name in one’s own list is not a reading (RULES §2)."""
    assert get(world, "author", "follow", world.enquiry.uid).status_code == 200
    assert get(world, "counsellor", "desk").status_code == 200
    assert records(world) == []


def test_one_line_a_quarter_of_an_hour_for_one_person_and_one_reason(world: World) -> None:
    """Mutation: leave `quarter` out of the constraint, or write `at` again on a conflict."""
    actor, fellow = world.actor("counsellor"), world.actor("co-handler")
    at = datetime(2026, 11, 17, 9, 1, tzinfo=UTC)
    for minutes in (0, 1, 13, 14, 29):
        record_reading(
            actor=actor,
            enquiry=world.enquiry,
            level=Level.CONTENT,
            why=Why.IN_CHARGE,
            at=at + timedelta(minutes=minutes),
        )
    record_reading(actor=fellow, enquiry=world.enquiry, level=Level.CONTENT, why=Why.INVITED, at=at)
    times = list(AccessRecord.objects.filter(reader_id=actor.person_id).order_by("at").values_list("at", flat=True))
    assert times == [at, at + timedelta(minutes=14), at + timedelta(minutes=29)]
    assert AccessRecord.objects.count() == 4
    assert quarter_of(at) == datetime(2026, 11, 17, 9, 0, tzinfo=UTC)


def test_the_door_lets_one_insert_through_and_closes(world: World) -> None:
    """Mutation: leave the door open, or open it for another table."""
    with connection.execute_wrapper(refuse_writes):
        record_reading(actor=world.actor("counsellor"), enquiry=world.enquiry, level=Level.CONTENT, why=Why.IN_CHARGE)
        assert AccessRecord.objects.count() == 1
        with pytest.raises(WriteDuringRead):
            AccessRecord.objects.all().delete()
        with pytest.raises(WriteDuringRead):
            Message.objects.create(enquiry=world.enquiry, body="x", is_from_agent=True)


# ── Nothing is shown that is not written ──────────────────────────────────────────────────────────
CANARIES = ("CANARIMOTS", "CANARINOM", "0611223344", "CANARIMESSAGE", "CANARIETAPE", "CANARIFICHIER")


@pytest.fixture
def telling(world: World) -> World:
    """Both enquiries of the matrix hold words found nowhere else."""
    given = {"words": "CANARIMOTS", "last_name": "CANARINOM", "phone": "0611223344"}
    world.enquiry = world.taken(excluded=(world.people["excluded colleague"],), **given)
    services.log_exchange(
        actor=world.actor("counsellor"),
        enquiry=world.enquiry,
        means="phone",
        was_reached=True,
        summary="CANARIMESSAGE",
        next_step="CANARIETAPE",
        next_step_on=timezone.localdate() + timedelta(days=9),
    )
    services.send_message(
        actor=world.actor("counsellor"),
        enquiry=world.reload(),
        body="CANARIMESSAGE",
        uploads=[CheckedFile("CANARIFICHIER.pdf", "application/pdf", b"%PDF-1.4 CANARIMOTS")],
    )
    world.enquiry = world.reload()
    return world


def showing(world: World) -> Iterator[tuple[str, str, str, HttpResponse | None]]:
    """Each page of the desk about an enquiry, by route, relation and part that it opens to; None when it breaks."""
    visitors, targets = Visitors(world), make_targets(world)
    for route, relation, parts in openings():
        if names_an_enquiry(route) and route.path.startswith("bureau/"):
            for part in parts:
                try:
                    answer = visitors.ask(part, "GET", address_of(route, targets[relation]))
                except DatabaseError:
                    answer = None
                yield route.name, relation, part, answer


def told(answer: HttpResponse | None) -> list[str]:
    """What a page holds of what somebody typed."""
    return [] if answer is None else [one for one in CANARIES if one.encode() in bytes(answer.getvalue())]


def test_a_page_that_cannot_be_written_down_shows_nothing(telling: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proof R-13 for the record: whatever fails while writing it, no page holds a word.

    Mutation: write the record after the page is made, or swallow its error.
    """
    assert sum(bool(told(answer)) for *_, answer in showing(telling)) > 5

    def failing(*_: object, **__: object) -> None:
        raise DatabaseError("full")

    monkeypatch.setattr(AccessRecord.objects.get_queryset().__class__, "note", failing)
    for *place, answer in showing(telling):
        assert told(answer) == [], place


def test_every_page_of_the_desk_that_shows_something_is_written_down(
    telling: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever route is added later. Mutation: a view that takes `visible_to` rather than `find_handled`."""
    noted: list[object] = []
    queryset = AccessRecord.objects.get_queryset().__class__
    note = queryset.note

    def counted(self: object, **columns: object) -> None:
        noted.append(columns["reader_id"])
        note(self, **columns)  # type: ignore[arg-type]

    monkeypatch.setattr(queryset, "note", counted)
    shown = 0
    for name, relation, part, answer in showing(telling):
        reader = telling.people[part].pk if part in telling.people else None
        if told(answer):
            assert reader in noted, (name, relation, part)
            shown += 1
        noted.clear()
    assert shown > 5


# ── Told to its author ────────────────────────────────────────────────────────────────────────────
def test_the_author_reads_who_when_and_why(world: World) -> None:
    record_reading(actor=world.actor("counsellor"), enquiry=world.enquiry, level=Level.CONTENT, why=Why.IN_CHARGE)
    record_reading(actor=world.actor("coordinator"), enquiry=world.enquiry, level=Level.CARD, why=Why.AGENT_CALLS)
    told = text(get(world, "author", "readings", world.enquiry.uid))
    assert f"{world.people['counsellor'].full_name} a ouvert votre demande pour la suivre." in told
    assert f"{world.people['coordinator'].full_name} a vu votre nom et vos coordonnées parce que vous appeliez." in told


def test_nobody_yet_says_so(world: World) -> None:
    assert "Personne n’a encore ouvert votre demande" in text(get(world, "author", "readings", world.enquiry.uid))


@pytest.mark.parametrize("why", Why.values)
def test_each_reason_has_its_words(world: World, why: str) -> None:
    """Mutation: add a reason without its sentence."""
    level = Level.CONTENT
    record_reading(actor=world.actor("counsellor"), enquiry=world.enquiry, level=level, why=Why(why))
    assert world.people["counsellor"].full_name in text(get(world, "author", "readings", world.enquiry.uid))


def test_the_record_is_for_the_author_alone(world: World) -> None:
    for part in ("counsellor", "coordinator", "colleague", "administrator"):
        assert get(world, part, "readings", world.enquiry.uid).status_code == 404
    assert get(world, "anonymous", "readings", world.enquiry.uid).status_code == 302


def test_queries_do_not_grow_with_the_record(world: World) -> None:
    author, address = visitor(world, "author"), reverse("enquiries:readings", args=[world.enquiry.uid])
    author.get(address)
    costs = []
    for hours in range(12):
        at = timezone.now() - timedelta(hours=hours)
        for part in ("counsellor", "co-handler", "coordinator"):
            record_reading(
                actor=world.actor(part), enquiry=world.enquiry, level=Level.CONTENT, why=Why.EXCEPTIONAL, at=at
            )
        with CaptureQueriesContext(connection) as queries:
            author.get(address)
        costs.append(len(queries))
    assert len(set(costs)) == 1


# ── Kept a year ───────────────────────────────────────────────────────────────────────────────────
def test_records_go_after_a_year(world: World) -> None:
    """Mutation: delete by another date."""
    now = timezone.now()
    for days in (364, 366):
        record_reading(
            actor=world.actor("counsellor"),
            enquiry=world.enquiry,
            level=Level.CONTENT,
            why=Why.IN_CHARGE,
            at=now - timedelta(days=days),
        )
    BreakGlass.objects.bulk_create(
        BreakGlass(
            enquiry=world.enquiry,
            person=world.people["coordinator"],
            reason="Un motif assez long.",
            opened_at=now - timedelta(days=days),
            until=now - timedelta(days=days) + timedelta(hours=1),
        )
        for days in (364, 367)
    )
    assert READINGS.apply(at=now) + OPENINGS.apply(at=now) == 2
    assert (AccessRecord.objects.count(), BreakGlass.objects.count()) == (1, 1)


def test_a_reading_names_a_person(world: World) -> None:
    """Nobody reads without a name."""
    with pytest.raises(IntegrityError):
        record_reading(
            actor=world.actor("anonymous"), enquiry=world.enquiry, level=Level.CONTENT, why=Why.INVITED, at=NOW
        )
