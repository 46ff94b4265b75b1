"""A contact given to the agent: nothing transmitted, one question ten days later, and what her answer does."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import desk, services
from proxirh.enquiries.models import Enquiry, Outcome, Signposting
from proxirh.enquiries.services import merging, signposting
from proxirh.enquiries.services.signposting import Contact
from proxirh.enquiries.workflow import SIGNPOST_WORKFLOW, SignpostState, SignpostStep, State
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.models import JournalEntry
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Department, Partner
from proxirh.territories.models.partners import HIDDEN_AFTER
from tests.enquiries import acts
from tests.world import CAST, NOW, World

pytestmark = pytest.mark.django_db
TENTH = NOW + timedelta(days=10)  # a Friday
TYPED = Contact("CANARISERVICE", "CANARIJOINDRE")
YES, NO, NOT_YET = SignpostStep.SAY_YES, SignpostStep.SAY_NO, SignpostStep.SAY_NOT_YET


def give(world: World, enquiry: Enquiry | None = None, *, part: str = "counsellor", **more: Any) -> Signposting:
    more = {"contact": TYPED, "body": "CANARIMOT", "at": NOW} | more
    found = enquiry or world.reload()
    return signposting.give_contact(actor=world.actor(part), enquiry=found, **more)


def asked(world: World, *, at: datetime = TENTH, **more: Any) -> Signposting:
    """One whose question has been put."""
    given = give(world, **more)
    assert signposting.ask_due(at=at) == 1
    return reread(world, given)


def reread(world: World, given: Signposting) -> Signposting:
    found = Signposting.objects.get(pk=given.pk)
    found.enquiry = Enquiry._base_manager.select_related("data_key", "fact", "department", "team__academy").get(
        pk=found.enquiry_id
    )
    return found


def answer(world: World, given: Signposting, step: SignpostStep, *, part: str = "author", **more: Any) -> None:
    actor = world.actor(part)
    signposting.answer_question(actor=actor, signposting=given, step=step, **({"at": TENTH} | more))


def questions() -> int:
    return OutgoingEmail.objects.filter(kind="contact_question").count()


def partner(world: World, name: str = "MGEN", **more: Any) -> Partner:
    told = {"purpose": "Il aide.", "phone": "01 99 00 00 40", "address": "secret@exemple.invalid"}
    when = {"academy": world.academy, "confirmed_on": timezone.localdate()}
    return Partner.objects.create(name=name, **(told | when | more))


# ── Giving ────────────────────────────────────────────────────────────────────────────────────────
def test_without_a_step_to_come_the_question_is_the_step(world: World) -> None:
    """Mutation: leave the next step as it is: answered, it would wait for nothing and no silence would be told."""
    given = give(world)
    row = world.reload()
    assert row.first_answered_at == NOW
    assert (row.next_step, row.next_step_on) == (signposting.WHAT_COMES_NEXT, given.ask_on)


@pytest.mark.parametrize(("days", "kept"), [(-1, False), (0, False), (1, True)])
def test_a_step_to_come_stays_a_passed_one_does_not(world: World, days: int, kept: bool) -> None:
    """Mutation: `<` for `<=`, or the question whatever was said."""
    on = NOW.date() + timedelta(days=days)
    acts.log(world, world.reload(), next_step_on=NOW.date() + timedelta(days=2))
    Enquiry.objects.filter(pk=world.enquiry.pk).update(next_step_on=on)
    given = give(world, at=acts.LATER)
    assert world.reload().next_step_on == (on if kept else given.ask_on)


def test_it_is_a_message_with_a_word_and_a_neutral_mail(world: World) -> None:
    """Mutations: transmit it to the partner; put the name in the mail or in the journal."""
    given = give(world)
    message = world.enquiry.messages.get(pk=given.message_id)
    message.enquiry = world.reload()
    assert message.body == "CANARIMOT\n\nCANARISERVICE\nCANARIJOINDRE"
    assert not message.is_from_agent
    [mail] = OutgoingEmail.objects.filter(kind="message_for_author").select_related("data_key")
    assert "CANARI" not in mail.subject + mail.body
    assert (
        OutgoingEmail.objects.exclude(kind__in=["message_for_author", "acknowledgement", "team_alert", "taken"]).count()
        == 0
    )
    line = JournalEntry.objects.get(verb="demande.orientée")
    assert line.details == {}


def test_whom_it_names_is_sealed(world: World) -> None:
    """Mutation: keep the name, or the partner, in clear."""
    given = give(world, contact=Contact.of(partner(world, at_all := "CANARIPARTENAIRE")))
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM enquiries_signposting")  # every column as it lies
        stored = "".join(str(bytes(one) if isinstance(one, memoryview) else one) for one in cursor.fetchone())
    assert "CANARI" not in stored
    assert reread(world, given).name == at_all
    assert not [one for one in Signposting._meta.fields if one.related_model is Partner]


def test_its_address_for_referrals_is_not_given(world: World) -> None:
    """Mutation: add the address to what `Contact.of` tells."""
    told = Contact.of(partner(world, website="https://exemple.invalid", hours="9 h à 17 h"))
    lines = ["Il aide.", "Téléphone : 01 99 00 00 40", "Site : https://exemple.invalid", "Horaires : 9 h à 17 h"]
    assert told.reach.replace("\u00a0", " ").split("\n") == lines


def test_it_is_a_first_answer(world: World) -> None:
    """Mutation: leave `measuring.first_answer` out."""
    assert world.reload().first_answered_at is None
    give(world)
    assert world.reload().first_answered_at == NOW


@pytest.mark.parametrize("part", [part for part in CAST if part != "counsellor"])
def test_only_the_lead_gives_one(world: World, part: str) -> None:
    """Mutation: let whoever follows it beside the lead write to the author."""
    with pytest.raises(NotAllowed):
        give(world, part=part)
    assert not Signposting.objects.exists()


def test_a_double_click_gives_once_and_an_old_page_nothing(world: World) -> None:
    """Mutations: drop the key; drop `require_unchanged`."""
    key = uuid.uuid4()
    assert give(world, key=key).pk == give(world, key=key).pk
    assert world.enquiry.messages.filter(is_opening=False).count() == 1
    with pytest.raises(StaleState):
        give(world, seen="0" * 16)


@pytest.mark.parametrize("fault", ["withdrawn", "stale", "elsewhere"])
def test_one_that_may_not_be_chosen_there_is_refused(world: World, fault: str) -> None:
    """Mutation: drop `_check_partner`, or any condition of `usable`."""
    changes: dict[str, Any] = {
        "withdrawn": {"confirmed_on": NOW.date(), "withdrawn_on": NOW.date()},
        "stale": {"confirmed_on": NOW.date() - HIDDEN_AFTER - timedelta(days=1)},
        "elsewhere": {"academy": world.elsewhere},
    }[fault]
    with pytest.raises(DomainError, match="annuaire"):
        give(world, contact=Contact.of(partner(world, **changes)))


# ── Asking ────────────────────────────────────────────────────────────────────────────────────────
def test_the_question_is_put_once_on_the_tenth_day(world: World) -> None:
    """Mutations: ask on the ninth day; leave the state out of what is read; do not move it."""
    given = give(world)
    assert signposting.ask_due(at=TENTH - timedelta(days=1)) == 0
    assert signposting.ask_due(at=TENTH) == 1
    for _ in range(3):
        assert signposting.ask_due(at=TENTH + timedelta(days=9)) == 0
    assert questions() == 1
    now = reread(world, given)
    assert (now.state, now.asked_at) == (SignpostState.ASKED, TENTH)


def test_missed_nights_are_caught_up_with_once(world: World) -> None:
    """Mutation: ask only of those whose day is today."""
    give(world)
    assert signposting.ask_due(at=TENTH + timedelta(days=40)) == 1
    assert questions() == 1


@pytest.mark.parametrize(
    ("given_on", "asked_on"),
    [
        (date(2026, 11, 17), date(2026, 11, 27)),
        (date(2026, 11, 18), date(2026, 11, 30)),
        (date(2026, 12, 15), date(2026, 12, 28)),
    ],
)
def test_its_day_is_one_on_which_the_service_works_there(world: World, given_on: date, asked_on: date) -> None:
    """A Saturday, and Christmas. Mutation: ten days and nothing else."""
    at = NOW + (given_on - NOW.date())
    assert signposting.question_day(world.reload(), at=at) == asked_on


def test_a_run_on_a_closed_day_waits_for_the_next(world: World) -> None:
    """Mutation: drop the working day of the run."""
    give(world)
    assert signposting.ask_due(at=TENTH + timedelta(days=2)) == 0  # a Sunday, after missed nights
    assert signposting.ask_due(at=TENTH + timedelta(days=3)) == 1


def test_the_tenth_day_is_that_of_her_departement(world: World) -> None:
    """Late in the evening in Paris it is tomorrow at La Réunion. Mutation: take the date of the server."""
    there = Department.objects.get(code="974")
    Enquiry.objects.for_system("preuve").filter(pk=world.enquiry.pk).update(department=there)
    give(world, world.reload())
    late = (TENTH - timedelta(days=1)).replace(hour=21)
    assert signposting.ask_due(at=late) == 1


def end(world: World, how: str) -> None:
    enquiry = world.reload()
    if how == "closed":
        services.close_enquiry(
            actor=world.actor("counsellor"), enquiry=enquiry, outcomes=[Outcome.EXTERNAL_REFERRAL], at=acts.LATER
        )
    elif how == "withdrawn":
        services.withdraw_enquiry(actor=world.actor("author"), enquiry=enquiry, at=acts.LATER)
    else:
        services.erase_enquiry(actor=world.actor("author"), enquiry=enquiry, at=acts.LATER)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("how", ["closed", "withdrawn", "anonymised"])
def test_nothing_is_asked_once_it_has_ended(world: World, how: str) -> None:
    """Mutation: leave the state of the enquiry out, of the list and of the run."""
    give(world)
    end(world, how)
    assert signposting.ask_due(at=TENTH) == 0
    assert questions() == 0
    assert Signposting.objects.exists() == (how != "anonymised")


def test_an_enquiry_ended_between_the_list_and_the_question_is_not_asked(world: World) -> None:
    """Mutation: drop `is_open` from the run."""
    give(world)
    end(world, "closed")
    assert signposting._ask(world.enquiry.pk, at=TENTH) == 0


def test_it_follows_a_merging_and_is_asked_there(world: World) -> None:
    """Mutation: leave `signpostings` out of `FOLLOWS`."""
    merged, kept = world.taken(), world.taken()
    given = give(world, merged, at=acts.LATER)
    full = Enquiry._base_manager.select_related("data_key", "fact", "department", "author")
    merging.merge_enquiries(
        actor=world.actor("counsellor"), merged=full.get(pk=merged.pk), kept=full.get(pk=kept.pk), at=acts.LATER
    )
    assert signposting.ask_due(at=TENTH) == 1
    now = reread(world, given)
    assert (now.enquiry_id, now.name) == (kept.pk, TYPED.name)
    assert OutgoingEmail.objects.get(kind="contact_question").about == kept.uid


def test_two_contacts_of_one_enquiry_are_asked_in_one_mail(world: World) -> None:
    """Mutation: a mail for each."""
    give(world)
    give(world, contact=Contact("Autre", "Ailleurs"))
    assert signposting.ask_due(at=TENTH) == 2
    assert questions() == 1


def test_without_an_address_the_page_alone_asks(world: World) -> None:
    """Mutation: leave it for the next run when nobody can be written to."""
    enquiry = world.taken(email="")
    given = give(world, enquiry, at=acts.LATER)
    assert signposting.ask_due(at=TENTH) == 1
    assert questions() == 0
    assert reread(world, given).state == SignpostState.ASKED


def test_the_mail_says_nothing_of_it(world: World) -> None:
    asked(world)
    mail = OutgoingEmail.objects.select_related("data_key").get(kind="contact_question")
    assert "CANARI" not in mail.subject + mail.body
    assert reverse("enquiries:follow", args=[world.enquiry.uid]) in mail.body


def test_two_runs_that_read_the_same_ask_once(world: World) -> None:
    """Mutation: write the state without comparing it."""
    given = give(world)
    before = reread(world, given)
    assert signposting.ask_due(at=TENTH) == 1
    with pytest.raises(StaleState):
        SIGNPOST_WORKFLOW.apply(before, SignpostStep.ASK, asked_at=TENTH)


# ── Answering ─────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("before", SignpostState.values)
@pytest.mark.parametrize("step", SignpostStep.values)
def test_every_pair_of_states(before: str, step: str) -> None:
    allowed = {
        (SignpostState.GIVEN, SignpostStep.ASK),
        *((state, step) for state in (SignpostState.ASKED, SignpostState.NOT_YET) for step in (YES, NO)),
        (SignpostState.ASKED, NOT_YET),
    }
    assert SIGNPOST_WORKFLOW.allows(step, before) == ((before, step) in allowed)


def test_no_is_written_in_the_thread_and_comes_back_to_the_desk_today(world: World) -> None:
    """Mutations: answer without a message; leave the lead untold."""
    given = asked(world)
    services.set_next_step(
        actor=world.actor("counsellor"),
        enquiry=world.reload(),
        next_step="Point",
        next_step_on=date(2027, 3, 1),
        at=NOW,
    )

    def place() -> str:
        [standing] = [one for one in desk.standings(world.actor("counsellor")) if one.pk == world.enquiry.pk]
        return standing.place(TENTH)

    assert place() == desk.UNDER_WAY
    answer(world, reread(world, given), NO)
    assert place() == desk.TODAY
    message = world.enquiry.messages.order_by("-pk")[0]
    message.enquiry = world.reload()
    assert (message.is_from_agent, message.body) == (True, "Je n’ai pas pu joindre\u00a0: CANARISERVICE.")
    assert OutgoingEmail.objects.filter(kind="message_for_staff").count() == 1
    assert reread(world, given).state == SignpostState.NOT_REACHED


@pytest.mark.parametrize(("step", "state"), [(YES, SignpostState.REACHED), (NOT_YET, SignpostState.NOT_YET)])
def test_the_other_answers_disturb_nobody(world: World, step: SignpostStep, state: SignpostState) -> None:
    """An unread message keeps its turn on the desk. Mutation: count the click as the last contact."""
    given = asked(world)
    before = world.reload().last_contact_at
    answer(world, given, step)
    assert reread(world, given).state == state
    assert world.reload().last_contact_at == before
    assert OutgoingEmail.objects.filter(kind="message_for_staff").count() == 0


def test_not_yet_may_become_yes_or_no(world: World) -> None:
    given = asked(world)
    answer(world, given, NOT_YET)
    answer(world, reread(world, given), YES)
    assert reread(world, given).state == SignpostState.REACHED


def test_the_same_answer_twice_is_once_and_a_settled_one_does_not_change(world: World) -> None:
    """Mutation: drop the comparison with the target."""
    given = asked(world)
    for _ in range(2):
        answer(world, reread(world, given), NO)
    assert world.enquiry.messages.filter(is_from_agent=True, is_opening=False).count() == 1
    with pytest.raises(DomainError):
        answer(world, reread(world, given), YES)


@pytest.mark.parametrize("part", [part for part in CAST if part != "author"])
def test_only_the_author_answers(world: World, part: str) -> None:
    """Mutation: drop `is_author`."""
    given = asked(world)
    with pytest.raises(NotAllowed):
        answer(world, given, NO, part=part)


def test_nothing_is_answered_before_it_is_asked_nor_once_ended(world: World) -> None:
    """Mutation: let GIVEN be answered; drop `is_open`."""
    given = give(world)
    with pytest.raises(DomainError):
        answer(world, reread(world, given), NO)
    signposting.ask_due(at=TENTH)
    end(world, "closed")
    with pytest.raises(NotAllowed):
        answer(world, reread(world, given), NO)
    assert world.reload().state == State.CLOSED
