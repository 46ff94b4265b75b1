"""Answer sheets: read by whoever has a mission, written by whoever runs the académie, never past their date."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.models import JournalEntry
from proxirh.knowledge.models import AnswerSheet
from proxirh.knowledge.services.sheets import Said, correct_sheet, retire_sheet, write_sheet
from tests.enquiries.visitors import same_as_unknown, text, visitor
from tests.scheduling.line import a_sheet
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def said(world: World, **changes: object) -> Said:
    told = {"title": "Date du mouvement", "answer": "En mars.", "topics": [world.topic]}
    return Said(**{**told, "expires_on": TODAY + timedelta(days=90), **changes})


@pytest.mark.parametrize(
    ("part", "here", "everywhere"),
    [
        ("coordinator", True, False),
        ("head of service", True, False),
        ("national referent", False, True),
        ("HR officer", False, False),
        ("counsellor", False, False),
        ("administrator", False, False),
        ("author", False, False),
    ],
)
def test_who_writes(world: World, part: str, here: bool, everywhere: bool) -> None:
    """Mutation: let whoever reads write."""
    actor = world.actor(part)
    for academy, may in ((world.academy, here), (None, everywhere), (world.elsewhere, False)):
        if may:
            write_sheet(actor=actor, academy=academy, said=said(world), key=uuid.uuid4(), at=NOW)
        else:
            with pytest.raises(NotAllowed):
                write_sheet(actor=actor, academy=academy, said=said(world), key=uuid.uuid4(), at=NOW)
    assert AnswerSheet.objects.count() == here + everywhere


def test_a_key_writes_once_and_a_date_makes_sense(world: World) -> None:
    """Mutation: forget the key; take a date of two years."""
    actor, key = world.actor("coordinator"), uuid.uuid4()
    rows = {write_sheet(actor=actor, academy=world.academy, said=said(world), key=key, at=NOW).pk for _ in range(2)}
    assert len(rows) == 1
    with pytest.raises(StaleState):
        write_sheet(actor=actor, academy=world.academy, said=said(world, title="Autre"), key=key, at=NOW)
    for wrong in (
        {"topics": []},
        {"expires_on": TODAY - timedelta(days=1)},
        {"expires_on": TODAY + timedelta(days=367)},
    ):
        with pytest.raises(DomainError):
            write_sheet(actor=actor, academy=world.academy, said=said(world, **wrong), key=uuid.uuid4(), at=NOW)


def test_a_correction_is_made_on_what_was_read_and_changes_nothing_twice(world: World) -> None:
    """Mutation: correct without the version."""
    sheet, actor = a_sheet(world), world.actor("coordinator")
    stale = AnswerSheet.objects.get(pk=sheet.pk)
    correct_sheet(actor=actor, sheet=sheet, said=said(world, answer="En avril."), version=1, at=NOW)
    lines = JournalEntry.objects.count()
    correct_sheet(actor=actor, sheet=sheet, said=said(world, answer="En avril."), version=2, at=NOW)
    assert JournalEntry.objects.count() == lines
    with pytest.raises(StaleState):
        correct_sheet(actor=actor, sheet=stale, said=said(world, answer="En mai."), version=1, at=NOW)
    for part in ("HR officer", "national referent"):
        with pytest.raises(NotAllowed):
            retire_sheet(actor=world.actor(part), sheet=sheet, at=NOW)
    for _ in range(2):
        retire_sheet(actor=actor, sheet=sheet, at=NOW)
    assert not AnswerSheet.objects.visible_to(world.actor("HR officer")).exists()


def test_pages_write_correct_and_retire(world: World) -> None:
    client = visitor(world, "coordinator")
    empty = text(client.get(reverse("knowledge:sheets")))
    assert "Aucune fiche à jour" in empty
    form = client.get(reverse("knowledge:write_sheet")).context["form"]
    typed = {field.name: field.value() for field in form.hidden_fields()}
    typed |= {"title": "Date du mouvement", "answer": "En mars.", "topics": ["1.1"]}
    typed["expires_on"] = (timezone.localdate() + timedelta(days=90)).isoformat()
    wrong = client.post(reverse("knowledge:write_sheet"), {**typed, "topics": []})
    assert wrong.status_code == 422
    assert "En mars." in wrong.text
    address = client.post(reverse("knowledge:write_sheet"), typed).url
    officer = visitor(world, "HR officer")
    assert "En mars." in text(officer.get(address))
    assert "Corriger" not in text(officer.get(address))
    sheet = AnswerSheet.objects.get()
    correct = reverse("knowledge:correct_sheet", args=[sheet.uid])
    for part in ("HR officer", "counsellor elsewhere", "author"):
        assert same_as_unknown(visitor(world, part), "GET", correct, sheet.uid)
    assert same_as_unknown(visitor(world, "counsellor elsewhere"), "GET", address, sheet.uid)
    assert client.post(correct, {**typed, "answer": "En avril.", "version": 1}).url == address
    assert client.post(correct, {**typed, "answer": "En mai.", "version": 1}).status_code == 422
    assert client.post(correct, {"geste": "retirer"}).status_code == 302
    assert officer.get(address).status_code == 404
