"""What people type is nowhere but in its encrypted column: read in every byte that leaves or stays (figure 7).

A witness that must be found goes along, in the clear name of a place: it shows that each search is able to find.
"""

import logging
import shutil
import sqlite3
import subprocess
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection
from django.urls import reverse

from proxirh.accounts.models import Person
from proxirh.accounts.services import request_code
from proxirh.accounts.services.held import hold_form
from proxirh.enquiries import services
from proxirh.enquiries.models import Agreement, Decision, Enquiry, ExpertQuestion, NoteReview, Referral
from proxirh.enquiries.services import (
    answering,
    consulting,
    meeting,
    reading,
    referring,
    signposting,
    summarising,
    transmitting,
)
from proxirh.enquiries.services.disclosing import ask_for_notes, review_note
from proxirh.enquiries.services.noting import write_note
from proxirh.kernel.personal_data import DataClass
from proxirh.notifications.models import Frequency
from proxirh.notifications.services import choose_by_link
from proxirh.outbox.models import OutgoingEmail
from proxirh.scheduling.models import Half
from proxirh.scheduling.services import booking
from proxirh.scheduling.services.visits import ask_visit
from proxirh.territories.models import Site, Team, Topic
from proxirh.ui.forms import Form
from tests.enquiries import moving
from tests.privacy.test_archive import registered
from tests.proofs.telling import Tell
from tests.routes import SENT, WRITING, Visitors, address_of, routes, sign_in
from tests.scheduling.line import a_call
from tests.strict_client import StrictClient
from tests.targets import FOLLOWED, make_targets
from tests.test_canaries import CANARIES, whole_journey
from tests.world import NOW, World, build_world, make_person

MORE = {
    "note": "CANARINOTE",
    "reason": "CANARIMOTIF",
    "passed_on": "CANARITRANSMIS",
    "answer": "CANARICELLULE",
    "referred": "CANARIRELATION",
    "their_answer": "CANARIRETOUR",
    "asked": "CANARIAVIS",
    "advice": "CANARICONSEIL",
    "unnamed": "CANARISANSNOM",
    "interview": "CANARISYNTHESE",
    "remark": "CANARIREMARQUE",
    "held": "CANARIRETENU",
    "staff": "canari.service@exemple.invalid",
    "staff_phone": "0699887766",
    "contact": "CANARICONTACT",
    "caller": "CANARIAPPEL",
    "caller_reach": "CANARINUMERO",
    "call_note": "CANARIPENSEBETE",
    "reach": "CANARIJOINDRE",
    "visit": "CANARIVISITE",
    "guest": "CANARIINVITEE",
    "guest_phone": "0688776655",
}
ALL = CANARIES | MORE
WITNESS = "TEMOINENCLAIR"
# What is drawn by us, and the mails themselves, in which no canary must be.
NOT_TYPED = {"Enquiry.call_code", "ExpertQuestion.facts", "OutgoingEmail.body", "OutgoingEmail.calendar"}
TYPED = frozenset({DataClass.IDENTITY, DataClass.CONTENT, DataClass.NOTE})
PAGES = {"text/html; charset=utf-8", "application/json", "text/plain", "text/plain; charset=utf-8", "application/pdf"}


CALENDAR = "text/calendar; charset=utf-8"


def speak_everywhere(world: World) -> None:
    """A canary in every field where someone’s words or name may come to be."""
    whole_journey(world, world.topic)
    given = {name: ALL[name] for name in ("words", "first_name", "last_name", "phone", "excluded_names")}
    author, counsellor = world.actor("author"), world.actor("counsellor")
    enquiry = world.submit("author", topic=Topic.objects.get(code="2.4"), email=ALL["email"], **given)
    services.take_enquiry(actor=counsellor, enquiry=enquiry, at=NOW)
    enquiry = world.reload(enquiry)
    meet_everywhere(world, enquiry)
    enquiry = world.reload(enquiry)
    services.set_next_step(
        actor=counsellor, enquiry=enquiry, next_step=ALL["next_step"], next_step_on=NOW.date().replace(day=28), at=NOW
    )
    summary = summarising.propose_summary(
        actor=counsellor, enquiry=world.reload(enquiry), held_on=NOW.date(), body=ALL["interview"], at=NOW
    )
    summarising.ask_for_change(actor=author, summary=summary, remark=ALL["remark"], at=NOW)
    contact = signposting.Contact(ALL["contact"], ALL["reach"])
    signposting.give_contact(
        actor=counsellor, enquiry=world.reload(enquiry), contact=contact, body=ALL["answer"], at=NOW
    )
    signposting.ask_due(at=NOW + signposting.ASKED_AFTER)
    moved = moving.start(world, enquiry, body=ALL["interview"], at=NOW)
    moving.agree(world, moved, at=NOW)
    write_note(actor=counsellor, enquiry=world.reload(enquiry), body=ALL["note"], at=NOW)
    write_note(actor=counsellor, enquiry=world.reload(enquiry), body=ALL["note"], is_shared=True, at=NOW)
    ask_for_notes(actor=author, at=NOW)
    reviews = NoteReview.objects.filter(enquiry=enquiry).select_related("request", "note", "enquiry__data_key")
    for decision, review in zip((Decision.WITHHELD, Decision.GIVEN), reviews, strict=True):
        review_note(actor=counsellor, review=review, decision=decision, reason=f"Parce que {ALL['reason']}.", at=NOW)
    reading.open_exceptionally(
        actor=world.actor("coordinator"), enquiry=world.reload(enquiry), reason=f"Parce que {ALL['reason']}.", at=NOW
    )
    passed_on = transmitting.transmit_named(actor=author, enquiry=world.reload(enquiry), body=ALL["passed_on"], at=NOW)
    cell = world.actor("cell officer")
    transmitting.open_transmission(actor=cell, transmission=passed_on, at=NOW)
    transmitting.answer_transmission(actor=cell, transmission=passed_on, body=ALL["answer"], at=NOW)
    referred = referring.refer(
        actor=counsellor,
        enquiry=world.reload(enquiry),
        to=Team.objects.get(kind="cell", academy=world.academy),
        body=ALL["referred"],
        agreement=Agreement.ORAL,
        oral_on=NOW.date(),
        at=NOW,
    )
    for act in (answering.open_referral, answering.accept_referral):
        act(actor=cell, referral=Referral.objects.visible_to(cell).get(pk=referred.pk), at=NOW)
    found = Referral.objects.visible_to(cell).get(pk=referred.pk)
    answering.answer_referral(actor=cell, referral=found, body=ALL["their_answer"], at=NOW)
    asked = consulting.ask_cell(
        actor=counsellor,
        enquiry=world.reload(enquiry),
        to=found.team,
        facts=consulting.Fact.values,
        body=ALL["asked"],
        due_on=consulting.usual_day(enquiry, at=NOW),
        at=NOW,
    )
    question = ExpertQuestion.objects.visible_to(cell).get(pk=asked.pk)
    consulting.answer_question(actor=cell, question=question, body=ALL["advice"], at=NOW)
    a_call(world, name=ALL["caller"], reach=ALL["caller_reach"], note=ALL["call_note"])
    code = transmitting.new_code()
    transmitting.transmit_unnamed(academy=world.academy, body=ALL["unnamed"], code=code, at=NOW)
    ask_visit(actor=author, site=world.site, wished=[(NOW.date(), Half.AFTERNOON)], note=ALL["visit"], at=NOW)
    staff = make_person("canari service", address=ALL["staff"])
    field: Any = Person._meta.get_field("phone")
    Person.objects.filter(pk=staff.pk).update(phone=field.seal(staff, ALL["staff_phone"]))
    services.start_draft(token="y" * 22, is_shared_computer=False, answers={"words": ALL["draft"]}, at=NOW)
    request_code(address=ALL["email"], token="z" * 22, at=NOW)
    mail = OutgoingEmail.objects.filter(kind="code").select_related("data_key").order_by("-pk")[0]
    mail.kind = "closed"
    choose_by_link(mail=mail, frequency=Frequency.DAILY, at=NOW)
    hold_form(
        user_id=staff.user_id,
        token="h" * 22,
        path="/suivi/",
        fields={"body": [ALL["held"]]},
        had_files=False,
        client="",
    )


def meet_everywhere(world: World, enquiry: Enquiry) -> None:
    """An appointment of this enquiry, one with somebody whom the service follows nowhere, and its calendar open."""
    host, start = world.people["counsellor"].pk, NOW.replace(hour=16) + timedelta(days=2)
    meeting.book_meeting(
        actor=world.actor("counsellor"),
        enquiry=world.reload(enquiry),
        choice=booking.Choice(host, start, "phone"),
        phone=ALL["guest_phone"],
        key=uuid.uuid4(),
        at=NOW,
    )
    booking.book(
        by="essai",
        guest=booking.Guest(ALL["guest"], ALL["guest_phone"]),
        choice=booking.Choice(host, start + timedelta(days=1), "phone"),
        terms=booking.terms_for_staff(world.department, timedelta(minutes=45), at=NOW),
        key=uuid.uuid4(),
        at=NOW,
    )


def canaries_in(data: bytes) -> list[str]:
    """Canaries found as they are, in capitals or not, or spelt in hexadecimal as dumps do."""
    lowered = data.lower()
    return [
        name
        for name, canary in ALL.items()
        if canary.lower().encode() in lowered or canary.encode().hex().encode() in lowered
    ]


def holds_witness(data: bytes) -> bool:
    return WITNESS.encode() in data or WITNESS.encode().hex().encode() in data.lower()


def database_files() -> dict[str, bytes]:
    """The files of the database and of its journal; empty when the server is elsewhere."""
    if connection.vendor == "sqlite":
        name = Path(connection.settings_dict["NAME"])
        return {path.name: path.read_bytes() for path in name.parent.glob(f"{name.name}*")}
    with connection.cursor() as cursor:
        try:
            cursor.execute("CHECKPOINT")
            cursor.execute("SHOW data_directory")
            folder = Path(cursor.fetchone()[0])
            cursor.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
            inside = folder / "base" / str(cursor.fetchone()[0])
            paths = [*inside.iterdir(), *(folder / "pg_wal").iterdir()]
            return {str(path.relative_to(folder)): path.read_bytes() for path in paths if path.is_file()}
        except (DatabaseError, OSError):
            return {}


def backups(folder: Path) -> dict[str, bytes]:
    """What a backup holds, as a file and as text."""
    if connection.vendor == "sqlite":
        copy = sqlite3.connect(folder / "copy.sqlite3")
        with sqlite3.connect(connection.settings_dict["NAME"]) as source:
            source.backup(copy)
        text = "\n".join(copy.iterdump()).encode()
        copy.close()
        source.close()
        return {"copy": (folder / "copy.sqlite3").read_bytes(), "text": text}
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))
    tool = shutil.which("pg_dump") or str(found[-1])
    at = connection.settings_dict
    command = [tool, "--dbname", at["NAME"], "--host", at["HOST"] or "127.0.0.1"]
    command += ["--port", str(at["PORT"])] if at["PORT"] else []
    command += ["--username", at["USER"]] if at["USER"] else []
    return {"pg_dump": subprocess.run(command, check=True, capture_output=True).stdout}


def fields_of_forms() -> dict[str, str]:
    """A canary for each field of each form of ours."""
    found: dict[str, str] = {}
    pending: list[type] = [Form]
    while pending:
        form = pending.pop()
        pending += form.__subclasses__()
        found |= dict.fromkeys(form.base_fields, f"{ALL['words']} {ALL['message']}")  # type: ignore[attr-defined]
    return found


class OurFaultError(Exception):
    """What breaks on purpose."""


def pages_of_faults(world: World) -> Iterator[bytes]:
    """What each address answers to each kind of reader when our code breaks at its first writing, then anywhere."""
    visitors, targets, typed = Visitors(world), make_targets(world), fields_of_forms()

    def break_writing(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip("( ").upper().startswith(("INSERT", "UPDATE", "DELETE")):
            raise OurFaultError("une panne")
        return execute(sql, params, many, context)

    for route in routes():
        address = address_of(route, targets[FOLLOWED])
        for part in ("author", "counsellor", "coordinator", "cell officer", WRITING, SENT):
            client = StrictClient(raise_request_exception=False)
            client.cookies = visitors.cookies[part].copy()
            with connection.execute_wrapper(break_writing):
                answer = client.post(address, typed)
            if answer.status_code == 500:
                yield answer.content


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_nothing_typed_is_anywhere_but_in_its_encrypted_column(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, tell: Tell
) -> None:
    """Mutations: log what a form holds; make a column clear; write a name into a mail; put words into an error."""
    world = build_world()
    with caplog.at_level(logging.DEBUG):
        speak_everywhere(world)
    Site.objects.filter(pk=world.other_site.pk).update(name=WITNESS)
    silent = [place for place, said in typed_fields().items() if not said]
    assert silent == [], "nothing was typed there: add it to speak_everywhere"
    read: dict[str, list[str]] = {}

    mails = list(OutgoingEmail.objects.select_related("data_key"))
    read["courriels"] = [name for mail in mails for name in canaries_in(f"{mail.subject}\n{mail.body}".encode())]
    # An invitation names the address that it is sent to, and nothing else of her.
    events = [mail.calendar.replace("\r\n ", "") for mail in mails if mail.calendar]
    assert events
    read["invitations"] = [name for event in events for name in canaries_in(event.encode()) if name != "email"]
    files = database_files()
    read["base et journal de la base"] = [name for data in files.values() for name in canaries_in(data)]
    assert not files or any(holds_witness(data) for name, data in files.items() if "wal" in name), list(files)
    saved = backups(tmp_path)
    read["sauvegarde"] = [name for data in saved.values() for name in canaries_in(data)]
    assert all(holds_witness(data) for data in saved.values())
    stored = [
        path for path in Path(settings.PROXIRH_DATA_DIR).rglob("*") if path.is_file() and "sqlite3" not in path.name
    ]
    read["fichiers"] = [name for path in stored for name in canaries_in(path.read_bytes() + path.name.encode())]
    read["statistiques"] = []
    for part in ("coordinator", "head of service", "national referent"):
        client = StrictClient()
        sign_in(client, world, part)
        page = client.get(reverse("steering:figures"))
        assert page.status_code == 200
        read["statistiques"] += canaries_in(page.content)
    faults = list(pages_of_faults(world))
    assert len(faults) > 20
    read["pages d’erreur"] = [name for page in faults for name in canaries_in(page)]
    # Both what the journey logged and the traces of the faults.
    assert "OurFaultError" in caplog.text
    read["journaux techniques"] = canaries_in(caplog.text.encode())
    read["flux"] = feeds(world)

    found = {place: sorted(set(names)) for place, names in read.items() if names}
    octets = sum(len(data) for data in (*files.values(), *saved.values()))
    where = "base et de sauvegarde" if files else "sauvegarde, la base étant distante"
    tell(
        7,
        counted=(
            f"{len(ALL)} textes témoins dans les {len(typed_fields())} champs de texte ; {len(mails)} courriels, "
            f"{octets // 1_000_000} Mo de {where}, "
            f"{len(stored)} fichiers, {len(faults)} pages d’erreur, journaux techniques, statistiques, "
            f"{len(events)} invitations, calendriers"
        ),
        target="0 trouvé",
        result=f"{sum(map(len, found.values()))} trouvé",
    )
    assert found == {}


def typed_fields() -> dict[str, bool]:
    """Each field that names someone or holds someone’s words, and whether a canary is in one of its rows."""
    said: dict[str, bool] = {}
    for model, column in registered(TYPED):
        place = f"{model.__name__}.{column}"
        if place not in NOT_TYPED:
            values = (getattr(row, column) for row in model._base_manager.all())
            said[place] = any(canaries_in(str(value).encode()) for value in values)
    return said


def feeds(world: World) -> list[str]:
    """Canaries in calendars; an address that answers yet another kind of thing fails."""
    visitors, targets = Visitors(world), make_targets(world)
    found: list[str] = []
    events = 0
    for route in routes():
        for part in ("author", "counsellor", "coordinator"):
            answer = visitors.ask(part, "GET", address_of(route, targets[FOLLOWED]))
            kind = answer.headers["Content-Type"]
            if kind == CALENDAR:
                events += answer.text.count("BEGIN:VEVENT")
                found += canaries_in(answer.text.replace("\r\n ", "").encode())
                continue
            assert kind in PAGES, f"{route.name} answers {kind}: read its canaries here"
    assert events >= 3
    return found
