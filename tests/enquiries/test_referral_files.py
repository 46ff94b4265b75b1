"""Files that go with a referral: clean ones of that enquiry, agreed to one by one, for the other side alone."""

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import attachments, services
from proxirh.enquiries.models import (
    AccessRecord,
    Agreement,
    Level,
    Referral,
    Scan,
)
from proxirh.enquiries.services import answering, enclosing, referring
from proxirh.enquiries.workflow import ReferralState as S
from proxirh.kernel.errors import DomainError
from proxirh.territories.models import Posting, Role
from tests.enquiries import referring as cast
from tests.enquiries.enclosing import address_of, ids, is_saved, sent
from tests.enquiries.referring import (
    ANSWER,
    PDF,
    a_file,
    accepted,
    answered,
    here,
    opened,
    other_cell,
    refer,
    there,
    validated_by_head,
    waiting_for_head,
)
from tests.enquiries.test_merging import merge
from tests.enquiries.visitors import now_taken, same_as_unknown, text, visitor
from tests.world import CAST, LONG_AGO, World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def store(settings: Any, tmp_path: Path) -> Path:
    """An empty data folder."""
    settings.PROXIRH_DATA_DIR = tmp_path
    return tmp_path


# ── What is proposed, and what she agrees to ───────────────────────────────────────────────────────
@pytest.mark.parametrize("case", ["not scanned", "refused", "of another enquiry", "of an answer that waits", "unknown"])
def test_only_clean_files_of_that_enquiry_may_be_proposed(world: World, case: str) -> None:
    """Even where no scanner is set. Mutations: propose whatever opens here; look for the file among all of hers."""
    enquiry = now_taken(world)
    if case == "of an answer that waits":
        validated_by_head(world)
        made = refer(world, enquiry=enquiry, at=timezone.now())
        answered(world, made, at=timezone.now(), uploads=[PDF])
        enquiry.attachments.update(scan=Scan.CLEAN)
        wrong = ids(enquiry.attachments.get())
    else:
        scan = {"not scanned": Scan.UNSCANNED, "refused": Scan.REFUSED}.get(case, Scan.CLEAN)
        of = now_taken(world) if case == "of another enquiry" else enquiry
        wrong = ids(a_file(world, of, scan=scan)) if case != "unknown" else ["x"]
    before = Referral.objects.under_way().count()
    with pytest.raises(DomainError, match="fichiers cochés"):
        refer(world, to=other_cell(world), enquiry=world.reload(enquiry), at=timezone.now(), enclosed=wrong)
    assert Referral.objects.under_way().count() == before
    page = visitor(world, "counsellor").get(reverse("enquiries:referrals", args=[enquiry.uid]))
    assert wrong[0] not in [value for value, _ in page.context["form"].fields["enclosed"].choices]


def test_a_few_files_at_most(world: World) -> None:
    enquiry = now_taken(world)
    files = [a_file(world, enquiry, f"page {number}.pdf") for number in range(enclosing.MOST + 1)]
    with pytest.raises(DomainError, match="au plus"):
        sent(world, *files, enquiry=enquiry)
    assert len(here(world, sent(world, *files[1:], *files[1:], enquiry=enquiry)).enclosed) == enclosing.MOST


def test_she_says_yes_to_one_file_and_the_other_never_leaves(world: World) -> None:
    """By the pages of all three. Mutations: keep those she did not tick; tick them all for her; pass on what is only
    proposed."""
    enquiry = now_taken(world)
    yes, no = a_file(world, enquiry, "oui.pdf"), a_file(world, enquiry, "non.pdf")
    desk, own, cell = (visitor(world, part) for part in ("counsellor", "author", "cell officer"))
    address = reverse("enquiries:referrals", args=[enquiry.uid])
    typed = {"to": f"cellule:{cast.cell(world).uid}", "body": "Une question.", "agreement": Agreement.WRITTEN}
    assert "oui.pdf" in text(desk.get(address))
    assert desk.post(address, typed | {"enclosed": ids(yes, no)}).status_code == 302
    [made] = Referral.objects.of_enquiry(world.reload(enquiry))
    assert made.enclosed == ids(yes, no)
    assert not attachments.sent_along(made).exists()

    page = own.get(reverse("enquiries:own_referrals", args=[enquiry.uid]))
    assert all(one in text(page) for one in ("oui.pdf", "non.pdf"))
    assert b" checked" not in page.content
    answer = own.post(page.wsgi_request.path, {"geste": "accepter", "referral": str(made.uid), "enclosed": ids(yes)})
    assert answer.status_code == 302
    assert (here(world, made).state, here(world, made).enclosed) == (S.SENT, ids(yes))

    cell.post(reverse("enquiries:cell_referral", args=[made.uid]), {"geste": "ouvrir"})
    shown = text(cell.get(reverse("enquiries:cell_referral", args=[made.uid])))
    assert "oui.pdf" in shown
    assert "non.pdf" not in shown
    assert is_saved(cell.get(address_of(made, yes)), yes, world)
    assert same_as_unknown(cell, "get", address_of(made, no), no.uid)
    assert cell.get(address_of(made, no)).status_code == 404
    for part, route in ((own, "own_referrals"), (desk, "referrals")):
        told = text(part.get(reverse(f"enquiries:{route}", args=[enquiry.uid])))
        assert "Fichiers transmis avec ce texte" in told


def test_nothing_ticked_sends_the_words_alone(world: World) -> None:
    """Mutation: agree to what was proposed when nothing is said."""
    enquiry = now_taken(world)
    file = a_file(world, enquiry)
    made = sent(world, file, enquiry=enquiry, agreement=Agreement.WRITTEN)
    referring.agree(actor=world.actor("author"), referral=here(world, made))
    opened(world, made, at=timezone.now())
    assert here(world, made).enclosed == []
    assert visitor(world, "cell officer").get(address_of(made, file)).status_code == 404


@pytest.mark.parametrize("case", ["not proposed", "erased meanwhile", "typed"])
def test_she_cannot_send_by_mistake_what_nobody_proposed(world: World, case: str) -> None:
    """Mutation: take any file of the enquiry that is ticked."""
    enquiry = now_taken(world)
    file, other = a_file(world, enquiry), a_file(world, enquiry, "autre.pdf")
    made = sent(world, file, enquiry=enquiry, agreement=Agreement.WRITTEN)
    ticked = {"not proposed": ids(file, other), "erased meanwhile": ids(file), "typed": ["\x00x"]}[case]
    if case == "erased meanwhile":
        attachments.forget_files(world.reload(enquiry), at=timezone.now())
    with pytest.raises(DomainError, match="fichiers cochés"):
        referring.agree(actor=world.actor("author"), referral=here(world, made), enclosed=ticked)
    own, address = visitor(world, "author"), reverse("enquiries:own_referrals", args=[enquiry.uid])
    own.post(address, {"geste": "accepter", "referral": str(made.uid), "enclosed": ticked})
    assert "fichiers cochés" in text(own.get(address))
    assert here(world, made).state == S.PROPOSED


# ── The cell ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("part", CAST)
def test_who_opens_a_file_that_goes_with_a_referral(world: World, part: str) -> None:
    """Neither the head who validates, nor her counsellor by that way. Mutation: open it to whoever reads."""
    enquiry = now_taken(world, excluded=(world.people["excluded colleague"],))
    file = a_file(world, enquiry)
    made = sent(world, file, enquiry=enquiry)
    validated_by_head(world)
    answered(world, made, at=timezone.now())
    client, address = visitor(world, part), address_of(made, file)
    answer = client.get(address)
    if part == "cell officer":
        assert is_saved(answer, file, world)
    else:
        assert PDF.data not in answer.content
        assert answer.status_code in {302, 403, 404}
        assert answer.status_code != 404 or same_as_unknown(client, "get", address, made.uid)
    assert AccessRecord.objects.filter(level=Level.FILE).exists() == (part == "cell officer")


@pytest.mark.parametrize("case", ["of another cell", "excluded"])
def test_an_officer_who_must_not_meet_it_opens_no_file(world: World, case: str) -> None:
    """Mutation: find the referral without its door."""
    enquiry = now_taken(world, excluded=(world.people["excluded colleague"],))
    file = a_file(world, enquiry)
    made = sent(world, file, enquiry=enquiry)
    opened(world, made, at=timezone.now())
    part = "fellow counsellor" if case == "of another cell" else "excluded colleague"
    if case == "of another cell":
        other_cell(world)
    else:
        where = {"academy": world.academy, "team": cast.cell(world), "valid_from": LONG_AGO}
        Posting.objects.create(person=world.people[part], role=Role.CELL_OFFICER, **where)
    client, address = visitor(world, part), address_of(made, file)
    assert client.get(reverse("enquiries:cell_referrals")).status_code == 200
    assert client.get(address).status_code == 404
    assert same_as_unknown(client, "get", address, made.uid)


ENDS = (
    *("not opened yet", "stopped", "taken back", "refused", "answered"),
    *("expired", "past its time", "withdrawn", "erased"),
)


@pytest.mark.parametrize("how", ENDS)
def test_before_and_after_the_cell_opens_no_file(world: World, how: str) -> None:
    """The 404 of an unknown file, byte for byte. Mutations: leave the state, or the time, out of `opens_files`."""
    enquiry = now_taken(world)
    file = a_file(world, enquiry)
    made = sent(world, file, enquiry=enquiry)
    client, address = visitor(world, "cell officer"), address_of(made, file)
    if how != "not opened yet":
        opened(world, made, at=timezone.now())
        assert is_saved(client.get(address), file, world)
    officer = world.actor("cell officer", at=timezone.now())
    if how in {"stopped", "taken back"}:
        part = "author" if how == "stopped" else "counsellor"
        referring.take_back(actor=world.actor(part), referral=here(world, made))
    elif how == "refused":
        answering.refuse_referral(actor=officer, referral=there(world, made), reason="not_ours")
    elif how == "answered":
        answering.accept_referral(actor=officer, referral=there(world, made))
        answering.answer_referral(actor=officer, referral=there(world, made), body=ANSWER)
    elif how == "expired":
        cast.night(timezone.now() + referring.EXPIRES_AFTER * 2)
    elif how == "past its time":  # and the night has not come yet
        Referral.objects.filter(pk=made.pk).update(
            proposed_at=cast.days(-60), remind_at=cast.days(-50), expires_at=timezone.now()
        )
    elif how == "withdrawn":
        services.withdraw_enquiry(actor=world.actor("author"), enquiry=world.reload(enquiry))
    elif how == "erased":
        attachments.forget_files(world.reload(enquiry), at=timezone.now())
    before = AccessRecord.objects.filter(level=Level.FILE).count()
    assert client.get(address).status_code == 404
    assert same_as_unknown(client, "get", address, file.uid)
    assert AccessRecord.objects.filter(level=Level.FILE).count() == before
    if how == "answered":
        assert "ne s’ouvrent plus" in text(client.get(reverse("enquiries:cell_referral", args=[made.uid])))


def test_a_file_of_another_referral_or_enquiry_is_unknown(world: World) -> None:
    """Mutation: look for the file among those of the enquiry, or of all."""
    one, two = now_taken(world), now_taken(world)
    mine, beside, elsewhere = a_file(world, one), a_file(world, one, "autre.pdf"), a_file(world, two, "ailleurs.pdf")
    first, _ = sent(world, mine, enquiry=one), sent(world, beside, enquiry=one, to=other_cell(world))
    third = sent(world, elsewhere, enquiry=two, to=first.team)
    for made in (first, third):
        opened(world, made, at=timezone.now())
    client = visitor(world, "cell officer")
    assert is_saved(client.get(address_of(first, mine)), mine, world)
    assert is_saved(client.get(address_of(third, elsewhere)), elsewhere, world)
    for referral, file in ((first, beside), (first, elsewhere), (third, mine)):
        assert client.get(address_of(referral, file)).status_code == 404
        assert same_as_unknown(client, "get", address_of(referral, file), file.uid)


def test_each_opening_is_told_to_the_agent_and_none_goes_unwritten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation: write it once the bytes are read, or not at all."""
    enquiry = now_taken(world)
    file = a_file(world, enquiry)
    made = sent(world, file, enquiry=enquiry)
    opened(world, made, at=timezone.now())
    client = visitor(world, "cell officer")
    client.get(reverse("enquiries:cell_referral", args=[made.uid]))
    readings = reverse("enquiries:readings", args=[enquiry.uid])
    assert "un fichier qui lui est transmis" not in text(visitor(world, "author").get(readings))
    client.get(address_of(made, file))
    told = text(visitor(world, "author").get(readings))
    assert "un fichier qui lui est transmis" in told
    assert world.people["cell officer"].full_name in told

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(type(AccessRecord.objects.all()), "note", broken)
    monkeypatch.setattr(type(AccessRecord.objects), "note", broken)
    client.raise_request_exception = False
    answer = client.get(address_of(made, file))
    assert answer.status_code == 500
    assert PDF.data not in answer.content


# ── What becomes of them ───────────────────────────────────────────────────────────────────────────
def test_a_document_of_an_answer_that_waits_goes_neither_to_the_agent_nor_further(world: World) -> None:
    """Mutation: propose, or show, the files of an answer that its head has not validated."""
    validated_by_head(world)
    enquiry = now_taken(world)
    made = sent(world, enquiry=enquiry)
    answered(world, made, at=timezone.now(), uploads=[PDF])
    enquiry.attachments.update(scan=Scan.CLEAN)
    file = enquiry.attachments.get()
    own, desk = visitor(world, "author"), visitor(world, "counsellor")
    pages = [(own, "own_referrals", "follow_file"), (desk, "referrals", "desk_file")]
    for client, page, download in pages:
        assert "note.pdf" not in text(client.get(reverse(f"enquiries:{page}", args=[enquiry.uid])))
        assert client.get(reverse(f"enquiries:{download}", args=[enquiry.uid, file.uid])).status_code == 404
    answering.validate_answer(
        actor=world.actor("head of service", at=timezone.now()), referral=waiting_for_head(world, made)
    )
    for client, page, download in pages:
        assert "note.pdf" in text(client.get(reverse(f"enquiries:{page}", args=[enquiry.uid])))
        assert client.get(reverse(f"enquiries:{download}", args=[enquiry.uid, file.uid])).content == PDF.data


def test_merged_the_files_follow_the_referral_and_open_still(world: World) -> None:
    """Mutation: name them by what changes when they are sealed again."""
    merged, kept = world.taken(), world.taken()
    file = a_file(world, merged)
    made = refer(world, enquiry=world.reload(merged), enclosed=ids(file))
    accepted(world, made)
    merge(world, merged, kept)
    found = answering.file_for_cell(
        actor=world.actor("cell officer"), referral_uid=made.uid, file_uid=file.uid, at=cast.days(1)
    )
    assert found is not None
    referral, attachment = found
    assert referral.enquiry_id == kept.pk
    assert attachments.read_attachment(referral.enquiry, attachment) == PDF.data + b"arrete.pdf"


def test_erased_in_their_time_they_are_told_as_gone(world: World) -> None:
    enquiry = now_taken(world)
    made = sent(world, a_file(world, enquiry), enquiry=enquiry)
    attachments.forget_files(world.reload(enquiry), at=timezone.now())
    assert here(world, made).enclosed != []
    for part, page in (("author", "own_referrals"), ("counsellor", "referrals")):
        told = text(visitor(world, part).get(reverse(f"enquiries:{page}", args=[enquiry.uid])))
        assert "a été effacé depuis" in told
