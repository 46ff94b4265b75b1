"""What one corrects and erases of oneself: her name and telephone, then everything at once."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from proxirh.accounts.models import Address, Person, User
from proxirh.accounts.services import FROM_A_FILE, PROVED_KEY, correct_person, tag_of_person
from proxirh.enquiries.models import Draft, Enquiry, EnquiryFact
from proxirh.enquiries.services import ending
from proxirh.enquiries.workflow import State
from proxirh.kernel.errors import NotAllowed
from proxirh.kernel.models import JournalEntry
from proxirh.kernel.personal_data import DataClass
from proxirh.privacy.correctable import CORRECTABLE
from proxirh.privacy.services import ON_A_MISSION
from tests.enquiries.asker import Asker
from tests.enquiries.visitors import text, visitor
from tests.privacy.test_archive import registered
from tests.strict_client import StrictClient
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
CANARY = "CANARINOM"
CORRECT, ERASE = "/mes-donnees/corriger/", "/mes-donnees/effacer-tout/"


@pytest.fixture(autouse=True)
def _own_register(settings, tmp_path: Path) -> None:
    settings.PROXIRH_ERASURE_REGISTER = tmp_path / "effacements.txt"


def agent(world: World, part: str = "author") -> Person:
    """The same person as an agent whom no file of missions knows."""
    Person.objects.filter(pk=world.people[part].pk).update(staff_index=None, staff_address=None)
    person = Person.objects.select_related("data_key").get(pk=world.people[part].pk)
    world.people[part] = person
    return person


def said(person: Person, **changes: Any) -> dict[str, Any]:
    names = {"first_name": person.first_name, "last_name": person.last_name, "phone": person.phone or ""}
    return names | {"seen": tag_of_person(person)} | changes


def stale(client: StrictClient) -> None:
    """Eleven minutes have passed since she proved who she is."""
    session = client.session
    session[PROVED_KEY] = (timezone.now() - timedelta(minutes=11)).isoformat()
    session.save()


# ── Correcting ─────────────────────────────────────────────────────────────────────────────────────
def test_each_identity_field_is_corrected_somewhere_or_it_is_said_why_not(world: World) -> None:
    """Mutation: class a new field identity, or take one out of the table."""
    fields = {f"{model.__name__}.{name}" for model, name in registered(frozenset({DataClass.IDENTITY}))}
    assert fields == set(CORRECTABLE)
    for one in CORRECTABLE.values():
        assert bool(one.where) != bool(one.why)
        if one.where and one.where != "enquiries:correct":
            assert reverse(one.where)
    agent(world)
    page = text(visitor(world, "author").get(CORRECT))
    for one in CORRECTABLE.values():
        assert not one.why or one.why.replace("\u00a0", " ") in page


def test_her_name_and_telephone_are_corrected_and_the_journal_keeps_the_fields_alone(world: World) -> None:
    """Mutation: put what was written in the details."""
    person = agent(world)
    client = visitor(world, "author")
    answer = client.post(CORRECT, said(person, last_name=CANARY, phone="06 12 34 56 78"), follow=True)
    assert "C’est corrigé" in text(answer)
    after = agent(world)
    assert (after.last_name, after.phone) == (CANARY, "06 12 34 56 78")
    line = JournalEntry.objects.get(verb="personne.corrigée")
    assert line.details == {"fields": ["last_name", "phone"]}
    assert not [one for one in JournalEntry.objects.all() if CANARY in f"{one.details}{one.actor}{one.subject}"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"last_name": " "}, "Écrivez votre nom"),
        ({"first_name": ""}, "Écrivez votre prénom"),
        ({"phone": "abc"}, "n’est pas complet"),
        ({"seen": "x"}, "a été corrigé dans une autre page"),
        ({"seen": ""}, "a été corrigé dans une autre page"),
    ],
)
def test_a_wrong_answer_changes_nothing(world: World, changes: dict[str, str], expected: str) -> None:
    person = agent(world)
    refused = visitor(world, "author").post(CORRECT, said(person, **changes))
    assert refused.status_code == 422
    assert expected in text(refused)
    assert not JournalEntry.objects.filter(verb="personne.corrigée").exists()


def test_whom_a_file_of_missions_knows_asks_her_coordination(world: World) -> None:
    """Mutation: let her change the number at which she would be called back. A stolen visit would do it first."""
    client, person = visitor(world, "counsellor"), world.people["counsellor"]
    assert FROM_A_FILE.replace("\u00a0", " ") in text(client.get(CORRECT))
    assert client.post(CORRECT, said(person, phone="06 99 99 99 99")).status_code == 403
    with pytest.raises(NotAllowed):
        correct_person(by="x", user_id=person.user_id or 0, first_name="A", last_name="B", phone="", at=NOW)
    assert Person.objects.select_related("data_key").get(pk=person.pk).phone is None


def test_a_column_that_the_form_does_not_hold_is_not_written(world: World) -> None:
    person = agent(world)
    visitor(world, "author").post(CORRECT, said(person, last_name="Autre", staff_address="x@y.fr", user="1", uid="z"))
    after = agent(world)
    assert (after.last_name, after.staff_address, after.user_id, after.uid) == (
        "Autre",
        None,
        person.user_id,
        person.uid,
    )


# ── Erasing everything ─────────────────────────────────────────────────────────────────────────────
def test_the_page_says_what_goes_and_what_stays(world: World) -> None:
    agent(world)
    world.submit()
    page = text(visitor(world, "author").get(ERASE))
    for expected in ("2 demandes", "1 adresse", "vos brouillons", "des statistiques sans identité", "sauvegardes"):
        assert expected in page
    assert "Vos demandes ouvertes sont retirées" in page


def test_everything_goes_the_visit_ends_and_a_public_page_says_so(world: World) -> None:
    """Mutations: keep the visit; keep the drafts; keep the account."""
    person = agent(world)
    user, fact = person.user_id, world.enquiry.fact_id
    client = visitor(world, "author")
    Asker(world, client).until("ask_words")
    assert Draft.objects.count() == 1
    answer = client.post(ERASE, {"understood": "on"})
    assert answer.url == reverse("privacy:erased")
    assert "storage" in answer["Clear-Site-Data"]
    assert not User.objects.filter(pk=user).exists()
    assert not Person.objects.filter(pk=person.pk).exists()
    assert not Address.objects.filter(user=user).exists()
    assert not Enquiry._base_manager.filter(pk=world.enquiry.pk).exists()
    assert not Draft.objects.exists()
    assert EnquiryFact.objects.filter(pk=fact).exists()
    page = client.get(answer.url)
    assert page.status_code == 200
    assert "C’est fait : tout est effacé" in text(page)
    assert client.get(reverse("privacy:mine")).status_code == 302, "nobody is in any more"


def test_another_device_is_out_too(world: World) -> None:
    agent(world)
    here, there = visitor(world, "author"), visitor(world, "author")
    here.post(ERASE, {"understood": "on"})
    assert there.get(reverse("privacy:mine")).url.startswith(reverse("accounts:sign_in"))
    again = there.post(ERASE, {"understood": "on"})
    assert again.url.startswith(reverse("accounts:sign_in"))


def test_without_the_box_nothing_goes(world: World) -> None:
    """Mutation: make the box optional."""
    agent(world)
    refused = visitor(world, "author").post(ERASE, {})
    assert refused.status_code == 422
    assert "Cochez cette case" in text(refused)
    assert Enquiry._base_manager.filter(pk=world.enquiry.pk).exists()


def test_whoever_holds_a_mission_is_told_why_not(world: World) -> None:
    """Mutation: ask for the mission in the page alone, or not at all."""
    client = visitor(world, "counsellor")
    page = client.get(ERASE)
    assert ON_A_MISSION.replace("\u00a0", " ") in text(page)
    assert "Tout effacer pour toujours" not in text(page)
    refused = client.post(ERASE, {"understood": "on"})
    assert refused.status_code == 422
    assert ON_A_MISSION.replace("\u00a0", " ") in text(refused)
    assert User.objects.filter(pk=world.people["counsellor"].user_id).exists()


def test_a_change_meanwhile_is_told_and_pressing_again_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    agent(world)
    first, second = world.enquiry, world.submit()
    real = ending.anonymise_enquiry

    def once(*, enquiry: Enquiry, **rest: Any) -> None:
        if enquiry.pk == second.pk:
            Enquiry._base_manager.filter(pk=enquiry.pk).update(last_contact_at=timezone.now())
        real(enquiry=enquiry, **rest)

    client = visitor(world, "author")
    with monkeypatch.context() as patched:
        patched.setattr(ending, "anonymise_enquiry", once)
        refused = client.post(ERASE, {"understood": "on"})
    assert refused.status_code == 422
    assert "Ce qui est déjà effacé le reste : recommencez" in text(refused)
    assert [Enquiry._base_manager.filter(pk=one.pk).exists() for one in (first, second)] == [False, True]
    assert Enquiry._base_manager.get(pk=second.pk).state == State.WITHDRAWN
    assert client.post(ERASE, {"understood": "on"}).url == reverse("privacy:erased")


@pytest.mark.parametrize("address", [CORRECT, ERASE])
def test_a_visitor_signs_in_and_an_old_proof_is_asked_again(world: World, address: str) -> None:
    """Mutation: drop @step_up from either."""
    for method in ("get", "post"):
        assert getattr(StrictClient(), method)(address).url.startswith(reverse("accounts:sign_in"))
    person = agent(world)
    client = visitor(world, "author")
    stale(client)
    data = said(person, last_name="Autre") | {"understood": "on"}
    assert client.post(address, data).url.startswith(reverse("accounts:step_up"))
    assert User.objects.filter(pk=person.user_id).exists()
    assert not JournalEntry.objects.filter(verb="personne.corrigée").exists()


def test_the_public_page_leads_whoever_still_has_an_account_to_what_is_kept(world: World) -> None:
    assert visitor(world, "author").get("/mes-donnees/efface/").url == reverse("privacy:mine")


def test_mes_donnees_leads_to_each_of_them_and_costs_little(world: World) -> None:
    agent(world)
    client = visitor(world, "author")
    client.get(reverse("privacy:mine"))
    for address in (reverse("privacy:mine"), CORRECT, ERASE):
        with CaptureQueriesContext(connection) as queries:
            page = client.get(address)
        assert len(queries) <= 12, address
    body = client.get(reverse("privacy:mine")).content.decode()
    for address in (
        CORRECT,
        ERASE,
        reverse("enquiries:correct", args=[world.enquiry.uid]),
        reverse("enquiries:erase", args=[world.enquiry.uid]),
    ):
        assert address in body
    assert page.status_code == 200
