"""Disk full, database gone: a clear sentence, what was typed still there, nothing half written."""

import errno
import uuid
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, OperationalError
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries.models import Attachment, Enquiry, Exchange, Message
from proxirh.kernel import files
from proxirh.kernel.models import JournalEntry
from proxirh.outbox.models import OutgoingEmail
from tests.enquiries.asker import shown_notice
from tests.enquiries.visitors import text, visitor
from tests.world import World

pytestmark = pytest.mark.django_db
RECORD = "proxirh.kernel.journal.record"
TYPED = "Un texte long que personne ne veut retaper."
WATCHED = (Enquiry, Message, Exchange, Attachment, JournalEntry, OutgoingEmail)


def refuses(error: Exception) -> Callable[..., None]:
    """What raises `error`, whatever is asked."""

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise error

    return refuse


def counts() -> list[int]:
    return [model._base_manager.count() for model in WATCHED]


def forms(world: World) -> dict[str, tuple[str, str, dict[str, object]]]:
    """Part, address and answers of every form that writes an enquiry, beside those of asking."""
    uid, today = world.enquiry.uid, timezone.localdate().isoformat()
    step = {"next_step": TYPED, "next_step_on": today}
    exchange = {"means": "phone", "was_reached": "oui", "summary": TYPED, "happened_on": today, **step}
    typed = {
        **shown_notice(),
        "channel": "phone",
        "asked_on": today,
        "first_name": "Alma",
        "last_name": "Exemple",
        "phone": "06 00 00 00 00",
        "department": world.department.code,
        "category": world.category.code,
        "topic": "1.1",
        "words": TYPED,
        "oral_agreement": "on",
        "idempotency_key": str(uuid.uuid4()),
    }
    return {
        "message": ("author", reverse("enquiries:follow", args=[uid]), {"body": TYPED}),
        "answer": ("counsellor", reverse("enquiries:desk_repondre", args=[uid]), {"body": TYPED, **step}),
        "exchange": ("counsellor", reverse("enquiries:desk_echange", args=[uid]), exchange),
        "step": ("counsellor", reverse("enquiries:desk_etape", args=[uid]), step),
        "closing": (
            "counsellor",
            reverse("enquiries:desk_terminer", args=[uid]),
            {"outcomes": ["individual_information"], "closing_word": TYPED},
        ),
        "typed for someone": ("counsellor", reverse("enquiries:assist"), typed),
    }


@pytest.mark.parametrize("name", ["message", "answer", "exchange", "step", "closing", "typed for someone"])
def test_a_database_that_refuses_keeps_what_was_typed(world: World, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """One of the last writes of each act fails. Mutation: let the error go to the page of faults."""
    part, address, answers = forms(world)[name]
    before = counts()
    monkeypatch.setattr(RECORD, refuses(OperationalError("database or disk is full")))
    response = visitor(world, part).post(address, answers)
    monkeypatch.undo()
    assert response.status_code == 503
    assert "toujours dans cette page" in text(response)
    assert TYPED in text(response)
    assert f'action="{address}"' in response.content.decode()
    assert counts() == before, "nothing is half written"
    assert visitor(world, part).post(address, answers).status_code == 302, "the same sent again is taken"


def test_a_full_disk_keeps_the_words_and_leaves_no_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = counts()
    monkeypatch.setattr(files, "write_sealed", refuses(OSError(errno.ENOSPC, "No space left on device")))
    paper = SimpleUploadedFile("arrêté.pdf", b"%PDF-1.7\n%%EOF", "application/pdf")
    address = reverse("enquiries:follow", args=[world.enquiry.uid])
    response = visitor(world, "author").post(address, {"body": TYPED, "files": [paper]})
    assert response.status_code == 503
    assert TYPED in text(response)
    assert "vous les joindrez de nouveau" in text(response)
    assert counts() == before


def test_a_page_that_cannot_be_read_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proxirh.enquiries.views.space.read_story", refuses(OperationalError("disk I/O error")))
    response = visitor(world, "author").get(reverse("enquiries:follow", args=[world.enquiry.uid]))
    assert response.status_code == 503
    assert "Réessayez dans quelques minutes" in text(response)
    assert response.headers["Cache-Control"] == "no-store"


def test_a_fault_of_ours_is_not_called_a_breakdown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: take every error of the database for a breakdown."""
    monkeypatch.setattr(RECORD, refuses(IntegrityError("duplicate key")))
    with pytest.raises(IntegrityError):
        visitor(world, "author").post(reverse("enquiries:follow", args=[world.enquiry.uid]), {"body": TYPED})
