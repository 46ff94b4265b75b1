"""The journal says who did what to which row, and nothing of its content."""

import pytest

from proxirh.kernel import journal
from proxirh.kernel.models import DataKey, JournalEntry

pytestmark = pytest.mark.django_db


def test_a_line_names_its_subject_by_model_and_id() -> None:
    key = DataKey.objects.issue()
    journal.record(actor="personne:x", verb="clé.faite", subject=key, version=1)
    line = JournalEntry.objects.get()
    assert (line.subject, line.details) == (f"kernel.datakey:{key.pk}", {"version": 1})


def test_the_history_of_a_row_is_in_order_and_its_own() -> None:
    first, second = DataKey.objects.issue(), DataKey.objects.issue()
    for subject, verb in ((first, "a"), (second, "b"), (first, "c")):
        journal.record(actor=journal.SYSTEM, verb=verb, subject=subject)
    assert [line.verb for line in journal.history(first)] == ["a", "c"]
