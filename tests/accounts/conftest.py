"""Mails as their reader sees them, and a visitor who signs in through the pages."""

import re
from dataclasses import dataclass

import pytest

from proxirh.outbox.models import OutgoingEmail
from tests.strict_client import StrictClient

ADDRESS = "camille.exemple@ac-demo.fr"
AFTER = "/apres/"


def everybody_reads(address: str) -> bool:
    """A directory where every mailbox is a school’s."""
    return bool(address)


def mails_to(address: str) -> list[OutgoingEmail]:
    """Mails to one address, oldest first."""
    return [mail for mail in OutgoingEmail.objects.order_by("pk") if mail.recipient == address]


def code_sent_to(address: str) -> str:
    """The six digits of the last mail, alone on their line."""
    found = re.findall(r"^\d{6}$", mails_to(address)[-1].body, re.MULTILINE)
    assert len(found) == 1
    return found[0]


def wrong(digits: str) -> str:
    """Six other digits."""
    return f"{(int(digits) + 1) % 10**6:06d}"


@dataclass
class Visitor:
    """Someone at one browser."""

    client: StrictClient
    address: str = ADDRESS

    def ask(self, next_url: str = AFTER, **data: str):
        """Ask for a code."""
        return self.client.post("/connexion/", {"address": self.address, **data}, query_params={"next": next_url})

    def type(self, digits: str):
        """Type a code."""
        return self.client.post("/connexion/code/", {"code": digits})

    def sign_in(self, next_url: str = AFTER, **data: str):
        """Ask for a code, read the mail, type it."""
        self.ask(next_url, **data)
        return self.type(code_sent_to(self.address))

    @property
    def is_in(self) -> bool:
        """True once a session is open."""
        return "_auth_user_id" in self.client.session


@pytest.fixture
def visitor(client: StrictClient) -> Visitor:
    """Someone who comes for the first time."""
    return Visitor(client)


@pytest.fixture
def new_visitor():
    """Makes other visitors, each at a browser of their own."""

    def make(address: str = ADDRESS) -> Visitor:
        return Visitor(StrictClient(), address)

    return make
