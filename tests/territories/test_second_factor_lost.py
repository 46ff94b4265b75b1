"""A colleague who lost her second factor: who may help, after which call, and what is left of it."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from proxirh.accounts import services as accounts
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.models import JournalEntry
from proxirh.territories.actor import Actor
from proxirh.territories.models import Posting, Role
from proxirh.territories.permissions import can_reset_factors
from proxirh.territories.services import missions
from tests.accounts.staff import Staff, at_browser, kinds
from tests.routes import sign_in
from tests.strict_client import StrictClient
from tests.world import World

pytestmark = pytest.mark.django_db
HERE, ELSEWHERE = 1, 2
FIND = "/collegues/second-facteur/"
GIVEN = {"reason": "telephone", "has_called_back": "on"}
STRANGERS = [
    "author",
    "superior",
    "fellow counsellor",
    "HR officer",
    "head of service",
    "steering member",
    "national referent",
]


def actor(**powers: object) -> Actor:
    return Actor(user_id=1, person_id=1, second_factor=True, **powers)  # type: ignore[arg-type]


COORDINATOR = actor(coordinates=frozenset({HERE}))
ADMINISTRATOR = actor(is_administrator=True)
SERVES_HERE, SERVES_THERE = (Role.COUNSELLOR, HERE), (Role.COUNSELLOR, ELSEWHERE)
RULES = [
    (COORDINATOR, 2, [SERVES_HERE], True),
    (COORDINATOR, 2, [SERVES_THERE, SERVES_HERE], True),
    (COORDINATOR, 2, [(Role.COORDINATOR, HERE)], True),
    (COORDINATOR, 2, [SERVES_THERE], False),
    (COORDINATOR, 2, [], False),
    (COORDINATOR, 1, [SERVES_HERE], False),
    (COORDINATOR, 2, [SERVES_HERE, (Role.ADMINISTRATOR, None)], False),
    (COORDINATOR, 2, [(Role.NATIONAL_REFERENT, None), SERVES_HERE], False),
    (COORDINATOR, 2, [(Role.STEERING_MEMBER, None)], False),
    (ADMINISTRATOR, 2, [SERVES_THERE], True),
    (ADMINISTRATOR, 2, [(Role.ADMINISTRATOR, None)], True),
    (ADMINISTRATOR, 1, [SERVES_HERE], False),
    (ADMINISTRATOR, 2, [], False),
    (actor(heads=frozenset({HERE})), 2, [SERVES_HERE], False),
    (actor(counsels=frozenset({HERE})), 2, [SERVES_HERE], False),
    (Actor(user_id=1, person_id=1, coordinates=frozenset({HERE})), 2, [SERVES_HERE], False),
]


@pytest.mark.parametrize(("who", "person_id", "held", "may"), RULES, ids=range(len(RULES)))
def test_rule(who: Actor, person_id: int, held: list, may: bool) -> None:
    """Mutation: drop any clause of `can_reset_factors`."""
    assert can_reset_factors(who, person_id=person_id, missions=held) is may


@pytest.fixture
def lost(world: World) -> Staff:
    """A counsellor with an application, and her visit."""
    member = at_browser(world)
    member.add_totp()
    member.come_in()
    return member


@pytest.fixture
def coordinator(client: StrictClient, world: World) -> StrictClient:
    """The coordinator of her académie, second factor done."""
    sign_in(client, world, "coordinator")
    return client


def address_of(member: Staff) -> str:
    return f"/collegues/{member.person.uid}/second-facteur/"


def test_colleague_is_found_called_back_and_reset(coordinator: StrictClient, lost: Staff) -> None:
    """Mutation: leave her visit open, or tell nobody."""
    lost.person.phone = "06 11 22 33 44"
    lost.person.save(update_fields=["phone"])
    found = coordinator.post(FIND, {"address": f" {lost.address.upper()} "})
    assert found["Location"] == address_of(lost)
    assert "06 11 22 33 44" in coordinator.get(address_of(lost)).text
    assert coordinator.post(address_of(lost), GIVEN)["Location"] == FIND
    assert kinds(lost.user) == []
    assert lost.client.get("/bureau/").status_code == 302
    line = JournalEntry.objects.get(verb="second facteur réinitialisé")
    assert line.actor == f"personne:{lost.world.people['coordinator'].uid}"
    assert line.details == {"reason": "telephone"}
    assert lost.sign_in("/bureau/")["Location"].startswith("/securite/ajouter/")


@pytest.mark.parametrize("missing", GIVEN)
def test_nothing_is_reset_without_a_call_and_a_reason(coordinator: StrictClient, lost: Staff, missing: str) -> None:
    """Mutation: make either optional."""
    posted = {name: value for name, value in GIVEN.items() if name != missing}
    assert coordinator.post(address_of(lost), posted).status_code == 422
    assert coordinator.post(address_of(lost), GIVEN | {"reason": "autre"}).status_code == 422
    assert kinds(lost.user) == ["totp"]


def test_service_says_the_same(world: World, lost: Staff) -> None:
    """Mutation: leave the rule to the page."""
    helper = world.actor("coordinator", at=timezone.now())
    for given in ({"reason": "autre", "has_called_back": True}, {"reason": "cle", "has_called_back": False}):
        with pytest.raises(DomainError):
            missions.reset_second_factor(actor=helper, person=lost.person, **given)
    for part in ("counsellor", "head of service", "author", "national referent"):
        with pytest.raises(NotAllowed):
            missions.reset_second_factor(
                actor=world.actor(part, at=timezone.now()), person=lost.person, reason="cle", has_called_back=True
            )
    assert kinds(lost.user) == ["totp"]


def test_colleague_of_another_academy_is_not_found(coordinator: StrictClient, world: World) -> None:
    """Mutation: find anyone who has an account."""
    far, nobody = world.people["counsellor elsewhere"], world.people["author"]
    answers = []
    for address in (far.staff_address, nobody.staff_address, "personne@exemple.invalid", "coordinator@exemple.invalid"):
        response = coordinator.post(FIND, {"address": address})
        assert response.status_code == 422
        answers.append(BeautifulSoup(response.content, "html.parser").select_one("main .fr-message--error").text)
    assert len(set(answers)) == 1
    for person in (far, nobody, world.people["coordinator"]):
        assert coordinator.get(f"/collegues/{person.uid}/second-facteur/").status_code == 404
        assert coordinator.post(f"/collegues/{person.uid}/second-facteur/", GIVEN).status_code == 404


@pytest.mark.parametrize("part", STRANGERS)
def test_others_meet_a_page_that_does_not_exist(client: StrictClient, world: World, lost: Staff, part: str) -> None:
    """Mutation: let heads of service or counsellors in."""
    sign_in(client, world, part)
    for path in (FIND, address_of(lost)):
        assert client.get(path).status_code == 404
        assert client.post(path, GIVEN).status_code == 404
    assert kinds(lost.user) == ["totp"]


def test_helper_without_a_factor_is_told_to_add_one(world: World, lost: Staff) -> None:
    """Mutation: drop the second factor from `rescues_colleagues`."""
    helper = at_browser(world, "coordinator")
    helper.sign_in()
    assert "Il manque votre second facteur" in helper.client.get(FIND).text
    assert helper.client.post(address_of(lost), GIVEN).status_code == 403
    assert kinds(lost.user) == ["totp"]


def test_helper_proves_again_who_she_is(world: World, lost: Staff) -> None:
    """Mutation: drop the step-up."""
    helper = at_browser(world, "coordinator")
    helper.add_totp()
    helper.come_in()
    helper.grow_old()
    assert helper.client.post(address_of(lost), GIVEN)["Location"].startswith("/connexion/confirmer/")
    assert kinds(lost.user) == ["totp"]


def test_ended_mission_is_nobodys_to_reset(coordinator: StrictClient, world: World, lost: Staff) -> None:
    Posting.objects.filter(person=lost.person).update(valid_until=timezone.localdate() - timedelta(days=1))
    assert coordinator.get(address_of(lost)).status_code == 404
    assert not accounts.needs_factor(lost.user)


def test_person_without_an_account_has_nothing_to_reset(coordinator: StrictClient, world: World, lost: Staff) -> None:
    lost.person.user = None
    lost.person.save(update_fields=["user"])
    assert coordinator.post(FIND, {"address": lost.address}).status_code == 422
