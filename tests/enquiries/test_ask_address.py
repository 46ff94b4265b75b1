"""The address to confirm, the answers to measure, and what resists floods, full disks and stopped workers."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.urls import reverse

from proxirh.accounts.browser import COOKIE as BROWSER_COOKIE
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services import proving
from proxirh.enquiries.views import ask_limits
from proxirh.kernel import limits
from proxirh.outbox.models import MailState
from tests.accounts.test_proof_of_work import solved
from tests.enquiries.asker import EMAIL, Asker, enquiries, last_digits, mailed, shown_notice, text_of
from tests.strict_client import StrictClient
from tests.world import World, build_world

HERE = "127.0.0.1"


@pytest.fixture
def asker(world: World) -> Asker:
    return Asker(world)


# ── The address, to confirm ───────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "address", ["ce.0150001v@ac-exemple.invalid", "CE.0751234J@ac-paris.fr", "ce.0751234A@ac-paris.fr"]
)
def test_a_school_mailbox_is_refused_kindly(asker: Asker, address: str) -> None:
    asker.until("ask_contact")
    for screen in ("ask_contact", "ask_later"):
        refused = asker.post(screen, first_name="Alma", last_name="Exemple", email=address)
        assert refused.status_code == 422
        assert "D’autres personnes lisent cette boîte" in text_of(refused)
        assert "personnelle convient" in text_of(refused)
    assert not mailed("draft_link")


def test_the_code_confirms_the_address_now_or_later(asker: Asker) -> None:
    said = text_of(asker.until("ask_review").send())
    assert "Votre adresse est à confirmer" in said
    wrong = f"{(int(last_digits()) + 1) % 1_000_000:06d}"
    assert "Ce code n’est pas le bon" in text_of(asker.post("ask_sent", code=wrong))
    answer = asker.client.post(reverse("enquiries:ask_sent"), {"code": last_digits()}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("enquiries:ask_sent")
    assert "Adresse confirmée" in text_of(answer)
    assert "_auth_user_id" in asker.client.session


def test_another_code_replaces_the_first(asker: Asker) -> None:
    asker.until("ask_review").send()
    first = last_digits()
    answer = asker.client.post(reverse("enquiries:ask_new_code"), follow=True)
    assert "Un nouveau code part" in text_of(answer)
    assert len(mailed("code")) == 2
    if first != last_digits():
        assert asker.post("ask_sent", code=first).status_code == 422
    assert asker.post("ask_sent", code=last_digits()).status_code == 302


def test_a_page_sent_twice_mails_one_code(asker: Asker) -> None:
    asker.until("ask_review").send()
    token = asker.client.cookies[BROWSER_COOKIE].value
    (enquiry,) = enquiries()
    proving.ask_once(address=EMAIL, token=token, purpose=proving.for_enquiry(enquiry.idempotency_key))
    assert len(mailed("code")) == 1


def test_the_page_does_not_tell_whether_an_address_is_known(world: World) -> None:
    """Otherwise anyone could learn that a colleague uses the service."""
    said = []
    for address in ("author@exemple.invalid", "never.seen@exemple.invalid"):
        asker = Asker(world)
        asker.answers["ask_contact"] |= {"email": address}
        page = text_of(asker.until("ask_review").send()).replace(address, "ADRESSE")
        said.append(re.sub(r"[0-9A-Z]{4}-[0-9A-Z]{4}|[0-9A-Z]{3}-[0-9A-Z]{3}", "CODE", page))
    assert said[0] == said[1]


# ── Floods, full disks, stopped workers ───────────────────────────────────────────────────────────
def use_up(scope: str, times: int) -> None:
    for _ in range(times):
        limits.attempt(scope, HERE, limit=times, per=ask_limits.HOUR)


def test_a_flood_is_stopped_and_the_answers_stay(asker: Asker) -> None:
    asker.until("ask_review")
    use_up("ask-send-False", ask_limits.UNPROVED_PER_HOUR)
    refused = asker.client.post(reverse("enquiries:ask_review"), shown_notice())
    assert refused.status_code == 429
    assert "Vos réponses sont gardées" in text_of(refused)
    assert enquiries() == []
    assert asker.kept["words"]


def test_a_browser_that_did_the_proof_of_work_is_not_stopped_by_the_others(asker: Asker) -> None:
    """Mutation: count every sending under the same limit."""
    asker.until("ask_review")
    use_up("ask-send-False", ask_limits.UNPROVED_PER_HOUR)
    page = asker.get("ask_review").content.decode()
    challenge = re.search(r'data-proof-of-work="([^"]+)"', page)
    assert challenge
    proof = solved(html.unescape(challenge.group(1)))
    assert asker.client.post(reverse("enquiries:ask_review"), proof | shown_notice()).url == reverse(
        "enquiries:ask_sent"
    )


def test_starting_and_mailing_links_are_limited(asker: Asker) -> None:
    asker.until("ask_contact")
    use_up("ask-link", ask_limits.LINKS_PER_HOUR)
    assert asker.post("ask_later", email=EMAIL).status_code == 429
    use_up("ask-start", ask_limits.STARTS_PER_HOUR)
    assert Asker(asker.world).start().status_code == 429


@contextmanager
def full_disk() -> Iterator[None]:
    """The database refuses every write: no page left on SQLite, a read-only session on PostgreSQL."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA page_count")
            cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
            undo = "PRAGMA max_page_count = 1073741823"
        else:
            cursor.execute("SET default_transaction_read_only = on")
            undo = "SET default_transaction_read_only = off"
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(undo)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_full_disk_loses_nothing_and_writes_nothing_by_half() -> None:
    asker = Asker(build_world())
    asker.until("ask_review")
    long = "Un texte. " * 700
    with full_disk():
        refused = asker.post("ask_words", words=long)
        assert refused.status_code == 503
        assert "ne peut rien enregistrer pour l’instant" in text_of(refused)
        assert long.strip() in refused.content.decode()
        sending = asker.client.post(reverse("enquiries:ask_review"), shown_notice())
        assert sending.status_code == 503
    assert enquiries() == []
    assert asker.post("ask_words", words=long).status_code == 302
    asker.send()
    assert len(enquiries()) == 1


def test_a_stopped_worker_does_not_stop_the_acknowledgement(asker: Asker) -> None:
    page = asker.until("ask_review").send()
    (enquiry,) = enquiries()
    assert enquiry.reference in text_of(page)
    assert {mail.state for mail in (*mailed("acknowledgement"), *mailed("code"))} == {MailState.QUEUED}


# ── To measure the service ────────────────────────────────────────────────────────────────────────
def test_measuring_is_optional_and_its_first_answer_is_silence(asker: Asker) -> None:
    asker.until("ask_review").send()
    page = asker.get("ask_measure").content.decode()
    first = re.findall(r'type="radio" name="(age_band|sex)" value="(\w+)"( checked)?', page)
    assert first[0] == ("age_band", "unknown", " checked")
    assert ("sex", "unknown", " checked") in first
    assert asker.post("ask_measure", age_band="40_49", sex="F").url == reverse("enquiries:ask_sent")
    assert asker.post("ask_measure", age_band="50_and_over", sex="F").status_code == 302
    (enquiry,) = enquiries()
    assert (enquiry.fact.age_band, enquiry.fact.sex) == ("50_and_over", "F")
    assert asker.post("ask_measure", age_band="12", sex="F").status_code == 422


def test_nobody_else_measures_nor_confirms(asker: Asker) -> None:
    asker.until("ask_review").send()
    other = StrictClient()
    for name in ("ask_measure", "ask_sent", "ask_new_code"):
        path = reverse(f"enquiries:{name}")
        assert other.post(path, {"age_band": "40_49", "sex": "F", "code": "123456"}).url == reverse("enquiries:ask")
    assert Enquiry.objects.for_system("preuve").count() == 2
