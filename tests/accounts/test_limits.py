"""Limits count real visitors: whoever forges a header, changes cookie or browser stays one."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from proxirh.accounts.models import SignInCode
from proxirh.accounts.retention import COUNTERS
from proxirh.accounts.services import codes
from proxirh.kernel import limits
from proxirh.kernel.models import RateCounter
from proxirh.ui import french
from tests.accounts.conftest import Visitor
from tests.proofs.telling import Tell, rounds

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def post_as(visitor: Visitor, number: int, **headers: str) -> int:
    """Status of one request for a code, from a fresh browser and for a fresh address."""
    visitor.client.cookies.clear()
    address = f"agent{number}@ac-demo.fr"
    return visitor.client.post("/connexion/", {"address": address}, headers=headers).status_code


@pytest.mark.parametrize("proxies", [0, 1])
def test_thousand_forged_headers_are_one_visitor_and_others_pass(
    visitor: Visitor, new_visitor, settings, tell: Tell, proxies: int
) -> None:
    """Mutation: take the left-most address of X-Forwarded-For, or read it without a trusted proxy."""
    settings.PROXIRH_TRUSTED_PROXIES = proxies
    real = ", 203.0.113.9" * proxies
    count = rounds(few=200, many=1000)
    seen = [post_as(visitor, n, x_forwarded_for=f"10.{n // 250}.{n % 250}.7{real}") for n in range(count)]
    other = new_visitor("voisine@ac-demo.fr")
    elsewhere = {"HTTP_X_FORWARDED_FOR": "203.0.113.10"} if proxies else {"REMOTE_ADDR": "192.0.2.44"}
    other.client.defaults |= elsewhere
    other.sign_in()
    forged = f"{french.number(count)} demandes de code à l’en-tête forgé"
    tell(
        9,
        counted=f"{forged}, {proxies} relais de confiance, puis une voisine",
        target=f"{codes.UNPROVED_REQUESTS_PER_HOUR} passent, les autres sont refusées ; la voisine entre",
        result=f"{seen.count(302)} passées, {seen.count(429)} refusées ; voisine {'entrée' if other.is_in else 'hors'}",
    )
    assert other.is_in
    assert seen.count(302) == codes.UNPROVED_REQUESTS_PER_HOUR
    assert set(seen) == {302, 429}
    assert SignInCode.objects.count() == codes.UNPROVED_REQUESTS_PER_HOUR + 1


def test_forged_headers_behind_a_proxy_are_one_visitor_and_others_pass(visitor: Visitor, settings) -> None:
    """Mutation: count the trusted proxies from the left."""
    settings.PROXIRH_TRUSTED_PROXIES = 1
    flood = [post_as(visitor, n, x_forwarded_for=f"10.0.0.{n}, 10.1.0.{n}, 203.0.113.9") for n in range(40)]
    assert flood.count(302) == codes.UNPROVED_REQUESTS_PER_HOUR
    assert post_as(visitor, 900, x_forwarded_for="203.0.113.10") == 302


def test_limit_is_explained_and_keeps_what_was_typed(visitor: Visitor) -> None:
    for number in range(codes.UNPROVED_REQUESTS_PER_HOUR):
        post_as(visitor, number)
    response = visitor.client.post("/connexion/", {"address": "agent@ac-demo.fr"})
    assert response.status_code == 429
    assert "Réessayez dans une heure" in response.text
    assert 'value="agent@ac-demo.fr"' in response.text


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "1.2.3.4", "192.0.2.1"),
        (0, None, "192.0.2.1"),
        (1, None, "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "1.2.3.4", "1.2.3.4"),
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (1, "6.6.6.6,1.2.3.4 ", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.1", "1.2.3.4"),
        (2, "1.2.3.4", "1.2.3.4"),
        (1, "1.2.3.4, unknown", "inconnue"),
        (1, "<script>", "inconnue"),
        (1, "2001:db8:1:2:aaaa::1", "2001:0db8:0001:0002::/64"),
        (1, "2001:db8:1:2:bbbb::1", "2001:0db8:0001:0002::/64"),
        (1, "::ffff:1.2.3.4", "1.2.3.4"),
    ],
)
def test_address_of_the_visitor(proxies: int, forwarded: str | None, expected: str) -> None:
    """Mutation: `hops[-1]`, `hops[0]`, or whole IPv6 addresses."""
    meta = {"REMOTE_ADDR": "192.0.2.1"} | ({} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded})
    assert limits.client_address(meta, trusted_proxies=proxies) == expected


def test_no_span_holds_more_than_the_limit() -> None:
    """Mutation: read the current window alone, so that two bursts around its edge both pass."""
    passed = [
        at
        for at in (NOW + minute * timedelta(minutes=1) for minute in range(300))
        if limits.attempt("essai", "x", limit=5, per=HOUR, at=at)
    ]
    assert passed
    assert all(sum(start <= at < start + HOUR for at in passed) <= 5 for start in passed)


def test_limit_ends_by_itself() -> None:
    assert all(limits.attempt("essai", "x", limit=5, per=HOUR, at=NOW) for _ in range(5))
    assert not limits.attempt("essai", "x", limit=5, per=HOUR, at=NOW)
    assert limits.attempt("essai", "x", limit=5, per=HOUR, at=NOW + 2 * HOUR)


def test_limits_do_not_mix() -> None:
    assert limits.attempt("essai", "x", limit=1, per=HOUR, at=NOW)
    assert limits.attempt("essai", "y", limit=1, per=HOUR, at=NOW)
    assert limits.attempt("autre", "x", limit=1, per=HOUR, at=NOW)
    assert not limits.attempt("essai", "x", limit=1, per=HOUR, at=NOW)


def test_counters_hold_no_address_and_go_after_two_days() -> None:
    limits.attempt("essai", "192.0.2.1", limit=5, per=HOUR, at=NOW)
    counter = RateCounter.objects.get()
    assert b"192.0.2.1" not in bytes(counter.key)
    assert COUNTERS.apply(at=NOW + timedelta(days=1)) == 0
    assert COUNTERS.apply(at=NOW + timedelta(days=3)) == 1


def test_header_is_ignored_by_default() -> None:
    assert settings.PROXIRH_TRUSTED_PROXIES == 0
