"""Typing an enquiry for someone: one page, the real day, her agreement, and a slip that says what to say."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import services
from proxirh.enquiries.forms.assisted import AssistedForm
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services import assisting
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.tokens import grouped
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Academy, Department, Site, Team, Topic
from tests.enquiries.asker import shown_notice
from tests.enquiries.visitors import same_as_unknown, text, visitor
from tests.routes import unknown
from tests.world import NOW, World

pytestmark = pytest.mark.django_db

ADDRESS = "/bureau/saisir/"
BASE = settings.PROXIRH_BASE_URL
KEY = "7a9f0d3c-0000-4000-8000-00000000000a"


def answers(world: World, **changes) -> dict:
    return {
        "channel": "phone",
        "asked_on": timezone.localdate().isoformat(),
        "first_name": "Alma",
        "last_name": "Exemple",
        "phone": "06 00 00 00 01",
        "email": "",
        "place": world.site.uai,
        "category": world.category.code,
        "topic": world.topic.code,
        "words": "Je voudrais changer de métier.",
        "means": ["phone"],
        "not_at_work": "on",
        "oral_agreement": "on",
        "idempotency_key": KEY,
        **shown_notice(),
        **changes,
    }


def made(world: World) -> Enquiry:
    """The enquiry that the form of this module made."""
    return world.reload(Enquiry.objects.for_system("preuve").get(idempotency_key=KEY))


def test_a_call_becomes_an_enquiry_like_any_other(world: World) -> None:
    client = visitor(world, "counsellor")
    answer = client.post(ADDRESS, answers(world, email="alma.exemple@exemple.invalid"))
    assert answer.url == reverse("enquiries:slip", args=[KEY])
    enquiry = made(world)
    assert (enquiry.channel, enquiry.created_by, enquiry.site) == ("phone", world.people["counsellor"], world.site)
    assert enquiry.messages.get().body == "Je voudrais changer de métier."
    assert enquiry.wishes["not_at_work"] is True
    assert [consent.kind for consent in enquiry.consents.all()] == ["oral_agreement"]
    kinds = list(
        OutgoingEmail.objects.filter(dedupe_key=f"acknowledgement:{enquiry.uid}").values_list("kind", flat=True)
    )
    assert kinds == ["created_for_you"]
    assert OutgoingEmail.objects.filter(kind="team_alert", dedupe_key__contains=str(enquiry.uid)).exists()


def test_the_slip_says_all_there_is_to_say(world: World) -> None:
    client = visitor(world, "counsellor")
    shown = text(client.post(ADDRESS, answers(world), follow=True))
    enquiry = made(world)
    code = re.search(r"Code pour suivre en ligne</dt><dd[^>]*>(\d{6})<", shown)
    assert code
    for expected in (enquiry.reference, grouped(enquiry.call_code, 3), world.team.name, "3114", "au plus tard le"):
        assert expected in shown, expected
    for secret in ("Alma", "changer de métier", world.topic.label):
        assert secret not in shown, secret
    services.claim_enquiry(actor=world.actor("colleague"), reference=enquiry.reference, code=code[1])


def test_the_code_is_on_no_other_screen(world: World) -> None:
    """Ten minutes in the browser that typed it; elsewhere a new one must be drawn."""
    visitor(world, "counsellor").post(ADDRESS, answers(world))
    again = visitor(world, "counsellor")
    address = reverse("enquiries:slip", args=[KEY])
    assert "Code pour suivre en ligne</dt>" not in text(again.get(address))
    assert "Code pour suivre en ligne</dt>" in text(again.post(address, follow=True))


@pytest.mark.parametrize("part", ["fellow counsellor", "coordinator", "author", "counsellor elsewhere"])
def test_the_slip_is_for_whoever_typed_it(world: World, part: str) -> None:
    visitor(world, "counsellor").post(ADDRESS, answers(world))
    client, address = visitor(world, part), reverse("enquiries:slip", args=[KEY])
    for method in ("GET", "POST"):
        assert same_as_unknown(client, method, address, KEY)


def test_a_double_click_makes_one_enquiry_and_one_slip(world: World) -> None:
    client = visitor(world, "counsellor")
    first, second = client.post(ADDRESS, answers(world)), client.post(ADDRESS, answers(world))
    assert first.url == second.url
    assert made(world)
    assert "Code pour suivre en ligne</dt>" in text(client.get(first.url))


def test_no_address_at_all_is_enough(world: World) -> None:
    answer = visitor(world, "counsellor").post(ADDRESS, answers(world, phone="", email=""))
    assert answer.status_code == 302
    assert made(world).address_index is None


@pytest.mark.parametrize(
    ("changes", "said", "unsaid"),
    [
        ({}, (), ("En ligne", "Comment elle arrive")),
        ({"email": "alma@exemple.invalid", "phone": ""}, (f"En ligne, sur {BASE}",), ("Comment elle arrive",)),
        ({"phone": ""}, ("quand vous rappelez avec la référence",), ("En ligne",)),
        ({"phone": "", "channel": "letter"}, ("par lettre, à l’adresse de votre courrier",), ("quand vous rappelez",)),
    ],
)
def test_the_slip_says_how_the_answer_comes(
    world: World, changes: dict, said: tuple[str, ...], unsaid: tuple[str, ...]
) -> None:
    """Mutation: speak of the site to someone without an address, or of no way at all."""
    client = visitor(world, "counsellor")
    page = text(client.get(client.post(ADDRESS, answers(world, **changes)).url))
    assert [one for one in said if one not in page] == []
    assert [one for one in unsaid if one in page] == []


def test_a_team_without_a_number_is_called_at_that_of_its_academie(world: World) -> None:
    """Mutation: print the number of the team alone; leave out that of the listening cell."""
    Academy.objects.filter(pk=world.academy.pk).update(contact_phone="01 99 00 00 10", listening_cell="01 99 00 00 11")
    Team.objects.update(phone="")
    client = visitor(world, "counsellor")
    assert "le numéro de la cellule d’écoute. 01 99 00 00 11" in text(client.get(ADDRESS))
    assert "01 99 00 00 10" in text(client.get(client.post(ADDRESS, answers(world)).url))
    assert 'href="tel:0199000010"' in text(visitor(world, "author").get(f"/suivi/{world.enquiry.uid}/"))


def test_the_delays_count_from_the_real_day(world: World) -> None:
    on = timezone.localdate() - timedelta(days=30)
    visitor(world, "counsellor").post(ADDRESS, answers(world, asked_on=on.isoformat()))
    enquiry = made(world)
    assert enquiry.fact.day == on
    assert timezone.localdate(enquiry.submitted_at) == on
    assert enquiry.due_at < timezone.now()


def test_overseas_the_day_offered_is_the_day_there(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: offer the day of Paris, which the service then refuses as a day to come."""
    Department.objects.filter(academy=world.academy).update(time_zone="America/Martinique")
    evening = datetime(2026, 11, 26, 1, tzinfo=ZoneInfo("Europe/Paris"))
    monkeypatch.setattr(timezone, "now", lambda: evening)
    form = AssistedForm(academies=[world.academy.pk])
    assert form.initial["asked_on"] == date(2026, 11, 25)
    assert form.fields["asked_on"].widget.attrs["max"] == "2026-11-25"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"asked_on": (timezone.localdate() - timedelta(days=31)).isoformat()}, "trente jours"),
        ({"asked_on": (timezone.localdate() + timedelta(days=1)).isoformat()}, "trente jours"),
        ({"oral_agreement": ""}, "Sans son accord"),
        ({"topic": "2.4"}, "l’accepter expressément"),
        ({"last_name": ""}, "Écrivez le nom de la personne"),
        ({"place": "nulle part au monde"}, "Nous ne trouvons pas ce lieu"),
        ({"place": "", "department": ""}, "Choisissez le département"),
        ({"email": "ce.0150001v@ac-exemple.invalid"}, "D’autres personnes lisent"),
        ({"channel": "web"}, "n’est pas dans la liste"),
        ({"topic": "99"}, "n’est pas dans la liste"),
        ({"category": ""}, "Métier"),
    ],
)
def test_what_is_missing_is_asked_and_nothing_is_lost(world: World, wrong: dict, said: str) -> None:
    answer = visitor(world, "counsellor").post(ADDRESS, answers(world, **wrong))
    assert answer.status_code == 422
    assert said in text(answer)
    assert "Je voudrais changer de métier." in text(answer)
    assert not Enquiry.objects.for_system("preuve").filter(idempotency_key=KEY).exists()


def test_violence_needs_an_agreement_of_its_own(world: World) -> None:
    """Mutation: let the general agreement do. Both are dated."""
    topic = Topic.objects.filter(is_violence=True, subtopics=None).first()
    client = visitor(world, "counsellor")
    assert client.post(ADDRESS, answers(world, topic=topic.code)).status_code == 422
    assert client.post(ADDRESS, answers(world, topic=topic.code, violence_agreement="on")).status_code == 302
    consents = made(world).consents.order_by("kind")
    assert [consent.kind for consent in consents] == ["oral_agreement", "violence_nominative"]
    assert all(timezone.now() - consent.given_at < timedelta(minutes=5) for consent in consents)


def test_several_places_of_the_same_name_are_shown_to_choose_from(world: World) -> None:
    for n in range(3):
        Site.objects.create(uai=f"015009{n}A", name=f"École Jules-Exemple {n}", department=world.department)
    client = visitor(world, "counsellor")
    asked = client.post(ADDRESS, answers(world, place="jules exemple"))
    assert asked.status_code == 422
    assert "Plusieurs lieux correspondent" in text(asked)
    assert client.post(ADDRESS, answers(world, place="jules exemple", site="0150091A")).status_code == 302
    assert made(world).site.uai == "0150091A"


def test_none_of_them_leaves_the_departement(world: World) -> None:
    answer = visitor(world, "counsellor").post(ADDRESS, answers(world, site="absent", department=world.department.code))
    assert answer.status_code == 302
    assert (made(world).site, made(world).department) == (None, world.department)


def test_places_are_found_while_typing(world: World) -> None:
    client = visitor(world, "counsellor")
    found = client.get(ADDRESS, {"place": "exemples"}, headers={"HX-Request": "true"})
    assert b"<html" not in found.content
    assert world.site.uai in text(found)


@pytest.mark.parametrize(
    ("part", "status"),
    [
        ("counsellor", 200),
        ("HR officer", 200),
        ("coordinator", 404),
        ("author", 404),
        ("code-only staff", 403),
        ("anonymous", 302),
    ],
)
def test_who_may_type_for_someone(world: World, part: str, status: int) -> None:
    assert visitor(world, part).get(ADDRESS).status_code == status
    assert visitor(world, part).post(ADDRESS, {}).status_code == (422 if status == 200 else status)


def test_the_rule_stands_in_the_service_too(world: World) -> None:
    kept = {name: value for name, value in answers(world).items() if name not in {"place", "channel"}}
    kept |= {"site": world.site.uai, "department": world.department.code}
    common = {"kept": kept, "key": unknown(), "at": NOW}
    with pytest.raises(NotAllowed):
        services.type_enquiry(actor=world.actor("author"), channel="phone", asked_on=NOW.date(), **common)
    with pytest.raises(DomainError, match="trente jours"):
        services.type_enquiry(
            actor=world.actor("counsellor"), channel="phone", asked_on=NOW.date() - timedelta(days=31), **common
        )
    with pytest.raises(DomainError, match="comment"):
        services.type_enquiry(actor=world.actor("counsellor"), channel="web", asked_on=NOW.date(), **common)


def test_one_colleague_types_sixty_an_hour_at_most(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: count nothing; one account fills the lists of another académie."""
    monkeypatch.setattr(assisting, "TYPED_PER_HOUR", 0)
    refused = visitor(world, "counsellor").post(ADDRESS, answers(world))
    assert refused.status_code == 422
    assert "beaucoup de demandes en une heure" in refused.content.decode()
    assert "Je voudrais changer de métier." in refused.content.decode()


def test_whoever_typed_may_take_it_at_once(world: World) -> None:
    client = visitor(world, "counsellor")
    shown = client.post(ADDRESS, answers(world), follow=True)
    assert reverse("enquiries:take", args=[made(world).uid]) in text(shown)
    client.post(reverse("enquiries:take", args=[made(world).uid]))
    assert made(world).lead == world.people["counsellor"]
