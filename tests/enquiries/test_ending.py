"""An enquiry that is erased leaves nothing but a coarser fact: rows, file, key, mails and author go; totals stay."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db.models import Sum

from proxirh.accounts.models import Address, Person, User
from proxirh.enquiries import services
from proxirh.enquiries.models import Enquiry, EnquiryFact, MonthlyCount, Transmission
from proxirh.enquiries.services import Ending
from proxirh.enquiries.services.ending import erase_restored
from proxirh.enquiries.services.transmitting import transmit_named
from proxirh.enquiries.workflow import State
from proxirh.kernel import erasures, journal
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.models import DataKey, JournalEntry
from proxirh.outbox.models import MailState, OutgoingEmail
from proxirh.privacy.services import erase_account
from proxirh.territories.models import Topic
from tests.enquiries import acts
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
YEAR_LATER = NOW + timedelta(days=366)


@pytest.fixture(autouse=True)
def _own_register(settings, tmp_path: Path) -> None:
    settings.PROXIRH_ERASURE_REGISTER = tmp_path / "effacements.txt"


def ended(world: World, *, part: str = "author", **changes) -> Enquiry:
    """An enquiry with a message, a file, an exchange and a reading, closed."""
    enquiry = world.submit(part, **changes)
    acts.take(world, world.reload(enquiry))
    acts.reply(world, world.reload(enquiry), uploads=[acts.PDF])
    acts.log(world, world.reload(enquiry))
    acts.close(world, world.reload(enquiry))
    return world.reload(enquiry)


def anonymise(enquiry: Enquiry) -> None:
    services.anonymise_enquiry(by=journal.SYSTEM, enquiry=enquiry, reason=Ending.TIME, at=YEAR_LATER)


def hanging(enquiry_pk: int) -> dict[str, int]:
    """Rows of every model that points at an enquiry, whatever app it is of."""
    return {
        f"{model.__name__}.{field.name}": model._base_manager.filter(**{field.name: enquiry_pk}).count()
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.related_model is Enquiry
    }


def counts() -> list[tuple]:
    cells = MonthlyCount.objects.values_list("month", "department_code", "indicator", "key", "counted_in")
    return sorted(cells.annotate(total=Sum("n")))


def stored_files() -> set[Path]:
    return {path for path in (Path(django_settings.PROXIRH_DATA_DIR) / "fichiers").rglob("*") if path.is_file()}


def test_nothing_of_it_is_left_but_a_coarser_fact_and_totals_stay(world: World) -> None:
    """Mutations: keep the key; keep the files; count less; leave the topic or the day as they were."""
    untouched = stored_files()
    enquiry = ended(world)
    before, fact, key = counts(), enquiry.fact_id, enquiry.data_key_id
    assert hanging(enquiry.pk)["Message.enquiry"]
    assert stored_files() > untouched
    anonymise(enquiry)
    assert not Enquiry.objects.filter(pk=enquiry.pk).exists()
    assert not any(hanging(enquiry.pk).values())
    assert not DataKey.objects.filter(pk=key).exists()
    assert stored_files() == untouched
    assert counts() == before
    kept = EnquiryFact.objects.get(pk=fact)
    assert (kept.day.day, kept.topic_code) == (1, "1")
    assert {kept.sex, kept.age_band, kept.channel} == {"unknown"}
    assert kept.outcomes


@pytest.mark.parametrize("state", [State.SUBMITTED, State.IN_PROGRESS, State.WAITING_FOR_AGENT, State.WAITING_FOR_DATE])
def test_an_open_enquiry_is_never_anonymised(world: World, state: str) -> None:
    enquiry = acts.in_state(world, state)
    with pytest.raises(DomainError):
        anonymise(enquiry)
    assert Enquiry.objects.filter(pk=enquiry.pk).exists()


def test_a_contact_meanwhile_wins(world: World) -> None:
    """Mutation: drop `expected` from the move."""
    enquiry = ended(world)
    Enquiry.objects.filter(pk=enquiry.pk).update(last_contact_at=YEAR_LATER)
    with pytest.raises(StaleState):
        anonymise(enquiry)
    assert Enquiry.objects.filter(pk=enquiry.pk).exists()
    with pytest.raises(erasures.RegisterMissing):
        erasures.read()


def test_twice_is_the_same_as_once(world: World) -> None:
    enquiry = ended(world)
    again = world.reload(enquiry)
    anonymise(enquiry)
    anonymise(again)
    assert [line.uid for line in erasures.read().erasures] == [enquiry.uid]


def test_what_was_merged_into_it_goes_with_it(world: World) -> None:
    survivor, absorbed = ended(world), ended(world)
    Enquiry.objects.filter(pk=absorbed.pk).update(state=State.MERGED, merged_into=survivor)
    anonymise(world.reload(survivor))
    assert not Enquiry.objects.filter(pk__in=[survivor.pk, absorbed.pk]).exists()
    assert {line.uid for line in erasures.read().erasures} == {survivor.uid, absorbed.uid}


def test_an_author_without_account_goes_with_the_last_enquiry(world: World) -> None:
    """Mutation: forget the person without asking whether she wrote another."""
    enquiry = ended(world, part="anonymous", email="ailleurs@exemple.invalid")
    other = ended(world, part="anonymous", email="ailleurs@exemple.invalid")
    Enquiry.objects.filter(pk=other.pk).update(author=enquiry.author_id)
    key = Person.objects.get(pk=enquiry.author_id).data_key_id
    anonymise(enquiry)
    assert Person.objects.filter(pk=enquiry.author_id).exists()
    anonymise(world.reload(other))
    assert not Person.objects.filter(pk=enquiry.author_id).exists()
    assert not DataKey.objects.filter(pk=key).exists()


def test_mails_sent_about_it_go_and_those_to_be_sent_stay(world: World) -> None:
    enquiry = ended(world)
    about = OutgoingEmail.objects.filter(about=enquiry.uid)
    sent = about.order_by("pk").first()
    assert sent is not None
    waiting = about.count() - 1
    OutgoingEmail.objects.filter(pk=sent.pk).update(state=MailState.SENT, sent_at=NOW)
    anonymise(enquiry)
    assert about.count() == waiting
    assert not OutgoingEmail.objects.filter(pk=sent.pk).exists()
    assert not DataKey.objects.filter(pk=sent.data_key_id).exists()


def test_what_cannot_be_told_is_not_erased(world: World, settings, tmp_path: Path) -> None:
    """Mutation: write the line after the commit."""
    (tmp_path / "file").write_text("")
    settings.PROXIRH_ERASURE_REGISTER = tmp_path / "file" / "effacements.txt"
    enquiry = ended(world)
    files = stored_files()
    with pytest.raises(DomainError, match="registre"):
        anonymise(enquiry)
    assert world.reload(enquiry).state == State.CLOSED
    assert stored_files() == files


# ── By its author ──────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("state", [State.SUBMITTED, State.WAITING_FOR_DATE, State.CLOSED, State.WITHDRAWN])
def test_the_author_erases_hers_whatever_its_state(world: World, state: str) -> None:
    enquiry = acts.in_state(world, state)
    services.erase_enquiry(actor=world.actor("author"), enquiry=enquiry, at=YEAR_LATER)
    assert not Enquiry.objects.filter(pk=enquiry.pk).exists()
    line = JournalEntry.objects.get(verb="demande.anonymisée")
    assert (line.actor, line.details) == (world.actor("author").label, {"reason": "auteur"})


@pytest.mark.parametrize("part", ["counsellor", "coordinator", "colleague", "administrator", "anonymous"])
def test_nobody_else_erases_it(world: World, part: str) -> None:
    """Mutation: ask for the right to write instead of authorship."""
    enquiry = ended(world)
    with pytest.raises(NotAllowed):
        services.erase_enquiry(actor=world.actor(part), enquiry=enquiry, at=YEAR_LATER)
    assert Enquiry.objects.filter(pk=enquiry.pk).exists()


def test_an_account_goes_with_all_that_it_asked(world: World) -> None:
    author = world.people["author"]
    Person.objects.filter(pk=author.pk).update(staff_address=None, staff_index=None)
    ended(world)
    assert erase_account(actor=world.actor("author"), at=YEAR_LATER) == 2
    assert not User.objects.filter(pk=author.user_id).exists()
    assert not Person.objects.filter(pk=author.pk).exists()
    assert not Address.objects.filter(user_id=author.user_id).exists()
    assert not DataKey.objects.filter(pk=author.data_key_id).exists()
    assert not Enquiry.objects.filter(author_id=author.pk).exists()
    assert [line.kind for line in erasures.read().erasures] == ["demande", "demande", "compte"]


def test_an_access_that_serves_a_mission_stays(world: World) -> None:
    with pytest.raises(DomainError, match="mission"):
        erase_account(actor=world.actor("counsellor"), at=NOW)
    with pytest.raises(NotAllowed):
        erase_account(actor=world.actor("anonymous"), at=NOW)


# ── The register ───────────────────────────────────────────────────────────────────────────────────
def test_an_altered_or_missing_line_is_seen(world: World, settings) -> None:
    """Mutation: compare nothing, or forget the numbers."""
    gone = [ended(world) for _ in range(3)]
    for enquiry in gone:
        anonymise(enquiry)
    path = settings.PROXIRH_ERASURE_REGISTER
    lines = path.read_text().splitlines(keepends=True)
    assert not erasures.read().faults
    path.write_text(lines[0] + lines[2])
    assert [line.uid for line in erasures.read().erasures] == [gone[0].uid, gone[2].uid]
    assert erasures.read().faults == ["ligne 2\u00a0: elle porte le numéro 3 et suit le numéro 1"]
    path.write_text(lines[0] + lines[1].replace(str(gone[1].uid), str(world.enquiry.uid)) + lines[2])
    assert world.enquiry.uid not in {line.uid for line in erasures.read().erasures}
    assert erasures.read().faults[0] == "ligne 2\u00a0: coupée ou altérée"


def test_a_line_cut_by_a_crash_does_not_spoil_the_next(world: World, settings) -> None:
    first, second = ended(world), ended(world)
    anonymise(first)
    with settings.PROXIRH_ERASURE_REGISTER.open("a") as file:
        file.write("2 2026-11")
    anonymise(second)
    register = erasures.read()
    assert [line.uid for line in register.erasures] == [first.uid, second.uid]
    assert register.faults == ["ligne 2\u00a0: coupée ou altérée"]


@pytest.mark.parametrize("state", [State.SUBMITTED, State.WAITING_FOR_DATE, State.CLOSED])
def test_what_a_backup_brought_back_is_erased_again_and_not_told_twice(world: World, state: str) -> None:
    enquiry = acts.in_state(world, state)
    assert erase_restored(uid=enquiry.uid, at=YEAR_LATER)
    assert not erase_restored(uid=enquiry.uid, at=YEAR_LATER)
    with pytest.raises(erasures.RegisterMissing):
        erasures.read()


def test_the_command_erases_again_and_only_with_apply(world: World, capsys) -> None:
    """Mutation: replay without `--apply`, or nothing with it."""
    enquiry = ended(world)
    erasures.remember(services.ENQUIRY, enquiry.uid, at=NOW)
    user = world.people["colleague"].user
    assert user is not None
    erasures.remember("compte", user.uid, at=NOW)
    call_command("replay_erasures")
    assert Enquiry.objects.filter(pk=enquiry.pk).exists()
    assert capsys.readouterr().out.endswith("told=2 back=2 faults=0\n")
    call_command("replay_erasures", "--apply")
    assert not Enquiry.objects.filter(pk=enquiry.pk).exists()
    assert not User.objects.filter(pk=user.pk).exists()
    capsys.readouterr()
    call_command("replay_erasures", "--apply")
    assert capsys.readouterr().out.endswith("told=2 back=0 faults=0\n")


def test_what_was_passed_on_goes_with_its_key(world: World) -> None:
    """Mutation: destroy the key of the enquiry alone."""
    enquiry = world.submit(topic=Topic.objects.get(code="2.4"), consents=("violence_nominative",))
    made = transmit_named(actor=world.actor("author"), enquiry=world.reload(enquiry), body="Ce qui se passe.", at=NOW)
    services.withdraw_enquiry(actor=world.actor("author"), enquiry=world.reload(enquiry), at=NOW)
    anonymise(world.reload(enquiry))
    assert not Transmission.objects.filter(pk=made.pk).exists()
    assert not DataKey.objects.filter(pk=made.data_key_id).exists()
