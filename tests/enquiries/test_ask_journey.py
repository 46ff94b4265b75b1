"""Journey 1: from the first page to the reference, without JavaScript, nothing lost on the way."""

import re

import pytest
from django.http import HttpResponse
from django.urls import reverse

from proxirh.accounts.models import Person
from proxirh.enquiries.models import Draft, MonthlyCount
from proxirh.enquiries.promises import last_whole_month
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Academy, Department, Site
from tests.enquiries.asker import EMAIL, SCREENS, Asker, enquiries, text_of
from tests.routes import sign_in
from tests.world import World

HOSTILE = "Ça va 🙂 \u202eoh\x00 fin\r\nligne"
CLEANED = "Ça va 🙂 oh fin\nligne"


@pytest.fixture
def asker(world: World) -> Asker:
    return Asker(world)


def title_of(response: HttpResponse) -> str:
    found = re.search(r"<title>(.*?)</title>", response.content.decode(), re.DOTALL)
    assert found
    return " ".join(found.group(1).split())


def test_an_agent_asks_without_javascript(asker: Asker) -> None:
    """Mutation: forget one answer in prepare_answers."""
    page = asker.until("ask_review").send()
    assert page.redirect_chain == [(reverse("enquiries:ask_sent"), 302)]
    (enquiry,) = enquiries()
    assert enquiry.contact == {
        "first_name": "Alma",
        "last_name": "Exemple",
        "email": EMAIL,
        "phone": "06 00 00 00 00",
    }
    assert enquiry.wishes["means"] == ["phone", "written"]
    assert enquiry.wishes["times"] == ["outside_class"]
    assert enquiry.wishes["not_at_work"] is True
    assert enquiry.wishes["may_leave_voicemail"] is False
    assert (enquiry.site, enquiry.category, enquiry.fact.topic_code) == (asker.world.site, asker.world.category, "3.3")
    assert [message.body for message in enquiry.messages.all()] == ["Je suis fatiguée depuis la rentrée."]
    said = text_of(page)
    assert enquiry.reference in said
    assert f"{enquiry.call_code[:3]}-{enquiry.call_code[3:]}" in said
    assert enquiry.team.name in said
    assert "retirer votre demande" in said
    assert "3114" in said


def test_each_answer_leads_to_the_next_question(asker: Asker) -> None:
    assert asker.start().url == reverse("enquiries:ask_place")
    following = [*SCREENS[1:], "ask_review"]
    for screen, after in zip(SCREENS, following, strict=True):
        shown = "ask_team" if screen == "ask_category" else after
        assert asker.post(screen).url == reverse(f"enquiries:{shown}")
    assert asker.get("ask_review").status_code == 200


def test_back_shows_what_was_answered(asker: Asker) -> None:
    asker.until("ask_review")
    assert asker.world.site.name in text_of(asker.get("ask_place"))
    assert "Je suis fatiguée depuis la rentrée." in text_of(asker.get("ask_words"))
    contact = asker.get("ask_contact").content.decode()
    assert all(value in contact for value in ("Alma", "Exemple", EMAIL, "06 00 00 00 00"))
    checked = re.findall(r'value="([^"]+)" checked', asker.get("ask_wishes").content.decode())
    assert {"phone", "written", "outside_class"} <= set(checked)


def test_reading_every_screen_changes_nothing(asker: Asker) -> None:
    """A GET writes nothing (kernel.readonly refuses it), so the draft and its expiry stay as they are."""
    asker.until("ask_review")
    before = Draft.objects.values_list().get()
    names = ("ask", "ask_department", "ask_team", "ask_before", "ask_later", "ask_erase", "ask_review", *SCREENS)
    assert {name: asker.get(name).status_code for name in names} == dict.fromkeys(names, 200)
    assert Draft.objects.values_list().get() == before


def test_one_does_not_jump_over_a_question(asker: Asker) -> None:
    asker.until("ask_topic")
    assert asker.get("ask_words").url == reverse("enquiries:ask_topic")
    assert asker.get("ask_review").url == reverse("enquiries:ask_topic")
    assert asker.send().redirect_chain == [(reverse("enquiries:ask_topic"), 302)]
    assert enquiries() == []


def test_an_answer_given_too_early_leads_back_and_what_was_typed_is_kept(asker: Asker) -> None:
    """Mutation: let a screen be answered before the questions it needs."""
    asker.start()
    typed = {"ask_contact": "last_name", "ask_discretion": "keep_away"}
    for name in (*SCREENS[1:], "ask_before", "ask_review"):
        response = asker.post(name)
        if name == "ask_words":
            assert response.status_code == 409
            assert "Je suis fatiguée" in text_of(response)
        else:
            assert response.url == reverse("enquiries:ask_place"), name
        assert (typed[name] in asker.kept) if name in typed else True
    assert not {"words", "topic", "category", "means"} & set(asker.kept)


def test_without_a_draft_every_screen_leads_to_the_first_page(asker: Asker) -> None:
    for name in (*SCREENS, "ask_team", "ask_review", "ask_later", "ask_erase", "ask_sent", "ask_measure"):
        assert asker.get(name).url == reverse("enquiries:ask"), name


@pytest.mark.parametrize(
    ("screen", "wrong", "sentence"),
    [
        ("ask_place", {"site": "0000000X"}, "Nous ne connaissons pas ce lieu"),
        ("ask_place", {"site": ""}, "Choisissez un lieu dans la liste"),
        ("ask_department", {"department": "99"}, "Choisissez un département dans la liste"),
        ("ask_category", {"category": "inconnue"}, "Choisissez une réponse dans la liste"),
        ("ask_topic", {"topic": "9"}, "Choisissez une réponse dans la liste"),
        ("ask_words", {"words": "x" * 5_000_000}, "Ce texte est trop long"),
        ("ask_contact", {"first_name": "Alma", "last_name": "Exemple"}, "Donnez une adresse électronique"),
        ("ask_contact", {"last_name": "Exemple", "email": "alma@"}, "Cette adresse n’est pas complète"),
        ("ask_contact", {"last_name": "Exemple", "phone": "appelez-moi"}, "Ce numéro n’est pas complet"),
        ("ask_contact", {"last_name": "Exemple", "phone": "06 12 34"}, "En France, il a dix chiffres"),
        ("ask_contact", {"first_name": "Alma", "phone": "0600000000"}, "Écrivez votre nom"),
        ("ask_wishes", {"not_at_work": "on"}, "Choisissez au moins une façon"),
        ("ask_discretion", {"keep_away": "quelqu-un"}, "Écrivez le nom de la personne"),
    ],
)
def test_a_wrong_answer_comes_back_as_it_was_typed(asker: Asker, screen: str, wrong: dict, sentence: str) -> None:
    asker.until(screen if screen != "ask_department" else "ask_place")
    response = asker.post(screen, **wrong)
    assert response.status_code == 422
    assert sentence in text_of(response)
    assert title_of(response).startswith("Erreur")
    if screen in {"ask_words", "ask_contact"}:
        assert all(value[:1000] in response.content.decode() for value in wrong.values())


def test_hostile_characters_are_cleaned_and_emoji_stay(asker: Asker) -> None:
    asker.until("ask_words")
    asker.post("ask_words", words=HOSTILE)
    assert asker.kept["words"] == CLEANED


def test_words_are_optional(asker: Asker) -> None:
    asker.answers["ask_words"] = {"words": "  "}
    said = text_of(asker.until("ask_review").get("ask_review"))
    assert "de vive voix" in said
    asker.send()
    (enquiry,) = enquiries()
    assert not enquiry.messages.exists()


def test_who_will_help_is_a_team_and_a_date_never_a_name(asker: Asker) -> None:
    asker.until("ask_topic")
    said = text_of(asker.get("ask_team"))
    assert asker.world.team.name in said
    assert "au plus tard" in said
    assert "Données insuffisantes" in said
    for person in Person.objects.select_related("data_key"):
        assert person.full_name not in said


def test_the_public_median_stands_apart_from_the_promise(asker: Asker, db: None) -> None:
    for day, n in (("1", 8), ("4", 4)):
        MonthlyCount.objects.create(
            month=last_whole_month(asker.world.department),
            department_code="15",
            indicator="delays.first_answer",
            key=day,
            n=n,
            counted_in=last_whole_month(asker.world.department),
        )
    said = text_of(asker.until("ask_topic").get("ask_team"))
    assert "la moitié des personnes ont eu une réponse en 1 jour ouvré ou moins" in said
    assert "pas une promesse" in said


def test_titles_and_addresses_never_tell_the_topic(asker: Asker) -> None:
    asker.until("ask_review")
    words = ("santé", "fatigue", "épuisement", "violence", "image", "3.3")
    for name in (*SCREENS, "ask_team", "ask_before", "ask_review"):
        assert not any(word in f"{title_of(asker.get(name))} {reverse(f'enquiries:{name}')}".lower() for word in words)
    page = asker.send()
    assert title_of(page).startswith("Votre demande est reçue")


def test_changing_the_branch_asks_the_detail_again(asker: Asker) -> None:
    asker.until("ask_review")
    assert asker.post("ask_topic", topic="1").url == reverse("enquiries:ask_subtopic")
    assert asker.get("ask_review").url == reverse("enquiries:ask_subtopic")
    assert asker.post("ask_subtopic", topic="je-ne-sais-pas").url == reverse("enquiries:ask_review")
    assert asker.kept["topic"] == "1"


@pytest.mark.parametrize("branch", ["6", "7", "8"])
def test_a_branch_without_detail_goes_straight_to_the_words(asker: Asker, branch: str) -> None:
    asker.until("ask_topic")
    assert asker.post("ask_topic", topic=branch).url == reverse("enquiries:ask_words")
    said = text_of(asker.get("ask_words"))
    assert ("Décrivez la situation, pas la personne" in said) is (branch == "6")


def test_an_attack_brings_the_dated_checklist(asker: Asker) -> None:
    asker.until("ask_topic")
    asker.post("ask_topic", topic="2")
    asker.post("ask_subtopic", topic="2.3")
    said = text_of(asker.get("ask_words"))
    for word in ("protection fonctionnelle", "plainte", "accident de service", "registre", "médecin du travail"):
        assert word in said


def test_management_questions_go_to_the_hr_officers(asker: Asker) -> None:
    asker.answers["ask_topic"] = {"topic": "8"}
    asker.start()
    for screen in SCREENS:
        if screen != "ask_subtopic":
            asker.post(screen)
    assert asker.world.officers.name in text_of(asker.get("ask_review"))
    asker.send()
    (enquiry,) = enquiries()
    assert enquiry.team == asker.world.officers


def test_sending_twice_shows_the_same_acknowledgement(asker: Asker) -> None:
    """Mutation: draw a new idempotency key at each post."""
    first = asker.until("ask_review").send()
    second = asker.send()
    (enquiry,) = enquiries()
    assert enquiry.reference in text_of(first)
    assert enquiry.reference in text_of(second)
    assert OutgoingEmail.objects.filter(kind="acknowledgement").count() == 2  # the cast's own, and this one


def test_a_signed_in_agent_is_not_asked_what_is_proved(asker: Asker) -> None:
    sign_in(asker.client, asker.world, "author")
    author = asker.world.people["author"]
    asker.until("ask_contact")
    page = asker.get("ask_contact")
    assert 'name="last_name"' not in page.content.decode()
    assert "author@exemple.invalid" in page.content.decode()
    asker.answers["ask_contact"] = {"known_email": "author@exemple.invalid"}
    asker.answers["ask_wishes"] = {"means": ["written"]}
    for screen in ("ask_contact", "ask_wishes", "ask_discretion"):
        assert asker.post(screen).status_code == 302
    said = text_of(asker.send())
    (enquiry,) = enquiries()
    assert enquiry.author == author
    assert enquiry.contact["last_name"] == author.last_name
    assert "Adresse confirmée" in said
    assert "à confirmer" not in said


def test_a_signed_in_agent_may_give_another_address(asker: Asker) -> None:
    sign_in(asker.client, asker.world, "author")
    asker.until("ask_contact")
    refused = asker.post("ask_contact", known_email="autre")
    assert refused.status_code == 422
    assert "Écrivez l’autre adresse" in text_of(refused)
    assert asker.post("ask_contact", known_email="autre", email=EMAIL).status_code == 302
    assert asker.kept["email"] == EMAIL


def test_without_a_telephone_no_call_is_offered(asker: Asker) -> None:
    asker.answers["ask_contact"] |= {"phone": ""}
    asker.until("ask_wishes")
    page = asker.get("ask_wishes").content.decode()
    assert "wants_call_today" not in page
    assert 'value="phone"' not in page


def test_without_an_address_the_telephone_is_enough(asker: Asker) -> None:
    asker.answers["ask_contact"] |= {"email": ""}
    asker.answers["ask_wishes"] = {"means": ["phone"]}
    said = text_of(asker.until("ask_review").send())
    assert "Sans adresse électronique" in said
    assert "Votre adresse est à confirmer" not in said


def test_a_telephone_taken_back_takes_its_wishes_back(asker: Asker) -> None:
    asker.answers["ask_wishes"] = {"means": ["phone"], "wants_call_today": "on"}
    asker.until("ask_review")
    answer = asker.post("ask_contact", first_name="Alma", last_name="Exemple", email=EMAIL)
    assert answer.url == reverse("enquiries:ask_wishes")
    assert asker.kept["wants_call_today"] is False


def test_names_to_keep_away_are_matched_and_told_honestly(asker: Asker) -> None:
    excluded = asker.world.people["excluded colleague"]
    asker.answers["ask_discretion"] = {
        "keep_away": "quelqu-un",
        "excluded_names": f"Mme {excluded.first_name} {excluded.last_name}\nJeanne Inconnue",
    }
    said = text_of(asker.until("ask_review").get("ask_review"))
    assert "Jeanne Inconnue : personne de ce nom ne sert" in said
    assert f"{excluded.full_name} :" not in said
    asker.send()
    (enquiry,) = enquiries()
    assert list(enquiry.choices.values_list("person_id", "kind")) == [(excluded.pk, "excluded")]
    assert enquiry.wishes["excluded_names"] == "Jeanne Inconnue"


def test_when_everyone_is_kept_away_the_author_is_told_who_looks_after_her(asker: Asker) -> None:
    asker.answers["ask_discretion"] = {"keep_away": "quelqu-un", "excluded_names": "Exemple"}
    said = text_of(asker.until("ask_review").get("ask_review"))
    assert "Un échelon national cherche quelqu’un d’autre pour vous" in said
    sent = text_of(asker.send())
    assert "l’échelon national est prévenu" in sent
    assert "est prévenue" not in sent


def test_every_academy_can_be_chosen(asker: Asker) -> None:
    asker.start()
    page = asker.get("ask_department").content.decode()
    assert all(f'value="{code}"' in page for code in Department.objects.values_list("code", flat=True))
    assert Academy.objects.count() == 30


def test_a_site_that_closed_meanwhile_is_refused(asker: Asker) -> None:
    asker.start()
    Site.objects.filter(pk=asker.world.site.pk).update(is_open=False)
    assert asker.post("ask_place").status_code == 422
