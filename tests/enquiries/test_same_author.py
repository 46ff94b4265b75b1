"""The other enquiries of the same person, for whoever followed them himself: a line each, and to him alone."""

import pytest
from django.urls import reverse

from proxirh.accounts.models import Address, Person, address_index
from proxirh.enquiries.models import Enquiry, Handling, PersonChoice
from proxirh.enquiries.same_person import by_same_author, others_followed
from proxirh.enquiries.workflow import HandlingState
from proxirh.kernel.models import DataKey
from tests.enquiries import acts
from tests.enquiries.visitors import now_taken, text, visitor
from tests.world import NOW, World

pytestmark = pytest.mark.django_db


def told(world: World, part: str = "counsellor", enquiry: Enquiry | None = None) -> list[str]:
    found = Enquiry._base_manager.select_related("author", "data_key")
    return [one.reference for one in others_followed(world.actor(part), found.get(pk=(enquiry or world.enquiry).pk))]


def page(world: World, part: str = "counsellor", enquiry: Enquiry | None = None) -> str:
    address = reverse("enquiries:enquiry", args=[(enquiry or world.enquiry).uid])
    return text(visitor(world, part).get(address))


def test_what_he_followed_himself_is_told_in_one_line(world: World) -> None:
    """Mutation: show the topic, or nothing."""
    ended = acts.in_state(world, "closed")
    said = page(world)
    assert ended.reference in said
    assert reverse("enquiries:enquiry", args=[ended.uid]) in said
    after = said.partition("Ses autres demandes")[2].partition("</section>")[0]
    assert "terminée" in after
    assert "mobilité" not in after


def test_what_a_colleague_followed_is_not_told(world: World) -> None:
    """Mutation: leave `once_followed_by` out."""
    waiting = world.submit()
    theirs = world.submit()
    acts.take(world, theirs, part="fellow counsellor")
    assert told(world) == []
    assert waiting.reference not in page(world)
    assert theirs.reference not in page(world)
    # Proposed to her first is not followed by her.
    assert Handling.objects.filter(enquiry=waiting, state=HandlingState.OFFERED).exists()


def test_what_somebody_else_asked_is_not_told(world: World) -> None:
    """Mutation: leave `by_same_author` out."""
    other = world.submit("colleague", email="colleague@exemple.invalid")
    acts.take(world, other)
    assert told(world) == []


def test_beside_the_lead_too_and_never_by_an_exceptional_access(world: World) -> None:
    """Mutation: leave `opened_until` out of the view."""
    ended = acts.in_state(world, "closed")
    assert told(world, "co-handler") == []
    Handling.objects.create(
        enquiry=ended,
        team=world.team,
        person=world.people["co-handler"],
        state=HandlingState.DONE,
        is_lead=False,
        accepted_at=NOW,
        ended_at=NOW,
    )
    assert told(world, "co-handler") == [ended.reference]


def test_one_that_he_gave_back_is_told_without_a_way_in(world: World) -> None:
    """Mutation: leave `is_readable` out of the page."""
    enquiry = now_taken(world)
    acts.give_back(world, enquiry)
    said = page(world)
    assert enquiry.reference in said
    assert reverse("enquiries:enquiry", args=[enquiry.uid]) not in said


@pytest.mark.parametrize("kind", ["excluded", "superior"])
def test_whom_she_keeps_away_since_reads_nothing_of_it(world: World, kind: str) -> None:
    """Mutation: leave `conflict_free` out of once_followed_by."""
    ended = acts.in_state(world, "closed")
    PersonChoice.objects.create(enquiry=ended, person=world.people["counsellor"], kind=kind)
    assert told(world) == []


def test_what_she_asked_before_she_had_an_account_is_hers(world: World) -> None:
    """Mutation: compare the author’s person alone."""
    before = world.submit("anonymous")
    acts.take(world, before)
    assert before.author_id != world.enquiry.author_id
    assert told(world) == [before.reference]
    assert told(world, enquiry=before) == [world.enquiry.reference]


def test_an_address_that_nobody_proved_ties_nothing(world: World) -> None:
    """Mutation: compare the address given, proved or not."""
    mine, other = (world.submit("anonymous", email="nouvelle@exemple.invalid") for _ in range(2))
    for one in (mine, other):
        acts.take(world, one)
    assert told(world, enquiry=mine) == []
    user = Person.objects.get(pk=world.people["colleague"].pk).user
    proved = Address(
        user=user,
        data_key=DataKey.objects.issue(),
        blind_index=address_index("nouvelle@exemple.invalid"),
        ciphertext="nouvelle@exemple.invalid",
    )
    proved.save()
    assert told(world, enquiry=mine) == [other.reference]


def test_typed_for_someone_and_not_yet_recognised_it_ties_nothing(world: World) -> None:
    """Mutation: leave the claim out of `_indexes`."""
    typed = world.submit("anonymous")
    acts.take(world, typed)
    Enquiry.objects.filter(pk=typed.pk).update(claim_digest=b"x" * 33)
    assert told(world) == []
    assert told(world, enquiry=typed) == []


def test_more_of_them_ask_no_query_more(world: World, django_assert_num_queries) -> None:
    enquiry = Enquiry._base_manager.select_related("author", "data_key").get(pk=world.enquiry.pk)
    actor = world.actor("counsellor")
    for count in (0, 4):
        for _ in range(count):
            acts.in_state(world, "closed")
        with django_assert_num_queries(1):
            assert len(others_followed(actor, enquiry)) == count


def test_each_way_to_know_her_goes_by_its_index(world: World) -> None:
    """With an account and without. Mutations: tell the ways in one condition, PostgreSQL then reads every enquiry; join
    her account, SQLite then begins with everyone who has none.
    """
    without = world.submit("anonymous")
    for one in (world.enquiry, without):
        found = Enquiry._base_manager.select_related("author", "data_key").get(pk=one.pk)
        sql = str(Enquiry.objects.for_system("essai").filter(by_same_author(found)).values("pk").query)
        assert "UNION ALL" in sql
        assert " OR " not in sql
        assert " JOIN " not in sql
