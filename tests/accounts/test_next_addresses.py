"""After sign-in one lands on our own pages only."""

import pytest
from django.test import RequestFactory

from proxirh.accounts.views.pending import safe_next
from tests.accounts.conftest import Visitor

ELSEWHERE = [
    "https://evil.example",
    "http://evil.example/",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    " //evil.example",
    " https://evil.example",
    "\x00//evil.example",
    "/\x00/evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "http:\\\\evil.example",
    "HTTPS://evil.example",
    "hTTps:/\\evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "ftp://evil.example/",
    "mailto:a@evil.example",
    "//testserver@evil.example/",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "//evil.example/%2f..",
    "//evil%E3%80%82example",
    "/\u2028/evil.example",
    "\u00a0//evil.example",
    "\ufeff//evil.example",
    "//[::1]/",
    "http://testserver/apres/",
    "apres/",
    "?next=//evil.example",
    "/apres/\r\nSet-Cookie: a=b",
    "/" + "a" * 2000,
]
OURS = ["/apres/", "/suivi/?page=2", "/suivi/12#bas", "/recherche/?mot=%C3%A9t%C3%A9", "/a/?u=https://ailleurs.example"]


@pytest.mark.parametrize("address", ELSEWHERE)
def test_address_of_elsewhere_is_dropped(address: str) -> None:
    """Mutation: trust whatever starts with a slash, or allow any host."""
    assert safe_next(RequestFactory().get("/connexion/", {"next": address})) == ""


@pytest.mark.parametrize("address", OURS)
def test_address_of_ours_is_kept(address: str) -> None:
    assert safe_next(RequestFactory().get("/connexion/", {"next": address})) == address


@pytest.mark.django_db
def test_nobody_lands_elsewhere(visitor: Visitor) -> None:
    """The same through the pages, once signed in."""
    visitor.sign_in()
    for address in ELSEWHERE:
        location = visitor.client.get("/connexion/", {"next": address}).headers["Location"]
        assert location.startswith("/")
        assert "evil" not in location
