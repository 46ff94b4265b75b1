"""« Mes courriels », the link at the foot of a mail, and the address that receives nothing any more."""

from datetime import timedelta

import pytest
from django.db import transaction

from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.models import DataKey, JournalEntry
from proxirh.notifications import services
from proxirh.notifications.forms import StopForm
from proxirh.notifications.kinds import KINDS, Reader, refusable
from proxirh.notifications.links import mail_of, token_of
from proxirh.notifications.models import MailChoice
from proxirh.outbox.models import MailState, OutgoingEmail
from proxirh.outbox.returned import return_address, take_back
from proxirh.outbox.services import forget_about, is_refused
from proxirh.privacy.services import erase_account
from tests.enquiries.visitors import now_taken, text, visitor
from tests.notifications.choosing import DAILY, NEVER, address, choice_of, choose, queue
from tests.outbox.notices import notice
from tests.strict_client import StrictClient
from tests.world import NOW, World, build_world

MINE = "/mes-courriels/"


def answers(*readers: Reader, **changes: str) -> dict[str, str]:
    return {kind.code: "at_once" for kind in refusable(*readers)} | changes


# ── « Mes courriels » ─────────────────────────────────────────────────────────────────────────────
def test_whoever_is_signed_in_chooses_on_one_page(world: World) -> None:
    client = visitor(world, "author")
    page = text(client.get(MINE))
    assert "author@exemple.invalid" in page
    assert "Rien entre 19 h et 8 h" not in page
    done = client.post(MINE, answers(Reader.AGENT, closed="never", message_for_author="daily"))
    assert done.status_code == 302
    row = choice_of("author")
    assert row
    assert row.frequencies == {"closed": "never", "message_for_author": "daily"}
    page = client.get(MINE)
    assert page.context["form"]["closed"].initial == "never"


def test_a_professional_has_both_groups_and_quiet_hours(world: World) -> None:
    client = visitor(world, "counsellor")
    page = text(client.get(MINE))
    for said in ("Rien entre 19 h et 8 h", "situation préoccupante", "rappeler aujourd’hui", "Une demande vous est"):
        assert said in page, said
    client.post(MINE, answers(Reader.AGENT, Reader.STAFF, is_quiet="on", team_alert="daily"))
    row = choice_of("counsellor")
    assert row
    assert (row.is_quiet, row.frequencies) == (True, {"team_alert": "daily"})


def test_what_always_comes_is_told_and_not_asked(world: World) -> None:
    page = visitor(world, "author").get(MINE)
    assert KINDS["acknowledgement"].name in page.content.decode()
    assert "acknowledgement" not in page.context["form"].fields


def test_saving_twice_writes_once(world: World) -> None:
    choose(world, "author", closed=NEVER)
    lines = JournalEntry.objects.count()
    choose(world, "author", closed=NEVER, at=NOW + timedelta(days=1))
    assert MailChoice.objects.count() == 1
    assert JournalEntry.objects.count() == lines


def test_a_wrong_answer_keeps_the_others(world: World) -> None:
    answer = visitor(world, "author").post(MINE, answers(Reader.AGENT, closed="parfois", taken="never"))
    assert answer.status_code == 422
    assert answer.context["form"]["taken"].value() == "never"
    assert not MailChoice.objects.exists()


@pytest.mark.parametrize("code", [kind.code for kind in KINDS.values() if not kind.is_refusable])
def test_what_protects_cannot_be_refused_by_any_way(world: World, code: str) -> None:
    """Mutation: drop `_require_refusable`."""
    with pytest.raises(DomainError):
        choose(world, "counsellor", **{code: NEVER})
    with pytest.raises(DomainError):
        services.choose_by_link(mail=queue(code, address("author")), frequency=NEVER, at=NOW)
    assert not MailChoice.objects.exists()


def test_an_author_does_not_choose_for_professionals(world: World) -> None:
    with pytest.raises(NotAllowed):
        choose(world, "author", team_alert=NEVER)


def test_a_visitor_chooses_nothing(world: World) -> None:
    with pytest.raises(NotAllowed):
        choose(world, "anonymous", closed=NEVER)
    assert StrictClient().get(MINE).status_code == 302


# ── The link ──────────────────────────────────────────────────────────────────────────────────────
def link(mail: OutgoingEmail) -> str:
    return f"/courriels/{token_of(mail)}/"


def test_a_link_fetched_ahead_changes_nothing(world: World) -> None:
    """Mutation: refuse at the GET."""
    mail = queue("closed", address("author"))
    for _ in range(3):
        page = StrictClient().get(link(mail))
    assert page.status_code == 200
    assert "Enregistrer ce choix" in text(page)
    assert not MailChoice.objects.exists()


def test_one_click_refuses_without_cookie_nor_page(world: World) -> None:
    """RFC 8058, twice: idempotent. Mutation: ask for the token of a form."""
    mail = queue("closed", address("author"))
    for _ in range(2):
        client = StrictClient(enforce_csrf_checks=True)
        done = client.post(link(mail), {"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200
    row = choice_of("author")
    assert row
    assert row.frequencies == {"closed": "never"}
    assert MailChoice.objects.count() == 1


def test_the_page_offers_once_a_day_and_to_take_it_back(world: World) -> None:
    mail = queue("closed", address("author"))
    client = StrictClient()
    assert "une fois par jour" in text(client.post(link(mail), {"frequency": "daily"}))
    row = choice_of("author")
    assert row
    assert row.frequencies == {"closed": "daily"}
    assert "Annuler" in text(client.post(link(mail), {"frequency": "never"}))
    assert "comme avant" in text(client.post(link(mail), {"frequency": "at_once"}))
    assert not MailChoice.objects.exists()


def test_a_link_changes_its_kind_alone(world: World) -> None:
    choose(world, "author", taken=NEVER, message_for_author=DAILY)
    StrictClient().post(link(queue("closed", address("author"))), {"frequency": "never"})
    row = choice_of("author")
    assert row
    assert row.frequencies == {"taken": "never", "message_for_author": "daily", "closed": "never"}


def test_quiet_hours_survive_a_link(world: World) -> None:
    choose(world, "counsellor", is_quiet=True)
    StrictClient().post(link(queue("team_alert", address("counsellor"))), {"frequency": "never"})
    row = choice_of("counsellor")
    assert row
    assert row.is_quiet


def test_the_link_and_its_page_tell_nothing(world: World) -> None:
    """Neither who reads it, nor of what it tells. Mutation: show the address, or the reference."""
    mail = queue("closed", address("author"), about=world.enquiry.uid)
    for page in (StrictClient().get(link(mail)), StrictClient().post(link(mail), {"frequency": "never"})):
        said = text(page)
        for secret in ("author", str(world.enquiry.uid), world.enquiry.reference, str(mail.uid)):
            assert secret not in said.replace(token_of(mail), ""), secret


@pytest.mark.parametrize("token", ["x", "0" * 32, f"{'0' * 32}:abc", "é", "a:b:c"])
def test_a_link_that_nobody_signed_is_refused(world: World, token: str) -> None:
    answer = StrictClient().get(f"/courriels/{token}/")
    assert answer.status_code == 404
    assert StrictClient().post(f"/courriels/{token}/", {"frequency": "never"}).status_code == 404


def test_a_link_altered_or_of_a_kind_that_stays_is_refused(world: World) -> None:
    """Mutation: read the token without its signature."""
    mail, stays = queue("closed", address("author")), queue("acknowledgement", address("author"))
    other = queue("closed", address("colleague"))
    forged = other.uid.hex + token_of(mail)[32:]
    assert mail_of(token_of(mail)) == mail
    assert mail_of(forged) is None
    assert mail_of(token_of(stays)) is None


def test_a_link_ends_with_the_trace_of_its_mail(world: World) -> None:
    mail = queue("closed", address("author"))
    OutgoingEmail.objects.filter(pk=mail.pk).update(state=MailState.SENT, sent_at=NOW)
    assert mail.about
    with transaction.atomic():
        forget_about(mail.about)
    page = StrictClient().get(link(mail))
    assert page.status_code == 404
    assert "Ce lien ne sert plus" in text(page)


def test_a_link_is_pressed_so_many_times_an_hour(world: World) -> None:
    mail = queue("closed", address("author"))
    client = StrictClient()
    answers_ = [client.post(link(mail), {"frequency": "never"}).status_code for _ in range(22)]
    assert answers_ == [200] * 20 + [429] * 2
    assert client.get(link(mail)).status_code == 200


def test_a_wrong_answer_is_told(world: World) -> None:
    answer = StrictClient().post(link(queue("closed", address("author"))), {"frequency": "parfois"})
    assert answer.status_code == 422
    assert StopForm({"frequency": "daily"}).is_valid()


# ── Erasing ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_choices_go_with_the_account() -> None:
    """Mutation: leave them; the address would stay, sealed, without anybody’s."""
    world = build_world()
    choose(world, "colleague", closed=NEVER)
    key = MailChoice.objects.values_list("data_key", flat=True).get()
    erase_account(actor=world.actor("colleague"), at=NOW)
    assert not MailChoice.objects.exists()
    assert not DataKey.objects.filter(pk=key).exists()


# ── An address that receives nothing any more ─────────────────────────────────────────────────────
def answered(to: str, *, error: str = "", days: int = 0, **about: object) -> None:
    at = NOW + timedelta(days=days)
    mail = queue("closed", to, at=at, **about)
    if error:
        OutgoingEmail.objects.filter(pk=mail.pk).update(state=MailState.DEAD, dead_at=at, last_error=error)
    else:
        OutgoingEmail.objects.filter(pk=mail.pk).update(state=MailState.SENT, sent_at=at)


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ([], False),
        ([""], False),
        (["SMTPRecipientsRefused 550"], True),
        (["SMTPRecipientsRefused 450"], False),
        (["SMTPDataError 554"], False),
        (["ConnectionRefusedError"], False),
        (["SMTPRecipientsRefused 550", ""], False),
        (["", "SMTPRecipientsRefused 550"], True),
        (["SMTPRecipientsRefused 550", "SMTPDataError 554"], True),
        (["AddressRefused 5.1.1"], True),
        (["Returned 4.4.1"], False),
        (["AddressRefused 5.1.1", ""], False),
    ],
)
def test_an_address_is_refused_when_its_last_answer_says_so(db, said: list[str], refused: bool) -> None:
    """Mutations: count a temporary refusal; forget that a later mail was accepted."""
    for days, error in enumerate(said):
        answered("agent@exemple.invalid", error=error, days=days)
    assert is_refused("Agent@exemple.invalid ") is refused


def test_the_counsellor_reads_that_her_address_is_dead_and_no_mail_is_written(world: World) -> None:
    """It clears when the address is corrected. Mutation: tell it of any mail given up about the enquiry."""
    enquiry = now_taken(world)
    client = visitor(world, "counsellor")
    page = f"/bureau/{enquiry.uid}/"
    assert "ne reçoit plus" not in text(client.get(page))
    answered("author@exemple.invalid", error="SMTPDataError 554", days=399, about=enquiry.uid)
    assert "ne reçoit plus" not in text(client.get(page))
    answered("author@exemple.invalid", error="SMTPRecipientsRefused 550", days=400, about=enquiry.uid)
    mails = OutgoingEmail.objects.count()
    shown = text(client.get(page))
    assert "Son adresse ne reçoit plus : appelez-la" in shown
    assert "chaque message la prévient" not in shown
    assert OutgoingEmail.objects.count() == mails
    found = world.reload(enquiry)
    found.contact = {**found.contact, "email": "neuve@exemple.invalid"}
    found.save(update_fields=["contact"])
    assert "ne reçoit plus" not in text(client.get(page))


def test_an_address_refused_only_later_is_told_alike(world: World, settings) -> None:
    """Her server took the mail, then wrote that it reached nobody."""
    settings.PROXIRH_MAIL_RETURNS = "retours@rh.exemple.invalid"
    enquiry = now_taken(world)
    client = visitor(world, "counsellor")
    mail = queue("closed", "author@exemple.invalid", about=enquiry.uid)
    OutgoingEmail.objects.filter(pk=mail.pk).update(state=MailState.SENT, sent_at=NOW)
    to = return_address(mail)
    assert to
    take_back(notice(to, "4.4.1", action="delayed"), at=NOW)
    assert "ne reçoit plus" not in text(client.get(f"/bureau/{enquiry.uid}/"))
    take_back(notice(to), at=NOW + timedelta(days=400))
    assert "Son adresse ne reçoit plus : appelez-la" in text(client.get(f"/bureau/{enquiry.uid}/"))
