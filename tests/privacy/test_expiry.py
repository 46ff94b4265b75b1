"""A year without contact: the author is told thirty days before, then her enquiry is closed if need be, and erased."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import services
from proxirh.enquiries.models import Enquiry, EnquiryFact
from proxirh.enquiries.retention import ANNOUNCEMENTS, ENQUIRIES, FILES
from proxirh.enquiries.services import expiring
from proxirh.enquiries.workflow import State
from proxirh.kernel import erasures
from proxirh.kernel.encryption import DecryptionError
from proxirh.kernel.errors import StaleState
from proxirh.kernel.models import JournalEntry
from proxirh.ui import french
from tests.enquiries import acts
from tests.enquiries.asker import text_of as text
from tests.enquiries.visitors import visitor
from tests.privacy.conftest import DAY, SECOND, ended, exists, mails, stored_files
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
YEAR, MONTH = 365 * DAY, 30 * DAY
GOES = NOW + YEAR


def night(at: datetime) -> tuple[int, int]:
    """What one run of the clock does to enquiries: told, erased."""
    return ANNOUNCEMENTS.apply(at=at), ENQUIRIES.apply(at=at)


def last_touched(enquiry: Enquiry) -> datetime:
    return Enquiry.objects.get(pk=enquiry.pk).last_contact_at


# ── Told, then erased ─────────────────────────────────────────────────────────────────────────────
def test_told_thirty_days_before_and_erased_a_year_after_the_last_contact(world: World) -> None:
    """To the second, each once. Mutation: a grace of no days, or a notice that is not asked for."""
    enquiry = ended(world, at=NOW + DAY)
    world.enquiry.delete()
    start = NOW + DAY
    assert night(start + YEAR - MONTH) == (0, 0)
    told_at = start + YEAR - MONTH + SECOND
    assert [night(told_at), night(told_at + SECOND)] == [(1, 0), (0, 0)]
    assert [night(start + YEAR), night(told_at + MONTH - SECOND)] == [(0, 0), (0, 0)]
    assert exists(enquiry)
    assert night(told_at + MONTH) == (0, 1)
    assert not exists(enquiry)
    assert night(told_at + MONTH) == (0, 0)
    assert [line.uid for line in erasures.read().erasures] == [enquiry.uid]


def test_who_is_told_late_has_thirty_days_all_the_same(world: World) -> None:
    """The clock was stopped for a year. Mutation: count the grace from the last contact."""
    enquiry = ended(world, at=NOW)
    late = NOW + 2 * YEAR
    night(late)
    assert exists(enquiry)
    night(late + MONTH - SECOND)
    assert exists(enquiry)
    night(late + MONTH)
    assert not exists(enquiry)


def test_the_mail_says_when_and_where_and_nothing_else(world: World) -> None:
    """Mutation: put the topic or the words into the template."""
    enquiry = ended(world, at=NOW + DAY, words="CANARIMOTS")
    ANNOUNCEMENTS.apply(at=GOES - MONTH + DAY + SECOND)
    [mail] = [mail for mail in mails("expiring") if mail.about == enquiry.uid]
    assert mail.recipient == "author@exemple.invalid"
    assert reverse("enquiries:follow", args=[enquiry.uid]) in (mail.body or "")
    assert french.long_day(NOW + YEAR + DAY + SECOND, "Europe/Paris") in (mail.body or "")
    assert "Mes données" in (mail.body or "")
    for told in ("CANARIMOTS", enquiry.contact_name, world.topic.label, world.topic.agent_label):
        assert told.lower() not in f"{mail.subject} {mail.body}".lower()


def test_a_word_of_the_author_spares_her_enquiry_for_another_year(world: World) -> None:
    """Mutation: remember that she was told, and not for which contact."""
    enquiry = world.enquiry
    told_at = last_touched(enquiry) + YEAR - MONTH + SECOND
    assert night(told_at) == (1, 0)
    acts.write(world, world.reload(), at=told_at + DAY)
    assert night(told_at + MONTH + DAY) == (0, 0)
    assert exists(enquiry)
    assert ENQUIRIES.apply(at=told_at + 3 * YEAR) == 0, "what was announced before no longer holds"
    again = told_at + DAY + YEAR - MONTH + SECOND
    assert [night(again), night(again + MONTH)] == [(1, 0), (0, 1)]
    assert len(mails("expiring")) == 2


def test_without_an_address_no_mail_but_the_same_thirty_days(world: World) -> None:
    enquiry = ended(world, at=NOW + DAY, email="")
    told_at = GOES + 2 * DAY
    night(told_at)
    assert not [mail for mail in mails("expiring") if mail.about == enquiry.uid]
    assert world.reload(enquiry).expiry_told_at == told_at
    night(told_at + MONTH - SECOND)
    assert exists(enquiry)
    night(told_at + MONTH)
    assert not exists(enquiry)


def test_an_address_that_is_not_hers_is_not_written_to(world: World) -> None:
    Enquiry.objects.filter(pk=world.enquiry.pk).update(disowned_at=NOW)
    assert night(GOES)[0] == 1
    assert not mails("expiring")


# ── Still open ────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("state", [State.SUBMITTED, State.IN_PROGRESS, State.WAITING_FOR_AGENT, State.WAITING_FOR_DATE])
def test_what_is_still_open_is_closed_first_with_notice(world: World, state: str) -> None:
    """Mutation: anonymise without closing; close without telling whoever has it."""
    Enquiry.objects.filter(pk=world.enquiry.pk).update(last_contact_at=NOW + 2 * YEAR)
    enquiry = acts.in_state(world, state)
    fact = enquiry.fact_id
    told_at = GOES
    assert night(told_at) == (1, 0)
    in_hand = {mail.recipient for mail in mails("expiring_for_staff")}
    lead = world.people["counsellor"].staff_address
    assert lead in in_hand
    assert (in_hand == {lead}) == (state != State.SUBMITTED)
    assert world.reload(enquiry).state == state, "nothing is closed before its time"
    assert night(told_at + MONTH) == (0, 1)
    assert not exists(enquiry)
    assert [mail.recipient for mail in mails("expired")] == ["author@exemple.invalid"]
    assert {mail.recipient for mail in mails("expired_for_staff")} == in_hand
    verbs = (
        JournalEntry.objects.filter(subject__endswith=str(enquiry.uid)).order_by("pk").values_list("verb", flat=True)
    )
    assert list(verbs)[-3:] == ["demande.effacement_annoncé", "demande.expirée", "demande.anonymisée"]
    assert EnquiryFact.objects.get(pk=fact).outcomes == [], "nothing was given, nothing is counted"


def test_stopped_between_closing_and_erasing_it_goes_on(world: World, settings, tmp_path) -> None:
    enquiry = world.enquiry
    night(GOES)
    (tmp_path / "file").write_text("")
    whole, settings.PROXIRH_ERASURE_REGISTER = settings.PROXIRH_ERASURE_REGISTER, tmp_path / "file" / "x.txt"
    with pytest.raises(Exception, match="registre"):
        ENQUIRIES.apply(at=GOES + MONTH)
    assert world.reload().state == State.CLOSED
    settings.PROXIRH_ERASURE_REGISTER = whole
    assert ENQUIRIES.apply(at=GOES + MONTH + DAY) == 1
    assert not exists(enquiry)
    assert len(mails("expired")) == 1


def test_a_reopening_is_a_contact(world: World) -> None:
    """Mutation: leave the date of the last contact as it was."""
    enquiry = ended(world, at=NOW)
    acts.reopen(world, enquiry, at=NOW + 80 * DAY)
    assert last_touched(enquiry) == NOW + 80 * DAY


# ── Together with others ──────────────────────────────────────────────────────────────────────────
def test_a_contact_meanwhile_spares_that_one_and_stops_no_other(world: World, monkeypatch) -> None:
    """Mutation: drop what the move expects of the last contact."""
    enquiries = [ended(world, at=NOW + number * DAY) for number in range(3)]
    night(GOES + 3 * DAY)
    at = GOES + 3 * DAY + MONTH
    erase = expiring.erase_expired

    def meanwhile(*, enquiry: Enquiry, at: datetime) -> None:
        if enquiry.pk == enquiries[1].pk:
            Enquiry.objects.filter(pk=enquiry.pk).update(last_contact_at=at)
        erase(enquiry=enquiry, at=at)

    monkeypatch.setattr(expiring, "erase_expired", meanwhile)
    ENQUIRIES.apply(at=at)
    assert [exists(enquiry) for enquiry in enquiries] == [False, True, False]


def test_one_that_does_not_open_is_said_and_stops_no_other(world: World) -> None:
    """Nobody is erased without having been told because a key is missing. Mutation: stop at the first, or tell it."""
    enquiries = [ended(world, at=NOW + number * DAY) for number in range(3)]
    Enquiry.objects.filter(pk=enquiries[0].pk).update(
        contact=Enquiry.objects.filter(pk=enquiries[1].pk).values("contact")
    )
    with pytest.raises(DecryptionError):
        ANNOUNCEMENTS.apply(at=GOES + 3 * DAY)
    assert [world.reload(one).expiry_told_at is None for one in enquiries] == [True, False, False]
    ENQUIRIES.apply(at=GOES + 3 * DAY + MONTH)
    assert [exists(one) for one in enquiries] == [True, False, False]


def test_told_twice_at_once_it_is_told_once(world: World) -> None:
    """Two runs read it before either writes. Mutation: expect nothing of the row."""
    rows = [Enquiry.objects.for_system("essai").to_expire().get(pk=world.enquiry.pk) for _ in range(2)]
    expiring.announce_expiry(enquiry=rows[0], at=GOES)
    with pytest.raises(StaleState):
        expiring.announce_expiry(enquiry=rows[1], at=GOES)
    assert len(mails("expiring")) == 1


def test_more_than_a_batch_goes_whole_even_at_the_same_moment(world: World, monkeypatch) -> None:
    """Mutation: begin the next batch after the date alone."""
    monkeypatch.setattr(expiring, "BATCH", 2)
    for _ in range(7):
        world.submit()
    Enquiry.objects.all().update(last_contact_at=NOW)
    assert night(GOES) == (8, 0)
    assert night(GOES + MONTH) == (0, 8)
    assert not Enquiry.objects.all()


def test_what_was_merged_goes_with_its_survivor_and_is_not_told_apart(world: World) -> None:
    survivor, absorbed = ended(world, at=NOW + 60 * DAY), ended(world, at=NOW)
    Enquiry.objects.filter(pk=absorbed.pk).update(state=State.MERGED, merged_into=survivor)
    night(GOES + DAY)
    night(GOES + DAY + MONTH)
    assert exists(absorbed)
    assert [mail for mail in mails("expiring") if mail.about == absorbed.uid] == []
    assert exists(survivor)
    night(GOES + 2 * MONTH + DAY + SECOND)
    assert not exists(absorbed)
    assert not exists(survivor)


# ── What its author reads ─────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("is_open", [True, False])
def test_her_page_says_when_and_what_to_do(world: World, is_open: bool) -> None:
    """Also to whoever gave no address. Mutation: leave `_leaving` out of the steps."""
    enquiry = world.enquiry if is_open else ended(world, at=timezone.now() - 340 * DAY)
    Enquiry.objects.filter(pk=enquiry.pk).update(last_contact_at=timezone.now() - 340 * DAY)
    address = reverse("enquiries:follow", args=[enquiry.uid])
    assert "sera effacée" not in text(visitor(world, "author").get(address))
    now = timezone.now()
    ANNOUNCEMENTS.apply(at=now)
    shown = text(visitor(world, "author").get(address))
    assert french.long_day(now + MONTH, "Europe/Paris").replace(french.NBSP, " ") in shown
    assert ("Un mot ci-dessous" if is_open else "téléchargez vos données") in shown
    assert "Rien n’est effacé" not in shown
    kept = text(visitor(world, "author").get(reverse("privacy:mine")))
    assert french.plain_day(now + MONTH, "Europe/Paris").replace(french.NBSP, " ") in kept


# ── Files ─────────────────────────────────────────────────────────────────────────────────────────
def test_files_go_thirty_days_after_the_last_that_may_reopen_them(world: World) -> None:
    """Mutations: keep them on the disk; keep their names; count from the last contact of an open one."""
    before = stored_files()
    closed = ended(world, at=NOW)
    still_open = world.taken()
    acts.reply(world, still_open, uploads=[acts.PDF])
    assert len(stored_files() - before) == 2
    goes = NOW + 120 * DAY
    assert FILES.due(goes) == FILES.apply(at=goes) == 0
    assert FILES.due(goes + SECOND) == FILES.apply(at=goes + SECOND) == 1
    assert FILES.apply(at=goes + YEAR) == 0
    assert [closed.attachments.count(), still_open.attachments.count()] == [0, 1]
    assert stored_files() - before == set(still_open.attachments.values_list("stored_name", flat=True))
    for part, page in (("author", "follow"), ("counsellor", "enquiry")):
        shown = text(visitor(world, part).get(reverse(f"enquiries:{page}", args=[closed.uid])))
        assert "durée de conservation" in shown
        assert "arrêté.pdf" not in shown


def test_a_file_stays_when_its_row_cannot_go(world: World, monkeypatch) -> None:
    """Mutation: take it off the disk before the commit."""
    enquiry = ended(world, at=NOW)
    before = stored_files()

    def refuse(**_line: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("proxirh.kernel.journal.record", refuse)
    with pytest.raises(RuntimeError):
        FILES.apply(at=NOW + 121 * DAY)
    assert enquiry.attachments.count() == 1
    assert stored_files() == before


def test_a_file_that_the_disk_keeps_is_left_to_the_sweep(world: World, monkeypatch, caplog) -> None:
    enquiry = ended(world, at=NOW)

    def refuse(_name: str) -> None:
        raise PermissionError("CANARI")

    monkeypatch.setattr("proxirh.kernel.files.delete_sealed", refuse)
    assert FILES.apply(at=NOW + 121 * DAY) == 1
    assert not enquiry.attachments.exists()
    assert "PermissionError" in caplog.text
    assert "CANARI" not in caplog.text


def test_a_file_given_without_account_goes_too(world: World) -> None:
    key = uuid.uuid4()
    enquiry = services.submit_enquiry(
        actor=world.actor("anonymous"), answers=world.answers(), idempotency_key=key, at=NOW
    )
    night(GOES)
    night(GOES + MONTH + timedelta(hours=1))
    assert not exists(enquiry)
