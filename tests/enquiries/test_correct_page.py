"""« Corriger mes coordonnées »: what an open enquiry says of its author, by her alone; the journal keeps none of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from proxirh.accounts.models import Address, Person, address_index
from proxirh.accounts.services import PROVED_KEY
from proxirh.enquiries import services
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services import Correction, tag_of_contact
from proxirh.enquiries.services.correcting import UNPROVED
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.models import DataKey, JournalEntry
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Department, Site, WorkTie
from tests.enquiries import acts
from tests.enquiries.visitors import now_taken, same_as_unknown, text, visitor
from tests.world import LONG_AGO, NOW, World

pytestmark = pytest.mark.django_db
CANARY = "CANARICORRIGE"


def address(enquiry: Enquiry) -> str:
    return reverse("enquiries:correct", args=[enquiry.uid])


def said(enquiry: Enquiry, **changes: Any) -> dict[str, Any]:
    """What the form holds when nothing is changed, with these changes."""
    contact, wishes = enquiry.contact, enquiry.wishes
    flags = {name: "on" for name in ("may_leave_voicemail", "not_at_work") if wishes.get(name)}
    return {
        **contact,
        "means": wishes["means"],
        "times": wishes["times"],
        **flags,
        "seen": tag_of_contact(enquiry),
    } | changes


def correct(world: World, enquiry: Enquiry, part: str = "author", **changes: Any) -> HttpResponse:
    return visitor(world, part).post(address(enquiry), said(world.reload(enquiry), **changes))


def prove(world: World, part: str, written: str) -> None:
    """Give someone another proved address."""
    Address.objects.create(
        user=world.people[part].user,
        data_key=DataKey.objects.issue(),
        blind_index=address_index(written),
        ciphertext=written,
    )


def lines() -> list[JournalEntry]:
    return list(JournalEntry.objects.filter(verb="demande.corrigée"))


def told() -> list[OutgoingEmail]:
    return list(OutgoingEmail.objects.filter(kind="contact_corrected").select_related("data_key"))


def test_everything_she_said_of_herself_is_corrected_and_nothing_else_moves(world: World) -> None:
    """Mutation: leave a column out of what is written."""
    prove(world, "author", "autre@exemple.invalid")
    before = world.reload()
    answer = correct(
        world,
        world.enquiry,
        first_name="Alma",
        last_name=CANARY,
        phone="06 12 34 56 78",
        email="autre@exemple.invalid",
        means=["written", "video"],
        times=["noon"],
        not_at_work="on",
        place=world.other_site.uai,
    )
    assert answer.url == reverse("enquiries:follow", args=[world.enquiry.uid])
    after = world.reload()
    assert after.contact == {
        "first_name": "Alma",
        "last_name": CANARY,
        "phone": "06 12 34 56 78",
        "email": "autre@exemple.invalid",
    }
    assert (after.wishes["means"], after.wishes["times"], after.wishes["not_at_work"]) == (
        ["written", "video"],
        ["noon"],
        True,
    )
    assert after.wishes["excluded_names"] == before.wishes["excluded_names"]
    assert (after.site, after.circonscription_id, after.division_id) == (world.other_site, None, None)
    assert bytes(after.address_index or b"") == address_index("autre@exemple.invalid")
    assert (after.state, after.lead_id, after.last_contact_at) == (before.state, before.lead_id, before.last_contact_at)


def test_the_journal_says_which_fields_and_never_what_they_held(world: World) -> None:
    """Mutation: put the correction itself in the details."""
    correct(world, world.enquiry, last_name=CANARY, phone="06 12 34 56 78")
    (line,) = lines()
    assert line.details == {"fields": ["last_name", "phone"]}
    assert not [one for one in JournalEntry.objects.all() if CANARY in str(one.details) or "12 34" in str(one.details)]
    assert "Vous avez corrigé vos coordonnées" in text(
        visitor(world, "author").get(reverse("enquiries:follow", args=[world.enquiry.uid]))
    )


def test_a_new_telephone_is_told_to_who_has_it_in_hand_without_name_nor_number(world: World) -> None:
    """Mutation: tell nobody; tell of any change; write the number in the mail."""
    correct(world, world.enquiry, last_name=CANARY)
    assert told() == []
    correct(world, world.enquiry, phone="06 12 34 56 78")
    (mail,) = told()
    assert mail.recipient == world.people["counsellor"].staff_address
    for secret in (CANARY, "12 34 56", "06 00"):
        assert secret not in f"{mail.subject}{mail.body}"


def test_the_former_address_is_told_that_another_took_its_place(world: World) -> None:
    """Mutation: change it in silence."""
    prove(world, "author", "autre@exemple.invalid")
    correct(world, world.enquiry, email="autre@exemple.invalid")
    mail = OutgoingEmail.objects.select_related("data_key").get(kind="address_replaced")
    assert mail.recipient == "author@exemple.invalid"
    assert world.enquiry.reference not in (mail.body or "")


def test_an_address_that_she_has_not_proved_is_refused(world: World) -> None:
    """Mutation: write whatever address is posted."""
    refused = correct(world, world.enquiry, email="colleague@exemple.invalid")
    assert refused.status_code == 422
    assert world.reload().contact["email"] == "author@exemple.invalid"
    enquiry = world.reload()
    with pytest.raises(DomainError) as refusal:
        services.correct_enquiry(
            actor=world.actor("author"),
            enquiry=enquiry,
            correction=Correction("A", "B", "colleague@exemple.invalid", "", ["video"], [], False, False, enquiry.site),
            seen=tag_of_contact(enquiry),
        )
    assert str(refusal.value) == UNPROVED


def test_nothing_changed_is_said_and_written_nowhere(world: World) -> None:
    client = visitor(world, "author")
    answer = client.post(address(world.enquiry), said(world.reload()), follow=True)
    assert "Rien n’a changé" in text(answer)
    assert lines() == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"last_name": ""}, "Écrivez votre nom."),
        ({"phone": "06 12"}, "Ce numéro n’est pas complet"),
        ({"means": []}, "Choisissez au moins une façon d’échanger"),
        ({"phone": "", "means": ["phone"]}, "choisissez-en une"),
        ({"place": "lieu que nul ne connaît"}, "Nous ne trouvons pas ce lieu"),
        ({"place": "Exemple Modele"}, "Nous ne trouvons pas ce lieu"),
        ({"seen": ""}, "corrigées dans une autre page"),
        ({"seen": "x" * 60}, "40 caractères"),
        ({"last_name": "N" * 90}, "80 caractères"),
    ],
)
def test_a_wrong_answer_is_told_and_changes_nothing(world: World, changes: dict[str, Any], expected: str) -> None:
    before = world.reload().contact
    refused = correct(world, world.enquiry, **changes)
    assert refused.status_code == 422
    assert expected in text(refused), text(refused)
    assert world.reload().contact == before
    assert lines() == []


def test_marks_of_direction_and_nul_are_dropped(world: World) -> None:
    correct(world, world.enquiry, last_name="Ex\u202eem\x00ple")
    assert world.reload().contact["last_name"] == "Exemple"


def test_a_place_of_another_departement_is_refused(world: World) -> None:
    """Mutation: compare no département."""
    far = Site.objects.create(
        uai="9740001A", name="Lycée Lointain", town="Ailleurs", department=Department.objects.get(code="974")
    )
    refused = correct(world, world.enquiry, place="Lycée Lointain")
    assert refused.status_code == 422
    assert "dans un autre département" in text(refused)
    enquiry = world.reload()
    with pytest.raises(DomainError, match="autre département"):
        services.correct_enquiry(
            actor=world.actor("author"),
            enquiry=enquiry,
            correction=Correction("A", "B", "author@exemple.invalid", "", ["video"], [], False, False, far),
            seen=tag_of_contact(enquiry),
        )


def test_a_place_where_her_counsellor_works_gives_her_someone_else(world: World) -> None:
    """Mutation: change the place without reconsidering who follows it."""
    enquiry = now_taken(world, excluded=(world.people["excluded colleague"],))
    WorkTie.objects.create(person=world.people["counsellor"], kind="works", site=world.other_site, valid_from=LONG_AGO)
    correct(world, enquiry, place=world.other_site.uai)
    after = world.reload(enquiry)
    assert after.site == world.other_site
    assert after.lead_id is None
    assert visitor(world, "counsellor").get(reverse("enquiries:enquiry", args=[enquiry.uid])).status_code in (403, 404)


def test_another_page_that_corrected_meanwhile_is_shown(world: World) -> None:
    """Mutation: take the print of the page for granted."""
    client, old = visitor(world, "author"), said(world.reload(), last_name="Ancien")
    correct(world, world.enquiry, last_name="Nouveau")
    refused = client.post(address(world.enquiry), old)
    assert refused.status_code == 422
    assert "corrigées dans une autre page" in text(refused)
    assert world.reload().contact["last_name"] == "Nouveau"
    assert 'value="Ancien"' in refused.content.decode(), "what was typed is still there, to be sent again"
    seen = refused.context["form"]["seen"].value()
    assert client.post(address(world.enquiry), {**old, "seen": seen}).status_code == 302
    assert world.reload().contact["last_name"] == "Ancien"


def test_without_a_telephone_nobody_calls(world: World) -> None:
    Enquiry._base_manager.filter(pk=world.enquiry.pk).update(wants_call_today=True)
    correct(world, world.enquiry, phone="", means=["phone", "written"], may_leave_voicemail="on")
    after = world.reload()
    assert after.wishes["means"] == ["written"]
    assert not after.wishes["times"]
    assert not after.wishes["may_leave_voicemail"]
    assert not after.wants_call_today


def test_an_ended_one_is_not_corrected_but_can_be_erased(world: World) -> None:
    acts.close(world, world.reload())
    page = text(visitor(world, "author").get(address(world.enquiry)))
    assert "n’est plus ouverte" in page
    assert reverse("enquiries:erase", args=[world.enquiry.uid]) in page
    enquiry = world.reload()
    with pytest.raises(DomainError, match="n’est plus ouverte"):
        services.correct_enquiry(
            actor=world.actor("author"),
            enquiry=enquiry,
            correction=Correction("A", "B", "author@exemple.invalid", "", ["video"], [], False, False, enquiry.site),
            seen=tag_of_contact(enquiry),
        )


@pytest.mark.parametrize("part", ["colleague", "counsellor", "co-handler", "coordinator", "superior", "administrator"])
def test_nobody_else_corrects_it(world: World, part: str) -> None:
    """Mutation: find the row without the side of the author; take the check off the service."""
    client = visitor(world, part)
    for method in ("get", "post"):
        assert same_as_unknown(client, method, address(world.enquiry), world.enquiry.uid)
    enquiry = world.reload()
    with pytest.raises(NotAllowed):
        services.correct_enquiry(
            actor=world.actor(part),
            enquiry=enquiry,
            correction=Correction("A", "B", "", "06 12 34 56 78", ["phone"], [], False, False, enquiry.site),
            seen=tag_of_contact(enquiry),
        )
    assert lines() == []


def test_a_visitor_signs_in_and_an_old_proof_is_asked_again(world: World, client) -> None:
    """Mutation: drop @step_up."""
    for method in ("get", "post"):
        assert getattr(client, method)(address(world.enquiry)).url.startswith(reverse("accounts:sign_in"))
    hers = visitor(world, "author")
    session = hers.session
    session[PROVED_KEY] = (timezone.now() - timedelta(minutes=11)).isoformat()
    session.save()
    answer = hers.post(address(world.enquiry), said(world.reload(), last_name="Autre"))
    assert answer.url.startswith(reverse("accounts:step_up"))
    assert lines() == []


def test_an_enquiry_asked_before_she_had_an_account_is_hers_to_correct(world: World) -> None:
    author = Person.objects.create(data_key=DataKey.objects.issue(), first_name="Alma", last_name="Exemple")
    Enquiry._base_manager.filter(pk=world.enquiry.pk).update(author=author)
    correct(world, world.enquiry, last_name="Corrigé")
    assert world.reload().contact["last_name"] == "Corrigé"
    assert visitor(world, "author").get(address(world.enquiry)).status_code == 200


def test_the_service_says_at_what_time(world: World) -> None:
    enquiry = world.reload()
    correction = Correction("A", "B", "author@exemple.invalid", "", ["video"], [], False, False, enquiry.site)
    services.correct_enquiry(
        actor=world.actor("author"), enquiry=enquiry, correction=correction, seen=tag_of_contact(enquiry), at=NOW
    )
    assert lines()[0].at == NOW
