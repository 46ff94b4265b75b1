"""A permission, a door, a decryption or a record that breaks never ends in a page with content (R-13)."""

import inspect
from types import ModuleType
from typing import Any

import pytest
from django.urls import reverse

from proxirh.enquiries import attachments, permissions
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.querysets import EnquiryQuerySet
from proxirh.enquiries.services import reading
from proxirh.kernel import antivirus, encryption
from proxirh.kernel.models import JournalEntry
from proxirh.outbox.models import OutgoingEmail
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


def broken(*_args: Any, **_kwargs: Any) -> Any:
    raise BrokenError


@pytest.mark.parametrize(("owner", "name"), GUARDS, ids=lambda one: one if isinstance(one, str) else one.__name__)
def test_a_guard_that_breaks_shows_no_content_and_writes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str
) -> None:
    """Mutation: catch Exception in any view, and go on."""
    world.enquiry = world.taken(words=WORDS)
    uid = world.enquiry.uid
    calls: list[str] = []

    def counted(*args: Any, **kwargs: Any) -> Any:
        calls.append(name)
        return broken(*args, **kwargs)

    clients = {}
    for part in ("author", "counsellor", "coordinator"):
        clients[part] = StrictClient(raise_request_exception=False)
        sign_in(clients[part], world, part)
    monkeypatch.setattr(owner, name, counted)
    asked = [("author", "follow"), ("author", "readings"), ("counsellor", "enquiry"), ("coordinator", "enquiry")]
    asked += [("counsellor", "hands"), ("counsellor", "notes")]
    for part, route in asked:
        before = len(calls)
        answer = clients[part].get(reverse(f"enquiries:{route}", args=[uid]))
        if len(calls) > before:
            assert answer.status_code != 200, (name, part, route)
            assert WORDS not in answer.text, (name, part, route)
    for part, route in (("counsellor", "desk_terminer"), ("counsellor", "decline"), ("author", "withdraw")):
        before, kept = len(calls), written(world)
        answer = clients[part].post(reverse(f"enquiries:{route}", args=[uid]))
        if len(calls) > before:
            assert answer.status_code >= 400, (name, part, route)
            assert written(world) == kept, (name, part, route)


def written(world: World) -> tuple[int, int, list[str]]:
    """Lines of the journal, mails, and where the enquiry stands: columns that no key closes."""
    states = Enquiry._base_manager.filter(pk=world.enquiry.pk).values_list("state", flat=True)
    return JournalEntry.objects.count(), OutgoingEmail.objects.count(), list(states)
