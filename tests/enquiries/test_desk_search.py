"""The search box of the desk: what it finds, why it says so, and what it never tells."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import desk_search
from proxirh.enquiries.desk_search import ADDRESS, NAME, NEAR, REFERENCE, START
from proxirh.enquiries.models import AccessRecord, PersonChoice
from proxirh.enquiries.services import searching
from tests.enquiries import acts
from tests.enquiries.visitors import text, visitor
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
TOMORROW = NOW + timedelta(days=1)


def found(world: World, typed: str, *, part: str = "counsellor") -> list[tuple[str, str]]:
    """Title and reason of each line."""
    page = desk_search.search(world.actor(part), typed, at=TOMORROW)
    return [(row.title, row.match) for row in page.rows]


def ask(world: World, typed: str, *, part: str = "counsellor") -> HttpResponse:
    return visitor(world, part).post(reverse("enquiries:desk"), {"q": typed})


def test_each_line_says_why_it_is_found(world: World) -> None:
    """Mutation: say the name for every line."""
    enquiry = world.taken(first_name="Zoé", last_name="Brûlé", email="zoe@exemple.invalid")
    plain = enquiry.reference.replace("-", "")
    for typed, why in (
        (enquiry.reference, REFERENCE),
        (plain.lower(), REFERENCE),
        (f"  {plain[:4]} {plain[4:]} ", REFERENCE),
        (" ".join(plain), REFERENCE),
        (plain[:6], START),
        ("zoe@exemple.invalid", ADDRESS),
        (" ZOE@Exemple.invalid ", ADDRESS),
        ("rul", NAME),
        ("brule zoe", NAME),
    ):
        assert found(world, typed) == [("Zoé Brûlé", why)], typed


def test_a_name_is_found_in_spite_of_a_slip_when_no_other_is_so_written(world: World) -> None:
    """Mutations: look for slips beside what is found as it was typed; in a word of three letters."""
    world.taken(first_name="Zoé", last_name="Brûlé-Martin", email="zoe@exemple.invalid")
    for typed in ("brulle", "burle", "brlé", "Brule Mattin", "zoe martim"):
        assert found(world, typed) == [("Zoé Brûlé-Martin", NEAR)], typed
    for typed in ("artins martin", "zeo", "zoa", "brûlat", "martin dupont", "zoé@exemple.invalid"):
        assert found(world, typed) == [], typed
    world.taken(first_name="Ana", last_name="Brulle")
    assert found(world, "brulle") == [("Ana Brulle", NAME)]


def test_one_letter_finds_nobody_and_an_address_is_exact(world: World) -> None:
    """Mutation: look for one letter; compare the beginning of an address, or one of its words."""
    world.taken(first_name="Zoé", last_name="Brûlé", email="zoe@exemple.invalid")
    for typed in ("z", "é", "-", "zoe@exemple", "zoe@", "@exemple.invalid", "oe@exemple.invalid"):
        assert found(world, typed) == [], typed
    assert [name for name, _ in found(world, "zo")] == ["Zoé Brûlé"]


def test_what_one_follows_beside_is_found_too(world: World) -> None:
    """Mutation: look only in what one leads."""
    name = world.reload().contact_name
    assert found(world, name, part="co-handler") == [(name, NAME)]
    for part in ("fellow counsellor", "former handler", "excluded colleague", "coordinator", "counsellor elsewhere"):
        assert found(world, name, part=part) == [], part


def test_before_taking_only_the_whole_reference_finds_and_shows_no_name(world: World) -> None:
    """Mutation: search names or addresses among what waits for the team."""
    enquiry = world.submit(first_name="Zoé", last_name="Secrète", email="zoe@exemple.invalid")
    for typed in ("zoé", "secrète", "zoe@exemple.invalid", enquiry.reference[:7]):
        assert found(world, typed) == [], typed
    assert found(world, enquiry.reference) == [(enquiry.reference, REFERENCE)]
    assert "Secrète" not in text(ask(world, enquiry.reference))


@pytest.mark.parametrize("typed", ["reference", "name", "author@exemple.invalid"])
def test_a_conflict_of_interest_hides_it_from_every_search(world: World, typed: str) -> None:
    """Mutation: search by the hands alone, without the doors."""
    row = world.reload()
    said = {"reference": row.reference, "name": row.contact_name}.get(typed, typed)
    assert found(world, said, part="co-handler")
    PersonChoice.objects.create(enquiry=row, person=world.people["co-handler"], kind="excluded")
    assert found(world, said, part="co-handler") == []
    waiting = world.submit(excluded=(world.people["excluded colleague"],))
    for part in ("excluded colleague", "superior"):
        assert found(world, waiting.reference, part=part) == [], part


def test_a_coordinator_finds_a_row_by_its_whole_reference_only(world: World) -> None:
    """Mutation: open the names of the académie to the box, or its rows to another académie."""
    row = world.reload()
    assert found(world, row.reference, part="coordinator") == [(row.reference, REFERENCE)]
    for typed in (row.reference[:6], row.contact_name, "author@exemple.invalid"):
        assert found(world, typed, part="coordinator") == [], typed
    page = text(ask(world, row.reference, part="coordinator"))
    assert row.reference in page
    assert row.contact_name not in page
    assert world.topic.label not in page


def test_searching_is_no_reading(world: World) -> None:
    """« A name in one’s own list is not a reading. »"""
    before = AccessRecord.objects.count()
    assert world.reload().contact_name in text(ask(world, world.reload().contact_name))
    assert AccessRecord.objects.count() == before


def test_the_answer_says_how_many_and_takes_the_focus(world: World) -> None:
    """Mutation: leave the focus at the top of the page."""
    answer = ask(world, world.reload().reference)
    assert answer.status_code == 200
    assert '<h1 tabindex="-1" data-ui-focus>Recherche : 1 demande</h1>' in text(answer)
    nothing = text(ask(world, "introuvable"))
    assert '<h1 tabindex="-1" data-ui-focus>Recherche</h1>' in nothing
    assert "saisissez sa demande avec elle" in nothing
    assert "référence entière, de huit caractères" in text(ask(world, "introuvable", part="coordinator"))


def test_queries_do_not_grow_with_what_is_found(world: World) -> None:
    client = visitor(world, "counsellor")
    client.get(reverse("enquiries:desk"))
    costs = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            answer = client.post(reverse("enquiries:desk"), {"q": "exemple"})
        costs.append(len([one for one in queries if "SAVEPOINT" not in one["sql"]]))
        for _ in range(desk_search.SIZE + 5):
            world.taken(at=timezone.now())
    assert costs[0] == costs[1] <= 12
    assert answer.content.count(b"data-ui-row") == desk_search.SIZE
    assert len(answer.content) <= 30_000


def test_nobody_types_that_fast(world: World, monkeypatch: Any) -> None:
    """Mutation: count no search, or those that were refused alone."""
    monkeypatch.setattr(searching, "SEARCHES", 2)
    client, address = visitor(world, "counsellor"), reverse("enquiries:desk")
    said = world.reload().contact_name
    assert [client.post(address, {"q": said}).status_code for _ in range(2)] == [200, 200]
    refused = client.post(address, {"q": said})
    assert refused.status_code == 429
    assert "Attendez dix minutes" in text(refused)
    assert "Trouvée par" not in text(refused)
    assert client.get(address).status_code == 200
    acts.close(world, world.reload())
