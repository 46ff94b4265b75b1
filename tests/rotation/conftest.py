"""A key file of the test’s own, that changes as an operator changes it."""

import shutil
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from proxirh.kernel import encryption, keyfile, rotation
from proxirh.kernel.rotation import Tally


class Keys:
    """The key file, and what the commands do with it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self) -> int:
        """`new_key`: the version that makes indexes from now on."""
        return keyfile.add_version(self.path).current_index

    def retire(self) -> None:
        """`retire_keys`, without its checks."""
        keyfile.retire_former(self.path)

    def rotate(self, *names: str) -> Tally:
        """`rotate_keys --apply`, or a part of it: the columns of indexes of these names only."""
        tally = Tally()
        if not names:
            rotation.rewrap(tally, lambda count: None)
        for one in rotation.recomputed():
            if not names or one.name in names:
                rotation.reindex(one, tally, lambda count: None)
        return tally


@pytest.fixture
def keys(settings, tmp_path: Path) -> Keys:
    """A copy of the keys of the suite, at version 1 of each."""
    path = tmp_path / "cles.json"
    shutil.copy(django_settings.PROXIRH_KEYS_FILE, path)
    path.chmod(0o600)
    settings.PROXIRH_KEYS_FILE = path
    assert (encryption.keyring().current, encryption.keyring().current_index) == (1, 1)
    return Keys(path)
