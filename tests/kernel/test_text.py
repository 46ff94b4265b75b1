"""What people type is cleaned before it is kept, and folded before it is compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxirh.kernel.text import clean_text, fold, is_slip, slugify_fr


@pytest.mark.parametrize(
    "mark", ["\x00", *map(chr, (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))]
)
def test_nul_bytes_and_direction_marks_are_dropped(mark):
    """Mutation: take one out of the list; a name or a file then shows otherwise than it reads."""
    assert clean_text(f"la{mark} suite{mark}") == "la suite"


@pytest.mark.parametrize("kept", ["🙂", "👩🏽\u200d🏫", "Éléonore\u00a0!", "مرحبا", "a\tb\n\nc"])
def test_emoji_accents_and_other_scripts_are_kept(kept):
    assert clean_text(kept) == kept


def test_line_ends_become_one_kind():
    assert clean_text("a\r\nb\rc\nd") == "a\nb\nc\nd"


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text):
    assert clean_text(clean_text(text)) == clean_text(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Éléonore", "ELEONORE"), ("Cœur", "coeur"), ("L’Haÿ-les-Roses", "l'hay-les-roses"), ("ﬁn", "fin")],
)
def test_names_compare_without_accents_nor_case(one, other):
    assert fold(one) == fold(other)


def test_different_names_stay_different():
    assert fold("Martin") != fold("Marthe")


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Provence-Alpes-Côte d’Azur", "provence-alpes-cote-d-azur"),
        ("Île-de-France", "ile-de-france"),
        ("  La Réunion (974) ! ", "la-reunion-974"),
        ("Nouvelle   Aquitaine", "nouvelle-aquitaine"),
        ("…", ""),
    ],
)
def test_a_slug_is_lower_case_without_accents_and_one_hyphen_for_any_other_run(name, slug):
    assert slugify_fr(name) == slug


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("martim", True),
        ("matin", True),
        ("marttin", True),
        ("amrtin", True),
        ("martni", True),
        ("marti", True),
        ("martine", True),
        ("martin", False),
        ("mratni", False),
        ("mat", False),
        ("martines", False),
        ("dupond", False),
    ],
)
def test_a_slip_is_one_letter(typed: str, expected: bool) -> None:
    """Mutation: let two letters differ."""
    assert is_slip(typed, "martin") is expected
    assert is_slip("martin", typed) is expected
