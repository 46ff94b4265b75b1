"""Where a scanner is configured, nobody opens a file before its verdict; without one, files open at once."""

import logging
import os
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from proxirh.enquiries import attachments
from proxirh.enquiries.models import Attachment, Enquiry, Scan
from proxirh.enquiries.periodic import RESTING, scan, scan_files
from proxirh.kernel.files import CheckedFile
from proxirh.kernel.models import Heartbeat, JournalEntry
from tests.enquiries import acts
from tests.enquiries.visitors import do, now_taken, text, visitor
from tests.scanners import EICAR, KINDS, imitation, scanner
from tests.world import NOW, World

pytestmark = pytest.mark.django_db

PDF = CheckedFile("arrêté.pdf", "application/pdf", b"%PDF-1.7\n%%EOF\n")
VIRUS = CheckedFile("facture.pdf", "application/pdf", b"%PDF-1.7\n" + EICAR + b"\n%%EOF\n")
SIDES = (("counsellor", "enquiry", "desk_file"), ("author", "follow", "follow_file"))
NOWHERE = "/nowhere/clamd.sock"


@pytest.fixture
def store(settings, tmp_path: Path) -> Path:
    """An empty data folder, with keys that stay where they were."""
    settings.PROXIRH_DATA_DIR = tmp_path / "data"
    return settings.PROXIRH_DATA_DIR / "fichiers"


@pytest.fixture(params=KINDS)
def scanning(request: pytest.FixtureRequest, settings, tmp_path: Path, store: Path) -> Iterator[None]:
    """Each scanner that the machine has."""
    for address in scanner(request.param, tmp_path):
        settings.PROXIRH_CLAMD = address
        yield


def sent(world: World, *uploads: CheckedFile) -> tuple[Enquiry, list[Attachment]]:
    """Files that the counsellor has just sent."""
    enquiry = now_taken(world)
    acts.reply(world, enquiry, uploads=list(uploads))
    return enquiry, list(enquiry.attachments.order_by("pk"))


def stored(store: Path) -> int:
    return sum(path.is_file() for path in store.rglob("*"))


def opens(world: World, enquiry: Enquiry, file: Attachment) -> set[tuple[int, str]]:
    """Status of the download on each side, and the page and words that it leads to when it is refused."""
    found = set()
    for part, page, route in SIDES:
        client = visitor(world, part)
        answer = client.get(reverse(f"enquiries:{route}", args=[enquiry.uid, file.uid]))
        if answer.status_code == 200:
            assert answer.content == PDF.data
            found.add((200, ""))
            continue
        assert answer.headers["Location"] == reverse(f"enquiries:{page}", args=[enquiry.uid])
        assert EICAR not in answer.content
        said = text(client.get(answer.headers["Location"]))
        words = ("en cours d’analyse par l’antivirus", "a refusé ce fichier")
        found.add((answer.status_code, next(one for one in words if one in said)))
    return found


def test_without_a_scanner_a_file_opens_at_once(world: World, store: Path) -> None:
    """Mutation: hold back whatever was not scanned."""
    enquiry, (file,) = sent(world, PDF)
    assert opens(world, enquiry, file) == {(200, "")}
    assert scan(at=NOW) == {}
    assert enquiry.attachments.get().scan == Scan.UNSCANNED


def test_a_file_waits_for_its_verdict_then_opens(world: World, scanning: None) -> None:
    """Mutation: `quarantine` always None."""
    enquiry, (file,) = sent(world, PDF)
    assert opens(world, enquiry, file) == {(302, "en cours d’analyse par l’antivirus")}
    for part, page, route in SIDES:
        shown = visitor(world, part).get(reverse(f"enquiries:{page}", args=[enquiry.uid])).content.decode()
        assert "En cours d’analyse" in shown
        assert reverse(f"enquiries:{route}", args=[enquiry.uid, file.uid]) not in shown
    assert scan(at=NOW) == {"clean": 1, "refused": 0, "failures": 0, "reason": ""}
    assert opens(world, enquiry, file) == {(200, "")}
    assert scan(at=NOW)["clean"] == 0


def test_a_dangerous_file_opens_to_nobody_and_leaves_the_disk(world: World, scanning: None, store: Path) -> None:
    """Mutation: write the verdict and keep the bytes, or let a refused file open where no scanner is configured."""
    enquiry, (good, bad) = sent(world, PDF, VIRUS)
    turn = scan(at=NOW)
    assert (turn["clean"], turn["refused"], turn["failures"]) == (1, 1, 0)
    assert (opens(world, enquiry, good), opens(world, enquiry, bad)) == ({(200, "")}, {(302, "a refusé ce fichier")})
    assert stored(store) == 1
    for part, page, route in SIDES:
        shown = text(visitor(world, part).get(reverse(f"enquiries:{page}", args=[enquiry.uid])))
        assert "Refusé par l’antivirus" in shown
        assert "efusé par l’antivirus" in shown
        assert "facture.pdf" in shown
        assert route
    line = JournalEntry.objects.get(verb="demande.fichier_refusé")
    assert (line.actor, line.details) == ("système", {"file": str(bad.uid)})


def test_a_refused_file_stays_refused_without_a_scanner(world: World, scanning: None, settings) -> None:
    enquiry, (bad,) = sent(world, VIRUS)
    scan(at=NOW)
    settings.PROXIRH_CLAMD = ""
    assert opens(world, enquiry, bad) == {(302, "a refusé ce fichier")}


def test_what_came_before_the_scanner_is_scanned_too(world: World, store: Path, settings, tmp_path: Path) -> None:
    enquiry, (file,) = sent(world, PDF)
    with imitation(tmp_path) as address:
        settings.PROXIRH_CLAMD = address
        assert opens(world, enquiry, file) == {(302, "en cours d’analyse par l’antivirus")}
        assert scan(at=NOW)["clean"] == 1


def test_scanner_down_the_file_stays_in_quarantine_and_the_operator_is_told(
    world: World, store: Path, settings, caplog: pytest.LogCaptureFixture, client
) -> None:
    """Mutation: open what cannot be scanned, or say nothing."""
    settings.PROXIRH_CLAMD = NOWHERE
    enquiry, (file,) = sent(world, PDF)
    with caplog.at_level(logging.ERROR):
        turn = scan(at=NOW)
    assert (turn["clean"], turn["failures"]) == (0, 1)
    assert opens(world, enquiry, file) == {(302, "en cours d’analyse par l’antivirus")}
    (said,) = [record.getMessage() for record in caplog.records]
    assert said.startswith("antivirus: 1 file(s) not scanned stay in quarantine: FileNotFoundError")
    assert "arrêté" not in said
    assert str(enquiry.reference) not in said
    assert b"antivirus" not in client.get("/ready").content


def test_a_scanner_that_failed_rests_a_minute(world: World, store: Path, settings, tmp_path: Path) -> None:
    """Mutation: ask it again at each turn; the worker does nothing else any more."""
    settings.PROXIRH_CLAMD = NOWHERE
    enquiry, _ = sent(world, PDF)
    scan(at=NOW)
    with imitation(tmp_path) as address:
        settings.PROXIRH_CLAMD = address
        assert scan(at=NOW + RESTING / 2) == {}
        assert scan(at=NOW + RESTING + timedelta(seconds=1))["clean"] == 1
    assert Heartbeat.objects.count() == 1
    assert enquiry.attachments.get().scan == Scan.CLEAN


def test_one_file_that_has_no_verdict_does_not_hold_the_others(
    world: World, store: Path, settings, tmp_path: Path
) -> None:
    """Mutation: stop at the first failure."""
    enquiry, files = sent(world, VIRUS, PDF)

    def choking(data: bytes) -> bytes:
        return b"INSTREAM size limit exceeded. ERROR\0" if EICAR in data else b"stream: OK\0"

    with imitation(tmp_path, answer=choking) as address:
        settings.PROXIRH_CLAMD = address
        turn = scan(at=NOW)
    assert (turn["clean"], turn["failures"]) == (1, 1)
    assert [file.scan for file in enquiry.attachments.order_by("pk")] == [Scan.UNSCANNED, Scan.CLEAN]
    assert len(files) == 2


def test_a_scanner_that_fails_again_and_again_is_left(world: World, store: Path, settings) -> None:
    settings.PROXIRH_CLAMD = NOWHERE
    sent(world, *[PDF] * 5)
    assert scan(at=NOW)["failures"] == attachments.MOST_FAILURES


def test_a_turn_is_short(world: World, store: Path, settings, tmp_path: Path) -> None:
    """Mutation: scan until nothing is left; mails would wait behind a year of files."""
    sent(world, *[PDF] * 4)
    seconds = count(0, 2)
    with imitation(tmp_path) as address:
        settings.PROXIRH_CLAMD = address
        assert attachments.scan_waiting(at=NOW, clock=lambda: next(seconds)).clean == 2


def test_a_file_gone_from_the_disk_stays_in_quarantine(world: World, scanning: None, store: Path) -> None:
    enquiry, (file,) = sent(world, PDF)
    next(path for path in store.rglob("*") if path.is_file()).unlink()
    assert (scan(at=NOW)["failures"], enquiry.attachments.get().scan) == (1, Scan.UNSCANNED)
    assert file.scan == Scan.UNSCANNED


def test_a_crash_after_the_verdict_leaves_no_dangerous_file_for_long(world: World, scanning: None, store: Path) -> None:
    """Mutation: let the sweep keep whatever an attachment names."""
    enquiry, _ = sent(world, VIRUS, PDF)
    enquiry.attachments.update(scan=Scan.CLEAN)
    bad = enquiry.attachments.order_by("pk").first()
    assert bad is not None
    enquiry.attachments.filter(pk=bad.pk).update(scan=Scan.REFUSED)
    make_old(store)
    assert attachments.sweep() == 1
    assert stored(store) == 1


def make_old(store: Path) -> None:
    """As if the files had been written long ago."""
    for path in store.rglob("*"):
        if path.is_file():
            os.utime(path, (0, 0))


def test_the_task_asks_nothing_of_a_scanner_that_is_not_there(world: World) -> None:
    assert scan_files.call() == {}


def test_a_file_sent_by_form_waits_like_any_other(world: World, settings, store: Path) -> None:
    """The message leaves at once; only its file waits."""
    settings.PROXIRH_CLAMD = NOWHERE
    enquiry = now_taken(world)
    assert do(world, "repondre", enquiry, files=[SimpleUploadedFile("a.pdf", PDF.data)]).status_code == 302
    assert attachments.quarantine(enquiry.attachments.get()) == Scan.UNSCANNED
