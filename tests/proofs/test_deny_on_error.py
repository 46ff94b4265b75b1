"""A permission, a door, a decryption or a record that breaks never ends in a page with content (R-13)."""

import inspect
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import attachments, permissions, services
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.querysets import EnquiryQuerySet
from proxirh.enquiries.services import reading
from proxirh.kernel import antivirus, encryption
from proxirh.kernel.files import CheckedFile
from proxirh.kernel.models import JournalEntry
from proxirh.outbox.models import OutgoingEmail
from tests.enquiries.visitors import visitor
from tests.proofs.gestures import EVERY, called
from tests.proofs.rows import nothing_written, undone
from tests.routes import sign_in
from tests.strict_client import StrictClient
from tests.world import World

pytestmark = pytest.mark.django_db
WORDS = "CANARIMOTS"


class BrokenError(Exception):
    """What breaks on purpose."""


def functions(module: ModuleType) -> list[tuple[Any, str]]:
    """Public functions that a module itself defines."""
    found = inspect.getmembers(module, inspect.isfunction)
    return [(module, name) for name, one in found if one.__module__ == module.__name__ and name[0] != "_"]


DOORS = [(EnquiryQuerySet, name) for name in ("visible_to", "listed_for", "for_system")]
GUARDS = [*functions(permissions), *DOORS, (encryption, "unseal"), (attachments, "quarantine")]
GUARDS += [(antivirus, "is_configured"), (reading, "record_reading")]


# Asked by one gesture alone: who makes it well is asked, and not answered.
BY_A_GESTURE = {
    "answers_the_phone": called,
    "can_note_protection": EVERY["dater les démarches"],
    "can_renew_code": EVERY["redonner le code"],
    "can_take": EVERY["prendre"],
}
# Who opens which page; "waiting" is an enquiry before it is taken.
PAGES = [
    *(("author", route) for route in ("follow", "readings", "erase", "follow_file", "own_meeting")),
    *(
        ("counsellor", route)
        for route in (
            *("enquiry", "hands", "notes", "questions", "worry", "transfer", "desk_rendre", "assist", "waiting"),
            "meetings",
        )
    ),
    ("counsellor", "note_quick"),
    *(("coordinator", route) for route in ("enquiry", "reassign", "figures", "network", "indicators")),
]
FORMS = [("counsellor", "desk_terminer"), ("counsellor", "decline"), ("author", "withdraw")]


def replace_everywhere(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, stand_in: Any) -> None:
    """Also where a module took the guard by its name: replaced at home alone, its callers would not meet it."""
    guard = getattr(owner, name)
    monkeypatch.setattr(owner, name, stand_in)
    for module in [one for path, one in sys.modules.items() if path.startswith("proxirh.")]:
        for bound in [known for known, one in vars(module).items() if one is guard]:
            monkeypatch.setattr(module, bound, stand_in)


def addresses(world: World) -> dict[str, str]:
    """Where each route of PAGES and FORMS leads."""
    waiting = world.submit(words=WORDS)
    enquiry = world.taken(words=WORDS)
    upload = CheckedFile("piece.pdf", "application/pdf", b"%PDF-1.7\n%%EOF")
    lead = world.actor("counsellor")
    sent = services.send_message(actor=lead, enquiry=enquiry, body=WORDS, uploads=[upload], at=timezone.now())
    found = {"waiting": reverse("enquiries:enquiry", args=[waiting.uid]), "figures": reverse("steering:figures")}
    found |= {route: reverse(f"steering:{route}") for route in ("network", "indicators")}
    found |= {route: reverse(f"enquiries:{route}") for route in ("assist", "note_quick")}
    for route in ("follow_file",):
        found[route] = reverse(f"enquiries:{route}", args=[enquiry.uid, sent.attachments.get().uid])
    for _part, route in (*PAGES, *FORMS):
        if route not in found:
            found[route] = reverse(f"enquiries:{route}", args=[enquiry.uid])
    return found


def clients_of(world: World) -> dict[str, StrictClient]:
    clients = {part: StrictClient(raise_request_exception=False) for part, _route in (*PAGES, *FORMS)}
    for part, client in clients.items():
        sign_in(client, world, part)
    return clients


# By guard, the pages that ask it and answer: learnt by one walk, and the same in every test.
ASKING: dict[str, set[tuple[str, str]]] = {}


def asking(places: dict[str, str], clients: dict[str, StrictClient], again: Callable[[], None]) -> None:
    """Fill ASKING: every page is opened once, every guard counted."""
    calls: set[str] = set()
    found: dict[str, set[tuple[str, str]]] = {}

    def counted(guard: Any, name: str) -> Any:
        def called(*args: Any, **kwargs: Any) -> Any:
            calls.add(name)
            return guard(*args, **kwargs)

        return called

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in GUARDS:
            replace_everywhere(patch, owner, name, counted(getattr(owner, name), name))
        for part, route in PAGES:
            calls.clear()
            again()
            assert clients[part].get(places[route]).status_code < 400, (part, route)
            for name in calls:
                found.setdefault(name, set()).add((part, route))
    ASKING.update(found)


@pytest.mark.parametrize(("owner", "name"), GUARDS, ids=lambda one: one if isinstance(one, str) else one.__name__)
def test_a_guard_that_breaks_shows_no_content_and_writes_nothing(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    compare_again: Callable[[], None],
    owner: Any,
    name: str,
) -> None:
    """Mutation: catch Exception in any view, and go on."""
    places, clients, calls = addresses(world), clients_of(world), []
    if not ASKING:
        asking(places, clients, compare_again)
    reached = ASKING.get(name, set())
    if name not in BY_A_GESTURE:
        assert reached, f"{name} is asked by none of these pages"

    def broken(*args: Any, **kwargs: Any) -> Any:
        calls.append(name)
        raise BrokenError

    replace_everywhere(monkeypatch, owner, name, broken)
    for part, route in sorted(reached):
        calls.clear()
        compare_again()
        answer = clients[part].get(places[route])
        assert calls, (name, part, route)
        assert answer.status_code >= 400, (name, part, route)
        assert WORDS not in answer.text, (name, part, route)
    for part, route in FORMS:
        calls.clear()
        compare_again()
        kept = written(world)
        answer = clients[part].post(places[route])
        if calls:
            assert answer.status_code >= 400, (name, part, route)
            assert written(world) == kept, (name, part, route)


@pytest.mark.parametrize("name", BY_A_GESTURE)
def test_a_guard_that_breaks_under_a_good_gesture_stops_it(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Mutation: act first, and ask afterwards."""
    post, calls = BY_A_GESTURE[name](world), []
    guard, client = getattr(permissions, name), visitor(world, post.part)
    breaks = False

    def counted(*args: Any, **kwargs: Any) -> Any:
        calls.append(name)
        if breaks:
            raise BrokenError
        return guard(*args, **kwargs)

    replace_everywhere(monkeypatch, permissions, name, counted)
    with undone():
        assert post.send(world, client).status_code in (200, 302)
    assert calls
    calls.clear()
    breaks, client.raise_request_exception = True, False
    with nothing_written(name):
        answer = post.send(world, client)
    assert calls
    assert answer.status_code >= 400
    assert world.enquiry.reference not in answer.text


def written(world: World) -> tuple[int, int, list[str]]:
    """Lines of the journal, mails, and where the enquiry stands: columns that no key closes."""
    states = Enquiry._base_manager.order_by("pk").values_list("state", flat=True)
    return JournalEntry.objects.count(), OutgoingEmail.objects.count(), list(states)
