"""The rows that addresses are tried on: shared by the access matrix and by the tests of every page."""

import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from proxirh.enquiries import services
from proxirh.enquiries.models import Agreement, ReplyTemplate, Scan, SharedSummary
from proxirh.enquiries.services.alarming import raise_concern
from proxirh.enquiries.services.consulting import Fact, ask_cell, usual_day
from proxirh.enquiries.services.disclosing import ask_for_notes
from proxirh.enquiries.services.meeting import book_meeting, terms_of
from proxirh.enquiries.services.noting import write_note
from proxirh.enquiries.services.referring import refer
from proxirh.enquiries.services.signposting import Contact, give_contact
from proxirh.enquiries.services.summarising import agree_to_summary, propose_summary
from proxirh.enquiries.services.transmitting import new_code, open_transmission, transmit_unnamed
from proxirh.enquiries.services.unbooking import upcoming
from proxirh.kernel.files import CheckedFile
from proxirh.scheduling.links import feed_token, token_of
from proxirh.scheduling.models import (
    AgendaFeed,
    Appointment,
    DutyShift,
    Half,
    HeldTime,
    Holder,
    MeetingPlace,
    SessionTitle,
    VisitRequest,
    Way,
)
from proxirh.scheduling.rhythm import Frequency, Rhythm
from proxirh.scheduling.services.booking import Choice, offered
from proxirh.scheduling.services.half_days import HalfDayAtSite
from proxirh.scheduling.services.openings import Hours, open_hours
from proxirh.scheduling.services.permanences import draft_permanence
from proxirh.scheduling.services.promising import promise_call
from proxirh.scheduling.services.sessions import When, open_session
from proxirh.scheduling.services.visits import ask_visit
from proxirh.territories.actor import Actor
from proxirh.territories.models import (
    Closure,
    Coverage,
    Partner,
    Posting,
    Reason,
    Role,
    SchoolHoliday,
    Team,
    TeamKind,
)
from proxirh.territories.services.closures import declare_closure
from tests.routes import Route, unknown
from tests.scheduling.line import OFFICER, a_call, a_sheet
from tests.world import LONG_AGO, NOW, World

FOLLOWED, WAITING, UNKNOWN = "suivie", "à prendre", "inconnue"


def make_targets(world: World) -> dict[str, dict[str, Any]]:
    """The followed enquiry of the cast, one that waits for its team, and ids that nothing has, by argument name."""
    waiting = world.submit(excluded=(world.people["excluded colleague"],))
    message = services.send_message(
        actor=world.actor("counsellor"),
        enquiry=world.reload(),
        body="Bonjour.",
        uploads=[CheckedFile("note.pdf", "application/pdf", b"%PDF-1.4 essai")],
        at=NOW,
    )
    file = message.attachments.get()
    message.attachments.update(scan=Scan.CLEAN)
    passed_on = transmit_unnamed(academy=world.academy, body="Ce qui se passe ici.", code=new_code(), at=NOW)
    open_transmission(actor=world.actor("cell officer"), transmission=passed_on, at=NOW)
    worrying = world.taken(excluded=(world.people["excluded colleague"],))
    concern = raise_concern(actor=world.actor("counsellor"), enquiry=worrying, at=NOW)
    note = write_note(actor=world.actor("counsellor"), enquiry=world.enquiry, body="À vérifier.", at=NOW)
    SharedSummary.objects.filter(enquiry=world.enquiry, agreed_at=None).delete()  # one waits at a time
    said = {"enquiry": world.enquiry, "held_on": NOW.date(), "body": "Ce qui est dit.", "at": NOW}
    agreed = propose_summary(actor=world.actor("counsellor"), **said)
    agree_to_summary(actor=world.actor("author"), summary=agreed, at=NOW)
    propose_summary(actor=world.actor("counsellor"), **said)
    cell = Team.objects.get(kind="cell", academy=world.academy)
    lead = world.actor("counsellor")
    sent = {"to": cell, "body": "Ce qui est transmis.", "at": NOW}
    other_need = world.taken(excluded=(world.people["excluded colleague"],))
    referred = refer(actor=lead, enquiry=other_need, agreement=Agreement.ORAL, oral_on=NOW.date(), **sent)
    if not world.enquiry.referrals.exists():
        refer(actor=lead, enquiry=world.reload(), agreement=Agreement.WRITTEN, enclosed=[str(file.uid)], **sent)
    asked_cell = ask_cell(
        actor=lead,
        enquiry=other_need,
        to=cell,
        facts=Fact.values,
        body="Ce qui est demandé.",
        due_on=usual_day(other_need, at=NOW),
        at=NOW,
    )
    template = ReplyTemplate.objects.create(team=world.team, title=f"Modèle {uuid.uuid4().hex[:6]}", body="Bonjour.")
    partner = Partner.objects.create(
        academy=world.academy,
        name=f"Service {uuid.uuid4().hex[:6]}",
        purpose="Il aide.",
        phone="01 99 00 00 40",
        confirmed_on=NOW.date(),
    )
    given = give_contact(
        actor=world.actor("counsellor"),
        enquiry=world.reload(),
        contact=Contact("Service d’exemple", "01 99 00 00 50"),
        body="Un mot.",
        at=NOW,
    )
    asked = ask_for_notes(actor=world.actor("author"), at=NOW)
    # One day more of each at every call: they may not be closed twice.
    day = date(2090, 5, 26) + timedelta(days=7 * Closure.objects.count())
    days = {"valid_from": day, "valid_until": day}
    holiday = SchoolHoliday.objects.create(academy=world.academy, name="Pont", school_year="2089-2090", **days)
    closed = declare_closure(
        actor=world.actor("coordinator"), academy=world.academy, reason=Reason.BRIDGE, at=NOW, **days
    )
    opened = open_hours(
        actor=lead,
        department=world.department,
        rhythm=Rhythm(Frequency.DAILY, timezone.localdate() + timedelta(days=1)),
        hours=Hours(time(9), time(12)),
        by_phone=True,
        by_video=False,
    )
    (open_day, *_) = opened.rhythm.days(opened.valid_from, opened.valid_from + timedelta(days=4))
    meeting_place = MeetingPlace.objects.create(
        department=world.department,
        name=f"Salle {uuid.uuid4().hex[:6]}",
        time_zone=world.department.time_zone,
    )
    appointment = booked_for(world)
    feed, _ = AgendaFeed.objects.get_or_create(person=world.people["counsellor"])
    line, shift = answered_line(world)
    spoken = a_call(world, at=timezone.now(), topic=world.topic)
    promise = promise_call(
        actor=world.actor(OFFICER),
        call=a_call(world, at=timezone.now()),
        to=world.people[OFFICER],
        means="phone",
        working_days=1,
    )
    sheet = a_sheet(world, f"Fiche {uuid.uuid4().hex[:6]}")
    today = timezone.localdate()
    permanence = draft_permanence(
        actor=lead, site=world.site, day=today + timedelta(days=3), half_day=HalfDayAtSite("Salle 1", time(9), time(12))
    )
    begins = free_moment(lead)
    session = open_session(
        actor=lead,
        department=world.department,
        title=SessionTitle.WORKSHOP,
        when=When(begins, begins + timedelta(hours=1), begins, video_link="https://visio.exemple.invalid/"),
        capacity=2,
    )
    VisitRequest.objects.filter(asked_by=world.people["author"]).delete()  # three may wait at a time
    visit = ask_visit(
        actor=world.actor("author"),
        site=world.site,
        wished=[(today + timedelta(days=4), Half.MORNING)],
        key=unknown(),
    )
    # Somebody leaves, and has nothing in hand.
    world.people["code-only staff"].postings.update(valid_until=timezone.localdate() + timedelta(days=40))
    other = {
        "review_uid": asked.reviews.order_by("pk")[0].uid,
        "academy_slug": world.academy.slug,
        "holiday_id": holiday.pk,
        "closure_uid": closed.uid,
        "transmission_uid": passed_on.uid,
        "concern_uid": concern.uid,
        "referral_uid": referred.uid,
        "question_uid": asked_cell.uid,
        "team_uid": cell.uid,
        "uid": unknown(),
        "file_uid": unknown(),
        "draft_uid": unknown(),
        "held_uid": unknown(),
        "factor_uid": unknown(),
        "note_uid": unknown(),
        "summary_uid": unknown(),
        "person_uid": world.people["code-only staff"].uid,
        "uai": world.site.uai,
        "token": "x",
        "code": "acknowledgement",
        "number": 1,
        "template_uid": template.uid,
        "partner_uid": partner.uid,
        "availability_uid": opened.uid,
        "day": open_day.isoformat(),
        "place_uid": meeting_place.uid,
        "appointment_uid": appointment.uid,
        "link": token_of(appointment),
        "feed": feed_token(feed.uid, feed.version),
        "line_uid": line.uid,
        "half": "am",
        "shift_uid": shift.uid,
        "call_uid": spoken.uid,
        "promise_uid": promise.uid,
        "sheet_uid": sheet.uid,
        "permanence_uid": permanence.uid,
        "session_uid": session.uid,
        "visit_uid": visit.uid,
        "contact_uid": unknown(),
        "coverage_id": Coverage.objects.filter(team__academy=world.academy).order_by("pk")[0].pk,
    }
    return {
        FOLLOWED: other
        | {
            "uid": world.enquiry.uid,
            "file_uid": file.uid,
            "note_uid": note.uid,
            "summary_uid": agreed.uid,
            "contact_uid": given.uid,
        },
        WAITING: other | {"uid": waiting.uid},
        UNKNOWN: other,
    }


def booked_for(world: World) -> Appointment:
    """The appointment to come of the followed enquiry, with whoever leads it."""
    now, enquiry = timezone.now(), world.reload()
    if (taken := upcoming(enquiry, at=now)) is not None:
        return taken
    author = world.actor("author", at=now)
    terms = terms_of(enquiry, for_author=True, at=now)
    # Late, so that it may be moved and cancelled, and leaves what is offered first as it is.
    day = timezone.localtime(now).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=20)
    slots = offered([world.people["counsellor"].pk], terms, way=Way.PHONE)
    slot = next(slot for slot in slots if slot.start > day)
    choice = Choice(slot.person, slot.start, Way.PHONE, slot.place)
    return book_meeting(actor=author, enquiry=enquiry, choice=choice, phone="0600000001", key=uuid.uuid4(), at=now)


def answered_line(world: World) -> tuple[Team, DutyShift]:
    """A telephone line of the académie that the HR officer answers, and a half-day of hers, far away."""
    known = Team.objects.filter(kind=TeamKind.LINE).count()
    line = Team.objects.create(
        kind=TeamKind.LINE, name=f"Allô {uuid.uuid4().hex[:6]}", academy=world.academy, valid_from=LONG_AGO
    )
    officer = world.people["HR officer"]
    Posting.objects.create(
        person=officer,
        role=Role.HR_OFFICER,
        academy=world.academy,
        team=line,
        valid_from=LONG_AGO + timedelta(days=known),
    )
    start = datetime(2090, 6, 1, 7, tzinfo=UTC) + timedelta(days=known)
    times = {"starts_at": start, "ends_at": start + timedelta(hours=3)}
    held = HeldTime.objects.create(person=officer, kind=Holder.SHIFT, **times)
    shift = DutyShift.objects.create(line=line, person=officer, day=start.date(), half="am", held=held, **times)
    return line, shift


def free_moment(actor: Actor) -> datetime:
    """An hour on the hour, two days on or later, that nothing holds yet."""
    begins = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
    return begins + timedelta(hours=HeldTime.objects.filter(person=actor.person_id).count())


def relations(route: Route) -> tuple[str, ...]:
    """Rows a route is tried on: three when it names an enquiry, none otherwise."""
    return (FOLLOWED, WAITING, UNKNOWN) if names_an_enquiry(route) else ("",)


def names_an_enquiry(route: Route) -> bool:
    """True when the id in the address is an enquiry's, rather than a draft's or a held form's."""
    return "uid" in route.arguments and route.name.startswith("enquiries:") and ":ask_" not in route.name
