"""The dialogue with ClamAV: a verdict, or none; never a guess."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from proxirh.kernel import antivirus
from proxirh.kernel.antivirus import ScannerDown
from tests.scanners import CLEAN, EICAR, KINDS, imitation, scanner


@pytest.fixture(params=KINDS)
def scanning(request: pytest.FixtureRequest, settings, tmp_path: Path) -> Iterator[None]:
    """Each scanner that the machine has."""
    for address in scanner(request.param, tmp_path):
        settings.PROXIRH_CLAMD = address
        yield


def test_the_test_file_is_dangerous_wherever_it_hides(scanning: None) -> None:
    """Mutation: read FOUND as clean."""
    assert antivirus.is_configured()
    for data in (EICAR, b"%PDF-1.7\n" + EICAR + b"\n%%EOF\n", bytes(antivirus.CHUNK - 20) + EICAR):
        assert antivirus.is_dangerous(data)


def test_anything_else_is_clean_whatever_its_size(scanning: None) -> None:
    """Mutation: forget the last, empty part; clamd would wait for more."""
    for size in (0, 1, antivirus.CHUNK, antivirus.CHUNK + 1, 10 * 1024 * 1024):
        assert not antivirus.is_dangerous(bytes(size))


def test_it_answers_over_the_network_too(settings, tmp_path: Path) -> None:
    with imitation(tmp_path, tcp=True) as address:
        settings.PROXIRH_CLAMD = address
        assert antivirus.is_dangerous(EICAR)
        assert not antivirus.is_dangerous(b"a letter")


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"INSTREAM size limit exceeded. ERROR\0",
        b"stream: OK, perhaps\0",
        b"OK\0",
        b"UNKNOWN COMMAND\0",
        b"x" * 10_000,
        b"stream: Eicar FOUND not\0",
    ],
)
def test_any_other_answer_is_no_verdict(settings, tmp_path: Path, said: bytes) -> None:
    """Mutation: take whatever does not say FOUND for clean."""
    with imitation(tmp_path, answer=lambda data: said) as address:
        settings.PROXIRH_CLAMD = address
        with pytest.raises(ScannerDown):
            antivirus.is_dangerous(b"a letter")


@pytest.mark.parametrize("address", ["/nowhere/clamd.sock", "127.0.0.1:1"])
def test_nobody_there_is_no_verdict(settings, address: str) -> None:
    settings.PROXIRH_CLAMD = address
    with pytest.raises(ScannerDown) as down:
        antivirus.is_dangerous(b"the words of someone")
    assert "someone" not in repr(down.value)


def test_a_scanner_that_never_answers_is_left(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: no time limit; the worker would send no mail any more."""
    from_test = Event()
    monkeypatch.setattr(antivirus, "ANSWERING", 0.2)

    def silent(_data: bytes) -> bytes:
        from_test.wait(30)
        return CLEAN

    with imitation(tmp_path, answer=silent) as address:
        settings.PROXIRH_CLAMD = address
        with pytest.raises(ScannerDown, match="TimeoutError"):
            antivirus.is_dangerous(b"a letter")
        from_test.set()
