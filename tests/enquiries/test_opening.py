"""The row, the contact card, the exceptional access, the call code: each opens what it says and leaves its traces."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from proxirh.accounts.models import HeldForm
from proxirh.accounts.services import PROVED_KEY
from proxirh.enquiries import services
from proxirh.enquiries.models import CARD_REASONS, AccessRecord, BreakGlass, Enquiry, Level, PersonChoice, Why
from proxirh.enquiries.querysets import Side
from proxirh.enquiries.services.reading import find_by_call_code, open_exceptionally
from proxirh.enquiries.story import read_story
from proxirh.kernel.errors import DomainError, NotAllowed, TooManyTries
from proxirh.kernel.models import JournalEntry
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Posting, Role, WorkTie
from tests.enquiries.asker import text_of as text
from tests.enquiries.visitors import visitor
from tests.world import LONG_AGO, World, make_person

pytestmark = pytest.mark.django_db

REASON = "Le référent est hospitalisé et la personne menace de partir."
WORDS, STEP = "CANARIMOTS", "CANARIETAPE"


@pytest.fixture
def followed(world: World) -> World:
    """An enquiry that tells something, followed by the counsellor."""
    world.enquiry = world.taken(words=WORDS, phone="0611223344", last_name="Canarinom")
    services.log_exchange(
        actor=world.actor("counsellor"),
        enquiry=world.enquiry,
        means="phone",
        was_reached=True,
        summary=WORDS,
        next_step=STEP,
        next_step_on=timezone.localdate() + timedelta(days=9),
    )
    world.enquiry = world.reload()
    return world


def second_coordinator(world: World) -> None:
    """Another coordinator of the académie, who will be the witness."""
    world.people["second coordinator"] = make_person("second coordinator")
    Posting.objects.create(
        person=world.people["second coordinator"],
        role=Role.COORDINATOR,
        academy=world.academy,
        working_share=50,
        location="rectorat",
        valid_from=LONG_AGO,
    )


def get(world: World, part: str, name: str = "enquiry") -> HttpResponse:
    return visitor(world, part).get(reverse(f"enquiries:{name}", args=[world.enquiry.uid]))


def post(world: World, part: str, name: str, **data: str) -> HttpResponse:
    return visitor(world, part).post(reverse(f"enquiries:{name}", args=[world.enquiry.uid]), data)


def row(world: World) -> Enquiry:
    return Enquiry.objects.listed_for(world.actor("coordinator")).with_card().get(pk=world.enquiry.pk)


# ── The row ───────────────────────────────────────────────────────────────────────────────────────
def test_the_coordination_reads_a_row_and_no_topic_word_nor_name(followed: World) -> None:
    """Mutation: print the topic, the next step or the name of the author in the row."""
    told = text(get(followed, "coordinator"))
    assert followed.enquiry.reference in told
    assert followed.people["counsellor"].full_name in told
    for secret in (followed.topic.label, WORDS, STEP, "Canarinom", "06 11"):
        assert secret not in told
    assert not AccessRecord.objects.exists()


def test_the_row_of_a_coordinator_with_a_conflict_is_nowhere(followed: World) -> None:
    """Mutation: leave `conflict_free` out of `listed_for`, or read the row by `for_system`."""
    PersonChoice.objects.create(enquiry=followed.enquiry, person=followed.people["coordinator"], kind="excluded")
    for name in ("enquiry", "card", "exceptional"):
        assert get(followed, "coordinator", name).status_code == 404
        assert post(followed, "coordinator", name, why=Why.AGENT_CALLS, reason=REASON).status_code in (404, 405)


# ── The card ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("why", CARD_REASONS)
def test_a_reason_opens_the_card_and_the_author_reads_it(followed: World, why: Why) -> None:
    answer = post(followed, "coordinator", "card", why=why)
    assert answer["Location"] == reverse("enquiries:card", args=[followed.enquiry.uid])
    told = text(get(followed, "coordinator", "card"))
    assert "Canarinom" in told
    assert "06 11 22 33 44" in told
    for secret in (followed.topic.label, WORDS, STEP):
        assert secret not in told
    record = AccessRecord.objects.get()
    assert (record.reader, record.level, record.why) == (followed.people["coordinator"], Level.CARD, why)
    assert followed.people["coordinator"].full_name in text(get(followed, "author", "readings"))


@pytest.mark.parametrize("why", ["", "curiosity", Why.IN_CHARGE, Why.EXCEPTIONAL])
def test_no_reason_of_the_list_no_card(followed: World, why: str) -> None:
    """Mutation: accept any reason."""
    post(followed, "coordinator", "card", why=why)
    assert get(followed, "coordinator", "card").status_code == 302
    assert not AccessRecord.objects.exists()


def test_the_card_closes_after_a_quarter_of_an_hour(followed: World) -> None:
    """Mutation: leave the time out of `has_card_open`."""
    post(followed, "coordinator", "card", why=Why.AGENT_CALLS)
    AccessRecord.objects.update(at=timezone.now() - timedelta(minutes=15, seconds=1))
    assert get(followed, "coordinator", "card").status_code == 302


@pytest.mark.parametrize("part", ["counsellor elsewhere", "head of service", "HR officer", "colleague", "superior"])
def test_the_card_is_for_the_coordination_alone(followed: World, part: str) -> None:
    for name in ("card", "exceptional"):
        assert get(followed, part, name).status_code == 404
        assert post(followed, part, name, why=Why.AGENT_CALLS, reason=REASON).status_code == 404
    assert not AccessRecord.objects.exists()


# ── Exceptional access ────────────────────────────────────────────────────────────────────────────
def test_an_exceptional_access_always_leaves_four_traces(followed: World) -> None:
    """Proof A-07. Mutation: drop any one of the four."""
    second_coordinator(followed)
    answer = post(followed, "coordinator", "exceptional", reason=REASON)
    assert answer["Location"] == reverse("enquiries:enquiry", args=[followed.enquiry.uid])
    record = AccessRecord.objects.get()
    assert (record.reader, record.level, record.why) == (
        followed.people["coordinator"],
        Level.CONTENT,
        Why.EXCEPTIONAL,
    )
    assert JournalEntry.objects.filter(verb="demande.accès_exceptionnel").count() == 1
    mails = {mail.kind: mail for mail in OutgoingEmail.objects.select_related("data_key")}
    assert mails["exceptional_access"].recipient == "author@exemple.invalid"
    assert mails["witness"].recipient == followed.people["second coordinator"].staff_address
    for mail in (mails["exceptional_access"], mails["witness"]):
        for secret in (REASON, WORDS, STEP, "Canarinom", followed.topic.label.lower()):
            assert secret not in f"{mail.subject} {mail.body}"
    told = text(get(followed, "author", "readings"))
    assert REASON in told
    assert followed.people["coordinator"].full_name in told


def test_it_opens_the_content_to_read_and_nothing_to_do(followed: World) -> None:
    second_coordinator(followed)
    assert WORDS not in text(get(followed, "coordinator"))
    post(followed, "coordinator", "exceptional", reason=REASON)
    told = text(get(followed, "coordinator"))
    assert WORDS in told
    assert "Accès exceptionnel" in told
    assert "en lecture seule" in told
    assert post(followed, "coordinator", "desk_repondre", body="Bonjour").status_code == 403
    assert followed.enquiry.messages.count() == 1


def test_it_ends_to_the_minute(followed: World) -> None:
    """Mutation: leave `until` out of `opened_to`, or give more than an hour."""
    second_coordinator(followed)
    opening = open_exceptionally(actor=followed.actor("coordinator"), enquiry=row(followed), reason=REASON)
    assert opening.until - opening.opened_at == timedelta(hours=1)
    seen = Enquiry.objects.visible_to(followed.actor("coordinator"), side=Side.DESK)
    assert seen.filter(pk=followed.enquiry.pk).exists()
    now = timezone.now()
    BreakGlass.objects.update(opened_at=now - timedelta(hours=1), until=now + timedelta(seconds=40))
    assert WORDS in text(get(followed, "coordinator"))
    BreakGlass.objects.update(opened_at=now - timedelta(hours=1, seconds=1), until=now - timedelta(seconds=1))
    assert not seen.filter(pk=followed.enquiry.pk).exists()
    assert WORDS not in text(get(followed, "coordinator"))


def test_it_opens_one_enquiry_to_one_person(followed: World) -> None:
    """Mutation: leave the person, or the enquiry, out of `opened_to`."""
    second_coordinator(followed)
    other = followed.submit(words="CANARIAUTRE")
    post(followed, "coordinator", "exceptional", reason=REASON)
    assert WORDS not in text(get(followed, "second coordinator"))
    coordinator = visitor(followed, "coordinator")
    assert "CANARIAUTRE" not in text(coordinator.get(reverse("enquiries:enquiry", args=[other.uid])))


def test_a_tie_that_appears_meanwhile_closes_it(followed: World) -> None:
    """Mutation: leave `conflict_free` out of `opened_to`."""
    second_coordinator(followed)
    post(followed, "coordinator", "exceptional", reason=REASON)
    WorkTie.objects.create(
        person=followed.people["coordinator"], site=followed.site, kind="has_authority", valid_from=LONG_AGO
    )
    assert get(followed, "coordinator").status_code == 404


def test_a_mission_that_ends_closes_it(followed: World) -> None:
    """Mutation: leave the académie out of `opened_to`."""
    second_coordinator(followed)
    post(followed, "coordinator", "exceptional", reason=REASON)
    Posting.objects.filter(person=followed.people["coordinator"]).update(valid_until=LONG_AGO)
    assert get(followed, "coordinator").status_code == 404


@pytest.mark.parametrize("reason", ["", "   ", "vite"])
def test_a_reason_is_a_sentence(followed: World, reason: str) -> None:
    second_coordinator(followed)
    answer = post(followed, "coordinator", "exceptional", reason=reason)
    assert answer.status_code == 422
    with pytest.raises(DomainError):
        open_exceptionally(actor=followed.actor("coordinator"), enquiry=row(followed), reason=reason)
    assert not BreakGlass.objects.exists()


def test_without_another_coordinator_the_data_protection_officer_is_the_witness(followed: World, settings: Any) -> None:
    settings.PROXIRH_DPO_MAIL = "dpd@exemple.invalid"
    post(followed, "coordinator", "exceptional", reason=REASON)
    assert OutgoingEmail.objects.select_related("data_key").get(kind="witness").recipient == "dpd@exemple.invalid"


def test_without_any_witness_nothing_opens_and_the_words_stay(followed: World, settings: Any) -> None:
    """Mutation: open all the same."""
    settings.PROXIRH_DPO_MAIL = ""
    answer = post(followed, "coordinator", "exceptional", reason=REASON)
    assert answer.status_code == 422
    assert "Personne ne peut être témoin" in text(answer)
    assert REASON in text(answer)
    assert not BreakGlass.objects.exists()


def test_a_coordinator_with_a_conflict_is_no_witness(followed: World, settings: Any) -> None:
    """Who must meet nothing is told nothing. Mutation: leave `kept_away` out of `_witness`."""
    settings.PROXIRH_DPO_MAIL = "dpd@exemple.invalid"
    second_coordinator(followed)
    PersonChoice.objects.create(enquiry=followed.enquiry, person=followed.people["second coordinator"], kind="excluded")
    post(followed, "coordinator", "exceptional", reason=REASON)
    assert OutgoingEmail.objects.select_related("data_key").get(kind="witness").recipient == "dpd@exemple.invalid"


def test_the_story_tells_it_to_both_sides(followed: World) -> None:
    second_coordinator(followed)
    post(followed, "coordinator", "exceptional", reason=REASON)
    for for_author in (True, False):
        story = read_story(followed.reload(), for_author=for_author)
        assert any("ccès exceptionnel" in event.title for event in story.events)


# ── On the telephone ──────────────────────────────────────────────────────────────────────────────
def calling(world: World, part: str = "HR officer", **changes: str) -> HttpResponse:
    said = {"reference": world.enquiry.reference, "code": world.enquiry.call_code} | changes
    return visitor(world, part).post(reverse("enquiries:call"), said)


def test_reference_and_code_tell_where_it_stands_and_no_content(followed: World) -> None:
    answer = calling(followed)
    assert answer.status_code == 200
    told = text(answer)
    assert f"{followed.people['counsellor'].full_name} s’occupe de votre demande" in told
    assert STEP in told
    for secret in (WORDS, followed.topic.label, "Canarinom", "06 11"):
        assert secret not in told
    record = AccessRecord.objects.get()
    assert (record.reader, record.level, record.why) == (
        followed.people["HR officer"],
        Level.SITUATION,
        Why.CALL_CODE,
    )


def test_both_are_read_as_they_are_heard(followed: World) -> None:
    reference, code = followed.enquiry.reference, followed.enquiry.call_code
    answer = calling(followed, reference=reference.replace("-", " ").lower(), code=f" {code[:3]}-{code[3:]} ".lower())
    assert answer.status_code == 200


def test_a_wrong_code_and_an_unknown_reference_are_told_alike(followed: World) -> None:
    """Mutation: another sentence for either."""
    wrong = calling(followed, code="AAAAAA")
    unknown = calling(followed, reference="ACDE-3467")
    assert wrong.status_code == unknown.status_code == 422
    assert "ne vont pas ensemble" in text(wrong)
    for answer in (wrong, unknown):
        assert not AccessRecord.objects.exists()
        assert followed.people["counsellor"].full_name not in text(answer)


def test_who_must_meet_nothing_of_it_is_told_the_same(followed: World) -> None:
    """Mutation: leave `conflict_free` out of `to_tell`."""
    PersonChoice.objects.create(enquiry=followed.enquiry, person=followed.people["HR officer"], kind="excluded")
    answer = calling(followed)
    assert answer.status_code == 422
    assert "ne vont pas ensemble" in text(answer)


def test_codes_are_not_tried_without_end(followed: World) -> None:
    """Mutation: leave the limit by reference out."""
    for _ in range(6):
        assert calling(followed, code="AAAAAA").status_code == 422
    assert calling(followed).status_code == 429
    with pytest.raises(TooManyTries):
        find_by_call_code(
            actor=followed.actor("HR officer"),
            reference=followed.enquiry.reference,
            code=followed.enquiry.call_code,
        )


@pytest.mark.parametrize("part", ["counsellor", "coordinator", "author", "counsellor elsewhere", "administrator"])
def test_the_page_is_for_hr_officers(followed: World, part: str) -> None:
    assert visitor(followed, part).get(reverse("enquiries:call")).status_code == 404
    with pytest.raises(NotAllowed):
        find_by_call_code(
            actor=followed.actor(part), reference=followed.enquiry.reference, code=followed.enquiry.call_code
        )


def test_an_exceptional_access_asks_who_one_is_first(followed: World) -> None:
    """Mutation: drop @step_up. What was written as a reason waits, and nothing is open."""
    here = visitor(followed, "coordinator")
    session = here.session
    session[PROVED_KEY] = (timezone.now() - timedelta(minutes=11)).isoformat()
    session.save()
    address = reverse("enquiries:exceptional", args=[followed.enquiry.uid])
    for answer in (here.get(address), here.post(address, {"reason": REASON})):
        assert answer["Location"].startswith("/connexion/confirmer/?next=")
    assert not BreakGlass.objects.exists()
    assert HeldForm.objects.get().fields == {"reason": [REASON]}
