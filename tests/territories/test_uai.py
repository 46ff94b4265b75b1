"""The check letter of a UAI catches a wrong digit."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxirh.territories.models.uai import CHECK_LETTERS, check_letter, uai_fault

digits = st.text("0123456789", min_size=7, max_size=7)


@pytest.mark.parametrize("uai", ["0783774D", "0040533H"])
def test_published_codes_are_right(uai: str) -> None:
    assert uai_fault(uai) is None


@given(digits)
def test_exactly_one_letter_ends_seven_digits(number: str) -> None:
    assert [letter for letter in string.ascii_uppercase if uai_fault(number + letter) is None] == [check_letter(number)]


@given(digits, st.integers(0, 6), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_seen(number: str, place: int, digit: str) -> None:
    """23 is prime and no power of ten is a multiple of it."""
    other = number[:place] + digit + number[place + 1 :]
    assert (check_letter(other) == check_letter(number)) is (other == number)


@given(st.text(max_size=12))
def test_any_other_text_is_refused_with_a_phrase(text: str) -> None:
    fault = uai_fault(text)
    is_right = len(text) == 8 and text[:7].isascii() and text[:7].isdigit() and text[7] == check_letter(text[:7])
    assert (fault is None) is is_right


@pytest.mark.parametrize("text", ["٠٧٨٣٧٧٤D", "0783774d", " 0783774D", "0783774D\n", ""])
def test_what_only_looks_like_one_is_refused(text: str) -> None:
    assert uai_fault(text)


def test_alphabet_has_no_letter_that_reads_as_a_digit() -> None:
    assert set(string.ascii_uppercase) - set(CHECK_LETTERS) == {"I", "O", "Q"}
