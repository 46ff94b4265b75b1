"""Envelope encryption: what is sealed opens only in its place, under its key, unaltered."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from proxirh.kernel import encryption
from proxirh.kernel.encryption import DecryptionError, Keyring, read_keyring, seal, unseal, unwrap, wrap

KEY = bytes(range(32))
PLACE = encryption.place("table", "row", "column")


@given(st.binary(max_size=500))
def test_what_is_sealed_opens(clear: bytes) -> None:
    assert unseal(KEY, seal(KEY, clear, PLACE), PLACE) == clear


def test_known_answer_of_the_algorithm() -> None:
    """NIST GCM test case 16 (256-bit key, associated data), first block; mutation: AES-128 or another mode."""
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")
    nonce = bytes.fromhex("cafebabefacedbaddecaf888")
    text = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    place = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    sealed = AESGCM(key).encrypt(nonce, text, place)
    assert sealed.hex().startswith("522dc1f099567d07f47f37a32a84427d")
    assert sealed[-16:].hex() == "76fc6ece0f4e1768cddf8853bb2d551b"
    assert unseal(key, nonce + sealed, place) == text


def test_a_ciphertext_moved_elsewhere_does_not_open() -> None:
    """Mutation: leave the associated data out of seal and unseal."""
    sealed = seal(KEY, b"secret", PLACE)
    for other in (("other", "row", "column"), ("table", "other", "column"), ("table", "row", "other")):
        with pytest.raises(DecryptionError):
            unseal(KEY, sealed, encryption.place(*other))


def test_one_altered_bit_does_not_open() -> None:
    sealed = bytearray(seal(KEY, b"secret", PLACE))
    sealed[-1] ^= 1
    with pytest.raises(DecryptionError) as refused:
        unseal(KEY, bytes(sealed), PLACE)
    assert "secret" not in str(refused.value)


def test_the_same_text_never_gives_the_same_bytes() -> None:
    assert seal(KEY, b"secret", PLACE) != seal(KEY, b"secret", PLACE)


def test_a_data_key_opens_with_the_version_that_wrapped_it() -> None:
    clear, wrapped, version = encryption.new_data_key()
    assert unwrap(wrapped, version) == clear
    with pytest.raises(DecryptionError):
        unwrap(wrapped, version + 1)


def test_a_data_key_wrapped_twice_differs() -> None:
    version = encryption.keyring().current
    assert wrap(KEY, version) != wrap(KEY, version)


def test_blind_indexes_are_equal_for_equal_values_and_purposes_only() -> None:
    index = encryption.blind_index("address", "a@exemple.invalid")
    assert index == encryption.blind_index("address", "a@exemple.invalid")
    assert index != encryption.blind_index("address", "b@exemple.invalid")
    assert index != encryption.blind_index("browser", "a@exemple.invalid")
    assert len(index) == encryption.INDEX_BYTES


def test_a_blind_index_tells_the_version_of_its_key(settings, tmp_path: Path) -> None:
    settings.PROXIRH_KEYS_FILE = tmp_path / "keys.json"
    ring = {"encryption": {"1": KEY.hex()}, "index": {"1": KEY.hex(), "7": KEY[::-1].hex()}}
    settings.PROXIRH_KEYS_FILE.write_text(json.dumps(ring))
    former, current = (encryption.blind_index("address", "a@exemple.invalid", version=n) for n in (1, None))
    assert (former[0], current[0]) == (1, 7)
    assert former[1:] != current[1:]


def test_the_highest_version_writes() -> None:
    ring = Keyring(encryption={1: KEY, 3: KEY, 2: KEY}, index={1: KEY, 2: KEY})
    assert (ring.current, ring.current_index) == (3, 2)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        '{"encryption": {}, "index": {}}',
        '{"encryption": {"1": "00"}, "index": {"1": "00"}}',
        json.dumps({"encryption": {"1": "00" * 32}, "index": {"1": bytes(range(32)).hex()}}),
        json.dumps({"encryption": {"1": bytes(range(32)).hex()}}),
        json.dumps({"encryption": {"un": bytes(range(32)).hex()}, "index": {"1": bytes(range(32)).hex()}}),
        "[]",
    ],
)
def test_a_missing_malformed_or_weak_key_is_refused(tmp_path, content: str) -> None:
    file = tmp_path / "keys.json"
    file.write_text(content)
    with pytest.raises(ImproperlyConfigured):
        read_keyring(file)


def test_a_missing_key_file_is_refused(tmp_path) -> None:
    with pytest.raises(ImproperlyConfigured):
        read_keyring(tmp_path / "absent.json")
