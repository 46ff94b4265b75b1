"""An absence over appointments: each one entrusted at the same moment, asked for anew, or kept; read by nobody."""

import uuid
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries.forms import relieving as forms_relieving
from proxirh.enquiries.models import Enquiry, EnquiryAppointment
from proxirh.enquiries.services import meeting, standing_in
from proxirh.enquiries.services.standing_in import Fate, Settled, settle_meetings
from proxirh.enquiries.views import relieving as views_relieving
from proxirh.enquiries.workflow import HandlingState
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.models import JournalEntry
from proxirh.outbox.models import OutgoingEmail
from proxirh.scheduling.models import Appointment, HeldTime
from proxirh.scheduling.rhythm import Frequency, Rhythm
from proxirh.scheduling.services import booking
from proxirh.scheduling.services.booking import Choice, Guest
from proxirh.scheduling.workflow import AppointmentState
from proxirh.territories.models import Absence, Closure, WorkTie
from tests.enquiries.visitors import in_days, now_taken, text, visitor
from tests.scheduling.opening import a_place, opened
from tests.world import LONG_AGO, World

pytestmark = pytest.mark.django_db
KEY = uuid.UUID(int=7)


def every_day(world: World, part: str, **more: object) -> None:
    opened(world, Rhythm(Frequency.DAILY, timezone.localdate()), part=part, at=timezone.now(), **more)


def met(world: World, enquiry: Enquiry | None = None, *, nth: int = 0, part: str = "counsellor") -> Appointment:
    """An appointment of an enquiry in the hands of the counsellor, in two days or a little later."""
    enquiry, now = enquiry or now_taken(world), timezone.now()
    host = world.people[part].pk
    terms = meeting.terms_of(world.reload(enquiry), for_author=True, at=now + timedelta(days=1))
    slot = list(zip(range(nth + 1), booking.offered([host], terms), strict=False))[nth][1]
    return meeting.book_meeting(
        actor=world.actor("author", at=now),
        enquiry=world.reload(enquiry),
        choice=Choice(host, slot.start, "phone", slot.place),
        phone="06 00 00 00 01",
        key=uuid.uuid4(),
    )


def page(world: World, days: int = 10) -> str:
    return f"{reverse('enquiries:absence_of', args=[world.people['counsellor'].uid])}?jusqu={in_days(days)}"


def settle(world: World, fates: dict, *, part: str = "coordinator", key: uuid.UUID = KEY, **more) -> Settled:
    told = {"person": world.people["counsellor"], "until": date.fromisoformat(in_days(10))} | more
    actor = world.actor(part, at=timezone.now())
    return settle_meetings(actor=actor, fates={one.uid: fate for one, fate in fates.items()}, key=key, **told)


def now_of(row: Appointment) -> Appointment:
    return Appointment.objects.filter(series=row.series).order_by("-sequence").first()


def enquiry_of(row: Appointment) -> Enquiry:
    return EnquiryAppointment.objects.get(series=row.series).enquiry


def kinds() -> list[str]:
    return sorted(OutgoingEmail.objects.filter(kind__startswith="appointment_").values_list("kind", flat=True))


def test_three_clicks_settle_each_appointment(world: World) -> None:
    """Dates, ways and references alone; one post. Mutations: tell her name; leave the choices of the form unread."""
    every_day(world, "counsellor")
    every_day(world, "fellow counsellor")
    first, second, kept = (met(world, nth=nth) for nth in (0, 1, 2))
    client = visitor(world, "coordinator")
    listed = client.get(page(world))
    told, host = text(listed), world.people["fellow counsellor"]
    for row in (first, second, kept):
        assert enquiry_of(row).reference in told
    assert world.people["author"].full_name not in told
    assert f"Le confier à {host.full_name}" in told
    assert listed.context["meetings_form"].fields[f"rdv-{first.uid.hex}"].choices[0][0] == Fate.TEAM
    sent = {"jusqu": in_days(10), "key": str(KEY), f"rdv-{first.uid.hex}": host.uid.hex}
    sent |= {f"rdv-{second.uid.hex}": "redemander", f"rdv-{kept.uid.hex}": "garder"}
    for _ in range(2):
        said = text(client.post(page(world), sent, follow=True))
        assert "1 rendez-vous est confié" in said
        assert "1 rendez-vous est annulé" in said
    after = now_of(first)
    assert (after.person_id, after.starts_at, after.sequence) == (host.pk, first.starts_at, 1)
    assert now_of(second).state == AppointmentState.CANCELLED_BY_SERVICE
    assert now_of(kept).pk == kept.pk
    assert HeldTime.objects.count() == 2
    beside = enquiry_of(first).handlings.get(person=host)
    assert (beside.state, beside.is_lead) == (HandlingState.ACCEPTED, False)
    assert (
        visitor(world, "fellow counsellor").get(reverse("enquiries:enquiry", args=[enquiry_of(first).uid])).status_code
        == 200
    )


def test_the_person_reads_that_her_moment_stands_and_the_other_that_it_is_open_again(world: World) -> None:
    """Mutations: write « déplacé » for the same moment; two mails for a double click."""
    every_day(world, "counsellor")
    every_day(world, "fellow counsellor")
    row = met(world)
    OutgoingEmail.objects.all().delete()
    for _ in range(2):
        assert settle(world, {row: Fate.TEAM}).entrusted == [enquiry_of(row).reference]
    assert kinds() == ["appointment_for_staff", "appointment_for_staff", "appointment_moved"]
    mail = OutgoingEmail.objects.get(kind="appointment_moved")
    assert "garde son jour et son heure" in str(mail.body)
    assert "maintenu" in str(mail.subject)
    bodies = [str(one.body) for one in OutgoingEmail.objects.filter(kind="appointment_for_staff")]
    assert any("est pris" in body for body in bodies)
    assert any("n’est plus" in body for body in bodies)
    verbs = JournalEntry.objects.filter(verb="demande.rendez_vous_confié")
    assert verbs.count() == 1
    again = settle(world, {now_of(row): Fate.ANEW}, person=world.people["fellow counsellor"], key=uuid.uuid4())
    assert again.asked == [enquiry_of(row).reference]
    assert "choisir un autre moment" in str(OutgoingEmail.objects.get(kind="appointment_cancelled").body)


def test_whom_something_keeps_away_is_never_met_and_nobody_is_told_why(world: World) -> None:
    """In turn she is passed over; named, she is refused as anybody. Mutation: take the colleagues of the page."""
    every_day(world, "counsellor")
    every_day(world, "excluded colleague")
    row = met(world, now_taken(world, excluded=(world.people["excluded colleague"],)))
    shown = visitor(world, "coordinator").get(page(world))
    assert world.people["excluded colleague"].full_name in text(shown)
    assert list(settle(world, {row: Fate.TEAM}).left) == [standing_in.NOBODY_OPEN]
    named = settle(world, {row: world.people["excluded colleague"]}, key=uuid.uuid4())
    assert list(named.left) == ["Cette personne ne peut pas suivre cette demande. Choisissez-en une autre."]
    assert now_of(row).pk == row.pk
    assert JournalEntry.objects.filter(verb="demande.proposition_refusée").count() == 1


def test_a_colleague_gets_only_a_moment_of_her_own_open_hours(world: World) -> None:
    """Mutation: take terms that go outside of what is open."""
    every_day(world, "counsellor")
    row, host = met(world), world.people["fellow counsellor"]
    assert list(settle(world, {row: host}).left) == [standing_in.NOT_OPEN]
    every_day(world, "fellow counsellor")
    met(world, nth=0, part="counsellor")
    other = now_taken(world)
    met(world, other, part="counsellor", nth=1)
    busy = booking.book(
        by="essai",
        guest=Guest("Une Personne", "06 00 00 00 01"),
        choice=Choice(host.pk, row.starts_at, "phone"),
        terms=booking.terms_for_staff(world.department, row.length, at=timezone.now()),
        key=uuid.uuid4(),
    )
    assert list(settle(world, {row: host}, key=uuid.uuid4()).left) == [standing_in.NOT_OPEN]
    assert now_of(busy).person_id == host.pk


def test_what_a_conflict_keeps_from_the_coordination_is_settled_by_the_service(world: World) -> None:
    """Shown to her neither before nor after. Mutations: list it; leave it with whoever is away."""
    every_day(world, "counsellor")
    row = met(world)
    tie = {"person": world.people["coordinator"], "kind": "works", "site": world.site}
    WorkTie.objects.create(**tie, valid_from=LONG_AGO)
    shown = visitor(world, "coordinator").get(page(world))
    assert enquiry_of(row).reference not in text(shown)
    assert shown.context["meetings"].alone == 0
    done = settle(world, {row: Fate.KEEP})
    assert (done.entrusted, done.asked, done.left) == ([], [], {})
    assert now_of(row).state == AppointmentState.CANCELLED_BY_SERVICE


def test_only_whoever_answers_for_the_academie_and_never_for_oneself(world: World) -> None:
    """Mutation: settle the rows of the form whoever sends it."""
    every_day(world, "counsellor")
    row = met(world)
    for part in ("counsellor", "fellow counsellor", "superior", "author"):
        with pytest.raises(NotAllowed):
            settle(world, {row: Fate.ANEW}, part=part)
    elsewhere = settle(world, {row: Fate.ANEW}, person=world.people["fellow counsellor"])
    assert elsewhere.asked == elsewhere.entrusted == []
    assert now_of(row).is_confirmed


def test_an_appointment_of_no_enquiry_is_counted_and_left_alone(world: World) -> None:
    every_day(world, "counsellor")
    start = met(world).starts_at + timedelta(hours=2)
    booking.book(
        by="essai",
        guest=Guest("Secrète Personne", "06 00 00 00 01"),
        choice=Choice(world.people["counsellor"].pk, start, "phone"),
        terms=booking.terms_for_staff(world.department, timedelta(minutes=45), at=timezone.now()),
        key=uuid.uuid4(),
    )
    shown = visitor(world, "coordinator").get(page(world))
    assert shown.context["meetings"].alone == 1
    assert "Secrète" not in text(shown)


def test_a_meeting_on_site_goes_to_whoever_is_there(world: World) -> None:
    """Mutation: look at the hours and not at the place."""
    here, there = a_place(world), a_place(world, "Ailleurs")
    every_day(world, "counsellor", place=here)
    every_day(world, "fellow counsellor", place=there)
    row = met(world)
    Appointment.objects.filter(pk=row.pk).update(way="on_site", place=here)
    assert list(settle(world, {row: Fate.TEAM}).left) == [standing_in.NOBODY_OPEN]


def test_the_page_costs_the_same_with_ten_appointments(world: World) -> None:
    """Mutation: look for colleagues appointment by appointment."""
    every_day(world, "counsellor")
    every_day(world, "fellow counsellor")
    client = visitor(world, "coordinator")

    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            answer = client.get(page(world))
        assert len(answer.content) <= 30_000
        return len(found)

    met(world)
    cost()
    few = cost()
    for nth in range(1, 6):
        met(world, nth=nth)
    assert cost() == few
    assert few <= 12


def test_her_own_agenda_tells_those_during_her_absence(world: World) -> None:
    """With what to do. Mutations: look at the day of the reader; one query a row."""
    every_day(world, "counsellor")
    client, address = visitor(world, "counsellor"), reverse("scheduling:agenda")
    first = met(world)
    assert "pendant votre absence" not in text(client.get(address))
    with CaptureQueriesContext(connection) as before:
        client.get(address)
    other = met(world, nth=1)
    day = timezone.localdate(first.starts_at)
    Absence.objects.create(person=world.people["counsellor"], valid_from=day, valid_until=day)
    with CaptureQueriesContext(connection) as after:
        shown = client.get(address)
    told = [*shown.context["todays"], *(one for day in shown.context["following"] for one in day["lines"])]
    away = {one["row"].pk for one in told if one["is_away"]}
    assert away == {one.pk for one in (first, other) if timezone.localdate(one.starts_at) == day}
    assert reverse("scheduling:move", args=[first.uid]) in shown.text
    assert len(after) == len(before)


def test_a_closure_says_how_many_appointments_fall_on_its_days(world: World) -> None:
    """By the day there; no more is told. Mutation: count those of every day."""
    every_day(world, "counsellor")
    row = met(world)
    client, day = visitor(world, "coordinator"), timezone.localdate(row.starts_at)

    def said(first: date) -> int:
        closure = Closure.objects.create(
            academy=world.academy, reason="bridge", valid_from=first, valid_until=first, declared_at=timezone.now()
        )
        page = client.get(reverse("enquiries:closure", args=[world.academy.slug, closure.uid]))
        assert ("1 rendez-vous tombe" in text(page)) is (page.context["appointments"] == 1)
        closure.delete()
        return page.context["appointments"]

    assert [said(day), said(day + timedelta(days=1)), said(day - timedelta(days=1))] == [1, 0, 0]


def test_those_beyond_the_first_twelve_go_to_the_team_or_are_asked_for_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All in one post, each in its transaction. Mutations: read the twelve of the form alone; stop at the first that
    nobody may take."""
    monkeypatch.setattr(views_relieving, "MOST_MEETINGS", 1)
    monkeypatch.setattr(forms_relieving, "MOST_MEETINGS", 1)
    every_day(world, "counsellor")
    rows = [met(world, nth=nth) for nth in range(3)]
    client = visitor(world, "coordinator")
    listed = client.get(page(world))
    assert "2 autres rendez-vous vont à l’équipe" in text(listed)
    others = [one.appointment.uid.hex for one in listed.context["meetings_left"]]
    assert len(others) == 2
    sent = {"jusqu": in_days(10), "key": str(KEY), "others": others}
    said = text(client.post(page(world), sent, follow=True))
    assert "2 rendez-vous sont annulés" in said
    assert sorted(now_of(row).state for row in rows) == [
        "by_service",
        "by_service",
        "confirmed",
    ]


def test_what_is_refused_is_told_after_what_was_done(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An absence that may not be noted settles nothing; enquiries that may not be proposed leave what is settled told.

    Mutation: settle before the absence is noted, or tell it only when all of it passed.
    """
    every_day(world, "counsellor")
    row = met(world)

    def refusing(**_named: object) -> None:
        raise DomainError("Refusé ici.")

    client = visitor(world, "coordinator")
    sent = {"jusqu": in_days(10), "key": str(KEY), f"rdv-{row.uid.hex}": "redemander"}
    with monkeypatch.context() as patch:
        patch.setattr(views_relieving, "record_absence", refusing)
        assert "Refusé ici" in text(client.post(page(world), sent, follow=True))
    assert now_of(row).is_confirmed
    monkeypatch.setattr(views_relieving, "cover_absence", refusing)
    said = text(client.post(page(world), sent, follow=True))
    assert "1 rendez-vous est annulé" in said
    assert "Refusé ici" in said
    assert Absence.objects.exists()


def test_an_enquiry_whose_appointment_is_kept_stays_in_the_same_hands(world: World) -> None:
    """Mutation: propose it all the same, which would cancel the appointment."""
    every_day(world, "counsellor")
    row = met(world)
    enquiry = enquiry_of(row)
    sent = {"jusqu": in_days(10), "key": str(KEY), "chosen": enquiry.uid.hex, f"rdv-{row.uid.hex}": "garder"}
    said = text(visitor(world, "coordinator").post(page(world), sent, follow=True))
    assert "Son rendez-vous est gardé" in said
    assert now_of(row).is_confirmed
    assert world.reload(enquiry).lead == world.people["counsellor"]
