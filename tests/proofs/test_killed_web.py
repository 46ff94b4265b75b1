"""A web server killed at any moment of a sending: every reference shown exists, and sending again gives the same.

The kills fall right after each statement and each commit of « Envoyer » in turn, then at random (SECURITY, figure 5).
"""

import http.client
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.cookies import SimpleCookie
from itertools import count
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse

from proxirh.enquiries.models import Enquiry, Message
from proxirh.kernel.models import JournalEntry
from proxirh.outbox.models import OutgoingEmail
from tests.enquiries.asker import Asker, shown_notice
from tests.outbox.test_killed_worker import alive
from tests.proofs.telling import Tell, rounds
from tests.world import World, build_world

KILLS = rounds(10, 100)
SEED = 5
MOST_STEPS = 60  # « Envoyer » takes fewer statements and commits
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
REFERENCE = re.compile(r"[A-Z0-9]{4}-[A-Z0-9]{4}")
GONE = (ConnectionError, http.client.HTTPException, TimeoutError)


class Nursery:
    """Servers in processes of their own, one at a time, over the database of the test."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout
        self.port = int(process.stdout.readline())
        self.pid = 0

    def server(self, *, dies_after: int = 0) -> None:
        """Start one; 0 steps: it lives until it is shot."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"born {dies_after}\n")
        self.process.stdin.flush()
        self.pid = int(self.process.stdout.readline())

    def shoot(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    @property
    def is_alive(self) -> bool:
        return alive(self.pid)


@pytest.fixture
def nursery(transactional_db: None) -> Iterator[Nursery]:
    """Its servers die with it."""
    names = ("NAME", "USER", "PASSWORD", "HOST", "PORT")
    given = {
        "database": {name: str(connection.settings_dict[name]) for name in names},
        "secret": settings.SECRET_KEY,
        "keys": str(settings.PROXIRH_KEYS_FILE),
        "data": str(settings.PROXIRH_DATA_DIR),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.proofs.web_nursery", json.dumps(given)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield Nursery(process)
    process.communicate(timeout=30)


class Browser:
    """Someone in front of « Envoyer », over a real connection that may break."""

    numbers = count(1)

    def __init__(self, world: World, nursery: Nursery) -> None:
        asker = Asker(world)
        self.number = next(self.numbers)
        self.email = f"personne{self.number}@exemple.invalid"
        asker.answers["ask_contact"]["email"] = self.email
        asker.until("ask_review")
        self.nursery = nursery
        self.cookies = {name: morsel.value for name, morsel in asker.client.cookies.items()}
        self.shown: set[str] = set()

    def ask(self, method: str, path: str, body: str = "") -> tuple[int, str, str]:
        """Status, address it leads to, and page; raises one of GONE when the server dies meanwhile."""
        link = http.client.HTTPConnection("127.0.0.1", self.nursery.port, timeout=30)
        try:
            headers = {
                "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
                "X-Forwarded-For": f"198.51.{self.number // 250}.{self.number % 250}",
                "Host": "localhost",
                "Content-Type": "application/x-www-form-urlencoded",
            }
            link.request(method, path, body=body, headers=headers)
            answer = link.getresponse()
            page = answer.read().decode()
            for line in answer.headers.get_all("Set-Cookie") or ():
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
            return answer.status, answer.headers.get("Location", ""), page
        finally:
            link.close()

    def ready(self) -> str:
        """The body that « Envoyer » posts."""
        _, _, page = self.ask("GET", reverse("enquiries:ask_review"))
        found = TOKEN.search(page)
        assert found, page[:2000]
        return urlencode({"csrfmiddlewaretoken": found.group(1), **shown_notice()})

    def send(self, body: str) -> bool:
        """Press « Envoyer »; True when the answer said that it is done."""
        status, location, page = self.ask("POST", reverse("enquiries:ask_review"), body)
        assert (status, location) == (302, reverse("enquiries:ask_sent")), page[:2000]
        return True

    def read(self) -> str:
        """The reference that the page of acknowledgement shows."""
        status, _, page = self.ask("GET", reverse("enquiries:ask_sent"))
        assert status == 200
        (reference,) = set(REFERENCE.findall(page))
        self.shown.add(reference)
        return reference


def whole(enquiry_pk: int) -> dict[str, Any]:
    """What an enquiry that exists must have, by how many of each."""
    enquiry = Enquiry._base_manager.select_related("fact", "data_key").get(pk=enquiry_pk)
    return {
        "messages": Message.objects.filter(enquiry=enquiry, is_opening=True).count(),
        "handlings": enquiry.handlings.count(),
        "journal": JournalEntry.objects.filter(subject__contains=str(enquiry.uid), verb="demande.reçue").count(),
        "mails": OutgoingEmail.objects.filter(dedupe_key=f"acknowledgement:{enquiry.uid}").count(),
        "drafts": 0 if enquiry.data_key.clear else 1,
    }


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_killed_server_loses_nothing_that_was_shown_and_doubles_nothing(nursery: Nursery, tell: Tell) -> None:
    """Mutation: answer « Envoyer » before the transaction ends, or draw the idempotency key at each sending."""
    world = build_world()
    chance = random.Random(SEED)
    existing = set(Enquiry._base_manager.values_list("pk", flat=True))
    browsers: list[Browser] = []
    kills = silent = written = 0
    nursery.server()
    for number in range(4 * KILLS):
        if kills >= KILLS:
            break
        browser = Browser(world, nursery)
        browsers.append(browser)
        body = browser.ready()
        by_steps = number < 0.7 * KILLS
        step = 1 + number * MOST_STEPS * 10 // (7 * KILLS) if by_steps else 0
        nursery.shoot()
        nursery.server(dies_after=step)
        shot = threading.Timer(chance.uniform(0, 0.12), nursery.shoot)
        if not by_steps:
            shot.start()
        with suppress(*GONE):
            browser.send(body)
            browser.read()
        if by_steps and browser.shown:
            continue  # it answered before its last step
        while nursery.is_alive:
            time.sleep(0.001)
        if not by_steps:
            shot.join()
        kills += 1
        nursery.server()
        silent += not browser.shown
        written += not browser.shown and Enquiry._base_manager.count() == len(existing) + len(browsers)
        # The person presses « Envoyer » again, then goes back to the page and presses once more.
        for _ in range(2):
            browser.send(body)
            browser.read()
    nursery.shoot()
    made = Enquiry._base_manager.exclude(pk__in=existing)
    by_reference = dict(made.values_list("reference", "pk"))
    shown = {reference for browser in browsers for reference in browser.shown}
    lost = shown - by_reference.keys()
    doubled = sum(len(browser.shown) - 1 for browser in browsers if browser.shown) + made.count() - len(browsers)
    tell(
        5,
        counted=f"{kills} arrêts brutaux, {len(browsers)} envois ; {silent} sans réponse, dont {written} enregistrés",
        target="chaque référence montrée existe ; renvoyer donne la même demande",
        result=f"{len(shown)} références montrées, {len(lost)} perdue, {doubled} double",
        seed=SEED,
    )
    assert kills >= KILLS
    assert silent > written > 0, "no kill fell before the record, or none after it: the test proves nothing"
    assert lost == set()
    assert all(len(browser.shown) == 1 for browser in browsers)
    assert made.count() == len(browsers)
    expected = {"messages": 1, "handlings": 1, "journal": 1, "mails": 1, "drafts": 0}
    assert {pk: whole(pk) for pk in by_reference.values()} == dict.fromkeys(by_reference.values(), expected)
