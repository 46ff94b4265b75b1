"""Two at once on one referral, or on one cell: one is done, the other is told, and nothing is left behind."""

from functools import partial

import pytest

from proxirh.enquiries.models import Agreement, Attachment, Referral, ReferralAnswer
from proxirh.enquiries.services import answering, referring
from proxirh.enquiries.workflow import ReferralState as S
from proxirh.enquiries.workflow import State
from tests.enquiries.referring import (
    ANSWER,
    PDF,
    a_partner,
    accepted,
    cell,
    days,
    here,
    mails,
    night,
    opened,
    refer,
    set_rules,
    there,
)
from tests.enquiries.test_hands_races import ROUNDS, SOON, is_refused_or_done, together
from tests.enquiries.test_merging import merge
from tests.world import build_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def test_two_to_one_cell_take_its_last_place_once() -> None:
    """Mutation: leave the cell unheld while its places are counted."""
    world = build_world()
    for number in range(1, ROUNDS + 1):
        set_rules(world, most_open=number, at=days(number))
        one, other = world.taken(), world.taken()
        raised = together(
            partial(refer, world, enquiry=one, to=cell(world)), partial(refer, world, enquiry=other, to=cell(world))
        )
        assert is_refused_or_done(raised), raised
        assert Referral.objects.under_way().count() == number


def test_an_answer_while_its_enquiry_is_merged_is_read_in_the_kept_one_or_not_sent() -> None:
    """Mutation: write the answer without holding the enquiry, or without looking where the referral hangs."""
    world = build_world()
    for _ in range(ROUNDS):
        merged, kept = world.taken(), world.taken()
        found = accepted(world, refer(world, enquiry=merged))
        answer = partial(
            answering.answer_referral,
            actor=world.actor("cell officer"),
            referral=found,
            body=ANSWER,
            uploads=[PDF],
            at=SOON,
        )
        raised = together(partial(merge, world, merged, kept), answer)
        assert is_refused_or_done(raised), raised
        assert world.reload(merged).state == State.MERGED
        [one] = Referral.objects.of_enquiry(world.reload(kept))
        assert one.delivered is None or one.delivered.body == ANSWER
        assert not ReferralAnswer._base_manager.filter(enquiry=merged).exists()
        assert not Attachment._base_manager.filter(enquiry=merged, answer__isnull=False).exists()


def test_accepting_and_refusing_at_once_does_one() -> None:
    """Mutation: write without comparing the state that was read."""
    world = build_world()
    for _ in range(ROUNDS):
        made = opened(world, refer(world, enquiry=world.taken()))
        officer = world.actor("cell officer")
        raised = together(
            partial(answering.accept_referral, actor=officer, referral=there(world, made), at=SOON),
            partial(answering.refuse_referral, actor=officer, referral=there(world, made), reason="not_ours", at=SOON),
        )
        assert is_refused_or_done(raised), raised
        assert sum(one is None for one in raised) == 1
        assert here(world, made).state in {S.ACCEPTED, S.REFUSED}


def test_agreeing_twice_at_once_sends_once() -> None:
    """Mutation: mail before the state is compared."""
    world = build_world()
    for number in range(1, ROUNDS + 1):
        made = refer(world, enquiry=world.taken(), agreement=Agreement.WRITTEN)
        agree = partial(referring.agree, actor=world.actor("author"), at=SOON)
        raised = together(partial(agree, referral=here(world, made)), partial(agree, referral=here(world, made)))
        assert is_refused_or_done(raised), raised
        assert len(mails("referral_for_cell")) == number


def test_two_workers_remind_once() -> None:
    """Mutation: leave `reminded_at` out of what is compared."""
    world = build_world()
    refer(world, to=a_partner())
    refer(world)
    raised = together(partial(night, days(11)), partial(night, days(11)))
    assert raised == [None, None]
    assert len(mails("referral_for_partner")) == 2
    assert len(mails("referral_for_cell")) == 2
