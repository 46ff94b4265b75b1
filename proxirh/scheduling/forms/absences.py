"""When one will be away; and who."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from proxirh.accounts.models import Person
from proxirh.ui.forms import Checkboxes, DateField, Form


class AbsenceForm(Form):
    """Two days, both included."""

    mark_optional = False
    first = DateField(label="Premier jour", error_messages={"required": "Choisissez le premier jour."})
    last = DateField(
        label="Dernier jour compris",
        help_text="La raison n’est jamais demandée.",
        error_messages={"required": "Choisissez le dernier jour."},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first"].initial = self.fields["last"].initial = today


class PeopleForm(AbsenceForm):
    """The same, for several at once: a day of training, a meeting of the whole team."""

    people = forms.MultipleChoiceField(
        label="Qui sera absent ?", widget=Checkboxes, error_messages={"required": "Choisissez au moins une personne."}
    )
    field_order = ("people", "first", "last")

    def __init__(self, *args: Any, people: Sequence[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._people = {str(one.uid): one for one in people}
        self.fields["people"].choices = [(uid, one.full_name) for uid, one in self._people.items()]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> list[Person]:
        """Who."""
        return [self._people[uid] for uid in self.cleaned_data["people"]]


class DropForm(Form):
    """One of a list."""

    mark_optional = False
    absence = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
