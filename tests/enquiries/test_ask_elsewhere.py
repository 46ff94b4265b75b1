"""Whose draft it is: other browsers, mailed links, what someone else left here, visits on a shared computer."""

import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from proxirh.accounts.browser import COOKIE as BROWSER_COOKIE
from proxirh.enquiries import services
from proxirh.enquiries.models import Draft
from tests.enquiries.asker import (
    COOKIE,
    EMAIL,
    SCREENS,
    Asker,
    enquiries,
    expire,
    last_digits,
    mailed,
    shown_notice,
    text_of,
)
from tests.routes import sign_in
from tests.strict_client import StrictClient
from tests.world import World


@pytest.fixture
def asker(world: World) -> Asker:
    return Asker(world)


def mailed_link(asker: Asker) -> str:
    """Where the link leads that she had mailed to herself just before sending."""
    asker.until("ask_review")
    asker.post("ask_later", email=EMAIL)
    return reverse("enquiries:ask_resume", kwargs={"uid": asker.draft.uid})


def test_a_copied_cookie_shows_nothing_elsewhere(asker: Asker) -> None:
    asker.until("ask_review")
    other = StrictClient()
    other.cookies[COOKIE] = asker.client.cookies[COOKIE].value
    for token in ("", "un-autre-navigateur"):
        other.cookies[BROWSER_COOKIE] = token
        for name in (*SCREENS, "ask_review"):
            assert other.get(reverse(f"enquiries:{name}")).url == reverse("enquiries:ask")


def test_a_forged_cookie_shows_nothing(asker: Asker) -> None:
    asker.until("ask_review").send()
    (enquiry,) = enquiries()
    other = StrictClient()
    for forged in (enquiry.idempotency_key.hex, "[]", asker.client.cookies[COOKIE].value[:-1] + "x", ""):
        other.cookies[COOKIE] = forged
        assert other.get(reverse("enquiries:ask_sent")).url == reverse("enquiries:ask")


def test_the_link_asks_another_browser_for_a_code_and_tells_nothing(asker: Asker) -> None:
    asker.until("ask_review")
    asker.post("ask_later", email=EMAIL)
    link = re.search(r"/demander/reprendre/\S+", mailed("draft_link")[0].body or "")
    assert link
    other = StrictClient()
    page = other.get(link.group())
    assert "Alma" not in page.content.decode()
    assert not re.search(r"fatigu", page.content.decode())
    unknown = reverse("enquiries:ask_resume", kwargs={"uid": "00000000-0000-4000-8000-000000000000"})
    assert text_of(other.get(unknown)) == text_of(page)
    other.post(link.group(), {"email": EMAIL})
    typed = other.post(f"{link.group()}code/", {"code": last_digits()})
    assert typed.url == reverse("enquiries:ask_review")
    assert "Je suis fatiguée" in text_of(other.get(typed.url))
    assert asker.get("ask_review").url == reverse("enquiries:ask"), "one browser at a time"


def test_the_browser_left_behind_sees_nothing_of_what_was_sent_elsewhere(asker: Asker) -> None:
    """It knows the draft by name. Mutation: make that name the key of the enquiry."""
    path, other = mailed_link(asker), StrictClient()
    other.post(path, {"email": EMAIL})
    other.post(f"{path}code/", {"code": last_digits()})
    sent = other.post(reverse("enquiries:ask_review"), shown_notice(), follow=True)
    assert enquiries()[0].reference in text_of(sent)
    for name in ("ask_sent", "ask_measure", "ask_new_code"):
        assert asker.client.post(reverse(f"enquiries:{name}"), {"code": "123456"}).url == reverse("enquiries:ask")
    assert asker.get("ask_sent").url == reverse("enquiries:ask")


def test_another_address_never_opens_the_draft(asker: Asker) -> None:
    path, other = mailed_link(asker), StrictClient()
    other.post(path, {"email": "autre@exemple.invalid"})
    answer = other.post(f"{path}code/", {"code": last_digits()}, follow=True)
    assert "Aucun brouillon ne vous attend" in text_of(answer)
    assert other.get(reverse("enquiries:ask_words")).url == reverse("enquiries:ask")


def test_a_wrong_code_opens_nothing(asker: Asker) -> None:
    path, other = mailed_link(asker), StrictClient()
    other.post(path, {"email": EMAIL})
    wrong = f"{(int(last_digits()) + 1) % 1_000_000:06d}"
    assert [other.post(f"{path}code/", {"code": wrong}).status_code for _ in range(3)] == [422] * 3
    assert other.post(f"{path}code/", {"code": last_digits()}).status_code == 422
    assert other.post(f"{path}code/", {"code": "12"}).status_code == 422


def test_the_same_browser_resumes_with_one_button(asker: Asker) -> None:
    asker.until("ask_contact")
    asker.post("ask_later", email=EMAIL)
    path = reverse("enquiries:ask_resume", kwargs={"uid": asker.draft.uid})
    del asker.client.cookies[COOKIE]
    assert "Vos réponses sont sur cet appareil" in text_of(asker.client.get(path))
    assert asker.client.post(path).url == reverse("enquiries:ask_contact")
    assert asker.get("ask_contact").status_code == 200


def take_up(asker: Asker) -> HttpResponse:
    """« Reprendre »."""
    return asker.start(resume="")


def test_taking_up_goes_on_with_the_answers(asker: Asker) -> None:
    asker.until("ask_contact")
    assert "Vous avez commencé une demande" in text_of(asker.get("ask"))
    assert take_up(asker).url == reverse("enquiries:ask_contact")
    for screen in SCREENS[5:]:
        asker.post(screen)
    asker.send()
    (enquiry,) = enquiries()
    assert enquiry.fact.topic_code == "3.3"


def test_what_is_taken_up_is_nobody_elses_any_more(asker: Asker) -> None:
    """Whoever began it here may have copied its cookies, or had its link mailed to himself.

    Mutation: go on with the same draft.
    """
    asker.until("ask_contact")
    asker.post("ask_later", email="quelquun.dautre@exemple.invalid")
    planted, copied = asker.draft, {name: asker.client.cookies[name].value for name in (COOKIE, BROWSER_COOKIE)}
    take_up(asker)
    asker.post("ask_contact")
    other = StrictClient()
    for name, value in copied.items():
        other.cookies[name] = value
    assert "Alma" not in other.get(reverse("enquiries:ask_contact")).content.decode()
    assert services.resume_draft(draft_uid=planted.uid, address="quelquun.dautre@exemple.invalid", token="x") is None
    expire(planted)
    assert "Alma" in asker.get("ask_contact").content.decode()


def test_the_draft_taken_up_goes_within_half_an_hour(asker: Asker) -> None:
    asker.until("ask_contact")
    former = asker.draft
    take_up(asker)
    former.refresh_from_db()
    assert former.expires_at <= timezone.now() + timedelta(minutes=30)
    assert Draft.objects.exclude(pk=former.pk).get().expires_at > timezone.now() + timedelta(days=14)


def test_a_page_lost_on_its_way_loses_no_answer(asker: Asker) -> None:
    """A second click on « Reprendre » carries the former cookies. Mutation: rename the draft instead of copying it."""
    asker.until("ask_contact")
    former = {name: asker.client.cookies[name].value for name in (COOKIE, BROWSER_COOKIE)}
    take_up(asker)
    for name, value in former.items():
        asker.client.cookies[name] = value
    assert take_up(asker).url == reverse("enquiries:ask_contact")


def test_begin_on_an_older_page_neither_takes_up_nor_erases(asker: Asker) -> None:
    """The page was opened before the draft: its reader has not seen that there is one."""
    asker.until("ask_contact")
    kept = asker.kept
    assert asker.start().url == reverse("enquiries:ask")
    assert asker.kept == kept


def test_whose_visit_it_is_stands_on_the_first_page(asker: Asker) -> None:
    """Nobody asks in the name of a colleague who left her visit open."""
    assert "Se déconnecter" not in text_of(asker.get("ask"))
    sign_in(asker.client, asker.world, "author")
    assert "Ce n’est pas vous ? Se déconnecter" in text_of(asker.get("ask"))
    assert asker.world.people["author"].full_name in text_of(asker.get("ask"))


def test_a_beginning_owes_nothing_to_what_was_left_in_this_browser(asker: Asker) -> None:
    """Whoever left a draft here knows its key and its token. Mutation: begin with the token that the browser holds."""
    asker.start()
    planted, token = asker.draft.uid, asker.client.cookies[BROWSER_COOKIE].value
    assert "Vous avez commencé une demande" not in text_of(asker.get("ask")), "nothing to take up"
    asker.start()
    assert asker.client.cookies[BROWSER_COOKIE].value != token
    asker.post("ask_place")
    assert asker.draft.uid != planted, "the one left here is gone"


def test_what_is_taken_up_says_when_and_where_it_was_begun(asker: Asker) -> None:
    asker.until("ask_review")
    asker.post("ask_later", email="quelquun.dautre@exemple.invalid")
    page = text_of(asker.get("ask"))
    assert asker.world.site.name in page
    assert "Un lien de reprise a été envoyé" in page
    assert "quelquun.dautre@exemple.invalid" not in page


def test_a_shared_computer_is_heard_even_when_a_draft_lies_there(asker: Asker) -> None:
    """Two tabs: the second says « ordinateur partagé ». Mutation: take the first draft up all the same."""
    asker.until("ask_contact")
    answer = asker.start(is_shared_computer="on")
    assert {answer.cookies[name]["max-age"] for name in (COOKIE, BROWSER_COOKIE)} == {""}
    take_up(asker)
    assert {draft.is_shared_computer for draft in Draft.objects.all()} == {True}


def test_a_visit_that_ends_with_the_browser_keeps_no_draft(asker: Asker) -> None:
    sign_in(asker.client, asker.world, "author")
    session = asker.client.session
    session.set_expiry(0)
    session.save()
    asker.start()
    assert asker.draft.is_shared_computer


def test_a_visit_that_ends_with_the_browser_shortens_a_draft_begun_before(asker: Asker) -> None:
    """Mutation: look at the draft alone in `on_screen`."""
    asker.until("ask_contact")
    asker.post("ask_later", email=EMAIL)
    sign_in(asker.client, asker.world, "author")
    session = asker.client.session
    session.set_expiry(0)
    session.save()
    answer = asker.post("ask_contact")
    assert {answer.cookies[name]["max-age"] for name in (COOKIE, BROWSER_COOKIE)} == {""}
    assert asker.draft.is_shared_computer
    assert asker.draft.address_index is None
    assert asker.draft.expires_at <= timezone.now() + timedelta(minutes=30)


def test_a_draft_resumed_on_a_shared_computer_leaves_no_trace_there(asker: Asker) -> None:
    """Mutation: drop `share_draft` from the screen of the code."""
    asker.until("ask_contact")
    asker.post("ask_later", email=EMAIL)
    path = reverse("enquiries:ask_resume", kwargs={"uid": asker.draft.uid})
    other = StrictClient()
    other.post(path, {"email": EMAIL})
    answer = other.post(f"{path}code/", {"code": last_digits(), "is_shared_computer": "on"})
    assert {answer.cookies[name]["max-age"] for name in (COOKIE, BROWSER_COOKIE)} == {""}
    assert asker.draft.is_shared_computer
    assert asker.draft.address_index is None


def test_erasing_on_a_shared_computer_ends_the_visit_too(asker: Asker) -> None:
    sign_in(asker.client, asker.world, "author")
    asker.start(is_shared_computer="on")
    asker.post("ask_place")
    asker.client.post(reverse("enquiries:ask_erase"))
    assert "_auth_user_id" not in asker.client.session
    assert asker.client.cookies[COOKIE].value == ""
