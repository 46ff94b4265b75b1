"""Sign-in as it is lived: an address, a mail, six digits, and a page that tells nothing to whoever guesses."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from proxirh.accounts import browser
from proxirh.accounts.models import SignInCode, User
from proxirh.accounts.services.codes import GONE, WRONG
from tests.accounts.conftest import ADDRESS, AFTER, Visitor, code_sent_to, mails_to, wrong

pytestmark = pytest.mark.django_db


def blanked(text: str) -> str:
    """A page without what is drawn at random for each visit."""
    text = re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]*', r"\1", text)
    return re.sub(r'data-proof-of-work="[^"]*"', "", text)


def test_visitor_signs_in_and_lands_where_she_was_going(visitor: Visitor) -> None:
    assert visitor.ask().headers["Location"] == "/connexion/code/"
    page = visitor.client.get("/connexion/code/")
    assert ADDRESS in page.text
    response = visitor.type(code_sent_to(ADDRESS))
    assert (response.status_code, response["Location"]) == (302, AFTER)
    assert visitor.is_in


def test_code_copied_with_spaces_is_taken(visitor: Visitor) -> None:
    visitor.ask()
    digits = code_sent_to(ADDRESS)
    visitor.type(f" {digits[:3]} {digits[3:]} ")
    assert visitor.is_in


def test_known_and_unknown_addresses_get_the_same_answers(visitor: Visitor, new_visitor) -> None:
    """Mutation: send no mail, or say « nouvelle adresse », when no Address has this blind index."""
    visitor.sign_in()
    known, unknown = new_visitor(ADDRESS), new_visitor("camille.inconnu@ac-demo.fr")
    assert len(known.address) == len(unknown.address)
    answers = []
    for guesser in (known, unknown):
        asked = guesser.ask()
        shown = guesser.client.get("/connexion/code/")
        failed = guesser.type("000000")
        again = guesser.client.post("/connexion/code/nouveau/")
        answers.append(
            [
                (
                    answer.status_code,
                    sorted((name, value) for name, value in answer.headers.items()),
                    sorted((name, len(morsel.value), morsel["max-age"]) for name, morsel in answer.cookies.items()),
                    blanked(answer.text).replace(guesser.address, "—"),
                )
                for answer in (asked, shown, failed, again)
            ]
        )
    assert answers[0] == answers[1]
    first, second = mails_to(known.address)[-1], mails_to(unknown.address)[-1]
    assert first.subject == second.subject
    assert re.sub(r"\d{6}", "", first.body) == re.sub(r"\d{6}", "", second.body)


def test_known_and_unknown_addresses_cost_the_same_queries(visitor: Visitor, new_visitor) -> None:
    """Mutation: look the address up before asking."""
    visitor.sign_in()
    queries = []
    for address in (ADDRESS, "camille.inconnu@ac-demo.fr"):
        with CaptureQueriesContext(connection) as counted:
            new_visitor(address).ask()
        queries.append([re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in counted.captured_queries])
    assert queries[0] == queries[1]


def test_past_five_mails_the_page_stays_the_same(new_visitor) -> None:
    """Mutation: raise TooManyTries when the address has had its five mails."""
    for _ in range(5):
        new_visitor().ask()
    sixth = new_visitor()
    assert sixth.ask().headers["Location"] == "/connexion/code/"
    assert sixth.client.get("/connexion/code/").status_code == 200
    assert len(mails_to(ADDRESS)) == 5


@pytest.mark.parametrize("address", ["", "camille", "camille@", "@ac-demo.fr", "a b@ac-demo.fr", "x" * 400 + "@a.fr"])
def test_address_that_is_none_is_explained(visitor: Visitor, address: str) -> None:
    visitor.address = address
    response = visitor.ask()
    assert response.status_code == 422
    assert "<title>Erreur" in response.text
    assert not SignInCode.objects.exists()


def test_wrong_code_is_explained_and_may_be_corrected(visitor: Visitor) -> None:
    visitor.ask()
    digits = code_sent_to(ADDRESS)
    response = visitor.type(wrong(digits))
    assert response.status_code == 422
    assert WRONG in response.text
    assert visitor.type(digits).status_code == 302


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦"])
def test_something_else_than_six_digits_costs_no_try(visitor: Visitor, typed: str) -> None:
    visitor.ask()
    assert visitor.type(typed).status_code == 422
    assert SignInCode.objects.get().tries == 0


def test_expired_code_can_be_renewed_from_its_page(visitor: Visitor) -> None:
    visitor.ask()
    SignInCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert GONE in visitor.type(code_sent_to(ADDRESS)).text
    assert visitor.client.post("/connexion/code/nouveau/").headers["Location"] == "/connexion/code/"
    visitor.type(code_sent_to(ADDRESS))
    assert visitor.is_in


def test_code_page_without_a_code_leads_back(visitor: Visitor) -> None:
    assert visitor.client.get("/connexion/code/").headers["Location"] == "/connexion/"
    assert visitor.client.post("/connexion/code/", {"code": "123456"}).headers["Location"] == "/connexion/"
    assert visitor.client.post("/connexion/code/nouveau/").headers["Location"] == "/connexion/"


def test_code_page_of_another_browser_shows_nothing(visitor: Visitor, new_visitor) -> None:
    """Mutation: let `find_code` ignore the browser."""
    visitor.ask()
    thief = new_visitor()
    thief.client.cookies["code"] = visitor.client.cookies["code"].value
    response = thief.client.get("/connexion/code/")
    assert response.headers["Location"] == "/connexion/"
    thief.client.cookies["connexion"] = "another"
    assert thief.client.get("/connexion/code/").headers["Location"] == "/connexion/"
    assert not thief.type(code_sent_to(ADDRESS)).text
    assert not thief.is_in


def test_forged_cookie_is_ignored(visitor: Visitor) -> None:
    visitor.ask()
    visitor.client.cookies["code"] = visitor.client.cookies["code"].value[:-1] + "x"
    assert visitor.client.get("/connexion/code/").headers["Location"] == "/connexion/"


def test_session_key_changes_at_sign_in(visitor: Visitor) -> None:
    """Mutation: replace `perform_login` by setting the session's user by hand."""
    session = visitor.client.session
    session["before"] = 1
    session.save()
    visitor.client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    visitor.sign_in()
    assert visitor.client.session.session_key != session.session_key
    assert not session.exists(session.session_key)
    assert User.objects.get().last_login is not None


def test_session_holds_nothing_typed_and_allauth_no_address(visitor: Visitor) -> None:
    """Mutation: put the address into the session, or let allauth keep it."""
    visitor.sign_in()
    assert ADDRESS not in str(dict(visitor.client.session.items()))
    assert not EmailAddress.objects.exists()


def test_shared_computer_keeps_nothing_after_the_browser(visitor: Visitor) -> None:
    """Mutation: drop `set_expiry(0)`."""
    visitor.sign_in(shared="on")
    assert visitor.client.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == ""


def test_sign_in_owes_nothing_to_the_draft_of_this_browser_and_leaves_nothing(visitor: Visitor) -> None:
    """Whoever left a draft here knows its cookie. Mutation: bind the code to the cookie of drafts."""
    visitor.client.cookies["navigateur"] = "laissé-par-quelquun"
    visitor.ask()
    assert bytes(SignInCode.objects.get().browser_digest) != browser.digest("laissé-par-quelquun")
    visitor.type(code_sent_to(visitor.address))
    assert visitor.is_in
    assert visitor.client.cookies["connexion"].value == ""
    assert visitor.client.cookies["navigateur"].value == "laissé-par-quelquun"


def test_waiting_for_a_code_on_a_shared_computer_ends_with_the_browser(visitor: Visitor) -> None:
    assert {cookie["max-age"] for cookie in visitor.ask(shared="on").cookies.values()} == {""}
    assert {cookie["max-age"] for cookie in visitor.ask().cookies.values()} == {3600}


def test_own_computer_keeps_the_visit_twelve_hours(visitor: Visitor) -> None:
    visitor.sign_in()
    assert visitor.client.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == 12 * 3600


def test_signed_in_visitor_is_not_asked_again(visitor: Visitor) -> None:
    visitor.sign_in()
    assert visitor.client.get("/connexion/", {"next": AFTER}).headers["Location"] == AFTER


def test_closed_account_is_told_so_and_stays_out(visitor: Visitor, new_visitor) -> None:
    visitor.sign_in()
    User.objects.update(is_active=False)
    late = new_visitor()
    response = late.sign_in()
    assert response.status_code == 422
    assert "Cet accès est fermé" in response.text
    assert not late.is_in


def test_closing_an_account_ends_its_open_sessions(visitor: Visitor) -> None:
    """Mutation: drop `is_active` from CodeBackend.get_user."""
    visitor.sign_in()
    User.objects.update(is_active=False)
    assert visitor.client.get("/connexion/").status_code == 200


def test_new_salt_ends_every_session_of_the_account(visitor: Visitor) -> None:
    """Mutation: leave the session check to the view, where a read may not delete the session."""
    visitor.sign_in()
    User.objects.update(session_salt="other")
    assert visitor.client.get("/connexion/").status_code == 200
    assert not visitor.is_in


def test_signing_out_clears_the_browser(visitor: Visitor) -> None:
    """Mutation: drop the header, or end the session on GET."""
    visitor.sign_in()
    key = visitor.client.session.session_key
    assert visitor.client.get("/deconnexion/").status_code == 405
    assert visitor.is_in
    response = visitor.client.post("/deconnexion/")
    assert response["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert response["Location"] == "/deconnexion/terminee/"
    assert not visitor.client.session.exists(key)
    assert visitor.client.get("/deconnexion/terminee/").status_code == 200


def test_signing_out_takes_every_cookie_back(visitor: Visitor) -> None:
    """Not every browser obeys Clear-Site-Data. Mutation: leave the cookie that names the draft."""
    visitor.sign_in()
    visitor.client.cookies["demande"] = visitor.client.cookies["navigateur"] = "brouillon"
    response = visitor.client.post("/deconnexion/")
    assert {name for name, cookie in response.cookies.items() if cookie["max-age"] == 0} >= {"demande", "navigateur"}


@pytest.mark.parametrize("address", ["ce.0150001v@ac-demo.fr", "CE.0751234J@ac-paris.fr"])
def test_mailbox_that_others_read_opens_no_account(visitor: Visitor, address: str) -> None:
    """A colleague reads it too. Mutation: refuse it only where one asks for help."""
    visitor.address = address
    response = visitor.ask()
    assert response.status_code == 422
    assert "D’autres personnes lisent cette boîte aux lettres" in response.text
    assert address in response.text, "what was typed comes back"
    assert not mails_to(address)
    visitor.address = ADDRESS
    visitor.sign_in()
    assert visitor.client.post("/connexion/adresse/", {"address": address}).status_code == 422


def test_mailbox_that_entered_the_directory_since_the_code_was_asked_opens_nothing(visitor: Visitor, settings) -> None:
    """Mutation: look at the address only in the form."""
    visitor.ask()
    settings.SHARED_MAILBOXES = "tests.accounts.conftest.everybody_reads"
    response = visitor.type(code_sent_to(visitor.address))
    assert response.status_code == 422
    assert not User.objects.exists()


def test_signed_in_visitor_adds_an_address_by_a_code(visitor: Visitor, new_visitor) -> None:
    visitor.sign_in()
    second = "camille.prive@exemple.fr"
    visitor.client.post("/connexion/adresse/", {"address": second}, query_params={"next": AFTER})
    assert visitor.type(code_sent_to(second)).headers["Location"] == AFTER
    other_day = new_visitor(second)
    other_day.sign_in()
    assert other_day.client.session["_auth_user_id"] == visitor.client.session["_auth_user_id"]


def test_address_of_another_account_is_refused_with_what_to_do(visitor: Visitor, new_visitor) -> None:
    """Mutation: give the address to whoever proves it last."""
    taken = new_visitor("autre.exemple@ac-demo.fr")
    taken.sign_in()
    visitor.sign_in()
    visitor.client.post("/connexion/adresse/", {"address": taken.address})
    response = visitor.type(code_sent_to(taken.address))
    assert response.status_code == 422
    assert "ouvre déjà un autre accès" in response.text
    assert User.objects.count() == 2


def test_adding_an_address_asks_for_sign_in(visitor: Visitor) -> None:
    assert visitor.client.get("/connexion/adresse/").headers["Location"] == "/connexion/?next=/connexion/adresse/"


def test_code_for_sign_in_is_of_no_use_to_someone_signed_in(visitor: Visitor) -> None:
    """Mutation: let `_awaited` ignore what the code was asked for."""
    visitor.ask()
    kept = visitor.client.cookies["code"].value
    visitor.type(code_sent_to(ADDRESS))
    visitor.client.cookies["code"] = kept
    assert visitor.client.get("/connexion/code/").headers["Location"] == "/connexion/"
