"""While two versions of the index key stand, whoever is looked for by an address or a cookie is found, in either."""

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from proxirh.accounts import proof_of_work
from proxirh.accounts.models import Address, Person, SignInCode, User, address_index
from proxirh.accounts.services import account_for, add_address, confirm_code, find_held, hold_form, request_code
from proxirh.accounts.services.codes import ADDING, find_code
from proxirh.accounts.services.held import drop_all_held
from proxirh.accounts.services.identities import Claims, enter_with_identity
from proxirh.enquiries import services
from proxirh.enquiries.conflicts import asking_of, free_members, kept_away
from proxirh.enquiries.models import Draft, Enquiry
from proxirh.enquiries.services.drafting import key_once_sent
from proxirh.enquiries.services.preparing import team_of
from proxirh.kernel import encryption, limits
from proxirh.kernel.errors import DomainError
from proxirh.kernel.models import DataKey
from proxirh.territories.actor import ANONYMOUS
from proxirh.territories.services.staffing import people_by_address
from tests.accounts.conftest import code_sent_to
from tests.accounts.test_proof_of_work import solved
from tests.rotation.conftest import Keys
from tests.routes import sign_in
from tests.world import NOW, World

pytestmark = pytest.mark.django_db

TOKEN = "browser-of-the-author"
OURS = ("adresses prouvées", "adresses de service")
THEIRS = ("adresses données",)
# What an operator goes through; the rows are in each mixture that a kill may leave.
STAGES = ("new key", "people first", "enquiries first", "everything", "retired")


def reach(world: World, keys: Keys, stage: str) -> None:
    """Bring the keys, and the rows that bear an index, to a stage."""
    keys.add()
    if stage == "people first":
        assert keys.rotate(*OURS).reindexed
    elif stage == "enquiries first":
        assert keys.rotate(*THEIRS).reindexed
    elif stage != "new key":
        assert keys.rotate().reindexed
    if stage == "retired":
        keys.retire()
    for person in world.people.values():
        person.refresh_from_db(fields=["staff_index"])


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest) -> str:
    """One after the other."""
    return request.param


def asked_without_account(world: World, address: str) -> Enquiry:
    """By a visitor who gives this address and has not signed in."""
    return services.submit_enquiry(
        actor=ANONYMOUS, answers=world.answers(email=address), idempotency_key=uuid.uuid4(), at=NOW
    )


def test_an_address_opens_the_same_account(world: World, keys: Keys, stage: str) -> None:
    """Mutation: look for the newest index alone in `_account_for`."""
    author = world.people["author"].user
    reach(world, keys, stage)
    count = User.objects.count(), Address.objects.count(), Person.objects.count()
    assert account_for(address="Author@exemple.invalid") == author
    assert count == (User.objects.count(), Address.objects.count(), Person.objects.count())


def test_an_import_and_a_grant_find_the_same_person(world: World, keys: Keys, stage: str) -> None:
    """Mutation: in `people_by_address`, want the newest index alone."""
    only_proved = world.people["author"]
    Person.objects.filter(pk=only_proved.pk).update(staff_index=None, staff_address=None)
    reach(world, keys, stage)
    addresses = ["counsellor@exemple.invalid", "author@exemple.invalid", "nobody@exemple.invalid"]
    assert people_by_address(addresses) == {addresses[0]: world.people["counsellor"], addresses[1]: only_proved}


def test_a_provider_s_claim_of_a_known_address_asks_for_a_code(world: World, keys: Keys, stage: str) -> None:
    """Mutation: `_is_known` with the newest index alone; an identity would then open a second account."""
    Address.objects.filter(user=world.people["counsellor"].user).delete()
    reach(world, keys, stage)
    for address in ("author@exemple.invalid", "counsellor@exemple.invalid"):
        claims = Claims(issuer="https://fi.exemple.invalid", subject=address, address=address)
        assert isinstance(enter_with_identity(claims=claims, token=TOKEN, at=NOW), SignInCode)


def test_what_was_asked_before_signing_in_opens_to_its_author_alone(world: World, keys: Keys, stage: str) -> None:
    """Mutation: read the actor’s addresses as the rows bear them, whatever the versions."""
    enquiry = asked_without_account(world, "colleague@exemple.invalid")
    reach(world, keys, stage)

    def sees(part: str) -> bool:
        return Enquiry.objects.visible_to(world.actor(part)).filter(pk=enquiry.pk).exists()

    assert [part for part in world.people if sees(part)] == ["colleague"]
    newer = asked_without_account(world, "colleague@exemple.invalid")
    assert Enquiry.objects.visible_to(world.actor("colleague")).filter(pk=newer.pk).exists()


def test_a_counsellor_who_asked_meets_nothing_of_it_at_her_desk(world: World, keys: Keys, stage: str) -> None:
    """Mutation: `at_work` as the row bears it, or one index in `_people_at`."""
    at_work = asked_without_account(world, "counsellor@exemple.invalid")
    Address.objects.filter(user=world.people["fellow counsellor"].user).delete()
    without_account = asked_without_account(world, "fellow.counsellor@exemple.invalid")
    reach(world, keys, stage)
    for part, enquiry in (("counsellor", at_work), ("fellow counsellor", without_account)):
        person = world.people[part]
        assert person.pk not in free_members(world.reload(enquiry), at=NOW)
        assert person.pk in kept_away(asking_of(world.reload(enquiry)), day=NOW.date())
        assert not Enquiry.objects.listed_for(world.actor(part)).filter(pk=enquiry.pk).exists()
    assert Enquiry.objects.listed_for(world.actor("co-handler")).filter(pk=at_work.pk).exists()


def test_whoever_an_unproved_address_names_is_kept_away_from_what_is_asked_now(
    world: World, keys: Keys, stage: str
) -> None:
    reach(world, keys, stage)
    enquiry = services.submit_enquiry(
        actor=world.actor("author"),
        answers=world.answers(email="counsellor@exemple.invalid"),
        idempotency_key=uuid.uuid4(),
        at=NOW,
    )
    assert enquiry.address_index is None
    assert world.people["counsellor"].pk not in free_members(world.reload(enquiry), at=NOW)


def test_the_team_announced_is_the_one_that_will_receive(world: World, keys: Keys, stage: str) -> None:
    reach(world, keys, stage)
    actor = world.actor("author")
    assert team_of(actor=actor, answers=world.answers(), at=NOW) == world.team
    with_account = services.submit_enquiry(actor=actor, answers=world.answers(), idempotency_key=uuid.uuid4(), at=NOW)
    assert bytes(with_account.address_index or b"") == address_index("author@exemple.invalid")


def test_the_desk_says_that_an_address_is_proved_or_not(world: World, keys: Keys, stage: str) -> None:
    """Mutation: trust `with_proof` alone while the key changes."""
    proved = world.taken()
    unproved = services.submit_enquiry(
        actor=ANONYMOUS, answers=world.answers(email="new@exemple.invalid"), idempotency_key=uuid.uuid4(), at=NOW
    )
    services.take_enquiry(actor=world.actor("counsellor"), enquiry=unproved, at=NOW)
    reach(world, keys, stage)
    client = Client()
    sign_in(client, world, "counsellor")
    for enquiry, is_proved in ((proved, True), (unproved, False)):
        page = client.get(reverse("enquiries:enquiry", args=[enquiry.uid])).content.decode()
        assert ("Adresse à confirmer" in page) is not is_proved


def test_what_a_colleague_typed_awaits_its_author_and_opens_with_the_code(world: World, keys: Keys, stage: str) -> None:
    """Mutation: make the digest of the spoken code with the index key; nothing could then make it again."""
    enquiry = services.submit_enquiry(
        actor=world.actor("counsellor"),
        answers=world.answers(email="colleague@exemple.invalid"),
        idempotency_key=uuid.uuid4(),
        channel="phone",
        on_behalf=True,
        at=NOW,
    )
    reach(world, keys, stage)
    actor = world.actor("colleague")
    assert Enquiry.objects.for_system("preuve").typed_for(actor).filter(pk=enquiry.pk).exists()
    wrong = f"{(int(enquiry.claim_code) + 1) % 1_000_000:06d}"
    with pytest.raises(DomainError):
        services.claim_enquiry(actor=actor, reference=enquiry.reference, code=wrong, at=NOW)
    services.claim_enquiry(actor=actor, reference=enquiry.reference, code=enquiry.claim_code, at=NOW)


def test_a_spoken_code_made_under_the_index_key_still_opens(world: World, keys: Keys) -> None:
    enquiry = services.submit_enquiry(
        actor=world.actor("counsellor"),
        answers=world.answers(email="colleague@exemple.invalid"),
        idempotency_key=uuid.uuid4(),
        channel="phone",
        on_behalf=True,
        at=NOW,
    )
    former = encryption.blind_index(f"claim:{enquiry.uid}", enquiry.claim_code)
    Enquiry.objects.filter(pk=enquiry.pk).update(claim_digest=former)
    keys.add()
    given: dict[str, Any] = {"actor": world.actor("colleague"), "reference": enquiry.reference, "at": NOW}
    assert services.claim_enquiry(code=enquiry.claim_code, **given) == enquiry


# ── What only a browser or a memory holds: waited out ─────────────────────────────────────────────
def test_a_code_already_mailed_still_opens(world: World, keys: Keys) -> None:
    """Mutation: one digest of the browser in `consume_code`, or of the code."""
    code = request_code(address="author@exemple.invalid", token=TOKEN, at=NOW)
    digits = code_sent_to("author@exemple.invalid")
    keys.add()
    assert find_code(code_uid=code.uid, token=TOKEN) == code
    assert find_code(code_uid=code.uid, token="another browser") is None
    user = confirm_code(code_uid=code.uid, digits=digits, token=TOKEN, at=NOW + timedelta(minutes=1))
    assert user == world.people["author"].user


def test_the_code_of_before_is_replaced_by_the_next(world: World, keys: Keys) -> None:
    first = request_code(address="author@exemple.invalid", token=TOKEN, at=NOW)
    keys.add()
    request_code(address="author@exemple.invalid", token=TOKEN, at=NOW + timedelta(minutes=1))
    assert SignInCode.objects.get(pk=first.pk).expires_at == NOW + timedelta(minutes=1)


def test_past_the_limit_the_code_of_before_is_kept(world: World, keys: Keys) -> None:
    for _ in range(5):
        code = request_code(address="author@exemple.invalid", token=TOKEN, at=NOW)
    keys.add()
    assert request_code(address="author@exemple.invalid", token=TOKEN, at=NOW) == code


def test_one_more_address_still_joins_the_account(world: World, keys: Keys) -> None:
    author = world.people["author"].user
    assert author is not None
    code = request_code(address="autre@exemple.invalid", token=TOKEN, purpose=ADDING, at=NOW)
    keys.add()
    digits = code_sent_to("autre@exemple.invalid")
    assert add_address(actor=author, code_uid=code.uid, digits=digits, token=TOKEN, at=NOW) == author
    assert set(world.actor("author").addresses) >= {address_index("autre@exemple.invalid")}


def test_a_draft_goes_on_in_its_browser_and_by_its_mailed_link(world: World, keys: Keys) -> None:
    """Mutation: one digest in `find_draft`, one index in `resume_draft`."""
    draft = services.start_draft(token=TOKEN, is_shared_computer=False, at=NOW)
    services.address_draft(draft=draft, address="author@exemple.invalid", at=NOW)
    sent = key_once_sent(draft.uid, TOKEN)
    keys.add()
    assert services.find_draft(uid=draft.uid, token=TOKEN, at=NOW) == draft
    assert services.find_draft(uid=draft.uid, token="another", at=NOW) is None
    assert key_once_sent(draft.uid, TOKEN) == sent
    elsewhere = {"draft_uid": draft.uid, "token": "another", "at": NOW}
    assert services.resume_draft(address="colleague@exemple.invalid", **elsewhere) is None
    assert services.resume_draft(address="author@exemple.invalid", **elsewhere) == draft
    assert services.find_draft(uid=draft.uid, token="another", at=NOW) == draft


def test_leaving_quickly_erases_what_was_written_before(world: World, keys: Keys) -> None:
    """Mutation: one digest in `leave_quickly`."""
    services.start_draft(token=TOKEN, is_shared_computer=True, at=NOW)
    held = hold_form(
        user_id=None, token=TOKEN, path="/", fields={"words": ["un texte"]}, had_files=False, client="", at=NOW
    )
    assert held is not None
    keys.add()
    assert find_held(held_uid=held.uid, token=TOKEN, at=NOW) == held
    assert services.leave_quickly(token=TOKEN) == 1
    assert not Draft.objects.exists()
    assert find_held(held_uid=held.uid, token=TOKEN, at=NOW) is None
    drop_all_held(browser_digests=[])


def test_limits_go_on_counting(world: World, keys: Keys) -> None:
    """Mutation: count the newest key alone; a new version would give everybody as many tries again."""
    given: dict[str, Any] = {"limit": 3, "per": timedelta(hours=1), "at": NOW}
    assert [limits.attempt("scope", "someone", **given) for _ in range(2)] == [True, True]
    keys.add()
    assert [limits.attempt("scope", "someone", **given) for _ in range(2)] == [True, False]
    assert limits.attempt("scope", "someone else", **given)


def test_a_computation_begun_before_is_taken_once(world: World, keys: Keys) -> None:
    """Mutation: verify with the newest secret alone."""
    from_before = solved(proof_of_work.new_challenge())
    keys.add()
    assert proof_of_work.is_proved(from_before)
    assert not proof_of_work.is_proved(from_before)


def test_the_actor_costs_one_query_more_only_while_the_key_changes(
    world: World, keys: Keys, django_assert_num_queries
) -> None:
    with django_assert_num_queries(2):
        before = world.actor("counsellor")
    keys.add()
    with django_assert_num_queries(3):
        during = world.actor("counsellor")
    keys.rotate()
    keys.retire()
    with django_assert_num_queries(2):
        after = world.actor("counsellor")
    assert during.addresses == before.addresses | after.addresses
    assert replace(before, addresses=frozenset(), at_work=frozenset()) == replace(
        after, addresses=frozenset(), at_work=frozenset()
    )


def test_a_new_account_bears_the_newest_version(world: World, keys: Keys) -> None:
    version = keys.add()
    user = account_for(address="new@exemple.invalid")
    assert bytes(Address.objects.get(user=user).blind_index)[0] == version
    assert DataKey.objects.order_by("-pk").first().version == encryption.keyring().current
