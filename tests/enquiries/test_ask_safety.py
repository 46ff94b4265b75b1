"""What protects whoever asks: the branch of violence, shared computers, time-outs, floods."""

import re
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from proxirh.accounts.browser import COOKIE as BROWSER_COOKIE
from proxirh.enquiries import services
from proxirh.enquiries.models import Draft
from proxirh.kernel.models import DataKey
from tests.enquiries.asker import COOKIE, EMAIL, SCREENS, Asker, enquiries, expire, last_digits, mailed, text_of
from tests.world import World


@pytest.fixture
def asker(world: World) -> Asker:
    return Asker(world)


# ── Violence, discrimination, harassment ──────────────────────────────────────────────────────────
def test_choosing_the_branch_of_violence_keeps_nothing(asker: Asker) -> None:
    """Mutation: keep the topic before the agreement."""
    asker.until("ask_topic")
    before = asker.kept
    assert asker.post("ask_topic", topic="2.4").url == reverse("enquiries:ask_before")
    assert asker.kept == before
    asker.post("ask_topic", topic="2")
    branch_only = asker.kept
    assert asker.post("ask_subtopic", topic="2.4").url == reverse("enquiries:ask_before")
    assert asker.kept == branch_only


def test_numbers_and_the_listening_cell_come_before_the_agreement(asker: Asker) -> None:
    asker.world.academy.listening_cell = "04 00 00 00 00, tous les jours"
    asker.world.academy.save()
    asker.until("ask_topic")
    said = text_of(asker.get("ask_before"))
    places = [said.index(part) for part in ("3919", "04 00 00 00 00", "sans donner votre nom", "J’accepte")]
    assert places == sorted(places)


def test_no_text_is_kept_before_the_agreement(asker: Asker) -> None:
    asker.until("ask_topic")
    asker.post("ask_topic", topic="2.4")
    refused = asker.post("ask_words", words="Il me frappe.")
    assert refused.status_code == 409
    assert "Il me frappe." in text_of(refused)
    assert "words" not in asker.kept
    unticked = asker.client.post(reverse("enquiries:ask_before"), {})
    assert unticked.status_code == 422
    assert "words" not in asker.kept
    assert "topic" not in asker.kept


def test_the_agreement_is_explicit_dated_and_goes_with_the_enquiry(asker: Asker) -> None:
    before = timezone.now()
    asker.until("ask_topic")
    asker.post("ask_before", agrees="on")
    agreed = timezone.now()
    for screen in SCREENS[4:]:
        asker.post(screen)
    asker.send()
    (enquiry,) = enquiries()
    assert enquiry.fact.topic_code == "2.4"
    consent = enquiry.consents.get()
    assert consent.kind == "violence_nominative"
    assert before <= consent.given_at <= agreed
    assert consent.given_at < enquiry.submitted_at


def test_a_mailed_link_stops_working_with_the_agreement(asker: Asker) -> None:
    asker.until("ask_review")
    asker.post("ask_later", email=EMAIL)
    assert asker.draft.address_index is not None
    asker.post("ask_before", agrees="on")
    assert asker.draft.address_index is None
    assert asker.get("ask_later").status_code == 302
    assert asker.client.post(reverse("enquiries:ask_later"), {"email": EMAIL}).status_code == 302
    assert len(mailed("draft_link")) == 1
    assert services.resume_draft(draft_uid=asker.draft.uid, address=EMAIL, token="autre") is None


def test_in_the_branch_of_violence_the_browser_keeps_nothing_long(asker: Asker) -> None:
    asker.until("ask_topic")
    answer = asker.post("ask_before", agrees="on")
    assert {answer.cookies[name]["max-age"] for name in (COOKIE, BROWSER_COOKIE)} == {""}
    assert asker.draft.expires_at <= timezone.now() + timedelta(minutes=30)


def test_leaving_erases_everything(asker: Asker) -> None:
    asker.until("ask_topic")
    keys = DataKey.objects.count()
    assert reverse("enquiries:ask_erase") in asker.get("ask_before").content.decode()
    left = asker.client.post(reverse("enquiries:ask_erase"), follow=True)
    assert "Il n’en reste rien" in text_of(left)
    assert not Draft.objects.exists()
    assert DataKey.objects.count() == keys - 1


def test_another_subject_withdraws_the_agreement(asker: Asker) -> None:
    asker.until("ask_topic")
    asker.post("ask_before", agrees="on")
    asker.post("ask_topic", topic="7")
    assert asker.kept["violence_agreed_at"] == ""
    assert asker.draft.expires_at > timezone.now() + timedelta(days=14)


# ── Shared computers, quick exit ──────────────────────────────────────────────────────────────────
def test_a_shared_computer_keeps_nothing(asker: Asker) -> None:
    answer = asker.start(is_shared_computer="on")
    assert {answer.cookies[name]["max-age"] for name in (COOKIE, BROWSER_COOKIE)} == {""}
    assert asker.draft.expires_at <= timezone.now() + timedelta(minutes=30)
    for screen in SCREENS:
        asker.post(screen)
    assert "Finir plus tard" not in text_of(asker.get("ask_review"))
    assert asker.get("ask_later").url == reverse("enquiries:ask_review")
    asker.send()
    assert "max-age=" not in str(asker.client.cookies[COOKIE]).lower()
    said = text_of(asker.client.post(reverse("enquiries:ask_leave"), follow=True))
    assert "Cet appareil n’a rien gardé" in said
    assert asker.get("ask_sent").url == reverse("enquiries:ask")


def test_a_visit_opened_on_a_shared_computer_ends_with_the_browser(asker: Asker) -> None:
    asker.until("ask_review", is_shared_computer="on").send()
    asker.post("ask_sent", code=last_digits())
    assert asker.client.session.get_expire_at_browser_close()
    asker.client.post(reverse("enquiries:ask_leave"))
    assert "_auth_user_id" not in asker.client.session


def test_quitter_vite_erases_what_the_browser_must_not_keep(asker: Asker) -> None:
    asker.until("ask_contact", is_shared_computer="on")
    token = asker.client.cookies[BROWSER_COOKIE].value
    at_home = services.start_draft(token=token, is_shared_computer=False)
    assert services.leave_quickly(token=token) == 1
    assert Draft.objects.get() == at_home
    assert services.leave_quickly(token="") == 0


# ── Going back, stopping there, leaving the page ──────────────────────────────────────────────────
@pytest.mark.parametrize(("way", "leads_to"), [("retour", "ask_subtopic"), ("plus-tard", "ask_later"), ("garder", "")])
def test_words_half_typed_are_there_when_one_comes_back(asker: Asker, way: str, leads_to: str) -> None:
    """Mutation: make « Retour » a link again."""
    asker.until("ask_words")
    answer = asker.post("ask_words", words="Je commence à", vers=way)
    assert (answer.status_code, answer.headers.get("Location")) == (
        (302, reverse(f"enquiries:{leads_to}")) if leads_to else (204, None)
    )
    assert "Je commence à" in text_of(asker.get("ask_words"))


def test_an_unfinished_answer_is_kept_and_is_no_answer(asker: Asker) -> None:
    """Mutation: keep the valid half of the form as answers; the review would be reached without an address."""
    asker.until("ask_contact")
    asker.post("ask_contact", first_name="Alma", last_name="", email="alma@", vers="retour")
    page = asker.get("ask_contact").content.decode()
    assert 'value="Alma"' in page
    assert 'value="alma@"' in page
    assert asker.get("ask_review").url == reverse("enquiries:ask_contact")
    asker.post("ask_contact")
    assert 'value="alma@"' not in asker.get("ask_contact").content.decode()


def test_boxes_ticked_are_there_when_one_comes_back(asker: Asker) -> None:
    """Mutation: make « Retour » a link on the screen of the wishes, or take it for an answer."""
    asker.until("ask_wishes")
    went = asker.post("ask_wishes", means=["phone", "video"], times=["evening"], not_at_work="on", vers="retour")
    assert went.url == reverse("enquiries:ask_contact")
    page = BeautifulSoup(asker.get("ask_wishes").content, "html.parser")
    ticked = {(box["name"], box.get("value", "on")) for box in page.select("#reponse input[checked]")}
    assert ticked == {("means", "phone"), ("means", "video"), ("times", "evening"), ("not_at_work", "on")}
    assert asker.post("ask_contact").url == reverse("enquiries:ask_wishes")


def test_a_text_too_long_to_be_words_is_not_kept_in_passing(asker: Asker) -> None:
    asker.until("ask_words")
    assert asker.post("ask_words", words="x" * 30_000, vers="retour").status_code == 422
    assert "typed_ask_words" not in asker.kept


def test_what_is_missing_is_said_above_the_numbers(asker: Asker) -> None:
    """Mutation: leave the summary with the box, below eight numbers."""
    asker.until("ask_topic")
    page = asker.client.post(reverse("enquiries:ask_before"), {}).content.decode()
    assert page.count("ui-error-summary") == 1
    assert page.index("ui-error-summary") < page.index("ask-numbers")


def test_a_name_that_nobody_bears_is_read_by_the_team_and_said_so_at_once(asker: Asker) -> None:
    """Mutation: promise on the first screen what the last one takes back."""
    asker.until("ask_discretion")
    page = text_of(asker.get("ask_discretion"))
    assert "est lu par l’équipe qui vous aide" in page
    assert "personne n’en saura rien" not in page


# ── Time-outs and tabs ────────────────────────────────────────────────────────────────────────────
def test_an_expired_draft_is_gone(asker: Asker) -> None:
    asker.until("ask_contact")
    expire(asker.draft)
    answer = asker.client.get(reverse("enquiries:ask_contact"), follow=True)
    assert "ont été effacées ou reprises ailleurs" in text_of(answer)


def test_a_text_typed_for_too_long_is_not_lost(asker: Asker) -> None:
    """Mutation: drop the trail of codes from the page of the words."""
    asker.until("ask_words", is_shared_computer="on")
    trail = re.search(r'name="suite" value="([^"]+)"', asker.get("ask_words").content.decode())
    assert trail
    expire(asker.draft)
    answer = asker.post("ask_words", words="Un long texte.", suite=trail.group(1))
    assert answer.url == reverse("enquiries:ask_contact")
    alive = Draft.objects.select_related("data_key").get(expires_at__gt=timezone.now())
    assert alive.answers["words"] == "Un long texte."
    assert alive.answers["topic"] == "3.3"
    assert alive.is_shared_computer


def test_a_text_without_its_trail_is_shown_again_and_not_stored(asker: Asker) -> None:
    asker.until("ask_words")
    expire(asker.draft)
    answer = asker.post("ask_words", words="Un long texte.", suite="forgée")
    assert answer.status_code == 409
    assert "Un long texte." in text_of(answer)
    assert not Draft.objects.filter(expires_at__gt=timezone.now()).exists()


def test_a_text_typed_in_a_second_tab_after_sending_is_shown_again(asker: Asker) -> None:
    asker.until("ask_review").send()
    answer = asker.post("ask_words", words="Un ajout.")
    assert answer.status_code == 409
    assert "envoyée depuis un autre onglet" in text_of(answer)
    assert asker.get("ask_words").url == reverse("enquiries:ask_sent")
    assert len(enquiries()) == 1


def test_two_tabs_both_keep_their_answers(asker: Asker) -> None:
    asker.until("ask_review")
    stale = asker.draft
    asker.post("ask_words", words="Le premier onglet.")
    services.answer_draft(draft=stale, phone="06 11 11 11 11")
    assert (asker.kept["words"], asker.kept["phone"]) == ("Le premier onglet.", "06 11 11 11 11")


def test_the_acknowledgement_stays_an_hour_in_this_browser(asker: Asker) -> None:
    asker.until("ask_review").send()
    assert asker.get("ask_sent").status_code == 200
    (enquiry,) = enquiries()
    DataKey.objects.filter(pk=enquiry.data_key_id).update(created_at=timezone.now() - timedelta(minutes=61))
    assert asker.get("ask_sent").url == reverse("enquiries:ask")
    assert asker.get("ask_measure").url == reverse("enquiries:ask")
    assert asker.client.post(reverse("enquiries:ask_new_code")).url == reverse("enquiries:ask")
