"""`new_key`, `rotate_keys`, `retire_keys`: dry by default, counted, done only when nothing is left."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import BinaryField
from django.utils import timezone

from proxirh.accounts.models import Address, Person, SignInCode, address_indexes
from proxirh.accounts.services import request_code
from proxirh.enquiries import services
from proxirh.enquiries.models import Enquiry, Message
from proxirh.kernel import encryption, rotation, sealing
from proxirh.kernel.models import DataKey, JournalEntry, RateCounter
from proxirh.outbox.models import OutgoingEmail
from tests.rotation.conftest import Keys
from tests.world import World

pytestmark = pytest.mark.django_db


def run(command: str, *arguments: str) -> list[str]:
    """Lines of a command’s standard output."""
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue().splitlines()


def versions() -> set[int]:
    return set(DataKey.objects.values_list("version", flat=True))


def bearing() -> set[int]:
    """Versions of the indexes that lie in the database, of every recomputed column."""
    return {
        bytes(getattr(row, one.column))[0]
        for one in rotation.recomputed()
        for row in one.rows()
        if getattr(row, one.column)
    }


def opened() -> list[str]:
    """Something of everyone’s and of every enquiry, in clear."""
    people = [f"{one.full_name} {one.staff_address}" for one in Person.objects.select_related("data_key")]
    addresses = [one.ciphertext for one in Address.objects.select_related("data_key")]
    words = [one.body for one in Message.objects.select_related("enquiry__data_key")]
    return sorted([*people, *addresses, *words])


def test_every_column_of_indexes_is_listed() -> None:
    """The seals bear the version that made them, for ever; the lines of a register are made under the key of that
    register, which is wrapped anew and stays. Mutation: add a column of indexes to any model.
    """
    listed = {(one.rows().model, one.column) for one in rotation.listed()}
    stored = {
        (model, field.name)
        for config in apps.get_app_configs()
        if config.name.startswith("proxirh.")
        for model in config.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, BinaryField) and field.max_length == encryption.INDEX_BYTES
    }
    apart = {(model.__name__, column) for model, column in stored - listed}
    assert apart == {("Seal", "proof"), ("RegisterLine", "digest")}
    assert listed <= stored


def test_a_dry_run_counts_and_writes_nothing(world: World, keys: Keys) -> None:
    """Mutation: rotate whatever `apply` says."""
    keys.add()
    lines = run("rotate_keys")
    assert (versions(), bearing()) == ({1}, {1})
    rows = Address.objects.count() + Person.objects.count() + OutgoingEmail.objects.count() + 1
    assert lines[-1].startswith(f"rewrapped={DataKey.objects.count()} reindexed={rows} refused=0 ")
    assert lines[-1].endswith("done=no")
    assert any("Essai à blanc" in line for line in lines)
    assert not JournalEntry.objects.filter(verb=rotation.DONE).exists()


def test_everything_is_brought_and_opens_without_the_former_version(world: World, keys: Keys) -> None:
    """Mutation: leave one column out of `INDEXES`, or keep the former wrapping."""
    before = opened()
    keys.add()
    assert opened() == before
    RateCounter.objects.all().delete()
    lines = run("rotate_keys", "--apply")
    assert lines[-1].startswith("rewrapped=")
    assert lines[-1].endswith("refused=0 waiting=0 done=yes")
    free = timezone.localdate() + rotation.BACKUPS_KEPT
    assert any(line.startswith("Terminé") and f"{free:%d/%m/%Y}" in line for line in lines)
    assert (versions(), bearing()) == ({2}, {2})
    keys.retire()
    assert opened() == before


def test_running_it_again_changes_nothing(world: World, keys: Keys) -> None:
    keys.add()
    RateCounter.objects.all().delete()
    run("rotate_keys", "--apply")
    held = list(DataKey.objects.order_by("pk").values_list("wrapped", flat=True))
    JournalEntry.objects.filter(verb=rotation.DONE).get()
    again = run("rotate_keys", "--apply")
    assert again[-1] == "rewrapped=0 reindexed=0 refused=0 waiting=0 done=yes"
    assert list(DataKey.objects.order_by("pk").values_list("wrapped", flat=True)) == held
    assert JournalEntry.objects.filter(verb=rotation.DONE).count() == 1


def test_it_is_not_done_while_a_code_or_a_draft_needs_the_former_version(world: World, keys: Keys) -> None:
    """Mutation: say done once there is nothing left to recompute."""
    request_code(address="author@exemple.invalid", token="t", at=timezone.now())
    services.start_draft(token="t", is_shared_computer=False)
    keys.add()
    lines = run("rotate_keys", "--apply")
    assert lines[-1].endswith("done=no")
    assert not lines[-1].endswith("waiting=0 done=no")
    after = timezone.localdate() + timedelta(days=16)
    assert any("Pas terminé" in line and f"{after:%d/%m/%Y}" in line for line in lines)
    assert not JournalEntry.objects.filter(verb=rotation.DONE).exists()
    with pytest.raises(CommandError, match="ont encore besoin"):
        run("retire_keys", "--now", "--apply")
    SignInCode.objects.all().delete()
    RateCounter.objects.all().delete()
    assert run("rotate_keys", "--apply")[-1] == "rewrapped=0 reindexed=0 refused=0 waiting=1 done=no"


def test_a_spoken_code_made_under_the_index_key_is_said(world: World, keys: Keys) -> None:
    former = encryption.blind_index(f"claim:{world.enquiry.uid}", "123456")
    Enquiry.objects.filter(pk=world.enquiry.pk).update(claim_digest=former)
    RateCounter.objects.all().delete()
    keys.add()
    lines = run("rotate_keys", "--apply")
    assert any("codes de vive voix" in line for line in lines)
    assert any(line.endswith("et relancez plus tard.") for line in lines)
    assert lines[-1].endswith("waiting=1 done=no")


def test_a_row_that_does_not_open_is_refused_and_told(world: World, keys: Keys, capsys) -> None:
    """Mutation: let the fault stop the others, or count the row as done."""
    RateCounter.objects.all().delete()
    broken = Address.objects.order_by("pk").first()
    assert broken is not None
    DataKey.objects.filter(pk=broken.data_key_id).update(wrapped=bytes(60))
    keys.add()
    total = DataKey.objects.count()
    err = StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("rotate_keys", "--apply", stdout=StringIO(), stderr=err)
    assert stopped.value.code == 1
    assert err.getvalue().splitlines() == [
        f"clé de données {broken.data_key_id} : aucune version du fichier de clés ne l’ouvre",
        f"adresses prouvées, ligne {broken.pk} : elle ne se déchiffre pas",
    ]
    assert DataKey.objects.filter(version=2).count() == total - 1
    left = rotation.remaining()
    assert (left.keys, left.indexes["adresses prouvées"], left.is_none) == (1, 1, False)


def test_an_index_of_another_value_is_refused(world: World, keys: Keys) -> None:
    """Made again from the value beside it, it would give the row to someone else. Mutation: do not compare."""
    world.enquiry.contact = {**world.reload().contact, "email": "colleague@exemple.invalid"}
    world.enquiry.save(update_fields=["contact"])
    keys.add()
    tally = keys.rotate()
    assert tally.refused == [
        f"adresses données, ligne {world.enquiry.pk} : l’empreinte n’est pas celle de la valeur gardée"
    ]
    assert bytes(world.reload().address_index or b"")[0] == 1


def test_two_rows_of_one_address_are_told_and_the_others_go_on(world: World, keys: Keys) -> None:
    """As two machines with two key files would write. Mutation: catch nothing, and one pair stops everything."""
    author = world.people["author"]
    keys.add()
    newer = Address(user=author.user, data_key=DataKey.objects.issue(), ciphertext="author@exemple.invalid")
    newer.blind_index = address_indexes("author@exemple.invalid")[0]
    newer.save()
    tally = keys.rotate()
    assert len(tally.refused) == 1
    assert "a déjà la même valeur" in tally.refused[0]
    assert Address.objects.filter(blind_index__lt=b"\x02").count() == 1


def test_what_the_service_changes_meanwhile_is_not_undone(world: World, keys: Keys) -> None:
    """Mutation: write the new index whatever the row bears now."""
    keys.add()
    (one,) = (one for one in rotation.recomputed() if one.name == "adresses données")
    tally = rotation.Tally()
    held = bytes(world.reload().address_index or b"")
    Enquiry.objects.filter(pk=world.enquiry.pk).update(address_index=None)
    rotation._write(one, [(world.enquiry.pk, held, address_indexes("author@exemple.invalid")[0])], tally)
    assert (world.reload().address_index, tally.reindexed) == (None, 0)


def test_a_former_version_lost_too_early_is_mended(world: World, keys: Keys) -> None:
    """An index whose key is gone is made again from its clear value, which the data key proves."""
    keys.add()
    rotation.rewrap(rotation.Tally(), lambda count: None)
    keys.retire()
    assert Address.objects.filter(blind_index__in=address_indexes("author@exemple.invalid")).count() == 0
    assert not keys.rotate().refused
    assert Address.objects.filter(blind_index__in=address_indexes("author@exemple.invalid")).count() == 1


# ── Making and retiring versions ──────────────────────────────────────────────────────────────────
def test_a_new_version_is_made_only_when_asked(db: None, keys: Keys) -> None:
    """Mutation: write in a dry run."""
    before = keys.path.read_bytes()
    assert "Essai à blanc" in run("new_key")[0]
    assert keys.path.read_bytes() == before
    assert "rotate_keys" in run("new_key", "--apply")[-1]
    ring = encryption.keyring()
    assert (ring.current, ring.current_index) == (2, 2)
    assert keys.path.stat().st_mode & 0o777 == 0o600


def test_a_place_that_cannot_be_written_changes_nothing(db: None, keys: Keys, monkeypatch, settings) -> None:
    """Mutation: write over the file in place."""
    before = keys.path.read_bytes()

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(CommandError, match="Rien n’a changé"):
        run("new_key", "--apply")
    assert keys.path.read_bytes() == before
    assert [path.name for path in keys.path.parent.iterdir() if "cles.json" in path.name] == [keys.path.name]


def test_former_versions_go_once_no_backup_needs_them(world: World, keys: Keys) -> None:
    """Mutation: retire at once, or with a row left."""
    assert "rien à retirer" in run("retire_keys", "--apply")[0]
    keys.add()
    with pytest.raises(CommandError, match="ont encore besoin"):
        run("retire_keys", "--apply")
    RateCounter.objects.all().delete()
    run("rotate_keys", "--apply")
    for arguments in ((), ("--apply",)):
        with pytest.raises(CommandError, match="Une sauvegarde"):
            run("retire_keys", *arguments)
    late = request_code(address="author@exemple.invalid", token="t", at=timezone.now())
    SignInCode.objects.filter(pk=late.pk).update(browser_digest=bytes([1]) + bytes(32))
    with pytest.raises(CommandError, match="ont encore besoin"):
        run("retire_keys", "--now", "--apply")
    SignInCode.objects.all().delete()
    assert "Essai à blanc" in run("retire_keys", "--now")[0]
    assert encryption.keyring().is_changing
    run("retire_keys", "--now", "--apply")
    ring = encryption.keyring()
    assert (set(ring.encryption), set(ring.index), set(ring.journal)) == ({2}, {2}, {1})
    assert keys.path.stat().st_mode & 0o777 == 0o600
    keys.add()
    assert encryption.keyring().current_index == 3


def test_former_versions_go_thirty_five_days_later(world: World, keys: Keys) -> None:
    RateCounter.objects.all().delete()
    keys.add()
    keys.rotate()
    # An hour more: since then the clocks may have changed.
    rotation.tell_done(at=timezone.now() - rotation.BACKUPS_KEPT - timedelta(hours=1))
    run("retire_keys", "--apply")
    assert not encryption.keyring().is_changing


def test_old_seals_of_the_journal_are_still_verified(world: World, keys: Keys) -> None:
    """Mutation: forget the former index key altogether; every seal it made would say « altéré »."""
    later = timezone.now() + timedelta(minutes=2)
    assert sealing.seal_due(at=later)
    keys.add()
    JournalEntry.objects.create(actor="a", verb="b", subject="c:1", at=later)
    assert sealing.seal_due(at=later + timedelta(minutes=2))
    keys.rotate()
    keys.retire()
    report = sealing.verify(at=later + timedelta(minutes=2))
    assert report.is_intact
    assert report.seals[sealing.Verdict.INTACT] == 2
