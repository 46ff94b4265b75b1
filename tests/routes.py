"""Every route of the site, the people who try it and the rows it is tried on."""

from __future__ import annotations

import copy
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from proxirh.accounts.services import PROVED_KEY, SECOND_FACTOR_KEY
from tests.enquiries.asker import Asker
from tests.strict_client import StrictClient
from tests.world import CAST, World

# What differs between two answers to the same question, and says nothing: token, nonce, request id.
VOLATILE = (
    re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"'),
    re.compile(rb'nonce="[^"]+"'),
    re.compile(rb'"X-CSRFToken": "[^"]+"'),
    re.compile(rb'data-(challenge|proof-of-work)="[^"]*"'),
    re.compile(rb'name="(idempotency_key|jeton|key|ticket)" value="[^"]+"'),
)


@dataclass(frozen=True, slots=True)
class Route:
    """One named address and the names of its arguments."""

    name: str
    path: str
    arguments: tuple[str, ...]
    view: Any


def routes() -> list[Route]:
    """All of them, in the order of the resolver; one without a name fails here."""
    return sorted(_walk(get_resolver(), "", ""), key=lambda route: route.path)


def _walk(resolver: URLResolver, prefix: str, namespace: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, path, inner)
        elif isinstance(entry, URLPattern):
            assert entry.name, f"{path} has no name"
            yield Route(namespace + entry.name, path, tuple(entry.pattern.converters), entry.callback)


def sign_in(client: Client, world: World, part: str) -> None:
    """Open the visit of a part, as the sign-in step does."""
    person = world.people.get(part)
    if person is None:
        return
    client.force_login(person.user, backend="proxirh.accounts.backends.CodeBackend")
    session = client.session
    assert SESSION_KEY in session
    if part != "code-only staff":
        session[SECOND_FACTOR_KEY] = "2026-11-17T09:00:00+00:00"
    session[PROVED_KEY] = timezone.now().isoformat()
    session.save()


WRITING, SENT = "visitor who is writing", "visitor who has just sent"
VISITORS = (*CAST, WRITING, SENT)


class Visitors:
    """One open visit per part; each request starts from the same cookies and leaves no trace in the database.

    To the cast come a visitor who has answered every screen, and one who has just pressed « Envoyer ».
    """

    def __init__(self, world: World) -> None:
        self.cookies: dict[str, Any] = {}
        for part in CAST:
            client = StrictClient()
            sign_in(client, world, part)
            client.get("/")  # as after the first page of a visit, whose time a cookie then tells
            self.cookies[part] = client.cookies
        writing, sent = Asker(world).until("ask_review"), Asker(world).until("ask_review")
        sent.send()
        self.cookies |= {WRITING: writing.client.cookies, SENT: sent.client.cookies}

    def ask(self, part: str, method: str, address: str, data: dict[str, Any] | None = None) -> HttpResponse:
        """The answer to one request of one part; whatever it wrote is rolled back."""
        client = StrictClient(raise_request_exception=True)
        client.cookies = copy.deepcopy(self.cookies[part])
        with transaction.atomic():
            response = (
                client.generic(method, address) if data is None else getattr(client, method.lower())(address, data)
            )
            transaction.set_rollback(True)
        return response


def address_of(route: Route, rows: dict[str, Any]) -> str:
    """The address of a route on given rows; an argument that nobody filled fails."""
    missing = [name for name in route.arguments if name not in rows]
    assert not missing, f"{route.name}: nothing fills {missing}; add it to tests/test_access_matrix.py"
    return reverse(route.name, kwargs={name: rows[name] for name in route.arguments})


def blanked(response: HttpResponse) -> bytes:
    """Bytes of an answer without what differs each time."""
    body = response.content
    for pattern in VOLATILE:
        body = pattern.sub(b"", body)
    return body


def unknown() -> uuid.UUID:
    """An id that no row has."""
    return uuid.UUID("00000000-0000-4000-8000-000000000000")
