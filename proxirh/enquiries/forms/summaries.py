"""The shared summary of an interview: what its lead writes, and what its author would change."""

import uuid
from datetime import date
from typing import Any

from django import forms

from proxirh.ui.forms import DateField, Form

MOST_WORDS = 4000  # one page


class SummaryForm(Form):
    """What was said, in words that the person could show."""

    mark_optional = False
    held_on = DateField(
        label="Date de l’entretien", error_messages={"required": "Indiquez le jour de l’entretien, même passé."}
    )
    body = forms.CharField(
        label="Ce que nous avons dit et décidé",
        help_text="Une page au plus. La personne la relit, peut demander un changement, et pourra la montrer à qui "
        "elle veut. N’y nommez personne d’autre.",
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 12, "autocomplete": "off"}),
        error_messages={"required": "Écrivez le compte rendu avant de le proposer."},
    )
    key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid.uuid4)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("held_on", today)
        self.fields["held_on"].widget.attrs["max"] = today.isoformat()


class AgreeForm(Form):
    """The version that was read."""

    mark_optional = False
    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class ChangeForm(AgreeForm):
    """What its author would change."""

    remark = forms.CharField(
        label="Ce que vous voudriez changer",
        help_text="Seules les personnes qui suivent votre demande le lisent.",
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}),
        error_messages={"required": "Dites en quelques mots ce qu’il faut changer."},
    )
