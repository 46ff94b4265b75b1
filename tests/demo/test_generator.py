"""The demonstration as shipped: the founding figures, invented people only, counts equal to the facts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.db.models import F, Sum

from proxirh.accounts.models import Address, Person
from proxirh.demo.generation.load import SMALL, Load
from proxirh.demo.generation.names import FAMILY, LONG_FAMILY
from proxirh.demo.personas import PERSONAS, account_of
from proxirh.enquiries.counting import place_of
from proxirh.enquiries.models import (
    Attachment,
    Concern,
    Consent,
    Enquiry,
    EnquiryAppointment,
    EnquiryFact,
    Handling,
    Message,
    MonthlyCount,
    NoteReview,
    NotesRequest,
    PersonChoice,
    QuickExchange,
    Transfer,
    Transmission,
    WorkingNote,
)
from proxirh.enquiries.models.facts import OUTCOME_FAMILIES
from proxirh.enquiries.morning import read_morning
from proxirh.enquiries.services import counts_of
from proxirh.enquiries.services.transmitting import find_returning, read_code
from proxirh.enquiries.workflow import OPEN_STATES, HandlingState, State, TransferState
from proxirh.kernel.models import JournalEntry
from proxirh.outbox.models import OutgoingEmail
from proxirh.privacy.retention import RULES
from proxirh.scheduling.models import Appointment, Way
from proxirh.scheduling.services import booking
from proxirh.scheduling.services.booking import offered
from proxirh.territories.actor import Actor, on_day, read_actor
from proxirh.territories.models import Academy, Department, Posting, Role, Site, WorkTie
from proxirh.territories.models.uai import uai_fault
from proxirh.territories.services.attendance import departures
from tests.demo.generated import NOW

pytestmark = pytest.mark.django_db
SEED = 2020
TWELVE_MONTHS = ("2025-11-01", "2026-11-01")


@pytest.fixture(scope="module", autouse=True)
def demonstration(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The shipped set, loaded once for this module and taken back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        Load(enquiries=SMALL, seed=SEED, now=NOW).run(lambda written: None)
        yield
        transaction.set_rollback(True)


def shares(values: Iterable[str], kept: Collection[str]) -> dict[str, float]:
    """Percentages among the values kept."""
    counts = Counter(value for value in values if value in kept)
    return {key: 100 * counts[key] / counts.total() for key in kept}


def facts(column: str) -> Iterable[str]:
    return EnquiryFact.objects.values_list(column, flat=True)


def within_a_point(found: dict[str, float], expected: dict[str, float]) -> None:
    wrong = {key: (found[key], value) for key, value in expected.items() if abs(found[key] - value) > 1}
    assert not wrong


def persona(code: str) -> Person:
    return Person.objects.select_related("data_key").get(user=account_of(PERSONAS[code]))


def actor(code: str) -> Actor:
    person = persona(code)
    return read_actor(user_id=person.user_id, person_id=person.pk, person_uid=person.uid, second_factor=True, at=NOW)


def counsellors() -> list[Posting]:
    return list(Posting.objects.filter(on_day(NOW.date()), role=Role.COUNSELLOR))


def test_requesters_are_those_of_october_2020() -> None:
    within_a_point(
        shares(facts("family"), ("1d", "2d", "biatss", "encadrement")),
        {"1d": 38, "2d": 42, "biatss": 16, "encadrement": 4},
    )
    within_a_point(shares(facts("sex"), ("F", "M")), {"F": 80, "M": 20})
    ages = shares(facts("age_band"), ("under_40", "40_49", "50_and_over"))
    within_a_point(ages, {"under_40": 34, "40_49": 39, "50_and_over": 27})


def test_topics_are_those_of_october_2020_the_other_branches_apart() -> None:
    """S0's five shares add up to 101: each holds within a point."""
    branches = [code.split(".")[0] for code in facts("topic_code")]
    within_a_point(shares(branches, ("1", "2", "3", "4", "5")), {"1": 39, "2": 17, "3": 16, "4": 15, "5": 14})
    assert {"6", "7", "8"} <= set(branches)


def test_outcomes_are_those_of_october_2020() -> None:
    families = [family for names in facts("outcomes") for family in {OUTCOME_FAMILIES[name] for name in names}]
    expected = {"information": 67, "internal_referral": 27, "external_referral": 6}
    within_a_point(shares(families, expected), expected)


def test_counsellors_are_the_bars_of_july_2020_and_the_one_that_the_total_adds() -> None:
    """The bars add up to 310, the slide prints 311: the 311th person has no profile on record."""
    profiles = {posting.person_id: posting.profile for posting in counsellors()}
    assert Counter(profiles.values()) == {
        "administratif": 197, "contractuel": 32, "enseignant": 50, "encadrement": 31, "": 1,
    }  # fmt: skip
    locations = {posting.person_id: posting.location for posting in counsellors()}
    within_a_point(
        shares(locations.values(), ("etablissement", "dsden", "rectorat", "autre")),
        {"etablissement": 48, "dsden": 32, "rectorat": 18, "autre": 2},
    )


def test_counsellors_give_fifty_six_percent_of_their_time() -> None:
    total = sum(posting.working_share for posting in counsellors())
    assert len({posting.person_id for posting in counsellors()}) == 311
    assert round(total / 311) == 56
    assert round(total / 100) == 174


def test_four_academies_in_five_have_a_coordinator_and_each_has_a_head_of_service() -> None:
    coordinated = Posting.objects.filter(role=Role.COORDINATOR).values("academy").distinct().count()
    headed = Posting.objects.filter(role=Role.HEAD_OF_SERVICE).values("academy").distinct().count()
    assert (coordinated, headed, Academy.objects.count()) == (24, 30, 30)


def test_every_departement_has_sites_and_counsellors() -> None:
    served = {posting.department_id for posting in counsellors()}
    sited = set(Site.objects.values_list("department_id", flat=True))
    assert served == sited == set(Department.objects.filter(in_national_sample=True).values_list("pk", flat=True))


def test_one_academy_has_two_thousand_enquiries_a_year() -> None:
    codes = Department.objects.filter(academy__slug="nancy-metz").values("code")
    assert EnquiryFact.objects.filter(department_code__in=codes, day__range=TWELVE_MONTHS).count() >= 2000


def test_first_answers_mostly_keep_the_commitment_and_some_do_not() -> None:
    days = [number for number in facts("first_answer_days") if number is not None]
    kept = sum(number <= 2 for number in days) / len(days)
    assert 0.75 < kept < 0.92
    assert max(days) > 8


def test_counts_are_a_recount_of_the_facts() -> None:
    """What has no name has no fact. Mutation: count a reopened enquiry's first outcomes too."""
    recount: Counter[tuple[Any, ...]] = Counter()
    for passed in Transmission.objects.filter(enquiry=None).select_related("team__academy"):
        recount[passed.sent_at.date().replace(day=1), place_of(passed.team.academy), "enquiries.by_topic", "2"] += 1
    for fact in EnquiryFact.objects.all():
        for indicator, key, n in counts_of(fact):
            recount[fact.month, fact.department_code, indicator, key] += n
    written: Counter[tuple[Any, ...]] = Counter()
    of_enquiries = MonthlyCount.objects.exclude(indicator__startswith="quick.")
    for *cell, n in of_enquiries.values_list("month", "department_code", "indicator", "key", "n"):
        written[tuple(cell)] += n
    assert written == recount


def test_quick_exchanges_are_counted_apart_and_the_last_ones_have_their_lines() -> None:
    """One for ten enquiries. Mutation: count them with the enquiries."""
    counted = MonthlyCount.objects.filter(indicator="quick.by_topic").aggregate(n=Sum("n"))["n"]
    lines = QuickExchange.objects.count()
    assert counted == SMALL // 10 + lines
    assert 20 <= lines <= 60
    for persona in ("conseillere", "conseiller-deux-academies"):
        person = account_of(PERSONAS[persona]).person
        assert QuickExchange.objects.filter(person=person, withdrawn_at=None).count() >= 8


def test_every_case_that_a_page_shows_is_there() -> None:
    assert set(Enquiry.objects.values_list("state", flat=True)) >= {*OPEN_STATES, State.CLOSED, State.WITHDRAWN}
    assert set(PersonChoice.objects.values_list("kind", flat=True)) == {
        "excluded",
        "accepted",
        "superior",
    }
    assert Consent.objects.filter(enquiry__fact__topic_code="2.4").exists()
    assert Enquiry.objects.filter(fact__department_code__in=["971", "972", "973", "974", "976"]).exists()
    assert Enquiry.objects.exclude(claim_digest=None).exists()
    assert Enquiry.objects.exclude(disowned_at=None).exists()
    assert Enquiry.objects.exclude(created_by=None).filter(claim_digest=None, claim_tries=1).exists()
    assert Enquiry.objects.filter(lead=None, state=State.SUBMITTED, due_at__lt=NOW).exists()
    assert set(Attachment.objects.values_list("media_type", flat=True)) == {"application/pdf", "image/png"}
    assert set(EnquiryFact.objects.values_list("channel", flat=True)) >= {"web", "phone", "permanence", "letter"}


def test_nothing_happens_after_today_nor_before_asking() -> None:
    for column in ("submitted_at", "last_contact_at", "first_answered_at", "closed_at"):
        assert not Enquiry.objects.filter(**{f"{column}__gt": NOW}).exists()
    assert not Message.objects.filter(sent_at__gt=NOW).exists()
    assert not Enquiry.objects.filter(first_answered_at__lt=F("submitted_at")).exists()


def test_the_clock_of_the_first_day_finds_nobody_to_tell_and_nothing_to_erase() -> None:
    """Mutation: announce nothing while filling; the worker would refuse to tell a twelfth of the authors at once."""
    assert {rule.name: rule.due(NOW) for rule in RULES if rule.among} == {rule.name: 0 for rule in RULES if rule.among}
    assert Enquiry.objects.filter(expiry_told_for=F("last_contact_at")).exists()


def test_the_service_answers_in_working_hours_of_the_departement() -> None:
    zones = dict(Department.objects.values_list("pk", "time_zone"))
    for enquiry in Enquiry.objects.exclude(first_answered_at=None).only("first_answered_at", "department")[:500]:
        local = enquiry.first_answered_at.astimezone(ZoneInfo(zones[enquiry.department_id]))
        assert local.weekday() < 5
        assert 8 <= local.hour < 18


def test_nobody_bears_a_real_name_nor_a_real_address() -> None:
    words = {word for name in (*FAMILY, *LONG_FAMILY) for word in re.split(r"[-\s’]", name)}
    for person in Person.objects.select_related("data_key"):
        assert set(re.split(r"[-\s’]", person.last_name)) <= words, person.full_name
        assert person.phone is None or person.phone.startswith(("063998", "019900"))
        assert person.staff_address is None or person.staff_address.endswith(".invalid")
    for address in Address.objects.select_related("data_key"):
        assert address.ciphertext.endswith(".invalid")
    for enquiry in Enquiry.objects.select_related("data_key")[:500]:
        assert enquiry.contact["email"] == "" or enquiry.contact["email"].endswith(".invalid")


def test_sites_have_right_codes_and_mailboxes_of_nowhere() -> None:
    for site in Site.objects.all():
        assert uai_fault(site.uai) is None
        assert site.mailbox == f"ce.{site.uai.lower()}@ac-{site.department.academy.slug}.invalid"


@pytest.mark.parametrize("code", PERSONAS)
def test_each_persona_has_an_account(code: str) -> None:
    assert account_of(PERSONAS[code]) is not None


@pytest.mark.parametrize(
    ("code", "states"),
    [
        ("agent", {"submitted", "in_progress", "waiting_for_agent", "waiting_for_date", "closed", "withdrawn"}),
        ("agente-outre-mer", {"submitted", "in_progress", "closed"}),
        ("conseillere", {"in_progress", "waiting_for_agent", "waiting_for_date", "closed"}),
        ("conseiller-ailleurs", {"in_progress", "closed"}),
        ("conseiller-deux-academies", {"in_progress", "closed"}),
        ("gestionnaire", {"in_progress", "closed"}),
        ("superieur", {"in_progress"}),
    ],
)
def test_whoever_asks_or_treats_reads_enquiries_in_every_state(code: str, states: set[str]) -> None:
    assert set(Enquiry.objects.visible_to(actor(code)).values_list("state", flat=True)) >= states


@pytest.mark.parametrize(
    "code", ["cellule", "chef-de-service", "coordinatrice", "referente-nationale", "administrateur"]
)
def test_whoever_reads_figures_reads_no_enquiry(code: str) -> None:
    assert not Enquiry.objects.visible_to(actor(code)).exists()


@pytest.mark.parametrize(
    ("code", "least"),
    [("conseillere", 10), ("conseiller-deux-academies", 10), ("gestionnaire", 2), ("coordinatrice", 2000)],
)
def test_whoever_receives_or_coordinates_has_a_list(code: str, least: int) -> None:
    assert Enquiry.objects.listed_for(actor(code)).count() >= least


def test_a_counsellor_meets_nobody_of_the_school_where_she_works_unless_accepted() -> None:
    counsellor = persona("conseillere")
    schools = WorkTie.objects.filter(person=counsellor).values("site")
    waiting = Enquiry.objects.filter(lead=None, state=State.SUBMITTED, team__in=actor("conseillere").teams)
    here = waiting.filter(site__in=schools)
    met = Enquiry.objects.listed_for(actor("conseillere")).filter(pk__in=here.values("pk"))
    assert here.count() > met.count() > 0
    assert all(enquiry.choices.filter(person=counsellor, kind="accepted").exists() for enquiry in met)


def test_the_persona_has_a_conversation_of_twenty_messages_and_files() -> None:
    long = max(
        (enquiry.messages.count(), enquiry.attachments.count())
        for enquiry in Enquiry.objects.visible_to(actor("agent"))
    )
    assert long[0] >= 20
    assert long[1] >= 2


def test_the_mailbox_holds_what_the_personas_received_this_week() -> None:
    mails = OutgoingEmail.objects.select_related("data_key")
    assert {mail.recipient for mail in mails} >= {f"{code}@demo.invalid" for code in ("agent", "conseillere")}
    assert set(mails.values_list("state", flat=True)) == {"sent"}


def test_the_counsellor_has_notes_for_herself_for_others_and_set_aside() -> None:
    """Mutation: share every note."""
    mine = WorkingNote.objects.filter(author=persona("conseillere"), reviews=None)
    assert mine.filter(shared_at=None, set_aside_at=None).count() == 2
    assert mine.filter(shared_at__isnull=False).count() == 1
    assert mine.filter(set_aside_at__isnull=False).count() == 1


def test_the_counsellor_follows_beside_a_colleague_and_is_asked_for_more() -> None:
    """Mutation: accept every proposal."""
    counsellor, neighbour = persona("conseillere"), persona("conseiller-deux-academies")
    beside = Handling.objects.filter(is_lead=False).exclude(state=HandlingState.DECLINED)
    hers = beside.filter(enquiry__lead=counsellor, person=neighbour)
    assert sorted(hers.values_list("state", flat=True)) == [HandlingState.ACCEPTED, HandlingState.OFFERED]
    asked = beside.filter(enquiry__lead=neighbour, person=counsellor, state=HandlingState.OFFERED)
    assert list(Enquiry.objects.listed_for(actor("conseillere")).proposed_beside(actor("conseillere"))) == [
        handling.enquiry for handling in asked
    ]


def test_a_colleague_proposes_one_of_his_to_the_counsellor() -> None:
    """Mutation: give it back to the team."""
    given = Handling.objects.filter(person=persona("conseiller-deux-academies"), state=HandlingState.GIVEN_BACK)
    waiting = Handling.objects.filter(person=persona("conseillere"), state=HandlingState.OFFERED, is_lead=True)
    assert given.filter(reason="competence", enquiry__in=waiting.values("enquiry")).exists()


def test_the_cell_has_one_sealed_and_one_opened() -> None:
    """Mutation: open the one without a name."""
    received = Transmission.objects.listed_for(actor("cellule"))
    assert not received.filter(enquiry=None, seen_at__isnull=False).exists()
    sealed, opened = received.get(seen_at=None), received.get(seen_at__isnull=False)
    assert (sealed.is_named, opened.is_named) == (False, True)
    assert find_returning(code=read_code("3467 97AC DEFG HJKM"), at=NOW) == sealed
    assert [message.is_from_cell for message in opened.messages.all()] == [True]


def test_the_coordination_has_one_alert_in_hand_and_one_that_waits() -> None:
    """Mutation: acknowledge neither."""
    shown = Concern.objects.shown_to(actor("coordinatrice"))
    assert [concern.acknowledged_by for concern in shown.order_by("raised_at")] == [persona("coordinatrice"), None]
    assert set(shown) == set(Concern.objects.shown_to(actor("conseillere")))


def test_the_agent_waits_for_notes_of_which_the_counsellor_has_one_to_read_again() -> None:
    """Mutation: re-read none."""
    request = NotesRequest.objects.open().get()
    assert request.person == persona("agent")
    left = NoteReview.objects.to_review_by(actor("conseillere"))
    assert (request.reviews.count(), [review.request for review in left]) == (2, [request])


def test_the_morning_of_the_coordination_tells_of_somebody_away_and_somebody_leaving() -> None:
    """Mutations: note no absence; move everything of hers; let nobody leave."""
    coordinator = actor("coordinatrice")
    found = read_morning(coordinator, at=NOW)
    assert found.away
    assert found.waiting > 0
    assert found.first_to_relieve is not None
    assert departures(coordinator, day=NOW.date())
    assert JournalEntry.objects.filter(verb="absence.notée", actor=coordinator.label).count() == 1
    [moved] = Handling.objects.filter(reason="absence_imprevue")
    assert moved.enquiry.handlings.filter(state=HandlingState.OFFERED, is_lead=True).exists()


def test_the_agent_has_a_change_of_academie_to_read_again() -> None:
    """Mutation: agree to it; ask for the text and write none."""
    [transfer] = Transfer.objects.all()
    assert transfer.state == TransferState.PROPOSED
    assert (
        Enquiry.objects.visible_to(actor("agent")).filter(pk=transfer.enquiry_id, lead=persona("conseillere")).exists()
    )
    assert transfer.department.academy.slug == "bordeaux"


def test_the_counsellor_has_an_agenda_and_the_agent_a_moment_to_take() -> None:
    """Mutations: open no hour; say what became of each; take one for the persona « agent »."""
    rows = Appointment.objects.filter(person=persona("conseillere"))
    assert {row.way for row in rows.to_come(NOW)} == {"phone", "video", "on_site"}
    assert set(rows.exclude(state="confirmed").values_list("state", flat=True)) == {"kept", "missed"}
    assert rows.to_fill_in(NOW).count() == 1
    mine = Enquiry.objects.visible_to(actor("agent")).filter(lead=persona("conseillere"), state=State.IN_PROGRESS)
    assert not EnquiryAppointment.objects.filter(enquiry__in=mine).exists()
    terms = booking.terms_for_agent(mine[0].department, timedelta(minutes=45), at=NOW)
    assert {way for slot in islice(offered([persona("conseillere").pk], terms), 60) for way in slot.ways} == {*Way}
    [overseas] = [row for row in Appointment.objects.to_come(NOW) if row.time_zone != "Europe/Paris"]
    assert overseas.place.time_zone == "Europe/Paris"
    assert overseas.address == PERSONAS["agente-outre-mer"].address
    assert all(row.address.endswith(".invalid") for row in rows if row.address)
    assert all("exemple.invalid" in row.room for row in rows if row.way == Way.VIDEO)
