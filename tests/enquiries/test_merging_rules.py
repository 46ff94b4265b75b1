"""Who may merge two enquiries, and when: the lead of both, of one person, as long as nothing has changed since."""

import pytest

from proxirh.enquiries.models import Concern, Enquiry
from proxirh.enquiries.services import merging, summarising
from proxirh.enquiries.services.transmitting import transmit_named
from proxirh.enquiries.workflow import State
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Department, Topic
from tests.enquiries import acts
from tests.enquiries.test_merging import LATER, join, load, merge, two
from tests.world import NOW, World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("part", ["co-handler", "fellow counsellor", "coordinator", "author", "counsellor elsewhere"])
def test_nobody_but_the_lead_of_both(world: World, part: str) -> None:
    """Mutation: leave `can_merge` out."""
    merged, kept = two(world)
    join(world, merged, "co-handler")
    join(world, kept, "co-handler")
    with pytest.raises(NotAllowed):
        merge(world, merged, kept, part=part)


def test_only_two_enquiries_of_the_same_person(world: World) -> None:
    """Mutation: leave `candidates` out of the service."""
    merged, other = world.taken(), world.submit("colleague", email="colleague@exemple.invalid")
    acts.take(world, other)
    with pytest.raises(NotAllowed):
        merge(world, merged, other)
    with pytest.raises(NotAllowed):
        merge(world, merged, merged)


@pytest.mark.parametrize("state", [State.SUBMITTED, State.CLOSED, State.WITHDRAWN])
def test_only_what_is_followed(world: World, state: str) -> None:
    """Mutation: leave the states out of `candidates`."""
    one, other = acts.in_state(world, state), world.taken()
    for merged, kept in ((one, other), (other, one)):
        with pytest.raises(DomainError):
            merge(world, merged, kept)
    assert world.reload(one).state == state


def test_what_a_colleague_leads_is_not_merged(world: World) -> None:
    merged, theirs = world.taken(), world.submit()
    acts.take(world, theirs, part="fellow counsellor")
    with pytest.raises(NotAllowed):
        merge(world, merged, theirs)


def test_from_another_place_each_keeps_its_readers(world: World) -> None:
    """Mutation: leave OTHER_PLACE out. One that names no place goes into one that does, never the reverse."""
    here, there = world.taken(), world.taken(site=world.other_site)
    with pytest.raises(DomainError, match="même lieu"):
        merge(world, here, there)
    nowhere = world.taken(site=None)
    with pytest.raises(DomainError, match="même lieu"):
        merge(world, here, nowhere)
    merge(world, nowhere, here)
    far = world.taken(site=None)
    Enquiry.objects.filter(pk=far.pk).update(department=Department.objects.get(code="63"))
    with pytest.raises(DomainError, match="même lieu"):
        merge(world, far, here)


@pytest.mark.parametrize(("code", "other"), [("2.4", "1.1"), ("2.3", "2.1"), ("3.1", "1.1"), ("2.1", "4.1")])
def test_the_better_protected_topic_is_the_one_kept(world: World, code: str, other: str) -> None:
    """Mutation: leave OTHER_WAY out."""
    hard = world.taken(topic=Topic.objects.get(code=code))
    plain = world.taken(topic=Topic.objects.get(code=other))
    with pytest.raises(DomainError, match="Gardez plutôt"):
        merge(world, hard, plain)
    merge(world, plain, hard)


def test_what_may_be_under_way_only_once_is_settled_first(world: World) -> None:
    """Mutation: leave `_both` out: the database refuses, and the page fails."""
    merged, kept = two(world, topic=Topic.objects.get(code="2.4"))
    for one in (merged, kept):
        Concern.objects.create(enquiry=one, raised_by=world.people["counsellor"])
    with pytest.raises(DomainError, match="alerte"):
        merge(world, merged, kept)
    for one in (merged, kept):
        transmit_named(actor=world.actor("author"), enquiry=load(one), body="Dit.", at=NOW)
    with pytest.raises(DomainError, match="cellule"):
        merge(world, merged, kept)
    for one in (merged, kept):
        summarising.propose_summary(
            actor=world.actor("counsellor"), enquiry=load(one), held_on=NOW.date(), body="Dit.", at=NOW
        )
    with pytest.raises(DomainError, match="compte rendu"):
        merge(world, merged, kept)


@pytest.mark.parametrize("which", ["seen", "seen_kept"])
def test_one_that_has_changed_since_is_read_again_first(world: World, which: str) -> None:
    """Mutation: leave one of the two prints out."""
    merged, kept = two(world)
    with pytest.raises(StaleState):
        merge(world, merged, kept, **{which: "0" * 16})
    held = load(merged), load(kept)
    acts.write(world, load(held[which == "seen_kept"]))
    with pytest.raises(StaleState):
        merging.merge_enquiries(actor=world.actor("counsellor"), merged=held[0], kept=held[1], at=LATER)


def test_what_she_corrected_meanwhile_is_kept(world: World) -> None:
    """Mutation: leave UNWATCHED out."""
    merged, kept = two(world)
    held = load(merged), load(kept)
    fresh = load(kept)
    wishes = Enquiry._meta.get_field("wishes").seal(fresh, {**fresh.wishes, "times": ["morning"]})
    Enquiry.objects.filter(pk=kept.pk).update(wishes=wishes)
    merging.merge_enquiries(actor=world.actor("counsellor"), merged=held[0], kept=held[1], at=LATER)
    assert load(kept).wishes["times"] == ["morning"]


def test_its_author_is_told_once_and_where_it_is_read(world: World) -> None:
    """Mutation: leave `already` out: the second click meets an error."""
    merged, kept = two(world)
    key = merged.uid
    for _ in range(2):
        merge(world, merged, kept, key=key)
    (mail,) = OutgoingEmail.objects.filter(kind="merged").select_related("data_key")
    assert mail.recipient == "author@exemple.invalid"
    assert str(kept.uid) in (mail.body or "")
    assert kept.reference in (mail.body or "")
