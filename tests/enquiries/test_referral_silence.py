"""The silence of a referral: one reminder at ten days, its end at thirty, whatever night was missed."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from proxirh.enquiries import services
from proxirh.enquiries.models import Agreement, Enquiry
from proxirh.enquiries.services import referring
from proxirh.enquiries.services.answering import find_by_link
from proxirh.enquiries.workflow import ReferralState as S
from proxirh.kernel.calendar import local_day
from tests.enquiries.referring import (
    a_partner,
    accepted,
    answered,
    days,
    here,
    link,
    mails,
    night,
    opened,
    refer,
    validated_by_head,
)
from tests.world import NOW, World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", ["sent", "seen", "accepted"])
def test_the_cell_is_reminded_once_at_ten_days_and_it_ends_at_thirty(world: World, state: str) -> None:
    """Mutation: let it end the day before."""
    made = refer(world)
    {"sent": lambda *_: None, "seen": opened, "accepted": accepted}[state](world, made)
    before = len(mails("referral_for_cell"))
    night(days(10, hours=-1))
    assert len(mails("referral_for_cell")) == before
    for late in (days(10), days(10, hours=2), days(11), days(29)):
        night(late)
        assert len(mails("referral_for_cell")) == before + 1, late
    assert here(world, made).state == state
    night(days(31))
    night(days(32))
    assert here(world, made).state == S.EXPIRED
    assert len(mails("referral_for_staff")) == 1
    assert len(mails("referral_for_author")) == 2  # the copy, then its end


@pytest.mark.parametrize(("missed", "reminded"), [(days(12), 1), (days(45), 0)])
def test_after_missed_nights_it_is_caught_up_once(world: World, missed: Any, reminded: int) -> None:
    """Past thirty days nobody is reminded of what has just ended. Mutation: remind before ending."""
    made = refer(world)
    for _ in range(3):
        night(missed)
    assert len(mails("referral_for_cell")) == 1 + reminded
    assert here(world, made).state == (S.SENT if reminded else S.EXPIRED)


def test_the_agent_is_reminded_before_she_agrees_and_time_starts_again_after(world: World) -> None:
    """Mutation: keep the clock of the proposal."""
    made = refer(world, agreement=Agreement.WRITTEN)
    night(days(10))
    night(days(12))
    assert len(mails("referral_for_author")) == 2
    referring.agree(actor=world.actor("author", at=days(20)), referral=here(world, made), at=days(20))
    night(days(31))
    assert here(world, made).state == S.SENT
    assert len(mails("referral_for_cell")) == 2  # sent, then its own reminder
    night(days(52))
    assert here(world, made).state == S.EXPIRED


def test_never_agreed_to_it_ends_and_nothing_has_left(world: World) -> None:
    made = refer(world, agreement=Agreement.WRITTEN)
    night(days(31))
    found = here(world, made)
    assert (found.state, found.sent_at) == (S.EXPIRED, None)
    assert mails("referral_for_cell") == []


def test_an_answer_that_waits_for_its_head_reminds_him_and_does_not_end(world: World) -> None:
    validated_by_head(world)
    made = refer(world)
    answered(world, made)
    night(days(10))
    night(days(40))
    assert len(mails("referral_to_validate")) == 2
    assert here(world, made).state == S.TO_VALIDATE


def test_a_partner_gets_a_fresh_link_and_the_one_before_is_dead(world: World) -> None:
    """Mutations: mail the same link again; forget that he was reminded."""
    refer(world, to=a_partner())
    first = link()
    assert find_by_link(token=first, client="192.0.2.1", at=days(9)) is not None
    for late in (days(10), days(11), days(12)):
        night(late)
    second = link()
    assert first != second
    assert find_by_link(token=first, client="192.0.2.1", at=days(13)) is None
    assert find_by_link(token=second, client="192.0.2.1", at=days(13)) is not None
    assert len(mails("referral_for_partner")) == 2


def test_a_partner_withdrawn_meanwhile_hears_nothing_more(world: World) -> None:
    """It ends at the reminder, and whoever follows knows. Mutation: send him the fresh link."""
    partner = a_partner()
    made = refer(world, to=partner)
    before = len(mails("referral_for_partner"))
    partner.withdrawn_on = NOW.date()
    partner.save(update_fields=["withdrawn_on"])
    night(days(10))
    assert len(mails("referral_for_partner")) == before
    assert here(world, made).state == S.EXPIRED
    assert len(mails("referral_for_staff")) == 1


def test_answered_it_is_silent(world: World) -> None:
    answered(world, refer(world))
    before = len(mails("referral_for_cell"))
    assert night(days(10)) == night(days(31)) == 0
    assert len(mails("referral_for_cell")) == before


def test_with_an_enquiry_that_was_taken_back_it_ends_without_a_word(world: World) -> None:
    """Mutation: remind of it all the same."""
    made = refer(world)
    services.withdraw_enquiry(actor=world.actor("author"), enquiry=world.reload(), at=NOW)
    before = len(mails("referral_for_cell"))
    night(days(11))
    made.refresh_from_db(fields=["state"])
    assert made.state == S.WITHDRAWN
    assert len(mails("referral_for_cell")) == before


@pytest.mark.parametrize(
    ("asked", "until"),
    [
        (date(2026, 11, 17), date(2026, 12, 17)),
        (date(2026, 11, 13), date(2026, 12, 14)),  # the thirtieth is a Sunday
        (date(2026, 12, 2), date(2027, 1, 4)),  # the first of January, then a weekend
    ],
)
def test_an_answer_is_due_on_a_day_when_the_service_works(world: World, asked: date, until: date) -> None:
    """Mutation: the thirtieth day, whatever it is."""
    Enquiry.objects.update(submitted_at=days(-60))
    made = refer(world, at=datetime.combine(asked, time(9), UTC))
    assert local_day(made.expires_at, "Europe/Paris") == until
