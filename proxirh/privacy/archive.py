"""What a person downloads about herself: a page, the same as JSON, and her files, in one ZIP made as it is sent.

Nothing of it is kept. Which fields are in it is told by the registries (`personal_data.py` of each app), not here.
"""

import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import transaction
from django.db.models import Model
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape

from proxirh.accounts import personal_data as of_accounts
from proxirh.accounts.models import User
from proxirh.accounts.services import factors_of
from proxirh.enquiries import personal_data as of_enquiries
from proxirh.kernel import journal
from proxirh.kernel.encryption import DecryptionError
from proxirh.kernel.errors import NotAllowed
from proxirh.kernel.files import safe_name
from proxirh.kernel.personal_data import Held
from proxirh.notifications import personal_data as of_notifications
from proxirh.outbox import personal_data as of_outbox
from proxirh.scheduling import personal_data as of_scheduling
from proxirh.territories import personal_data as of_territories
from proxirh.territories.actor import Actor
from proxirh.ui import french

FORMAT = 1
PAGE, DATA, FILES = "lisez-moi.html", "donnees.json", "fichiers"
# Annotations, and keys of the JSON columns: what no field names in French.
WORDS = {
    "topic_agent_label": "de quoi vous souhaitiez parler",
    "enclosed_names": "fichiers qui l’accompagnent",
    "first_name": "prénom",
    "last_name": "nom",
    "email": "adresse électronique",
    "phone": "téléphone",
    "means": "moyens préférés",
    "times": "moments préférés",
    "may_leave_voicemail": "message vocal possible",
    "not_at_work": "ne pas appeler au travail",
    "excluded_names": "personnes que vous écartez",
    "superior_name": "supérieur hiérarchique",
    "words": "vos mots",
    "department": "département",
    "category": "catégorie",
    "topic": "type de demande",
    "site": "établissement",
    "starts_at": "de",
}
# Said otherwise to the person herself than in the models.
TITLES = {
    "Person": "votre nom",
    "SessionSeat": "vos inscriptions à des rencontres collectives",
    "VisitRequest": "vos demandes de visite",
    "OutgoingEmail": "courriels qui vous ont été envoyés",
    "EnquiryFact": "ce qui est compté",
    "Appointment": "vos rendez-vous",
    "NotesRequest": "vos demandes de notes de travail",
    "NoteReview": "notes de travail que vous avez demandées",
}
LABELS = {
    "ciphertext": "adresse électronique",
    "is_from_agent": "écrit par vous",
    "is_from_cell": "écrit par la cellule",
}
# A page of a file, not of the site: no other address, no script, readable in the dark and on a telephone.
HEAD = """<!DOCTYPE html>
<html lang="fr"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:46rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}}
h2{{margin-top:2.5rem;border-top:1px solid;padding-top:1rem}}dt{{font-weight:bold}}dd{{margin:0 0 .75rem;
white-space:pre-line}}dl{{border-left:3px solid;padding-left:1rem;margin:0 0 1.5rem}}</style></head><body>"""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value: as JSON holds it, and as a person reads it."""

    name: str
    label: str
    value: Any
    shown: str


@dataclass(frozen=True, slots=True)
class Section:
    """The rows of one kind."""

    code: str
    title: str
    rows: list[list[Cell]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Archive:
    """Everything read from the database; only files are still to be opened, one at a time."""

    made_at: datetime
    sections: Sequence[Section]
    files: Sequence[tuple[str, Held, Any]]


def everything_held(actor: Actor) -> list[Held]:
    """What each app tells of this person."""
    apps = (of_accounts, of_territories, of_scheduling, of_enquiries, of_notifications, of_outbox)
    return [held for app in apps for held in app.held_about(actor)]


@transaction.atomic
def export_data(*, actor: Actor, at: datetime | None = None) -> Archive:
    """Read all that is kept about this person and about nobody else, and leave a line in the journal, ids only."""
    user = User.objects.filter(pk=actor.user_id or 0).first()
    if user is None:
        raise NotAllowed("Connectez-vous d’abord : un code arrive à votre adresse.")
    at = at or timezone.now()
    held = everything_held(actor)
    journal.record(actor=actor.label, verb="données.exportées", subject=user, at=at)
    given = [(one, row) for one in held if one.file for row in one.rows]
    files = [(f"{FILES}/{number:03}-{safe_name(row.name)}", one, row) for number, (one, row) in enumerate(given, 1)]
    return Archive(at, [*_sections(held), _factors(user)], files)


def _sections(held: Sequence[Held]) -> Iterator[Section]:
    found: dict[str, Section] = {}
    for one in held:
        title = TITLES.get(one.model.__name__) or str(one.model._meta.verbose_name_plural)
        section = found.setdefault(one.model.__name__, Section(one.model.__name__, title))
        section.rows.extend([_cell(one.model, name, row) for name in one.names] for row in one.rows)
    return iter(found.values())


def _factors(user: User) -> Section:
    rows = [
        [Cell("name", "nom", one.label, one.label), Cell("added_at", "ajouté le", *_told(one.added_at))]
        for one in factors_of(user)
    ]
    return Section("SecondFactor", "seconds facteurs", rows)


def _cell(model: type[Model], name: str, row: Any) -> Cell:
    value = getattr(row, name)
    try:
        label = LABELS.get(name) or str(model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    except FieldDoesNotExist:
        label = WORDS.get(name, name)
    kept, shown = _told(value)
    display = getattr(row, f"get_{name}_display", None)
    return Cell(name, label, kept, str(display()) if display and value else shown)


def _told(value: Any) -> tuple[Any, str]:
    """A value as JSON holds it, and in words."""
    if value is None or value in ("", [], {}):
        return value, "—"
    match value:
        case bool():
            return value, "oui" if value else "non"
        case datetime():
            return value.isoformat(), french.moment(value)
        case date():
            return value.isoformat(), french.long_day(value)
        case dict():
            lines = [f"{WORDS.get(key, key)}\u00a0: {_told(one)[1]}" for key, one in value.items()]
            return value, "\n".join(lines)
        case list():
            return value, ", ".join(_told(one)[1] for one in value)
        case int() | float() | str():
            return value, str(value)
    return str(value), str(value)  # a place


def as_json(archive: Archive) -> bytes:
    """The same for a machine: one list of rows by kind, under the names of the code."""
    data = {
        "format": FORMAT,
        "fait_le": archive.made_at.isoformat(),
        "donnees": {
            section.code: [{cell.name: cell.value for cell in row} for row in section.rows]
            for section in archive.sections
        },
        "fichiers": [name for name, _, _ in archive.files],
    }
    return json.dumps(data, ensure_ascii=False, indent=1).encode()


def as_page(archive: Archive) -> bytes:
    """The same to read, without anything that this file does not hold."""
    title = f"Mes données, le {french.plain_day(archive.made_at)}"
    context = {"title": title, "sections": archive.sections, "files": archive.files}
    return (HEAD.format(title=escape(title)) + render_to_string("privacy/archive.html", context)).encode()


class _Sink(io.RawIOBase):
    """Where the archive is written, and taken from at once."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        found, self.parts = b"".join(self.parts), []
        return found


def zipped(archive: Archive) -> Iterator[bytes]:
    """The bytes of the ZIP, one member at a time: never more than one file in memory, and none on the disk."""
    sink, missing = _Sink(), []
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in ((PAGE, as_page(archive)), (DATA, as_json(archive))):
            target.writestr(name, data)
            yield sink.take()
        for name, held, row in archive.files:
            content = _opened(held, row)
            if content is None:
                missing.append(name)
                continue
            target.writestr(name, content)
            yield sink.take()
        if missing:
            told = (
                "Ces fichiers ne sont pas joints : ils attendent l’antivirus, il les a refusés, ou ils sont abîmés.\n"
            )
            target.writestr(f"{FILES}/absents.txt", told + "\n".join(missing) + "\n")
    yield sink.take()


def _opened(held: Held, row: Any) -> bytes | None:
    assert held.file is not None
    try:
        return held.file(row)
    except (FileNotFoundError, DecryptionError):
        return None
