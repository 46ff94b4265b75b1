"""Many posts in the same instant, on real threads and real connections: three tries, one session."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from proxirh.accounts.models import SignInCode, User
from proxirh.accounts.services.codes import GONE, WRONG
from tests.accounts.conftest import ADDRESS, AFTER, Visitor, code_sent_to, wrong

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(count: int, post: Callable[[], object]) -> list:
    """Results of `count` calls that start together, each on its own thread."""
    gate = Barrier(count)

    def run(_: int) -> object:
        try:
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


def test_forty_wrong_posts_spend_three_tries_and_the_right_code_is_dead(visitor: Visitor) -> None:
    """Mutation: read `tries`, then save one more, instead of the conditional UPDATE."""
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


def test_right_code_posted_many_times_at_once_opens_one_session(visitor: Visitor) -> None:
    """Mutation: set `used_at` without asking whether it was set (`SignInCode` filtered by pk alone)."""
    visitor.ask()
    digits = code_sent_to(ADDRESS)
    answers = at_once(12, lambda: same_browser(visitor).post("/connexion/code/", {"code": digits}))
    opened = [answer for answer in answers if answer.status_code == 302]
    assert [answer["Location"] for answer in opened] == [AFTER]
    assert (Session.objects.count(), User.objects.count()) == (1, 1)


def test_two_browsers_proving_a_new_address_at_once_share_one_account(new_visitor) -> None:
    """Mutation: let the IntegrityError of the second one through."""
    visitors = [new_visitor() for _ in range(5)]
    digits = {}
    for visitor in visitors:
        visitor.ask()
        digits[id(visitor)] = code_sent_to(ADDRESS)
    waiting = list(visitors)
    at_once(5, lambda: (mine := waiting.pop()) and mine.type(digits[id(mine)]))
    assert all(visitor.is_in for visitor in visitors)
    assert User.objects.count() == 1
