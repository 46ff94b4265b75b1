"""Many posts in the same instant, on real threads and real connections: three tries, one session."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from proxirh.accounts import services
from proxirh.accounts.models import SignInCode, User
from proxirh.accounts.services.codes import GONE, WRONG
from proxirh.kernel.errors import DomainError
from tests.accounts.conftest import ADDRESS, AFTER, Visitor, code_sent_to, wrong

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(count: int, post: Callable[[], object]) -> list:
    """Results of `count` calls that start together, each on its own thread."""
    gate = Barrier(count)

    def run(_: int) -> object:
        try:
            connection.ensure_connection()
            gate.wait()
            return post()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def same_browser(visitor: Visitor) -> Client:
    """Another tab."""
    tab = Client()
    tab.cookies = visitor.client.cookies
    return tab


def outcome(post: Callable[[], object]) -> str:
    """What a visitor is told, "" when she is in."""
    try:
        post()
    except DomainError as error:
        return str(error)
    return ""


def test_forty_wrong_posts_spend_three_tries_and_the_right_code_is_dead(visitor: Visitor) -> None:
    """Mutation: MAX_TRIES of four, or the try given back when the page answers an error."""
    visitor.ask()
    digits = code_sent_to(ADDRESS)
    answers = at_once(40, lambda: same_browser(visitor).post("/connexion/code/", {"code": wrong(digits)}))
    assert {answer.status_code for answer in answers} == {422}
    compared = sum(WRONG in answer.text for answer in answers)
    assert compared <= 2
    assert sum(GONE in answer.text for answer in answers) == 40 - compared
    assert SignInCode.objects.get().tries == 3
    assert GONE in visitor.type(digits).text
    assert not visitor.is_in


def test_forty_wrong_confirmations_in_the_same_instant_compare_three() -> None:
    """Mutation: read `tries`, then save one more, instead of the conditional UPDATE."""
    for _ in range(3):
        code = services.request_code(address=ADDRESS, token="t", digits="000000")
        told = at_once(
            40,
            lambda code=code: outcome(lambda: services.confirm_code(code_uid=code.uid, digits="999999", token="t")),
        )
        assert told.count(WRONG) <= 2
        assert told.count(GONE) == 40 - told.count(WRONG)


def test_right_code_confirmed_many_times_at_once_opens_once() -> None:
    """Mutation: set `used_at` without asking whether it was set (`SignInCode` filtered by pk alone)."""
    for _ in range(5):
        code = services.request_code(address=ADDRESS, token="t", digits="000000")
        told = at_once(
            3,
            lambda code=code: outcome(lambda: services.confirm_code(code_uid=code.uid, digits="000000", token="t")),
        )
        assert sorted(told) == ["", GONE, GONE]


def test_right_code_posted_many_times_at_once_opens_one_session(visitor: Visitor) -> None:
    """Mutation: leave `used_at` unset."""
    visitor.ask()
    digits = code_sent_to(ADDRESS)
    answers = at_once(12, lambda: same_browser(visitor).post("/connexion/code/", {"code": digits}))
    opened = [answer for answer in answers if answer.status_code == 302]
    assert [answer["Location"] for answer in opened] == [AFTER]
    assert (Session.objects.count(), User.objects.count()) == (1, 1)


def test_two_browsers_proving_a_new_address_at_once_share_one_account() -> None:
    """Mutation, seen on PostgreSQL (SQLite writes one at a time): let the IntegrityError of the second one through."""
    for number in range(5):
        address = f"nouveau{number}@ac-demo.fr"
        at_once(6, lambda address=address: services.account_for(address=address))
        assert User.objects.count() == number + 1
