"""Asking for notes and re-reading them, one function an act; and what each then reads."""

import io
import zipfile
from datetime import timedelta
from typing import Any

from proxirh.enquiries.models import Decision, NoteReview, NotesRequest, WorkingNote
from proxirh.enquiries.services import noting
from proxirh.enquiries.services.disclosing import ask_for_notes, review_note
from proxirh.outbox.models import OutgoingEmail
from proxirh.privacy import archive
from proxirh.territories.models import Posting, WorkTie
from tests.world import LONG_AGO, NOW, World

HERS, BESIDE, WHY = "CANARINOTE", "CANARICOSUIVI", "CANARIRAISON"
MINE, REVIEWS = "/mes-donnees/notes/", "/bureau/notes/a-relire/"
DAY = timedelta(days=1)


def write(world: World, part: str, body: str, enquiry: Any = None, **more: Any) -> WorkingNote:
    return noting.write_note(
        actor=world.actor(part), enquiry=enquiry or world.enquiry, body=body, at=more.pop("at", NOW), **more
    )


def ask(world: World, part: str = "author", **more: Any) -> NotesRequest:
    return ask_for_notes(actor=world.actor(part), at=more.pop("at", NOW + DAY), **more)


def review_of(note: WorkingNote) -> NoteReview:
    return NoteReview.objects.select_related("request", "note", "enquiry__data_key").get(note=note)


def decide(
    world: World,
    part: str,
    note: WorkingNote,
    decision: str = Decision.GIVEN,
    *,
    at: Any = NOW + 2 * DAY,
    why: str = "",
) -> None:
    review_note(actor=world.actor(part), review=review_of(note), decision=decision, reason=why, at=at)


def reload(note: WorkingNote) -> WorkingNote:
    return WorkingNote._base_manager.select_related("enquiry__data_key", "enquiry__department").get(pk=note.pk)


def mails(kind: str) -> list[OutgoingEmail]:
    return list(OutgoingEmail.objects.select_related("data_key").filter(kind=kind).order_by("pk"))


def recipients(kind: str) -> list[str]:
    return [mail.recipient for mail in mails(kind)]


def downloaded(world: World, part: str) -> str:
    data = b"".join(archive.zipped(archive.export_data(actor=world.actor(part), at=NOW)))
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        return "\n".join(found.read(name).decode() for name in (archive.PAGE, archive.DATA))


def end_mission(world: World, part: str) -> None:
    Posting.objects.filter(person=world.people[part]).update(valid_until=NOW.date() - DAY)


def put_in_conflict(world: World, part: str) -> None:
    WorkTie.objects.create(person=world.people[part], kind="has_authority", site=world.site, valid_from=LONG_AGO)
