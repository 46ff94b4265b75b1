"""Coming in when one holds a mission: the mailed code first, then the second factor, and nobody in between."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from proxirh.accounts import services
from proxirh.accounts.models import User
from proxirh.accounts.services import proofs
from proxirh.accounts.services import totp as totp_service
from proxirh.kernel.errors import DomainError, TooManyTries
from proxirh.kernel.models import JournalEntry
from tests.accounts.conftest import AFTER, mails_to
from tests.accounts.devices import totp
from tests.accounts.staff import CHOICE, DESK, FACTOR, SECRET, Staff, at_browser, forget_last_step
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def counsellor(world: World) -> Staff:
    """Someone who holds a mission."""
    return at_browser(world)


def tell(**proof: object) -> str:
    """What is answered to a code, "" when it is taken."""
    try:
        services.prove_by_code(**proof)
    except DomainError as error:
        return type(error).__name__
    return ""


def test_agent_comes_in_by_the_code_alone(world: World) -> None:
    author = at_browser(world, "author")
    assert author.sign_in()["Location"] == AFTER
    assert author.is_in


def test_mission_without_a_factor_is_led_to_choose_one_and_reads_nothing(counsellor: Staff) -> None:
    """Mutation: open the visit as if the factor had been presented."""
    assert counsellor.sign_in(DESK)["Location"] == f"{CHOICE}?next=%2Fbureau%2F"
    assert counsellor.is_in
    assert not counsellor.is_proved
    refusal = counsellor.client.get(DESK)
    assert refusal.status_code == 403
    assert f"{CHOICE}?next=%2Fbureau%2F" in refusal.text
    assert f'href="{DESK}"' in counsellor.client.get(f"{CHOICE}?next={DESK}").text


def test_factor_is_asked_before_the_visit_is_open(counsellor: Staff) -> None:
    """Mutation: open the session in `enter` before asking."""
    counsellor.add_totp()
    assert counsellor.sign_in(DESK)["Location"] == f"{FACTOR}?next=%2Fbureau%2F"
    assert not counsellor.is_in
    assert counsellor.client.get(DESK)["Location"].startswith("/connexion/?")
    assert counsellor.client.get("/suivi/").status_code == 302
    assert counsellor.client.get("/securite/")["Location"].startswith("/connexion/?")


def test_factor_opens_the_visit_under_a_new_session_key(counsellor: Staff) -> None:
    """Mutation: `cycle_key` left out of `await_factor`, or the login done before."""
    counsellor.add_totp()
    counsellor.sign_in(DESK)
    waiting = counsellor.client.session.session_key
    assert counsellor.client.post(f"{FACTOR}?next={DESK}", {"code": totp(SECRET)})["Location"] == DESK
    assert counsellor.is_in
    assert counsellor.is_proved
    assert counsellor.client.session.session_key != waiting
    assert not Session.objects.filter(session_key=waiting).exists()
    assert counsellor.client.get(DESK).status_code == 200


def test_waiting_renews_a_session_planted_in_the_browser(counsellor: Staff) -> None:
    """Mutation: drop `cycle_key` from `await_factor`."""
    session = counsellor.client.session
    session["openid_states"] = {}
    session.save()
    planted = session.session_key
    counsellor.client.cookies["sessionid"] = planted
    counsellor.add_totp()
    counsellor.sign_in()
    assert counsellor.client.cookies["sessionid"].value != planted


@pytest.mark.parametrize("code", ["000000", "", "12345", "abcdef", "12345678", "1234567"])
def test_wrong_code_opens_nothing(counsellor: Staff, code: str) -> None:
    counsellor.add_totp()
    counsellor.sign_in()
    response = counsellor.client.post(FACTOR, {"code": code})
    assert response.status_code == 422
    assert "<title>Erreur" in response.text
    assert not counsellor.is_in


def test_factor_page_is_nothing_without_a_mailed_code(counsellor: Staff) -> None:
    counsellor.add_totp()
    assert counsellor.client.get(f"{FACTOR}?next={DESK}")["Location"] == "/connexion/?next=%2Fbureau%2F"
    assert counsellor.present().status_code == 302
    assert not counsellor.is_in


def test_waiting_lasts_ten_minutes(counsellor: Staff) -> None:
    """Mutation: ignore `until`."""
    counsellor.add_totp()
    counsellor.sign_in()
    session = counsellor.client.session
    user_id, digest, until = session["awaited_factor"]
    session["awaited_factor"] = [user_id, digest, (timezone.now() - timedelta(seconds=1)).isoformat()]
    session.save()
    assert until > timezone.now().isoformat()
    assert counsellor.present()["Location"] == "/connexion/"
    assert not counsellor.is_in


@pytest.mark.parametrize("change", [{"is_active": False}, {"session_salt": "other"}])
def test_waiting_dies_with_the_visits_of_the_account(counsellor: Staff, change: dict) -> None:
    """Mutation: read the account by its key alone."""
    counsellor.add_totp()
    counsellor.sign_in()
    User.objects.filter(pk=counsellor.user.pk).update(**change)
    assert counsellor.present()["Location"] == "/connexion/"
    assert not counsellor.is_in


def test_shared_computer_stays_one_after_the_factor(counsellor: Staff) -> None:
    counsellor.add_totp()
    counsellor.sign_in(DESK, shared="on")
    counsellor.present()
    assert counsellor.client.session.get_expire_at_browser_close()


# ── The application of codes ───────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("at", "digits"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_both_implementations_agree_with_the_standard(at: int, digits: str) -> None:
    """RFC 6238, appendix B, six last digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert totp(secret, at=at) == digits
    assert totp_service.step_of(secret, digits, at=datetime.fromtimestamp(at, UTC)) == at // 30


@pytest.mark.parametrize(("shift", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clock_half_a_minute_off_still_serves(counsellor: Staff, shift: int, taken: bool) -> None:
    """Mutation: a tolerance of two intervals."""
    counsellor.add_totp()
    at = timezone.now()
    code = totp(SECRET, at=at.timestamp(), shift=shift)
    assert (tell(user=counsellor.user, code=code, at=at) == "") is taken


def test_code_serves_once_and_no_earlier_one_after_it(counsellor: Staff) -> None:
    """Mutation: update `last_step` without its condition."""
    counsellor.add_totp()
    at = timezone.now()
    now, before = (totp(SECRET, at=at.timestamp(), shift=shift) for shift in (0, -1))
    assert tell(user=counsellor.user, code=now, at=at) == ""
    assert tell(user=counsellor.user, code=now, at=at) == "DomainError"
    assert tell(user=counsellor.user, code=before, at=at) == "DomainError"
    following = totp(SECRET, at=at.timestamp(), shift=1)
    assert tell(user=counsellor.user, code=following, at=at) == ""


def test_code_that_added_the_application_opens_nothing(counsellor: Staff) -> None:
    """Mutation: leave `last_step` at zero when the application is added."""
    at = timezone.now()
    code = totp(SECRET, at=at.timestamp())
    services.add_totp(actor=counsellor.user, secret=SECRET, code=code, at=at)
    assert tell(user=counsellor.user, code=code, at=at) == "DomainError"


def test_tries_are_limited_and_the_right_code_waits_too(counsellor: Staff) -> None:
    """Mutation: count after the comparison, or only failures."""
    counsellor.add_totp()
    counsellor.sign_in()
    statuses = [counsellor.present("000000").status_code for _ in range(proofs.TRIES_PER_HOUR)]
    assert set(statuses) == {422}
    refused = counsellor.present()
    assert refused.status_code == 429
    assert "attendez une heure" in refused.text
    assert not counsellor.is_in


def test_tries_of_a_day_are_limited_too(counsellor: Staff) -> None:
    """Mutation: drop the daily limit."""
    counsellor.add_totp()
    start = timezone.now()
    told = [
        tell(user=counsellor.user, code="000000", at=start + timedelta(minutes=10 * number))
        for number in range(proofs.TRIES_PER_DAY + 5)
    ]
    assert told.count(DomainError.__name__) == proofs.TRIES_PER_DAY
    assert told[-1] == TooManyTries.__name__


def test_tries_of_one_do_not_lock_another(world: World) -> None:
    one, other = at_browser(world), at_browser(world, "fellow counsellor")
    for member in (one, other):
        member.add_totp()
    for _ in range(proofs.TRIES_PER_HOUR + 1):
        tell(user=one.user, code="000000")
    assert tell(user=one.user, code=totp(SECRET)) == TooManyTries.__name__
    assert tell(user=other.user, code=totp(SECRET)) == ""


# ── Recovery codes ─────────────────────────────────────────────────────────────────────────────────
def test_recovery_code_opens_once_and_the_person_is_told(counsellor: Staff) -> None:
    """Mutation: leave `used_mask` as it is."""
    counsellor.add_totp()
    first, *others = counsellor.add_codes()
    assert len(others) == 9
    counsellor.sign_in(DESK)
    assert counsellor.present(f"{first[:4]} {first[4:]}").status_code == 302
    assert counsellor.is_proved
    assert "Un code de secours a servi" in mails_to(counsellor.address)[-1].body
    assert JournalEntry.objects.filter(verb="code de secours utilisé").count() == 1
    assert tell(user=counsellor.user, code=first) == "DomainError"
    assert tell(user=counsellor.user, code=others[-1]) == ""


def test_recovery_code_of_another_opens_nothing(world: World) -> None:
    one, other = at_browser(world), at_browser(world, "fellow counsellor")
    for member in (one, other):
        member.add_totp()
    other.add_codes()
    code = one.add_codes()[0]
    assert tell(user=other.user, code=code) == "DomainError"
    assert tell(user=one.user, code=code) == ""


def test_visit_opened_before_the_factor_existed_ends_with_it(counsellor: Staff) -> None:
    """Mutation: leave the other visits open when a factor is added."""
    counsellor.sign_in(DESK)
    counsellor.add_totp()
    assert counsellor.client.get(DESK)["Location"].startswith("/connexion/?")
    forget_last_step()
    counsellor.come_in()
    assert counsellor.client.get(DESK).status_code == 200
