"""Files on their way in and out: refused by their content, saved and never shown, reached through their enquiry."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries.models import Enquiry, PersonChoice
from proxirh.kernel.files import MOST_UNZIPPED, CheckedFile
from proxirh.kernel.models import JournalEntry
from proxirh.outbox.models import OutgoingEmail
from tests.enquiries import acts
from tests.enquiries.visitors import ANSWERS, do, now_taken, text, visitor
from tests.kernel.test_files import archive, docx, picture, png_header
from tests.routes import unknown
from tests.world import CAST, World

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n%%EOF\n"


def upload(world: World, enquiry: Enquiry, *files: SimpleUploadedFile):
    return do(world, "repondre", enquiry, files=list(files))


def test_several_files_leave_with_a_message(world: World) -> None:
    enquiry = now_taken(world)
    names = ("a.pdf", "../../etc/passwd", "C.V. d’Éléonore\u202e.exe", "b\0.exe.pdf", "C:\\Temp\\c.pdf")
    assert upload(world, enquiry, *(SimpleUploadedFile(name, PDF) for name in names)).status_code == 302
    kept = [one.name for one in world.reload(enquiry).attachments.order_by("pk")]
    assert kept == ["a.pdf", "passwd.pdf", "C.V. d’Éléonore.pdf", "b.exe.pdf", "c.pdf"]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("virus.pdf", b"MZ not a pdf", "format accepté"),
        ("vide.pdf", b"", "vide"),
        ("gros.pdf", PDF + b" " * (10 * 1024 * 1024), "10 Mo"),
        ("bombe.docx", docx(**{"word/zeros": bytes(MOST_UNZIPPED)}), "trop gros une fois ouvert"),
        ("immense.png", png_header(60_000, 60_000), "trop grande"),
        ("double.pdf", PDF + archive({"a.txt": b"x"}), "incomplet ou altéré"),
        ("page.pdf", b"<!doctype html><script>alert(1)</script>", "format accepté"),
        ("dessin.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "format accepté"),
        ("photo.jpg", b"PK\x03\x04 not a picture", "format accepté"),
        ("macros.docx", docx(**{"word/vbaProject.bin": b"x"}), "contient des macros"),
        ("coupée.jpg", picture("JPEG", size=(400, 400))[:900], "ne se lit pas"),
    ],
)
def test_a_refused_file_says_why_keeps_the_words_and_changes_nothing(
    world: World, settings, tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    """Mutation: store each file as it is checked."""
    settings.PROXIRH_DATA_DIR = tmp_path
    enquiry = now_taken(world)
    before = JournalEntry.objects.count(), enquiry.messages.count(), OutgoingEmail.objects.count()
    answer = upload(world, enquiry, SimpleUploadedFile("bon.pdf", PDF), SimpleUploadedFile(name, data))
    assert answer.status_code == 422
    assert said in text(answer)
    assert ANSWERS["repondre"]["body"] in text(answer)
    assert enquiry.attachments.count() == 0
    assert (JournalEntry.objects.count(), enquiry.messages.count(), OutgoingEmail.objects.count()) == before
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_too_many_or_too_heavy_together_is_refused(world: World) -> None:
    enquiry = now_taken(world)
    assert upload(world, enquiry, *(SimpleUploadedFile(f"{n}.pdf", PDF) for n in range(6))).status_code == 422
    heavy = PDF[:9] + b" " * (9 * 1024 * 1024) + PDF[9:]
    answer = upload(world, enquiry, *(SimpleUploadedFile(f"{n}.pdf", heavy) for n in range(3)))
    assert "25 Mo" in text(answer)
    assert enquiry.messages.count() == 1


def sent_file(world: World, name: str = "arrêté.pdf"):
    enquiry = now_taken(world)
    acts.reply(world, enquiry, at=timezone.now(), uploads=[CheckedFile(name, "application/pdf", PDF)])
    return enquiry, enquiry.attachments.get()


@pytest.mark.parametrize(("part", "route"), [("counsellor", "desk_file"), ("author", "follow_file")])
def test_a_file_is_saved_never_shown(world: World, part: str, route: str) -> None:
    """Mutation: drop any of the headers."""
    enquiry, file = sent_file(world, 'a"; filename=evil.html\r\nX: y.pdf')
    answer = visitor(world, part).get(reverse(f"enquiries:{route}", args=[enquiry.uid, file.uid]))
    assert answer.content == PDF
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "\r" not in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Type"] == "application/pdf"


@pytest.mark.parametrize("route", ["desk_file", "follow_file"])
def test_a_file_is_reached_through_its_own_enquiry_only(world: World, route: str) -> None:
    """Mutation: fetch the attachment by its id alone."""
    enquiry, file = sent_file(world)
    other = now_taken(world)
    part = "counsellor" if route == "desk_file" else "author"
    client = visitor(world, part)
    assert client.get(reverse(f"enquiries:{route}", args=[enquiry.uid, file.uid])).status_code == 200
    assert client.get(reverse(f"enquiries:{route}", args=[other.uid, file.uid])).status_code == 404
    assert client.get(reverse(f"enquiries:{route}", args=[enquiry.uid, unknown()])).status_code == 404


@pytest.mark.parametrize("route", ["desk_file", "follow_file"])
def test_a_file_is_nobody_else_s(world: World, route: str) -> None:
    enquiry, file = sent_file(world)
    PersonChoice.objects.create(enquiry=enquiry, person=world.people["co-handler"], kind="excluded")
    allowed = {"counsellor"} if route == "desk_file" else {"author"}
    address = reverse(f"enquiries:{route}", args=[enquiry.uid, file.uid])
    for part in sorted(set(CAST) - allowed - {"anonymous"}):
        assert visitor(world, part).get(address).status_code in (404, 403 if part == "code-only staff" else 404), part


def test_a_file_gone_from_the_disk_is_not_found(world: World, settings, tmp_path) -> None:
    enquiry, file = sent_file(world)
    settings.PROXIRH_DATA_DIR = tmp_path
    client = visitor(world, "counsellor")
    assert client.get(reverse("enquiries:desk_file", args=[enquiry.uid, file.uid])).status_code == 404
