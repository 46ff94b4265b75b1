"""The key file is made once, for its owner alone, and is fit for production."""

from pathlib import Path

import pytest

from config.keys import main
from proxirh.kernel.encryption import read_keyring


def test_a_fresh_key_file_is_private_and_strong(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "cles.json"
    assert main([str(file)]) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_keyring(file).current == 1


def test_an_existing_key_file_is_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Mutation: open with "w"."""
    file = tmp_path / "cles.json"
    main([str(file)])
    before = file.read_text()
    assert main([str(file)]) == 2
    assert file.read_text() == before
    assert "existe déjà" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert main([str(tmp_path / "file" / "cles.json")]) == 2


def test_the_file_must_be_named() -> None:
    assert main([]) == 2
