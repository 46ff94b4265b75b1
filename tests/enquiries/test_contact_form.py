"""Telephone numbers as people write them."""

import pytest

from proxirh.enquiries.forms.ask_contact import ContactForm


@pytest.mark.parametrize(
    ("typed", "is_whole"),
    [
        ("06 12 34 56 78", True),
        ("06.12.34.56.78", True),
        ("+33 6 12 34 56 78", True),
        ("+33 (0)6 12 34 56 78", True),
        ("0033 6 12 34 56 78", True),
        ("+687 12 34 56", True),
        ("12 34 56", True),
        ("06 12 34", False),
        ("06 12 34 56 7", False),
        ("+33 6 12 34", False),
        ("12 34", False),
        ("+", False),
        ("06 12 34 56 7x", False),
    ],
)
def test_a_number_cut_short_is_asked_again(typed: str, is_whole: bool) -> None:
    """Mutation: accept six digits after a zero."""
    form = ContactForm({"first_name": "Alma", "last_name": "Exemple", "phone": typed})
    assert ("phone" not in form.errors) is is_whole
