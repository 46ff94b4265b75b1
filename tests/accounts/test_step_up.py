"""Proving again who one is before a guarded act: what the apps above may rely on."""

from datetime import timedelta

import pytest
from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.test import RequestFactory
from django.urls import include, path
from django.utils import timezone

from proxirh.accounts import services
from proxirh.accounts.models import Address, HeldForm, SignInCode, User, address_index
from proxirh.accounts.step_up import recently_proved, step_up
from proxirh.kernel.models import DataKey
from tests.accounts.conftest import Visitor, code_sent_to, mails_to, wrong
from tests.accounts.devices import totp
from tests.accounts.other_app import FORM
from tests.accounts.staff import SECRET, Staff, at_browser, forget_last_step, hidden
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
ACT, PROOF = "/acte/", "/connexion/confirmer/"
TEXT = "Le motif que j’ai écrit, assez long pour être gardé."


@step_up
def act(request: HttpRequest) -> HttpResponse:
    """What must not be done by a stolen visit."""
    if request.method != "POST":
        return HttpResponse(Template(FORM).render(RequestContext(request)))
    return HttpResponse(f"fait : {request.POST['words']}")


urlpatterns = [path("acte/", act), path("", include("config.urls"))]


@pytest.fixture
def counsellor(world: World) -> Staff:
    """Someone come in with her second factor, eleven minutes ago."""
    member = at_browser(world)
    member.add_totp()
    member.come_in()
    member.grow_old()
    forget_last_step()
    return member


@pytest.fixture
def agent(visitor: Visitor) -> Visitor:
    """Someone come in by a code, eleven minutes ago."""
    visitor.sign_in()
    grow_old(visitor)
    return visitor


def grow_old(visitor: Visitor) -> None:
    Staff.grow_old(visitor)  # type: ignore[arg-type]


def ask_mail(visitor: Visitor) -> HttpResponse:
    return visitor.client.post(PROOF, query_params={"next": ACT})


def test_fresh_proof_lets_in_and_an_old_one_asks_again(counsellor: Staff) -> None:
    """Mutation: never compare with the clock."""
    assert counsellor.client.get(f"{ACT}?x=1")["Location"] == "/connexion/confirmer/?next=%2Facte%2F%3Fx%3D1"
    key = counsellor.client.session.session_key
    response = counsellor.client.post(f"{PROOF}?next={ACT}", {"code": totp(SECRET)})
    assert response["Location"] == ACT
    assert counsellor.client.get(ACT).status_code == 200
    assert counsellor.client.session.session_key != key
    counsellor.grow_old(minutes=9)
    assert counsellor.client.get(ACT).status_code == 200
    counsellor.grow_old(minutes=11)
    assert counsellor.client.get(ACT).status_code == 302
    counsellor.grow_old(minutes=-60)
    assert counsellor.client.get(ACT).status_code == 302


def test_coming_in_with_the_factor_is_a_proof(world: World) -> None:
    member = at_browser(world)
    member.add_totp()
    member.come_in()
    assert member.client.get(ACT).status_code == 200


def test_text_of_a_post_waits_for_the_proof_and_is_sent_with_one_button(counsellor: Staff) -> None:
    """Mutation: redirect a POST without keeping it."""
    response = counsellor.client.post(ACT, {"words": TEXT})
    held = HeldForm.objects.get()
    back = f"/connexion/texte/{held.uid}/"
    assert response["Location"] == f"{PROOF}?next={back.replace('/', '%2F')}"
    proof = counsellor.client.post(response["Location"], {"code": totp(SECRET)})
    assert proof["Location"] == back
    page = counsellor.client.get(back)
    assert TEXT in page.text
    assert counsellor.client.post(held.path, {"words": hidden(page, "words")}).text == f"fait : {TEXT}"


def test_nothing_is_done_while_the_proof_is_awaited(counsellor: Staff) -> None:
    """Mutation: call the view, then ask."""
    assert "fait" not in counsellor.client.post(ACT, {"words": TEXT}).text


@pytest.mark.parametrize("code", ["000000", "", "123"])
def test_wrong_factor_proves_nothing(counsellor: Staff, code: str) -> None:
    assert counsellor.client.post(PROOF, {"code": code}).status_code == 422
    assert counsellor.client.get(ACT).status_code == 302


def test_mailed_code_does_not_stand_for_a_factor_that_exists(counsellor: Staff) -> None:
    """Mutation: offer the mailed code to everyone."""
    counsellor.client.post(PROOF, {"address": "x"})
    assert not SignInCode.objects.filter(purpose=services.CONFIRMING).exists()


def test_desk_asks_by_its_own_channel(counsellor: Staff) -> None:
    response = counsellor.client.get(ACT, headers={"hx-request": "true"})
    assert response["HX-Redirect"].startswith(PROOF)


def test_stranger_is_sent_to_sign_in(visitor: Visitor) -> None:
    assert visitor.client.get(ACT)["Location"] == "/connexion/?next=/acte/"
    assert visitor.client.post(ACT, {"words": TEXT})["Location"] == "/connexion/?next=/acte/"
    request = RequestFactory().get("/")
    request.user = User()
    request.session = {}  # type: ignore[assignment]
    assert not recently_proved(request)


# ── Whoever has no second factor: a fresh mailed code ──────────────────────────────────────────────
def test_agent_proves_by_a_fresh_code(agent: Visitor) -> None:
    assert agent.client.get(ACT)["Location"].startswith(PROOF)
    assert agent.address in agent.client.get(PROOF).text
    assert ask_mail(agent)["Location"] == "/connexion/code/"
    key = agent.client.session.session_key
    assert agent.type(code_sent_to(agent.address))["Location"] == ACT
    assert agent.client.session.session_key != key
    assert agent.client.get(ACT).status_code == 200


def test_wrong_code_is_told_and_proves_nothing(agent: Visitor) -> None:
    ask_mail(agent)
    assert agent.type(wrong(code_sent_to(agent.address))).status_code == 422
    assert agent.client.get(ACT).status_code == 302


def test_code_to_prove_opens_no_visit(agent: Visitor, new_visitor) -> None:
    """Mutation: take any purpose in `type_code`."""
    ask_mail(agent)
    thief = new_visitor()
    thief.client.cookies = agent.client.cookies
    del thief.client.cookies["sessionid"]
    assert thief.type(code_sent_to(agent.address))["Location"] == "/connexion/"
    assert not thief.is_in


def test_code_of_another_account_proves_nothing(agent: Visitor) -> None:
    """Mutation: do not compare the address with those of the account."""
    ask_mail(agent)
    digits = code_sent_to(agent.address)
    Address.objects.all().delete()
    assert agent.type(digits).status_code == 422
    assert agent.client.get(ACT).status_code == 302


def test_one_of_several_addresses_is_chosen_and_none_of_others(agent: Visitor) -> None:
    """Mutation: mail the code to whatever address is posted."""
    user = User.objects.get()
    other = "camille@exemple.invalid"
    mine = Address.objects.create(
        user=user, data_key=DataKey.objects.issue(), blind_index=address_index(other), ciphertext=other
    )
    assert agent.client.post(PROOF, {"address": "voleur@exemple.invalid"}).status_code == 422
    assert not mails_to("voleur@exemple.invalid")
    assert agent.client.post(PROOF, {"address": str(mine.uid)}).status_code == 302
    assert mails_to(other)


def test_account_without_address_is_told_how(agent: Visitor) -> None:
    Address.objects.all().delete()
    page = agent.client.get(PROOF)
    assert "Terminer ma visite" in page.text
    assert ask_mail(agent).status_code == 200
    assert not SignInCode.objects.filter(purpose=services.CONFIRMING).exists()


# ── What is guarded here ───────────────────────────────────────────────────────────────────────────
GUARDED = ["/securite/application/", "/securite/cle/", "/securite/cle/defi/", "/securite/codes/", "/connexion/adresse/"]


@pytest.mark.parametrize("address", GUARDED)
def test_ways_in_are_changed_after_a_fresh_proof_only(counsellor: Staff, address: str) -> None:
    """Mutation: drop @step_up from any of them."""
    for response in (counsellor.client.get(address), counsellor.client.post(address)):
        assert response["Location"].startswith(PROOF)


def test_factor_is_removed_after_a_fresh_proof_only(counsellor: Staff) -> None:
    """Mutation: drop @step_up from `remove_factor`."""
    factor = services.factors_of(counsellor.user)[0]
    assert counsellor.client.post(f"/securite/{factor.uid}/retirer/")["Location"].startswith(PROOF)
    assert services.has_factor(counsellor.user)


def test_proof_of_tomorrow_or_none_is_not_recent(counsellor: Staff) -> None:
    session = counsellor.client.session
    for value in ("", (timezone.now() + timedelta(hours=1)).isoformat()):
        session[services.PROVED_KEY] = value
        session.save()
        assert counsellor.client.get(ACT).status_code == 302
