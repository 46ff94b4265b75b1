"""A visit left alone for half an hour is over, and what was being sent waits behind one button."""

import time
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.utils import timezone

from proxirh.accounts import browser, middleware, retention, services
from proxirh.accounts.models import HeldForm
from proxirh.kernel.models import DataKey
from tests.accounts.conftest import ADDRESS, Visitor, code_sent_to
from tests.strict_client import StrictClient

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.other_app")]

WORDS = "Bonjour,\r\nje ne sais plus à qui m’adresser <b>pour</b> mon changement d’académie."
LATE, SOON = 30 * 60 + 5, 29 * 60


# ── Time passes by the signed cookie alone ─────────────────────────────────────────────────────────
def leave_alone(client: Client, seconds: float) -> None:
    """The last sign of life becomes that old."""
    key = client.session.session_key
    mark = middleware.Mark(int(client.session["_auth_user_id"]), middleware.session_digest(key), time.time() - seconds)
    client.cookies[middleware.COOKIE] = middleware.sign(mark)


@pytest.fixture
def staying(visitor: Visitor) -> Visitor:
    """Someone signed in."""
    visitor.sign_in(next_url="/garde/")
    return visitor


def held_after(visitor: Visitor, **data):
    """What a late POST leaves, and where it leads."""
    leave_alone(visitor.client, LATE)
    response = visitor.client.post("/garde/", {"words": WORDS, "means": ["tel", "mail"], **data})
    return HeldForm.objects.first(), response


def test_active_visit_goes_on(staying: Visitor) -> None:
    leave_alone(staying.client, SOON)
    assert staying.client.get("/garde/").status_code == 200
    assert staying.client.get("/garde/").status_code == 200


def test_each_page_gives_the_visit_its_time_again(staying: Visitor) -> None:
    """Mutation: never write the cookie again."""
    leave_alone(staying.client, SOON)
    before = staying.client.cookies[middleware.COOKIE].value
    staying.client.get("/garde/")
    assert staying.client.cookies[middleware.COOKIE].value != before


def test_idle_visit_is_over(staying: Visitor) -> None:
    """Mutation: IDLE_SECONDS of an hour."""
    leave_alone(staying.client, LATE)
    response = staying.client.get("/garde/", {"page": "2"})
    assert unquote(response.headers["Location"]) == "/connexion/?next=/garde/?page=2"
    assert "30 minutes" in staying.client.get(response.headers["Location"]).text
    assert staying.client.get("/public/").text == "reçu de personne"


def test_ending_a_visit_on_a_read_writes_nothing(staying: Visitor) -> None:
    """Mutation: flush the session on GET."""
    leave_alone(staying.client, LATE)
    key = staying.client.session.session_key
    staying.client.get("/public/")
    assert Session.objects.filter(session_key=key).exists()


def test_session_cookie_alone_does_not_bring_an_idle_visit_back(staying: Visitor) -> None:
    """Mutation: take a visit without its mark for an active one."""
    key = staying.client.session.session_key
    Session.objects.update(expire_date=timezone.now() + timedelta(hours=12) - timedelta(seconds=LATE))
    thief = StrictClient()
    thief.cookies["sessionid"] = key
    assert thief.get("/garde/").status_code == 302


def test_mark_of_another_session_is_worth_nothing(staying: Visitor, new_visitor) -> None:
    """Mutation: leave the session out of the mark."""
    other = new_visitor("autre.exemple@ac-demo.fr")
    other.sign_in(next_url="/garde/")
    Session.objects.filter(session_key=staying.client.session.session_key).update(
        expire_date=timezone.now() + timedelta(hours=12) - timedelta(seconds=LATE)
    )
    other.client.get("/garde/")
    staying.client.cookies[middleware.COOKIE] = other.client.cookies[middleware.COOKIE].value
    assert staying.client.get("/garde/").status_code == 302


@pytest.mark.parametrize("value", ["", "x", "WzEsMiwzXQ:aaa:bbb", "é"])
def test_forged_mark_is_ignored(staying: Visitor, value: str) -> None:
    staying.client.cookies[middleware.COOKIE] = value
    assert staying.client.get("/garde/").status_code == 200


def test_late_post_is_kept_and_comes_back_after_sign_in(staying: Visitor) -> None:
    """Mutation: drop `keep_form` from the middleware."""
    held, response = held_after(staying)
    assert unquote(response.headers["Location"]) == f"/connexion/?next=/connexion/texte/{held.uid}/"
    assert "Votre texte est gardé" in staying.client.get(response.headers["Location"]).text
    assert not staying.is_in
    back = staying.sign_in(next_url=f"/connexion/texte/{held.uid}/").headers["Location"]
    page = staying.client.get(back)
    assert "Votre texte a été gardé" in page.text
    assert "&lt;b&gt;pour&lt;/b&gt;" in page.text
    assert '<form method="post" action="/garde/">' in page.text
    sent = {"words": WORDS, "means": ["tel", "mail"]}
    for name, values in held.fields.items():
        assert sent[name] in (values, values[0])
    assert staying.client.post("/garde/", held.fields).text == f"reçu : {WORDS} ['tel', 'mail']"


def test_kept_text_is_encrypted(staying: Visitor) -> None:
    held, _ = held_after(staying)
    raw = HeldForm.objects.values_list("fields", flat=True).get()
    assert "académie".encode() not in bytes(raw)
    assert held.fields["words"] == [WORDS]


def test_token_of_the_form_and_proof_of_work_are_not_kept(staying: Visitor) -> None:
    held, _ = held_after(staying, csrfmiddlewaretoken="x" * 64, preuve="y")
    assert set(held.fields) == {"words", "means"}


def test_kept_text_shows_in_the_same_browser_only(staying: Visitor, new_visitor) -> None:
    """Mutation: drop `browser_digest` from `find_held`."""
    held, _ = held_after(staying)
    same_account_elsewhere = new_visitor()
    same_account_elsewhere.sign_in(next_url="/garde/")
    assert same_account_elsewhere.client.get(f"/connexion/texte/{held.uid}/").status_code == 404


def test_kept_text_shows_to_the_same_account_only(staying: Visitor) -> None:
    """Mutation: drop the account from `_held`: the next colleague at this desk would read it."""
    held, _ = held_after(staying)
    assert staying.client.get(f"/connexion/texte/{held.uid}/").headers["Location"].startswith("/connexion/")
    colleague = Visitor(staying.client, "collegue.exemple@ac-demo.fr")
    colleague.sign_in(next_url="/garde/")
    assert colleague.client.get(f"/connexion/texte/{held.uid}/").status_code == 404
    assert colleague.client.post(f"/connexion/texte/{held.uid}/oublier/").status_code == 404
    assert HeldForm.objects.exists()


def test_kept_text_is_gone_after_half_an_hour(staying: Visitor) -> None:
    """Mutation: drop `expires_at` from `find_held`."""
    held, _ = held_after(staying)
    HeldForm.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    staying.sign_in(next_url="/garde/")
    assert staying.client.get(f"/connexion/texte/{held.uid}/").status_code == 404
    keys = DataKey.objects.count()
    assert retention.HELD_FORMS.apply(at=timezone.now()) == 1
    assert DataKey.objects.count() == keys - 1


def test_kept_text_may_be_dropped_at_once(staying: Visitor) -> None:
    held, _ = held_after(staying)
    staying.sign_in(next_url="/garde/")
    assert "Le texte est effacé" in staying.client.post(f"/connexion/texte/{held.uid}/oublier/").text
    assert not HeldForm.objects.exists()
    assert not DataKey.objects.filter(pk=held.data_key_id).exists()


def test_files_are_not_kept_and_the_page_says_so(staying: Visitor, tmp_path) -> None:
    paper = tmp_path / "courrier.txt"
    paper.write_text("pièce jointe")
    with paper.open("rb") as file:
        held, _ = held_after(staying, file=file)
    staying.sign_in(next_url="/garde/")
    assert "Les fichiers n’ont pas été gardés" in staying.client.get(f"/connexion/texte/{held.uid}/").text
    assert "file" not in held.fields


def test_late_post_without_words_only_leads_to_sign_in(staying: Visitor) -> None:
    leave_alone(staying.client, LATE)
    assert staying.client.post("/garde/").headers["Location"] == "/connexion/"
    assert not HeldForm.objects.exists()


def test_text_too_long_to_be_kept_stores_nothing(staying: Visitor) -> None:
    leave_alone(staying.client, LATE)
    assert staying.client.post("/garde/", {"words": "a" * 1_000_001}).headers["Location"] == "/connexion/"
    assert not HeldForm.objects.exists()


def test_late_post_to_a_public_page_is_served_as_a_strangers(staying: Visitor) -> None:
    """Asking for help needs no account: nobody who writes long is stopped. Mutation: keep every late POST."""
    leave_alone(staying.client, LATE)
    assert staying.client.post("/public/", {"words": WORDS}).text == "reçu de personne"
    assert not HeldForm.objects.exists()


def test_post_of_a_visit_whose_session_is_gone_is_kept_too(staying: Visitor) -> None:
    """Mutation: look at the mark of live sessions only."""
    staying.client.get("/garde/")
    Session.objects.all().delete()
    del staying.client.cookies["sessionid"]
    response = staying.client.post("/garde/", {"words": WORDS})
    assert HeldForm.objects.get().user_id is not None
    assert "/connexion/texte/" in unquote(response.headers["Location"])


def test_fragment_of_an_ended_visit_moves_the_whole_page(staying: Visitor) -> None:
    leave_alone(staying.client, LATE)
    response = staying.client.post("/garde/", {"words": WORDS}, headers={"HX-Request": "true"})
    assert response.status_code == 200
    held = HeldForm.objects.get()
    assert unquote(response.headers["HX-Redirect"]) == f"/connexion/?next=/connexion/texte/{held.uid}/"


def test_signing_out_forgets_the_mark(staying: Visitor) -> None:
    """Mutation: leave the mark, so that the next stranger’s forms are kept for this account."""
    staying.client.get("/garde/")
    staying.client.post("/deconnexion/")
    assert staying.client.cookies[middleware.COOKIE].value == ""


# ── Forms whose CSRF token no longer fits ──────────────────────────────────────────────────────────
ORIGIN = {"origin": "http://testserver"}


def strict_browser(visitor: Visitor) -> Visitor:
    """The same browser, whose CSRF tokens are checked."""
    client = StrictClient(enforce_csrf_checks=True)
    client.cookies = visitor.client.cookies
    return Visitor(client, visitor.address)


def test_form_older_than_its_token_is_kept(staying: Visitor) -> None:
    """Mutation: answer 403 without keeping anything."""
    tab = strict_browser(staying)
    response = tab.client.post("/garde/", {"words": WORDS}, headers=ORIGIN)
    held = HeldForm.objects.get()
    assert response.headers["Location"] == f"/connexion/texte/{held.uid}/"
    assert held.user_id == int(staying.client.session["_auth_user_id"])
    assert "changement d’académie" in staying.client.get(response.headers["Location"]).text


def test_form_of_a_visitor_without_account_is_kept_for_the_browser() -> None:
    client = StrictClient(enforce_csrf_checks=True)
    response = client.post("/public/", {"words": WORDS}, headers=ORIGIN)
    assert "changement d’académie" in client.get(response.headers["Location"]).text
    assert StrictClient().get(response.headers["Location"]).status_code == 404


@pytest.mark.parametrize("headers", [{}, {"origin": "https://ailleurs.example"}, {"origin": "null"}])
def test_form_of_another_site_is_not_kept(staying: Visitor, headers: dict[str, str]) -> None:
    """Mutation: keep whatever fails the check: another site would leave its text behind our button."""
    tab = strict_browser(staying)
    response = tab.client.post("/garde/", {"words": WORDS}, headers=headers)
    assert response.status_code == 403
    assert "ouverte depuis trop longtemps" in response.text
    assert not HeldForm.objects.exists()


def test_late_form_of_another_site_is_not_kept_either(staying: Visitor) -> None:
    """Mutation: keep in the middleware before the CSRF check."""
    leave_alone(staying.client, LATE)
    tab = strict_browser(staying)
    assert (
        tab.client.post("/garde/", {"words": WORDS}, headers={"origin": "https://ailleurs.example"}).status_code == 403
    )
    assert not HeldForm.objects.exists()


def test_late_form_with_an_old_token_is_kept_for_its_account(staying: Visitor) -> None:
    """Mutation: read the account after the visit was ended."""
    user_id = int(staying.client.session["_auth_user_id"])
    leave_alone(staying.client, LATE)
    strict_browser(staying).client.post("/garde/", {"words": WORDS}, headers=ORIGIN)
    assert HeldForm.objects.get().user_id == user_id


def test_pages_of_sign_in_start_again_by_themselves(visitor: Visitor) -> None:
    """A typed code is never kept. Mutation: keep the forms of this app too."""
    visitor.ask()
    tab = strict_browser(visitor)
    response = tab.client.post("/connexion/code/", {"code": code_sent_to(ADDRESS)}, headers=ORIGIN)
    assert response.status_code == 403
    assert not HeldForm.objects.exists()


def test_keeping_has_a_limit_per_visitor() -> None:
    for number in range(70):
        services.hold_form(
            user_id=None, token="t", path="/x/", fields={"a": [str(number)]}, had_files=False, client="192.0.2.1"
        )
    assert HeldForm.objects.count() == 60


def test_the_cookie_of_a_kept_text_goes_with_the_browser_and_shortens_no_other() -> None:
    """On a shared computer nothing may stay. Mutation: set it for fifteen days, or over the one of a draft."""
    fresh, known = HttpResponse(), HttpResponse()
    request = HttpRequest()
    browser.keep_new_token(request, fresh, "jeton")
    assert fresh.cookies[browser.COOKIE]["max-age"] == ""
    request.COOKIES[browser.COOKIE] = "jeton"
    browser.keep_new_token(request, known, "jeton")
    assert browser.COOKIE not in known.cookies
