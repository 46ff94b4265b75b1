"""A partner saves by his link the files that she agreed to, and no other; documents come back with his answer."""

import io
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import attachments
from proxirh.enquiries.models import (
    Referral,
    ReferralOpening,
    Scan,
)
from proxirh.enquiries.personal_data import held_about
from proxirh.enquiries.services import answering, referring
from proxirh.enquiries.workflow import ReferralState as S
from proxirh.kernel.errors import DomainError
from proxirh.privacy import archive
from tests.enquiries import referring as cast
from tests.enquiries.enclosing import GOOD, ask, is_saved, reply, to_partner
from tests.enquiries.referring import (
    ANSWER,
    PDF,
    a_file,
    here,
)
from tests.enquiries.visitors import now_taken, text, visitor
from tests.routes import blanked
from tests.strict_client import StrictClient
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def store(settings: Any, tmp_path: Path) -> Path:
    """An empty data folder."""
    settings.PROXIRH_DATA_DIR = tmp_path
    return tmp_path


# ── A partner ──────────────────────────────────────────────────────────────────────────────────────
def test_a_partner_saves_the_files_she_agreed_to_and_no_other(world: World) -> None:
    """Another of the enquiry, of another referral, of nobody: the same page, byte for byte, that leads to the question.

    Mutations: look among the files of the enquiry; take the link of one referral for the file of another.
    """
    one, two = now_taken(world), now_taken(world)
    mine, beside, elsewhere = a_file(world, one), a_file(world, one, "autre.pdf"), a_file(world, two, "ailleurs.pdf")
    first, address = to_partner(world, mine, enquiry=one)
    _, other = to_partner(world, elsewhere, enquiry=two, to=first.partner)
    gone = {link_of: blanked(ask(link_of, str(UUID(int=1)))) for link_of in (address, other)}
    assert "arrete.pdf" not in text(StrictClient().get(address))
    page = text(StrictClient().post(address, {"geste": "ouvrir"}))
    assert "arrete.pdf" in page
    assert "autre.pdf" not in page
    assert is_saved(ask(address, mine), mine, world)
    assert is_saved(ask(other, elsewhere), elsewhere, world)
    for link_of, wrong in ((address, beside), (address, elsewhere), (other, mine), (address, "x"), (address, "")):
        answer = ask(link_of, wrong)
        assert answer.status_code == 404
        assert blanked(answer) == gone[link_of]
    assert "attend toujours votre réponse" in text(ask(address, beside))
    assert StrictClient().get(address, {"geste": "fichier", "enclosed": str(mine.uid)}).content.count(b"%PDF") == 0


@pytest.mark.parametrize(
    "how", ["stopped", "refused", "answered", "past its time", "new link", "new address", "erased"]
)
def test_once_it_is_over_the_link_saves_no_file(world: World, how: str) -> None:
    """Mutation: open a file by the referral, without what kills a link."""
    enquiry = now_taken(world)
    file = a_file(world, enquiry)
    made, address = to_partner(world, file, enquiry=enquiry)
    assert is_saved(ask(address, file), file, world)
    found = answering.find_by_link(token=address.split("/")[-2], client="192.0.2.7")
    assert found is not None
    if how == "stopped":
        referring.take_back(actor=world.actor("author"), referral=here(world, made))
    elif how == "refused":
        answering.refuse_by_link(referral=found, reason="not_ours")
    elif how == "answered":
        answering.answer_by_link(referral=found, body=ANSWER)
    elif how == "past its time":
        Referral.objects.filter(pk=made.pk).update(
            proposed_at=cast.days(-60), remind_at=cast.days(-50), expires_at=timezone.now()
        )
    elif how == "new link":
        cast.night(timezone.now() + referring.REMINDED_AFTER)
    elif how == "new address":
        type(made.partner).objects.update(address="autre@partenaire.invalid")
    else:
        attachments.forget_files(world.reload(enquiry), at=timezone.now())
    answer = ask(address, file)
    assert answer.status_code == 404
    if how == "erased":  # the question still waits
        assert blanked(answer) == blanked(ask(address, str(UUID(int=1))))
        return
    dead = blanked(ask(reverse("enquiries:partner", args=["y" * 22]), file)).replace(b"y" * 22, b"")
    assert blanked(answer).replace(address.split("/")[-2].encode(), b"") == dead


def test_a_file_opened_by_a_link_is_told_to_the_agent(world: World) -> None:
    """Mutation: note the opening of the page alone."""
    enquiry = now_taken(world)
    file = a_file(world, enquiry)
    made, address = to_partner(world, file, enquiry=enquiry)
    readings = reverse("enquiries:readings", args=[enquiry.uid])
    StrictClient().post(address, {"geste": "ouvrir"})
    assert "un fichier que vous avez accepté" not in text(visitor(world, "author").get(readings))
    for _ in range(2):
        ask(address, file)
    [kept] = ReferralOpening.objects.filter(referral=made)
    assert kept.file_at is not None
    assert "un fichier que vous avez accepté" in text(visitor(world, "author").get(readings))


def test_files_are_tried_as_few_times_an_hour_as_links(world: World) -> None:
    """Mutation: count the openings of pages alone."""
    enquiry = now_taken(world)
    _, address = to_partner(world, a_file(world, enquiry), enquiry=enquiry)
    for _ in range(answering.TRIES_PER_HOUR):
        assert ask(address, str(UUID(int=1))).status_code == 404
    assert ask(address, str(UUID(int=1))).status_code == 429


# ── Documents joined to a partner’s answer ────────────────────────────────────────────────────────
def test_a_partner_joins_documents_that_wait_for_the_scanner_then_are_read(world: World, settings: Any) -> None:
    """Mutations: drop the files of the answer; leave them out of the quarantine."""
    settings.PROXIRH_CLAMD = "tcp://127.0.0.1:1"
    enquiry = now_taken(world)
    made, address = to_partner(world, enquiry=enquiry)
    assert "Votre réponse est partie" in text(reply(address, ("reponse.pdf", GOOD), ("plan.pdf", GOOD)))
    files = list(enquiry.attachments.filter(answer__referral=made).order_by("pk"))
    assert [(one.scan, one.name) for one in files] == [(Scan.UNSCANNED, "reponse.pdf"), (Scan.UNSCANNED, "plan.pdf")]
    for part, page, name in (("author", "own_referrals", "follow_file"), ("counsellor", "referrals", "desk_file")):
        client, file = visitor(world, part), reverse(f"enquiries:{name}", args=[enquiry.uid, files[0].uid])
        enquiry.attachments.update(scan=Scan.UNSCANNED)
        assert "En cours d’analyse" in text(client.get(reverse(f"enquiries:{page}", args=[enquiry.uid])))
        assert client.get(file).status_code == 302
        enquiry.attachments.update(scan=Scan.CLEAN)
        assert client.get(file).content == GOOD


def test_six_documents_are_refused_and_an_answer_that_fails_leaves_none(
    world: World, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation: store the files outside of what is undone."""
    enquiry = now_taken(world)
    made, address = to_partner(world, enquiry=enquiry)
    assert reply(address, *((f"{number}.pdf", GOOD) for number in range(6))).status_code == 422
    found = answering.find_by_link(token=address.split("/")[-2], client="192.0.2.7")
    assert found is not None

    def broken(*_: Any, **__: Any) -> None:
        raise DomainError("Essai.")

    monkeypatch.setattr(answering, "_deliver", broken)
    with pytest.raises(DomainError):
        answering.answer_by_link(referral=found, body=ANSWER, uploads=[PDF])
    assert here(world, made).state == S.SEEN
    assert not enquiry.attachments.exists()
    assert not [path for path in store.rglob("*") if path.is_file()]


def test_behind_a_dead_link_or_past_the_limit_no_file_is_even_looked_at(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawing pictures again is dear. Mutation: check the form before the link."""
    looked: list[str] = []
    monkeypatch.setattr("proxirh.enquiries.forms.uploads.check_file", lambda name, _data: looked.append(name))
    enquiry = now_taken(world)
    made, address = to_partner(world, enquiry=enquiry)
    assert reply(reverse("enquiries:partner", args=["y" * 22]), ("a.pdf", GOOD)).status_code == 404
    for _ in range(answering.TRIES_PER_HOUR - 1):
        StrictClient().post(address, {"geste": "fichier", "enclosed": ""})
    assert reply(address, ("b.pdf", GOOD)).status_code == 429
    assert looked == []
    assert here(world, made).state == S.SENT


def test_what_she_downloads_tells_which_file_went_with_which_referral(world: World) -> None:
    """And holds the documents of the answer. Mutation: leave the names out of what is told of a referral."""
    enquiry = now_taken(world)
    file = a_file(world, enquiry, "piece.pdf")
    made, address = to_partner(world, file, enquiry=enquiry)
    reply(address, ("retour.pdf", GOOD))
    held = {one.model: one.rows for one in held_about(world.actor("author"))}
    assert [one.enclosed_names for one in held[Referral] if one.pk == made.pk] == [["piece.pdf"]]
    data = b"".join(archive.zipped(archive.export_data(actor=world.actor("author"))))
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        page, given = found.read(archive.PAGE).decode(), {found.read(name) for name in found.namelist()}
    assert page.count("piece.pdf") >= 2
    assert "fichiers qui l’accompagnent" in page.lower()
    assert {GOOD, PDF.data + b"piece.pdf"} <= given
