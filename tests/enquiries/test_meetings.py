"""Appointments of an enquiry: chosen by its author, noted by whoever follows it, and given back when it ends."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import services
from proxirh.enquiries.models import Enquiry, EnquiryAppointment, Exchange, PersonChoice
from proxirh.enquiries.services import ending, following_meetings, meeting, rerouting, unbooking
from proxirh.enquiries.workflow import HandlingState, State
from proxirh.kernel.errors import DomainError
from proxirh.kernel.models import DataKey
from proxirh.outbox.models import OutgoingEmail
from proxirh.scheduling.links import token_of
from proxirh.scheduling.models import Appointment, HeldTime, WhyCancelled
from proxirh.scheduling.rhythm import Frequency, Rhythm
from proxirh.scheduling.services import booking
from proxirh.scheduling.workflow import AppointmentState, AppointmentStep
from proxirh.ui import french
from tests.enquiries.visitors import now_taken, same_as_unknown, text, visitor
from tests.proofs.agenda_posts import opened_now
from tests.scheduling.opening import a_place, opened
from tests.strict_client import StrictClient
from tests.world import World

pytestmark = pytest.mark.django_db


def page_of(enquiry: Enquiry, name: str = "own_meeting") -> str:
    return reverse(f"enquiries:{name}", args=[enquiry.uid])


def first_code(client: StrictClient, address: str) -> str:
    return client.get(address).context["shown"].days[0].lines[0].code


def book(world: World, enquiry: Enquiry, **more: str) -> StrictClient:
    """As its author does: the first moment, then « Confirmer »."""
    client, address = visitor(world, "author"), page_of(enquiry)
    code = first_code(client, address)
    shown = client.get(address, {"creneau": code}).context["form"]
    typed = {"creneau": code, "key": shown["key"].value(), "phone": "06 00 00 00 01", "reminders": "on", **more}
    answer = client.post(address, typed, follow=True)
    assert answer.status_code == 200, text(answer)
    return client


def taken_of(enquiry: Enquiry) -> Appointment:
    found = unbooking.upcoming(enquiry, at=timezone.now())
    assert found is not None
    return found


def test_its_author_books_with_whoever_follows_it(world: World) -> None:
    """It becomes the next step, and its date; the story says so to both. Mutation: write no next step."""
    opened_now(world)
    enquiry = now_taken(world)
    client = book(world, enquiry)
    row, after = taken_of(enquiry), world.reload(enquiry)
    assert after.next_step == "Rendez-vous par téléphone"
    assert after.next_step_on == timezone.localtime(row.starts_at).date()
    assert "Rendez-vous le" in text(client.get(reverse("enquiries:follow", args=[enquiry.uid])))
    assert "Rendez-vous pris avec" in text(visitor(world, "counsellor").get(page_of(enquiry, "enquiry")))
    sent = OutgoingEmail.objects.get(kind="appointment_booked")
    assert token_of(row) in str(sent.body)
    assert "METHOD:REQUEST" in str(sent.calendar)
    assert enquiry.fact.topic_code not in str(sent.calendar)


@pytest.mark.parametrize("has_slots", [True, False])
def test_finding_a_moment_costs_the_same_whether_there_is_one(world: World, has_slots: bool) -> None:
    """Twelve queries at most, its author’s page and the desk’s, by each way.

    Mutation: look for the next opening, or for colleagues, in an agenda that is read anew.
    """
    enquiry = now_taken(world)
    if has_slots:
        for part in ("counsellor", "fellow counsellor"):
            opened(world, part=part, place=a_place(world, f"Salle {part}"))
    pages = [(visitor(world, "author"), "own_meeting", ("", "?par=on_site", "?equipe"))]
    pages.append((visitor(world, "counsellor"), "meetings", ("", "?par=on_site")))
    for client, name, asked in pages:
        client.get(page_of(enquiry, name))  # the first page of a visit also dates it
        for query in asked:
            with CaptureQueriesContext(connection) as caught:
                shown = client.get(page_of(enquiry, name) + query).context["shown"]
            assert shown.is_empty != has_slots
            told = [one["sql"] for one in caught if "SAVEPOINT" not in one["sql"]]
            assert len(told) <= 12, "\n".join(one[:60] + one[one.find(" FROM ") :][:90] for one in told)


def test_its_next_step_is_what_the_appointment_has_become(world: World) -> None:
    """Whoever has the link moves or cancels it, and writes nothing here. Mutation: tell the step as it was written."""
    opened_now(world)
    enquiry = now_taken(world)
    client, address = book(world, enquiry), reverse("enquiries:follow", args=[enquiry.uid])
    row = taken_of(enquiry)
    booking.move(
        by="essai",
        appointment=row,
        choice=booking.Choice(row.person_id, row.starts_at + timedelta(days=7), "phone"),
        terms=booking.terms_for_staff(row.department, row.length, at=timezone.now()),
        key=enquiry.uid,
    )
    moved = taken_of(enquiry)
    assert (
        client.get(address).context["situation"].steps[0].when.endswith(french.moment(moved.starts_at, moved.time_zone))
    )
    client.post(reverse("scheduling:cancel_own", args=[token_of(row)]), {"why": "unsaid", "seen": moved.sequence})
    assert "plus de rendez-vous à venir" in client.get(address).context["situation"].steps[0].text


def test_a_double_click_books_once_and_one_is_enough(world: World) -> None:
    """Mutation: look at no other appointment."""
    opened_now(world)
    enquiry = now_taken(world)
    client, address = visitor(world, "author"), page_of(enquiry)
    code = first_code(client, address)
    key = client.get(address, {"creneau": code}).context["form"]["key"].value()
    for _ in range(2):
        client.post(address, {"creneau": code, "key": key, "phone": "06 00 00 00 01"})
    assert Appointment.objects.count() == HeldTime.objects.count() == 1
    choice = meeting.Choice(world.people["counsellor"].pk, taken_of(enquiry).starts_at + timedelta(hours=1), "phone")
    with pytest.raises(DomainError, match="déjà pris"):
        meeting.book_meeting(
            actor=world.actor("author", at=timezone.now()),
            enquiry=world.reload(enquiry),
            choice=choice,
            phone="06 00 00 00 01",
            key=enquiry.uid,
        )


def test_while_nobody_follows_it_the_one_met_takes_it(world: World) -> None:
    """And reads it. Mutation: offer those whom a conflict keeps away."""
    opened_now(world)
    enquiry = world.submit(at=timezone.now(), excluded=(world.people["fellow counsellor"],))
    assert world.people["fellow counsellor"].pk not in meeting.hosts(world.reload(enquiry), at=timezone.now())
    book(world, enquiry)
    after = world.reload(enquiry)
    assert (after.state, after.lead) == (State.IN_PROGRESS, world.people["counsellor"])
    assert visitor(world, "counsellor").get(page_of(enquiry, "enquiry")).status_code == 200


def test_a_colleague_whom_she_chooses_follows_it_too(world: World) -> None:
    """Mutation: let her be met without reading."""
    enquiry = now_taken(world)
    from_team = meeting.other_hosts(world.reload(enquiry), at=timezone.now())
    assert world.people["counsellor"].pk not in from_team
    host = world.people["fellow counsellor"]
    assert host.pk in from_team
    opened(world, Rhythm(Frequency.DAILY, timezone.localdate()), part="fellow counsellor", at=timezone.now())
    terms = meeting.terms_of(world.reload(enquiry), for_author=True, at=timezone.now())
    start = next(booking.offered([host.pk], terms)).start
    meeting.book_meeting(
        actor=world.actor("author", at=timezone.now()),
        enquiry=world.reload(enquiry),
        choice=meeting.Choice(host.pk, start, "phone"),
        phone="06 00 00 00 01",
        key=enquiry.uid,
    )
    beside = enquiry.handlings.get(person=host)
    assert (beside.state, beside.is_lead) == (HandlingState.ACCEPTED, False)


def test_whoever_comes_second_reads_three_other_moments(world: World) -> None:
    """And keeps her number. Mutation: answer with the refusal alone."""
    opened_now(world)
    one, other = now_taken(world), now_taken(world)
    client, address = visitor(world, "author"), page_of(other)
    code = first_code(client, address)
    key = client.get(address, {"creneau": code}).context["form"]["key"].value()
    book(world, one)
    answer = client.post(address, {"creneau": code, "key": key, "phone": "06 00 00 00 01"})
    assert answer.status_code == 422
    assert "vient d’être pris" in text(answer)
    assert len(answer.context["others"]) == 3


def test_with_nothing_open_there_are_ways_out(world: World) -> None:
    """Mutation: show an empty list."""
    enquiry = now_taken(world)
    client, address = visitor(world, "author"), page_of(enquiry)
    page = client.get(address)
    assert "Aucun rendez-vous n’est ouvert" in text(page)
    posted = {"geste": "rappel", "idempotency_key": page.context["once"].initial["idempotency_key"]}
    for _ in range(2):
        assert "rappellera" in text(client.post(address, posted, follow=True))
    assert enquiry.messages.filter(is_from_agent=True, is_opening=False).count() == 1


def test_nobody_else_books_nor_reads(world: World) -> None:
    """Mutation: find the enquiry by its id alone."""
    enquiry = now_taken(world)
    for part in ("colleague", "superior", "counsellor elsewhere"):
        assert same_as_unknown(visitor(world, part), "get", page_of(enquiry), enquiry.uid)
    for part in ("author", "counsellor elsewhere", "coordinator"):
        assert same_as_unknown(visitor(world, part), "get", page_of(enquiry, "meetings"), enquiry.uid)


def test_a_moment_agreed_by_voice_is_noted_then_told_of(world: World) -> None:
    """The exchange is logged from it. Mutation: tell what became of it and log nothing."""
    enquiry = now_taken(world)
    client, address = visitor(world, "counsellor"), page_of(enquiry, "meetings")
    form = client.get(address).context["moment"]
    day = (timezone.localdate() + timedelta(days=3)).isoformat()
    typed = {"geste": "moment", "day": day, "hour": "18:30", "way": "phone", "key": form["key"].value()}
    assert "quart d’heure" in text(client.post(address, {**typed, "hour": "18:35"}))
    assert "Le rendez-vous est pris" in text(client.post(address, typed, follow=True))
    row = taken_of(enquiry)
    past = timezone.now() - timedelta(hours=2)
    Appointment.objects.filter(pk=row.pk).update(starts_at=past, ends_at=past + timedelta(minutes=45))
    assert "renseign" in text(client.get(reverse("scheduling:agenda")))
    there = reverse("scheduling:appointment", args=[row.uid])
    assert there in client.get(reverse("scheduling:to_fill_in")).text
    assert address in client.get(there).text
    outcome = client.get(address).context["outcome"]
    told = {"geste": "suite", "kept": "non", "summary": "", "next_step": "Rappeler", "next_step_on": day}
    told |= {"appointment": str(row.uid), "key": outcome["key"].value()}
    assert "quelques mots" in text(client.post(address, told))
    client.post(address, {**told, "summary": "Personne n’a décroché."})
    client.post(address, {**told, "summary": "Personne n’a décroché."})
    assert Exchange.objects.filter(enquiry=enquiry, was_reached=False).count() == 1
    assert Appointment.objects.get(pk=row.pk).state == AppointmentState.MISSED
    assert not OutgoingEmail.objects.filter(kind="appointment_cancelled").exists()


def test_a_withdrawn_enquiry_gives_its_time_back(world: World) -> None:
    """Mutation: leave the appointment as it is."""
    opened_now(world)
    enquiry = now_taken(world)
    book(world, enquiry)
    author = world.actor("author", at=timezone.now())
    services.withdraw_enquiry(actor=author, enquiry=world.reload(enquiry))
    assert Appointment.objects.get().state == AppointmentState.CANCELLED_BY_AGENT
    assert not HeldTime.objects.exists()
    assert "METHOD:CANCEL" in str(OutgoingEmail.objects.get(kind="appointment_cancelled").calendar)


def test_it_is_not_closed_over_an_appointment_to_come(world: World) -> None:
    opened_now(world)
    enquiry = now_taken(world)
    book(world, enquiry)
    with pytest.raises(DomainError, match="encore à venir"):
        services.close_enquiry(
            actor=world.actor("counsellor", at=timezone.now()),
            enquiry=world.reload(enquiry),
            outcomes=["support_engaged"],
        )


def test_an_erased_enquiry_takes_its_appointments_along(world: World) -> None:
    """Past or to come, with the time that held them, their mails and their keys. Mutations: leave the rows, which hold
    a name and a number; leave the time of those that are past; leave the keys.
    """
    opened_now(world)
    enquiry = now_taken(world)
    book(world, enquiry)
    past, ended = taken_of(enquiry), timezone.now() - timedelta(hours=1)
    Appointment.objects.filter(pk=past.pk).update(starts_at=ended - past.length, ends_at=ended)
    book(world, enquiry)
    keys = set(Appointment.objects.values_list("data_key_id", flat=True))
    assert len(keys) == HeldTime.objects.count() == 2
    ending.erase_enquiry(actor=world.actor("author", at=timezone.now()), enquiry=world.reload(enquiry))
    assert not any(model.objects.exists() for model in (Appointment, EnquiryAppointment, HeldTime))
    assert not DataKey.objects.filter(pk__in=keys).exists()


def test_whoever_is_kept_away_afterwards_is_met_no_more(world: World) -> None:
    """At once, and no reason is told. Mutation: reconsider the lead alone."""
    opened_now(world)
    enquiry = now_taken(world)
    book(world, enquiry)
    PersonChoice.objects.create(enquiry=enquiry, person=world.people["counsellor"], kind="excluded")
    rerouting.reconsider(enquiry.pk, at=timezone.now())
    row = Appointment.objects.get()
    assert (row.state, row.is_cancelled_for_good) == (AppointmentState.CANCELLED_BY_SERVICE, True)
    assert not HeldTime.objects.exists()
    mail = OutgoingEmail.objects.get(kind="appointment_cancelled")
    assert token_of(row) not in str(mail.body)


def test_the_next_step_follows_what_its_link_does(world: World) -> None:
    """Moved, then cancelled; what somebody wrote meanwhile stays. Mutation: leave the step as it was booked."""
    opened_now(world)
    enquiry = now_taken(world)
    book(world, enquiry)
    assert following_meetings.follow_meetings(at=timezone.now()) == 0
    row = taken_of(enquiry)
    terms = meeting.terms_of(world.reload(enquiry), for_author=True, at=timezone.now())
    later = list(booking.offered([row.person_id], terms))[-1]
    chosen = booking.Choice(row.person_id, later.start, "phone")
    booking.move(by="essai", appointment=row, choice=chosen, terms=terms, key=enquiry.uid)
    assert [following_meetings.follow_meetings(at=timezone.now()) for _ in range(2)] == [1, 0]
    assert world.reload(enquiry).next_step_on == timezone.localtime(later.start).date()
    moved = taken_of(enquiry)
    why = WhyCancelled.BUSY
    booking.cancel(by="essai", appointment=moved, step=AppointmentStep.CANCEL_BY_AGENT, why=why)
    assert following_meetings.follow_meetings(at=timezone.now()) == 1
    after = world.reload(enquiry)
    assert after.next_step == following_meetings.ANOTHER
    assert after.next_step_on > timezone.localdate()
    assert EnquiryAppointment.objects.get().followed == Appointment.objects.get(pk=moved.pk).sequence
