"""Mails, tab titles and notices read the same whatever one came to talk about (issue: neutral words).

Every mail of an enquiry is written for every topic, and every page of an enquiry opened, with a canary in each text:
what differs from one topic to another, once the reference and the links are blanked, is a leak.
"""

import re
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from proxirh.accounts.models import address_index
from proxirh.enquiries import consulting_mails, notices, referring_mails, reminders, services
from proxirh.enquiries.models import Channel, Enquiry, LadderRung, LadderStep, Outcome, Transmission, Watch
from proxirh.enquiries.services import alarming, reading, slot_alarms, transmitting
from proxirh.enquiries.services.disclosing import ask_for_notes
from proxirh.enquiries.services.meeting import book_meeting, terms_of
from proxirh.enquiries.services.noting import write_note
from proxirh.kernel.models import DataKey
from proxirh.notifications.digests import send_digest
from proxirh.notifications.kinds import KINDS
from proxirh.notifications.models import Frequency, MailChoice
from proxirh.outbox.models import MailState, OutgoingEmail
from proxirh.scheduling import letters
from proxirh.scheduling.models import Appointment, Way, WhyCancelled
from proxirh.scheduling.services import booking
from proxirh.scheduling.workflow import AppointmentStep
from proxirh.territories.models import Team, Topic
from tests.enquiries import consulting, referring
from tests.proofs.telling import AT_LENGTH
from tests.routes import Route, Visitors, address_of, routes
from tests.scheduling.going import everything_of_going
from tests.scheduling.phone import everything_of_a_roster
from tests.targets import names_an_enquiry
from tests.test_canaries import CANARIES, canaries_in
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
MAILS = Path("proxirh/enquiries/templates/enquiries/mails")
DIGESTS = Path("proxirh/notifications/templates/notifications/mails")
ROSTERS = Path("proxirh/scheduling/templates/scheduling/mails")
# Said within others.
INCLUDED = {"when"}
# One topic of each branch and each that has a screen of its own; all of them at length. Pages are dearer than mails.
FEW = ("1.1", "2.1", "2.3", "2.4", "3.2", "4.4", "5.1", "6", "7", "8")
FEWER = ("2.1", "3.2", "6", "8")
# Words of every day, which a neutral sentence may well say, and one that says only who answers.
EVERYDAY = {"autre", "autre chose", "une autre question", "relations"}
REFERENCE = re.compile(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b")
LINKS = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<=pas-moi/)[^/]+|(?<=repondre/)[^/]+|(?<=rendez-vous/)[\w-]+(?::|%3A)[\w-]+|(?<=UID:)\w+"
)
CALL_CODE = re.compile(r"(?<=Code d’appel\u00a0: ).*")


def codes(few: tuple[str, ...]) -> list[str]:
    """Every topic one may choose; a few of them in the suite."""
    found = Topic.objects.filter(is_open=True, subtopics=None).order_by("position").values_list("code", flat=True)
    return [code for code in found if AT_LENGTH or code in few]


def everything_reminded(world: World, enquiry: Enquiry) -> None:
    """Every mail of the ladder about it, whatever is watched, followed or not."""
    since, at, people = NOW.date(), NOW + timedelta(days=30), [world.people["counsellor"]]
    for watch in (Watch.FIRST_ANSWER, Watch.NEXT_STEP):
        for is_followed in (True, False):
            enquiry.lead_id = world.people["counsellor"].pk if is_followed else None
            for rung in reminders.KINDS:
                deadline = since + timedelta(days=is_followed)
                step = LadderStep.objects.create(enquiry=enquiry, watch=watch, deadline=deadline, rung=rung)
                reminders.remind(rung, enquiry, people, step=step, at=at)
    step = LadderStep.objects.create(enquiry=enquiry, watch=Watch.NEXT_STEP, deadline=since, rung=LadderRung.HEAD)
    reminders.remind_heads(world.academy, {people[0]: [enquiry.reference]}, step=step, at=at)
    step = LadderStep.objects.create(enquiry=enquiry, watch=Watch.AUTHOR, deadline=since, rung=LadderRung.AUTHOR)
    reminders.write_kindly(enquiry, step=step, at=at)


def everything_referred(world: World, enquiry: Enquiry, *, by: str, at: datetime) -> None:
    """Every mail of a referral to a cell, then to a partner."""
    said = {"enquiry": enquiry, "by": by, "at": at, "body": CANARIES["message"]}
    to_cell = referring.refer(world, **said)
    to_partner = referring.refer(world, to=referring.a_partner(confirmed_on=at.date()), **said)
    for step in ("answered", "expired"):
        referring_mails.tell_author(to_cell, step=step, at=at)
        referring_mails.tell_lead(to_cell, step=step, at=at)
    referring_mails.tell_heads(to_cell, at=at)
    referring_mails.tell_other_side(to_cell, step="reminded", at=at)
    referring_mails.tell_other_side(to_partner, step="reminded", token="t" * 22, at=at)
    asked = consulting.ask(world, enquiry=world.reload(enquiry), by=by, at=at, body=CANARIES["message"])
    for step in ("answered", "late"):
        consulting_mails.tell_lead(asked, step=step, at=at)
    consulting_mails.tell_cell(asked, step="reminded", at=at)


def everything_about_a_meeting(world: World, enquiry: Enquiry, *, part: str, at: datetime) -> None:
    """Every mail of an appointment: taken, moved, reminded of, missed, cancelled."""
    host = world.people[part]
    start = at.replace(hour=13, minute=0, second=0, microsecond=0) + timedelta(days=5)
    terms = terms_of(enquiry, for_author=False, at=at)
    chosen = booking.Choice(host.pk, start, Way.PHONE)
    made = book_meeting(
        actor=world.actor(part), enquiry=enquiry, choice=chosen, phone=CANARIES["phone"], key=uuid.uuid4(), at=at
    )
    later = booking.Choice(host.pk, start + timedelta(days=1), Way.PHONE)
    row = booking.move(by="essai", appointment=reread(made), choice=later, terms=terms, key=uuid.uuid4(), at=at)
    letters.remind(reread(row), turn=1, is_today=False, at=at)
    letters.remind(reread(row), turn=2, is_today=True, at=at)
    letters.tell_missed(reread(row), at=at)
    step, why = AppointmentStep.CANCEL_BY_SERVICE, WhyCancelled.ABSENCE
    booking.cancel(by="essai", appointment=reread(row), step=step, why=why, at=at)


def reread(row: Appointment) -> Appointment:
    return Appointment.objects.linked(row.series).get(pk=row.pk)


def everything_mailed(world: World, topic: Topic) -> Enquiry:
    """Every mail that an enquiry about this may cause; it ends in the hands of its lead."""
    given = {name: CANARIES[name] for name in ("words", "first_name", "last_name", "phone", "excluded_names")}
    enquiry = world.submit("author", topic=topic, superior_name=CANARIES["superior_name"], **given)
    lead = world.actor("HR officer" if enquiry.team_id == world.officers.pk else "counsellor")
    author, later = world.actor("author"), NOW + timedelta(minutes=5)
    services.submit_enquiry(
        actor=world.actor("counsellor"),
        answers=world.answers(topic=topic, **given),
        idempotency_key=uuid.uuid4(),
        channel=Channel.PHONE,
        on_behalf=True,
        at=NOW,
    )
    services.take_enquiry(actor=lead, enquiry=enquiry, at=later)

    def now() -> Enquiry:
        return world.reload(enquiry)

    coming = {"next_step": CANARIES["next_step"], "next_step_on": NOW.date() + timedelta(days=9), "at": later}
    services.send_message(actor=lead, enquiry=now(), body=CANARIES["reply"], at=later)
    services.send_message(actor=author, enquiry=now(), body=CANARIES["message"], at=later)
    services.wait_for_agent(actor=lead, enquiry=now(), **coming)
    services.resume_enquiry(actor=lead, enquiry=now(), at=later)
    services.wait_for_date(actor=lead, enquiry=now(), **coming)
    services.resume_enquiry(actor=lead, enquiry=now(), at=later)
    write_note(actor=lead, enquiry=now(), body=CANARIES["summary"], at=later)
    reading.open_exceptionally(
        actor=world.actor("coordinator"), enquiry=now(), reason=f"Parce que {CANARIES['message']}.", at=later
    )
    part = "HR officer" if enquiry.team_id == world.officers.pk else "counsellor"
    everything_about_a_meeting(world, now(), part=part, at=later)
    everything_referred(world, now(), by=part, at=later)
    concern = alarming.raise_concern(actor=lead, enquiry=now(), at=later)
    alarming.acknowledge_concern(actor=world.actor("coordinator"), concern=concern, at=later)
    services.close_enquiry(
        actor=lead,
        enquiry=now(),
        outcomes=[Outcome.INDIVIDUAL_INFORMATION],
        closing_word=CANARIES["closing_word"],
        topic=topic if topic.code == "7" else None,
        at=later,
    )
    services.reopen_enquiry(actor=author, enquiry=now(), at=later)
    for kind in ("given_back", "absent", "cell_answered", "merged", "contact_question"):
        notices.tell_author(now(), kind=kind, at=later)
    for kind in ("proposed", "invited", "reassigned"):
        notices.tell_colleague(
            now(), world.people["counsellor"], kind=kind, dedupe_key=f"{kind}:{topic.code}", at=later
        )
    notices.tell_relieved(world.people["counsellor"], dedupe_key=f"relieved:{topic.code}", at=later)
    asked = ask_for_notes(actor=author, at=later)
    notices.tell_notes_are_ready(asked, at=later)
    notices.tell_notes_are_late(asked, [now().reference], at=later)
    on = later.date() + timedelta(days=30)
    notices.tell_author(now(), kind="expiring", at=later, on=on, is_open=True)
    notices.tell_author(now(), kind="expired", at=later)
    notices.tell_lead(now(), kind="expiring_for_staff", at=later, on=on)
    for kind in ("expired_for_staff", "contact_corrected"):
        notices.tell_lead(now(), kind=kind, at=later)
    notices.tell_author(now(), kind="news_for_author", at=later)
    notices.tell_lead(now(), kind="changed_for_staff", at=later)
    notices.tell_replaced_address(now(), address="remplacee@exemple.invalid", at=later)
    notices.tell_lead(now(), kind="disowned", at=later)
    notices.tell_lead(now(), kind="withdrawn", at=later)
    everything_reminded(world, now())
    slot_alarms.tell_of_missing_slots(at=later)
    row = Enquiry.objects.for_system("essai").to_route().get(pk=enquiry.pk)
    row.wants_call_today = True
    notices.alert_team(row, at=later, free=[world.people["counsellor"].pk], offer=1)
    notices.alert_national_referent(row, at=later)
    notices.alert_of_rerouting(row, at=later)
    notices.tell_former_address(now(), address="ancienne@exemple.invalid", at=later)
    passed_on = transmitting.transmit_unnamed(
        academy=world.academy, body=CANARIES["message"], code=transmitting.new_code(), at=later
    )
    notices.alert_of_lateness(Transmission.objects.get(pk=passed_on.pk), at=later)
    draft = services.start_draft(
        token="d" * 22, is_shared_computer=False, answers={"topic": topic.code, "words": CANARIES["draft"]}, at=NOW
    )
    services.address_draft(draft=draft, address="brouillon@exemple.invalid", at=NOW)
    everything_of_a_roster(world)
    everything_of_going(world)
    return now()


def everything_gathered() -> OutgoingEmail:
    """One digest of a mail of each kind that may be gathered, whoever reads it."""
    codes = [kind.code for kind in KINDS.values() if kind.is_refusable]
    address = "tout@exemple.invalid"
    for hours, code in enumerate(codes):
        first = OutgoingEmail.objects.filter(kind=code).order_by("pk")[0]
        gathered = OutgoingEmail.objects.filter(pk=first.pk)
        gathered.update(recipient_index=address_index(address), created_at=NOW + timedelta(hours=hours))
    choice = MailChoice.objects.create(
        data_key=DataKey.objects.issue(),
        address=address,
        address_index=address_index(address),
        frequencies=dict.fromkeys(codes, Frequency.DAILY),
        next_digest_at=NOW,
        used_on=NOW.date(),
    )
    assert send_digest(choice, at=NOW + timedelta(days=31))
    assert OutgoingEmail.objects.filter(state=MailState.SKIPPED).count() == len(codes)
    return OutgoingEmail.objects.select_related("data_key").get(kind="digest")


def blanked(text: str) -> str:
    return CALL_CODE.sub("—", REFERENCE.sub("—", LINKS.sub("—", text)))


def unfolded(event: str) -> str:
    """An event whose long lines are whole again."""
    return event.replace("\r\n ", "")


def mails_of(world: World, code: str) -> dict[str, set[str]]:
    """By kind, what the mails of a topic say, blanked; what the journey left is undone."""
    with transaction.atomic():
        OutgoingEmail.objects.all().delete()
        everything_mailed(world, Topic.objects.get(code=code))
        found: dict[str, set[str]] = {}
        mails = list(OutgoingEmail.objects.select_related("data_key"))
        for mail in (*mails, everything_gathered()):
            text = f"{mail.subject}\n{mail.body}\n{unfolded(mail.calendar or '')}"
            assert not canaries_in(text.encode()), (code, mail.kind, canaries_in(text.encode()))
            found.setdefault(mail.kind, set()).add(blanked(text))
        transaction.set_rollback(True)
    return found


def labels() -> set[str]:
    """Every name of every topic, which no mail and no title may say."""
    rows = Topic.objects.values_list("label", "agent_label")
    return {label.lower() for row in rows for label in row if label} - EVERYDAY


def test_mails_are_the_same_for_every_topic(world: World, settings: Any) -> None:
    """Mutations: name the team that answers; add a sentence for one topic; put a label, a word or a name in any, the
    name of a kind in the registry included, which digests say.
    """
    Team.objects.filter(pk=world.officers.pk).update(name="Gestion et paie", phone="04 00 00 00 08")
    settings.PROXIRH_DPO_MAIL = "dpo@exemple.invalid"
    expected = mails_of(world, "1.1")
    written = {path.stem for path in (*MAILS.glob("*.txt"), *DIGESTS.glob("*.txt"), *ROSTERS.glob("*.txt"))} - INCLUDED
    assert set(expected) == written, "a mail that this journey does not write"
    # The others are of the accounts and of the agenda, which know of no enquiry.
    assert {path.parts[1] for path in Path("proxirh").rglob("mails/*.txt")} == {
        "accounts",
        "enquiries",
        "notifications",
        "scheduling",
    }
    forbidden = labels()
    for kind, texts in expected.items():
        for text in texts:
            assert not [label for label in forbidden if label in text.lower()], kind
    different = {}
    for code in codes(FEW):
        found = mails_of(world, code)
        different |= {
            (code, kind): (found.get(kind), said) for kind, said in expected.items() if found.get(kind) != said
        }
    assert different == {}


# Pages that list enquiries, or what hangs from them, whoever reads them.
LISTS = {
    *("desk", "space", "cell", "concerns", "beside", "notes_aside", "notes_to_review", "find_again", "tonight"),
    *("morning", "load", "absence", "leavers", "relieved"),
}
HELD = {"note_uid", "concern_uid", "review_uid", "transmission_uid"}


def held_by(world: World, enquiry: Enquiry, part: str) -> dict[str, Any]:
    """A note of the lead, an alert, what the cell reads, a note that its author is asked for."""
    lead = world.actor(part)
    services.send_message(actor=lead, enquiry=enquiry, body=CANARIES["reply"], at=NOW)
    note = write_note(actor=lead, enquiry=world.reload(enquiry), body=CANARIES["summary"], at=NOW)
    concern = alarming.raise_concern(actor=lead, enquiry=world.reload(enquiry), at=NOW)
    asked = ask_for_notes(actor=world.actor("author"), at=NOW)
    passed_on = transmitting.transmit_unnamed(
        academy=world.academy, body=CANARIES["message"], code=transmitting.new_code(), at=NOW
    )
    transmitting.open_transmission(actor=world.actor("cell officer"), transmission=passed_on, at=NOW)
    review = asked.reviews.order_by("-pk")[0]
    return {
        "note_uid": note.uid,
        "concern_uid": concern.uid,
        "review_uid": review.uid,
        "transmission_uid": passed_on.uid,
    }


def titled(route: Route) -> bool:
    """A page of an enquiry, of what hangs from it, or a list of them."""
    name = route.name.removeprefix("enquiries:")
    on_one = names_an_enquiry(route) and route.arguments == ("uid",)
    return on_one or name in LISTS or bool(HELD & set(route.arguments))


def titles_of(world: World, visitors: Visitors, code: str) -> dict[tuple[str, str], str]:
    """The title of each page of an enquiry about this, by route and part."""
    with transaction.atomic():
        enquiry = everything_mailed(world, Topic.objects.get(code=code))
        waiting = world.submit("author", topic=Topic.objects.get(code=code))
        found: dict[tuple[str, str], str] = {}
        officers = enquiry.team_id == world.officers.pk
        lead = "HR officer" if officers else "counsellor"
        parts = {"author": "author", "coordinator": "coordinator", "lead": lead, "cell": "cell officer"}
        hanging = held_by(world, enquiry, lead)
        for route in (one for one in routes() if titled(one)):
            for role, part in parts.items():
                for row in (enquiry, waiting)[: 2 if "uid" in route.arguments else 1]:
                    answer = visitors.ask(part, "GET", address_of(route, {"uid": row.uid, **hanging}))
                    if answer.status_code == 200 and (
                        title := re.search("<title>(.*?)</title>", answer.text, re.DOTALL)
                    ):
                        kind = "en main" if row == enquiry else "à prendre"
                        found[route.name, f"{role}, {kind}"] = " ".join(blanked(title.group(1)).split())
        transaction.set_rollback(True)
    return found


def test_titles_tell_no_topic(world: World) -> None:
    """Mutation: put the topic, or a step of protection, in the title of any page."""
    visitors, forbidden = Visitors(world), labels()
    seen: dict[str, set[str]] = {}
    met: set[str] = set()
    for code in codes(FEWER):
        for place, title in titles_of(world, visitors, code).items():
            met.add(place[0])
            seen.setdefault(title, set()).add(code)
            assert not canaries_in(title.encode()), (place, title)
            assert not [label for label in forbidden if label in title.lower()], (place, title)
    hanging = {"note", "concern", "note_to_review", "transmission"}
    assert {f"enquiries:{name}" for name in LISTS | hanging} <= met, "a page that nobody was shown"
    every = set(codes(FEWER))
    assert {title: found for title, found in seen.items() if found != every} == {}
