"""A draft lives fifteen days in one browser, thirty minutes where nothing must stay, and is encrypted all along."""

import uuid
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest
from django.db.models import QuerySet

from proxirh.accounts import browser
from proxirh.accounts import services as accounts
from proxirh.accounts.models import HeldForm
from proxirh.enquiries import services
from proxirh.enquiries.models import Draft
from proxirh.enquiries.retention import DRAFTS
from proxirh.enquiries.services.drafting import LIFE, SHORT_LIFE
from proxirh.kernel.errors import DomainError
from proxirh.kernel.models import DataKey
from proxirh.outbox.models import OutgoingEmail
from tests.world import NOW

pytestmark = pytest.mark.django_db
TOKEN, ADDRESS = "un-navigateur", "alma.exemple@exemple.invalid"
INSTANT = timedelta(seconds=1)


def begin(*, shared: bool = False, at: datetime = NOW, **answers: object) -> Draft:
    return services.start_draft(token=TOKEN, is_shared_computer=shared, answers=answers, at=at)


@pytest.mark.parametrize(
    ("shared", "answers", "life"),
    [
        (False, {}, LIFE),
        (True, {}, SHORT_LIFE),
        (False, {"violence_agreed_at": "2026-11-17T09:00:00+00:00"}, SHORT_LIFE),
        (False, {"violence_agreed_at": ""}, LIFE),
    ],
)
def test_a_draft_dies_at_the_end_of_its_life(shared: bool, answers: dict, life: timedelta) -> None:
    draft = begin(shared=shared, **answers)
    assert services.find_draft(uid=draft.uid, token=TOKEN, at=NOW + life - INSTANT) == draft
    assert services.find_draft(uid=draft.uid, token=TOKEN, at=NOW + life) is None


def test_each_answer_gives_the_whole_life_again() -> None:
    draft = begin(shared=True)
    services.answer_draft(draft=draft, words="Bonjour", at=NOW + timedelta(minutes=29))
    later = NOW + timedelta(minutes=58)
    found = services.find_draft(uid=draft.uid, token=TOKEN, at=later)
    assert found is not None
    assert found.answers == {"words": "Bonjour"}


@pytest.mark.parametrize("token", ["", "un-autre-navigateur"])
def test_another_browser_finds_nothing(token: str) -> None:
    assert services.find_draft(uid=begin().uid, token=token, at=NOW) is None


def test_two_tabs_that_save_at_once_lose_nothing() -> None:
    """Mutation: read, then write whatever the other tab wrote meanwhile (drop `version` from the swap)."""
    draft = begin()
    one, other = (services.find_draft(uid=draft.uid, token=TOKEN, at=NOW) for _ in range(2))
    read = Draft.objects.filter(pk=draft.pk).select_related("data_key").first
    stale = read()
    services.answer_draft(draft=one, at=NOW, words="Bonjour.")
    reads = iter([stale, read()])
    with patch.object(QuerySet, "first", lambda _self: next(reads)):
        services.answer_draft(draft=other, at=NOW, means=["phone"])
    kept = services.find_draft(uid=draft.uid, token=TOKEN, at=NOW)
    assert kept is not None
    assert kept.answers == {"words": "Bonjour.", "means": ["phone"]}


def test_answers_lie_encrypted_under_a_key_of_their_own() -> None:
    draft = begin(words="canari-jaune", last_name="Exemple")
    (stored,) = Draft.objects.filter(pk=draft.pk).values_list("answers", flat=True)
    assert b"canari" not in bytes(stored)
    assert b"Exemple" not in bytes(stored)
    assert draft.browser_digest == browser.digest(TOKEN)


def test_deleting_a_draft_destroys_its_key() -> None:
    draft = begin(words="Bonjour")
    key = draft.data_key_id
    services.delete_draft(draft=draft)
    assert not DataKey.objects.filter(pk=key).exists()


@pytest.mark.parametrize("leave", [False, True])
def test_texts_kept_for_the_browser_go_with_its_draft(leave: bool) -> None:
    """A form that a time-out stopped holds words too. Mutation: drop `drop_all_held`."""
    draft = begin(shared=True)
    for token in (TOKEN, "un-autre-navigateur"):
        accounts.hold_form(
            user_id=None, token=token, path="/", fields={"words": ["Bonjour"]}, had_files=False, client="ici"
        )
    if leave:
        services.leave_quickly(token=TOKEN)
    else:
        services.delete_draft(draft=draft)
    assert [bytes(held.browser_digest) for held in HeldForm.objects.all()] == [browser.digest("un-autre-navigateur")]


def test_answering_a_draft_that_is_gone_is_refused_with_what_to_do() -> None:
    draft = begin()
    Draft.objects.filter(pk=draft.pk).delete()
    with pytest.raises(DomainError, match="dans un autre onglet"):
        services.answer_draft(draft=draft, words="Bonjour")


def test_the_clock_erases_expired_drafts_and_their_keys_once() -> None:
    kept, gone = begin(), begin(shared=True)
    key = gone.data_key_id
    moment = NOW + SHORT_LIFE
    assert [DRAFTS.apply(at=moment), DRAFTS.apply(at=moment)] == [1, 0]
    assert list(Draft.objects.all()) == [kept]
    assert not DataKey.objects.filter(pk=key).exists()


def test_the_mailed_link_names_the_draft_and_nothing_else() -> None:
    draft = begin(words="canari-jaune", last_name="Exemple", topic="3.3")
    services.address_draft(draft=draft, address=ADDRESS, at=NOW)
    mail = OutgoingEmail.objects.select_related("data_key").get()
    assert mail.recipient == ADDRESS
    assert f"/demander/reprendre/{draft.uid}/" in (mail.body or "")
    text = f"{mail.subject} {mail.body}".lower()
    assert not any(word in text for word in ("canari", "exemple.", "santé", "épuisement", "fatigue", "demande "))


@pytest.mark.parametrize(
    ("shared", "answers"), [(True, {}), (False, {"violence_agreed_at": "2026-11-17T09:00:00+00:00"})]
)
def test_where_nothing_must_stay_no_link_is_mailed(shared: bool, answers: dict) -> None:
    draft = begin(shared=shared, **answers)
    with pytest.raises(DomainError, match="terminez"):
        services.address_draft(draft=draft, address=ADDRESS, at=NOW)
    assert not OutgoingEmail.objects.exists()


def test_the_proved_address_moves_the_draft_to_another_browser() -> None:
    draft = begin(words="Bonjour")
    services.address_draft(draft=draft, address=ADDRESS, at=NOW)
    moved = services.resume_draft(draft_uid=draft.uid, address=ADDRESS.upper(), token="chez-moi", at=NOW)
    assert moved is not None
    assert moved.answers == {"words": "Bonjour"}
    assert services.find_draft(uid=draft.uid, token=TOKEN, at=NOW) is None


@pytest.mark.parametrize("wrong", ["address", "uid", "time", "never mailed"])
def test_nothing_else_moves_it(wrong: str) -> None:
    draft = begin()
    if wrong != "never mailed":
        services.address_draft(draft=draft, address=ADDRESS, at=NOW)
    found = services.resume_draft(
        draft_uid=uuid.uuid4() if wrong == "uid" else draft.uid,
        address="autre@exemple.invalid" if wrong == "address" else ADDRESS,
        token="chez-moi",
        at=NOW + LIFE if wrong == "time" else NOW,
    )
    assert found is None
    assert services.find_draft(uid=draft.uid, token=TOKEN, at=NOW) == draft
