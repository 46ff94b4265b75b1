"""The key file changes whole or not at all, one change at a time, and stays its owner’s alone."""

import json
import os
from pathlib import Path
from threading import Thread

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.env import new_keyring
from proxirh.kernel import keyfile
from proxirh.kernel.encryption import read_keyring
from proxirh.kernel.errors import DomainError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A fresh key file."""
    path = tmp_path / "cles.json"
    path.write_text(new_keyring(), encoding="utf-8")
    path.chmod(0o600)
    return path


def test_a_version_is_added_and_the_others_stay(file: Path) -> None:
    before = read_keyring(file)
    ring = keyfile.add_version(file)
    assert ring == read_keyring(file)
    assert (ring.current, ring.current_index) == (2, 2)
    assert (ring.encryption[1], ring.index[1]) == (before.encryption[1], before.index[1])
    assert ring.encryption[2] != ring.index[2]
    assert file.stat().st_mode & 0o777 == 0o600


def test_of_two_changes_at_once_neither_is_lost(file: Path) -> None:
    """Mutation: take no lock; a version that already writes would be dropped by the other command."""
    threads = [Thread(target=keyfile.add_version, args=(file,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(read_keyring(file).encryption) == list(range(1, 10))


def test_the_service_never_meets_half_a_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: write in place; a full disk would leave the service without its keys."""
    before = file.read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DomainError, match="No space left on device"):
        keyfile.add_version(file)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def test_a_link_to_the_file_stays_a_link(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "lien.json"
    link.symlink_to(file)
    keyfile.add_version(link)
    assert link.is_symlink()
    assert read_keyring(file).current == 2


def test_a_former_index_key_only_checks_seals_and_its_number_never_serves_again(file: Path) -> None:
    former = read_keyring(file).index[1]
    keyfile.add_version(file)
    ring = keyfile.retire_former(file)
    assert (set(ring.encryption), set(ring.index), ring.journal) == ({2}, {2}, {1: former})
    assert (ring.proving[1], ring.is_changing) == (former, False)
    ring = keyfile.add_version(file)
    assert (ring.current_index, ring.journal) == (3, {1: former})
    assert set(keyfile.retire_former(file).journal) == {1, 2}


def test_a_malformed_file_is_left_as_it_is(file: Path) -> None:
    file.write_text(json.dumps({"encryption": {"1": "00" * 32}, "index": {"1": "00" * 32}}))
    before = file.read_bytes()
    with pytest.raises(ImproperlyConfigured, match="trop faible"):
        keyfile.add_version(file)
    assert file.read_bytes() == before
