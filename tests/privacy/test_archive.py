"""What someone downloads about herself: everything the registries class as hers, and nothing of anyone else."""

import io
import json
import re
import shutil
import subprocess
import uuid
import zipfile
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module, util
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from proxirh.accounts.models import Address, HeldForm, Person, SignInCode, User, address_index
from proxirh.enquiries import services
from proxirh.enquiries.models import (
    BreakGlass,
    Consent,
    Draft,
    EnquiryAppointment,
    Exchange,
    ExpertQuestion,
    NoteReview,
    NotesRequest,
    Referral,
    ReferralAnswer,
    SharedSummary,
    Signposting,
    Transfer,
    Transmission,
    TransmissionMessage,
)
from proxirh.kernel.fields import EncryptedJSONField
from proxirh.kernel.files import CheckedFile
from proxirh.kernel.models import DataKey, JournalEntry
from proxirh.kernel.personal_data import EXPORTED, DataClass
from proxirh.notifications.models import MailChoice
from proxirh.outbox.models import OutgoingEmail
from proxirh.privacy import archive
from proxirh.scheduling.models import Appointment, PhoneCall, VisitRequest
from tests.proofs.telling import Tell
from tests.routes import sign_in
from tests.strict_client import StrictClient
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
INK = b"%PDF-1.4 CANARIOCTETS"
HERS = frozenset({DataClass.IDENTITY, DataClass.CONTENT})
# Told loosely by whoever calls, found by nobody’s address, and forgotten within a month.
OF_NOBODY_KNOWN = {PhoneCall}


def registered(kinds: frozenset[DataClass]) -> list[tuple[type[Model], str]]:
    """Each field of each model that an app classes so."""
    found = []
    for config in apps.get_app_configs():
        module = f"{config.name}.personal_data"
        if config.name.startswith("proxirh.") and util.find_spec(module):
            for name, fields in getattr(import_module(module), "FIELDS", {}).items():
                model = config.get_model(name)
                if model not in OF_NOBODY_KNOWN:
                    found += [(model, column) for column, kind in fields.items() if kind in kinds]
    return found


def own_rows(world: World, part: str) -> dict[Any, Any]:
    """One row of each kind that names this person or holds her words; two where one holds either of two fields."""
    person, digest = world.people[part], bytes(33)
    address = Address.objects.select_related("data_key").get(user=person.user)
    index = address_index(address.ciphertext)
    enquiry = world.submit(part, email=address.ciphertext)
    later = NOW + timedelta(days=365)
    message = services.send_message(
        actor=world.actor(part),
        enquiry=world.reload(enquiry),
        body="Un mot.",
        uploads=[CheckedFile("note.pdf", "application/pdf", INK + part.encode())],
        at=NOW,
    )

    def made(model: type[Model], **columns: Any) -> Model:
        return model._base_manager.create(data_key=DataKey.objects.issue(), **columns)

    codes = {"address_index": index, "code_digest": digest, "browser_digest": digest, "expires_at": later}
    enquiry = world.reload(enquiry)
    agreed = Consent.objects.create(enquiry=enquiry, kind="transmission", given_at=NOW)
    passed_on = made(
        Transmission, team=world.team, enquiry=enquiry, consent=agreed, identity={}, body="", sent_at=NOW, due_at=later
    )
    met = made(
        Appointment,
        person=world.people["counsellor"],
        department=world.department,
        way="phone",
        starts_at=NOW,
        ends_at=later,
        time_zone=world.department.time_zone,
        idempotency_key=uuid.uuid4(),
    )
    EnquiryAppointment.objects.create(enquiry=enquiry, series=met.series)
    asked = NotesRequest.objects.create(person=person, asked_at=NOW, due_on=later.date(), delivered_at=NOW)
    referred = Referral._base_manager.create(
        reference=f"R-{uuid.uuid4().hex[:8]}",
        enquiry=enquiry,
        team=world.team,
        agreement="oral",
        written_by=world.people["counsellor"],
        body="",
        proposed_at=NOW,
        remind_at=NOW,
        expires_at=later,
    )
    asked_cell = ExpertQuestion._base_manager.create(
        reference=f"Q-{uuid.uuid4().hex[:8]}",
        enquiry=enquiry,
        team=world.team,
        state="answered",
        facts="",
        body="",
        answer="",
        asked_by=world.people["counsellor"],
        answered_by=world.people["counsellor"],
        asked_at=NOW,
        due_at=later,
        ended_at=NOW,
    )
    return {
        Referral: referred,
        ReferralAnswer: ReferralAnswer._base_manager.create(
            enquiry=enquiry, referral=referred, body="", delivered_at=NOW
        ),
        ExpertQuestion: asked_cell,
        NoteReview: NoteReview.objects.create(
            request=asked, enquiry=enquiry, written_at=NOW, decision="remise", text="", reviewed_at=NOW
        ),
        (NoteReview, "reason"): NoteReview.objects.create(
            request=asked, enquiry=enquiry, written_at=NOW, decision="retenue", reason="", reviewed_at=NOW
        ),
        Transmission: passed_on,
        Appointment: met,
        TransmissionMessage: TransmissionMessage._base_manager.create(
            transmission=passed_on, is_from_cell=True, body="", sent_at=NOW
        ),
        Person: person,
        Address: address,
        type(enquiry): enquiry,
        type(message): message,
        type(message.attachments.get()): message.attachments.get(),
        SignInCode: made(SignInCode, address=address.ciphertext, purpose="sign-in", **codes),
        HeldForm: made(HeldForm, user=person.user, browser_digest=digest, path="/", expires_at=later),
        Draft: made(Draft, browser_digest=digest, address_index=index, expires_at=later),
        MailChoice: MailChoice._base_manager.filter(address_index=index).first()
        or made(MailChoice, address=address.ciphertext, address_index=index, used_on=NOW.date()),
        OutgoingEmail: made(
            OutgoingEmail, recipient=address.ciphertext, recipient_index=index, message_id=f"<{uuid.uuid4()}>"
        ),
        Exchange: Exchange.objects.create(
            enquiry=enquiry, person=world.people["counsellor"], means="phone", summary="", next_step="", happened_at=NOW
        ),
        SharedSummary: SharedSummary.objects.create(
            enquiry=enquiry, written_by=world.people["counsellor"], held_on=NOW.date(), body="", remark=""
        ),
        Signposting: Signposting._base_manager.create(
            enquiry=enquiry, message=message, name="", reach="", ask_on=NOW.date()
        ),
        Transfer: Transfer.objects.create(
            enquiry=enquiry, written_by=person, department=world.team_elsewhere.department, state="proposed", body=""
        ),
        VisitRequest: made(
            VisitRequest, site=world.site, asked_by=person, note="", last_wished=later.date(), created_at=NOW
        ),
        BreakGlass: BreakGlass.objects.create(
            enquiry=enquiry, person=world.people["coordinator"], reason="", opened_at=NOW, until=later
        ),
    }


def mark(rows: dict[Any, Any], prefix: str) -> dict[str, str]:
    """A canary in every field classed identity or content; each by its place."""
    found = {}
    for number, (model, column) in enumerate(registered(HERS)):
        assert model in rows, f"{model.__name__} holds words of people: show here how one comes to be"
        field: Any = model._meta.get_field(column)
        canary = f"{prefix}{number:03}CANARI"
        value = {"texte": canary} if isinstance(field, EncryptedJSONField) else canary
        row = rows.get((model, column), rows[model])
        model._base_manager.filter(pk=row.pk).update(**{column: field.seal(row, value)})
        found[f"{model.__name__}.{column}"] = canary
    return found


def bytes_for(world: World, part: str) -> bytes:
    return b"".join(archive.zipped(archive.export_data(actor=world.actor(part), at=NOW)))


def opened(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        assert found.testzip() is None
        return {name: found.read(name) for name in found.namelist()}


def test_every_field_that_names_someone_or_that_she_wrote_is_in_what_she_downloads(world: World, tell: Tell) -> None:
    """Mutations: leave Draft out of `held_about`; export the content class alone; keep the opening of an access out."""
    canaries = mark(own_rows(world, "author"), "A")
    assert len(canaries) >= 20
    found = opened(bytes_for(world, "author"))
    given = [place for place, canary in canaries.items() if canary in found[archive.DATA].decode()]
    tell(
        13,
        counted=f"{len(canaries)} champs d’identité ou de contenu",
        target="100 % dans ce que la personne télécharge",
        result=f"{100 * len(given) // len(canaries)} %",
    )
    for name in (archive.PAGE, archive.DATA):
        text = found[name].decode()
        assert not [place for place, canary in canaries.items() if canary not in text], name
    assert any(data == INK + b"author" for data in found.values())


@pytest.mark.parametrize("part", ["author", "colleague", "counsellor", "coordinator", "administrator"])
def test_nothing_of_anyone_else_is_in_it(world: World, part: str) -> None:
    """Mutations: export every draft; read enquiries from the desk’s side too.

    The counsellor has the author’s enquiry in hand, the coordinator has opened it: it is not about them.
    """
    others = [other for other in ("author", "colleague") if other != part]
    canaries = {
        place: one for other in others for place, one in mark(own_rows(world, other), other[:1].upper()).items()
    }
    for reader in {"counsellor", "coordinator"} - {part}:
        row = world.people[reader]
        field: Any = Person._meta.get_field("last_name")
        Person.objects.filter(pk=row.pk).update(last_name=field.seal(row, f"{reader}CANARI"))
        canaries[reader] = f"{reader}CANARI"
    own_rows(world, part)
    data = b"".join(opened(bytes_for(world, part)).values())
    assert not [place for place, canary in canaries.items() if canary.encode() in data]
    assert not [other for other in others if INK + other.encode() in data]


def test_no_column_leads_to_another_person(world: World) -> None:
    """Mutation: add the reader to what is told of a consultation."""
    for held in archive.everything_held(world.actor("author")):
        for name in held.also:
            field = next((one for one in held.model._meta.concrete_fields if one.name == name), None)
            assert field is None or field.related_model not in {Person, User}, f"{held.model.__name__}.{name}"


def test_notes_of_work_are_not_in_it() -> None:
    """They are asked for apart, and follow a review. Mutation: add the class note to EXPORTED."""
    assert EXPORTED == HERS


def test_what_she_asked_before_she_had_an_account_is_in_it_with_the_name_she_gave(world: World) -> None:
    """Mutation: export the signed-in person alone."""
    address = Address.objects.select_related("data_key").get(user=world.people["colleague"].user).ciphertext
    world.submit("anonymous", first_name="Dominique", last_name="CANARINOM", email=address)
    people = json.loads(opened(bytes_for(world, "colleague"))[archive.DATA])["donnees"]["Person"]
    assert [one["last_name"] for one in people].count("CANARINOM") == 1


def test_a_real_unzip_and_a_json_parser_open_it(world: World, tmp_path: Any) -> None:
    own_rows(world, "author")
    file = tmp_path / "donnees.zip"
    file.write_bytes(bytes_for(world, "author"))
    if tool := shutil.which("unzip"):
        subprocess.run([tool, "-q", file, "-d", tmp_path], check=True)
    else:
        zipfile.ZipFile(file).extractall(tmp_path)
    data = json.loads((tmp_path / archive.DATA).read_text(encoding="utf-8"))
    assert data["format"] == archive.FORMAT
    assert {row["reference"] for row in data["donnees"]["Enquiry"]} >= {world.enquiry.reference}
    assert all((tmp_path / name).is_file() for name in data["fichiers"])
    page = (tmp_path / archive.PAGE).read_text(encoding="utf-8")
    # The text of a mail may name an address: nothing loads it.
    assert not re.search(r"<(script|img|link|iframe|a)\b|\s(src|href)=|url\(|@import", page)


def test_what_she_typed_cannot_become_markup_in_the_page(world: World) -> None:
    """Mutation: mark the values safe in the template."""
    world.submit(words="<script>alert(1)</script>")
    page = opened(bytes_for(world, "author"))[archive.PAGE].decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page


def test_a_file_that_is_gone_is_named_and_the_rest_comes(world: World, settings: Any, tmp_path: Any) -> None:
    """Mutation: let FileNotFoundError out of the archive."""
    own_rows(world, "author")
    made = archive.export_data(actor=world.actor("author"), at=NOW)
    settings.PROXIRH_DATA_DIR = tmp_path / "ailleurs"
    found = opened(b"".join(archive.zipped(made)))
    assert archive.PAGE in found
    assert "note.pdf" in found[f"{archive.FILES}/absents.txt"].decode()


def test_it_costs_as_many_queries_whatever_there_is(world: World) -> None:
    """Mutation: leave a prefetch or a select_related out of `held_about`."""

    def cost() -> int:
        actor = world.actor("author")
        with CaptureQueriesContext(connection) as queries:
            list(archive.zipped(archive.export_data(actor=actor, at=NOW)))
        return len(queries)

    own_rows(world, "author")
    first = cost()
    for _ in range(3):
        own_rows(world, "author")
    assert cost() == first


@pytest.fixture
def visitor(world: World) -> Callable[..., StrictClient]:
    def enter(part: str) -> StrictClient:
        client = StrictClient()
        sign_in(client, world, part)
        return client

    return enter


def test_the_download_is_a_file_to_save_that_no_cache_keeps_and_whose_name_says_nothing(
    world: World, visitor: Callable[..., StrictClient]
) -> None:
    """Mutation: put the name of the person into the name of the file."""
    response = visitor("author").post("/mes-donnees/telecharger/")
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Type"] == "application/zip"
    said = f'attachment; filename="mes-donnees-{timezone.localdate()}.zip"'
    assert response["Content-Disposition"] == said
    assert archive.DATA in opened(b"".join(response))
    line = JournalEntry.objects.get(verb="données.exportées")
    assert (line.actor, line.details) == (world.actor("author").label, {})


@pytest.mark.parametrize("method", ["get", "post"])
def test_whoever_has_not_proved_who_she_is_for_ten_minutes_is_asked_first(
    world: World, visitor: Callable[..., StrictClient], method: str
) -> None:
    """Mutation: take @step_up off the download."""
    client = visitor("author")
    session = client.session
    session["proved_at"] = (timezone.now() - timedelta(minutes=11)).isoformat()
    session.save()
    response = getattr(client, method)("/mes-donnees/telecharger/")
    assert response.status_code == 302
    assert response["Location"].startswith("/connexion/confirmer/")
    assert not JournalEntry.objects.filter(verb="données.exportées").exists()


def test_my_data_tells_what_is_kept_until_when_and_how_often_it_was_read(
    world: World, visitor: Callable[..., StrictClient]
) -> None:
    """Mutation: tell every enquiry in `told_to`."""
    client = visitor("author")
    page = client.get("/mes-donnees/").content.decode()
    assert world.enquiry.reference in page
    assert "17\u00a0novembre 2027" in page
    assert "personne d’autre que vous" in page
    assert world.enquiry.reference not in visitor("colleague").get("/mes-donnees/").content.decode()
