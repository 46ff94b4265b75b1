"""Days when the service is closed."""

from typing import Any

from django import forms

from proxirh.territories.models import Academy, Department, Reason
from proxirh.ui.forms import DateField, Form, Radios


class ClosureForm(Form):
    """Where, from when to when, and why: nothing is typed freely."""

    mark_optional = False
    department = forms.ChoiceField(label="Où ?", required=False)
    valid_from = DateField(label="Premier jour fermé")
    valid_until = DateField(label="Dernier jour fermé", help_text="Pour un seul jour, la même date.")
    reason = forms.ChoiceField(
        label="Pourquoi ?",
        choices=[(code, label[:1].upper() + label[1:]) for code, label in Reason.choices],
        widget=Radios(),
        error_messages={"required": "Choisissez une raison."},
    )

    def __init__(self, *args: Any, academy: Academy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._departments = {one.code: one for one in academy.departments.all()}
        self.fields["department"].choices = [  # type: ignore[attr-defined]
            ("", f"Toute l’académie {academy.name}"),
            *((code, str(one)) for code, one in self._departments.items()),
        ]

    @property
    def chosen_department(self) -> Department | None:
        """The département, None for the whole académie."""
        return self._departments.get(self.cleaned_data["department"])
