"""Files that nothing names any more are swept; those of a living enquiry stay."""

import os
from pathlib import Path

import pytest

from proxirh.enquiries import attachments
from proxirh.enquiries.attachments import kept_only_if_done, read_attachment
from proxirh.enquiries.workflow import State
from proxirh.kernel import files
from proxirh.kernel.encryption import DecryptionError
from tests.enquiries import acts
from tests.enquiries.acts import PDF
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(settings, tmp_path: Path) -> Path:
    """An empty data folder, with keys that stay where they were."""
    settings.PROXIRH_DATA_DIR = tmp_path
    return tmp_path / "fichiers"


def make_old(store: Path) -> None:
    for path in store.rglob("*"):
        if path.is_file():
            os.utime(path, (0, 0))


def test_the_sweep_removes_what_no_attachment_names(world: World, store: Path) -> None:
    """Mutation: compare with the names of one enquiry only."""
    for _ in range(3):
        acts.reply(world, acts.in_state(world, State.IN_PROGRESS), uploads=[PDF])
    erased = acts.in_state(world, State.IN_PROGRESS)
    acts.reply(world, erased, uploads=[PDF])
    erased.attachments.all().delete()
    files.write_sealed(b"left by a crash", key=bytes(32), place=b"x")
    make_old(store)
    assert attachments.sweep() == 2
    assert attachments.sweep() == 0
    assert sum(path.is_file() for path in store.rglob("*")) == 3


def test_the_sweep_spares_what_is_being_written(world: World, store: Path) -> None:
    files.write_sealed(b"of a transaction that has not ended", key=bytes(32), place=b"x")
    assert attachments.sweep() == 0


def test_whatever_fails_takes_its_files_along(store: Path) -> None:
    def fail() -> None:
        with kept_only_if_done() as stored:
            stored.append(files.write_sealed(b"x", key=bytes(32), place=b"x"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert not [path for path in store.rglob("*") if path.is_file()]


def test_a_file_does_not_open_as_another_of_the_same_enquiry(world: World, store: Path) -> None:
    """Mutation: seal every file under the same place."""
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    acts.reply(world, enquiry, uploads=[PDF, PDF])
    first, second = world.reload(enquiry).attachments.order_by("pk")
    first.stored_name = second.stored_name
    with pytest.raises(DecryptionError):
        read_attachment(world.reload(enquiry), first)


def test_a_file_is_not_clear_on_disk_nor_its_name(world: World, store: Path) -> None:
    acts.reply(world, acts.in_state(world, State.IN_PROGRESS), uploads=[PDF])
    (path,) = (path for path in store.rglob("*") if path.is_file())
    assert PDF.data not in path.read_bytes()
    assert "arrêté" not in str(path)
