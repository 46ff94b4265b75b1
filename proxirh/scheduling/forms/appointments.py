"""Confirming a moment, cancelling it, and saying what became of it."""

import uuid
from typing import Any

from django import forms

from proxirh.scheduling.models import SAID_BY_AGENT
from proxirh.ui.forms import Form, Radios


class ConfirmForm(Form):
    """The moment that is shown, confirmed once."""

    mark_optional = False
    creneau = forms.CharField(widget=forms.HiddenInput, required=False, max_length=120)
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, slot: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["creneau"].initial = slot


class GuestForm(ConfirmForm):
    """The same, with how to reach whoever comes."""

    phone = forms.CharField(
        label="Numéro où vous appeler",
        help_text="Exemple : 06 12 34 56 78. Choisissez un numéro où vous pourrez parler librement.",
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    reminders = forms.BooleanField(
        label="Me rappeler ce rendez-vous par courriel, deux jours avant et le matin même", required=False, initial=True
    )
    texts = forms.BooleanField(label="Me le rappeler aussi par SMS", required=False)

    def __init__(self, *args: Any, is_call: bool, has_texts: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_call = is_call
        if not has_texts:
            del self.fields["texts"]
        if not (is_call or has_texts):
            del self.fields["phone"]

    def clean(self) -> dict[str, Any]:
        """A number for a call, and for a text."""
        found = self.cleaned_data
        if self.is_call and not found.get("phone"):
            self.add_error("phone", "Donnez le numéro où vous appeler.")
        elif found.get("texts") and not found.get("phone"):
            self.add_error("phone", "Donnez un numéro pour les SMS, ou décochez la case.")
        return found


class CancelForm(Form):
    """Why, from a list."""

    mark_optional = False
    why = forms.ChoiceField(
        label="Pourquoi l’annulez-vous ?",
        choices=[(why.value, why.label) for why in SAID_BY_AGENT],
        widget=Radios(),
        error_messages={"required": "Choisissez une raison ; « Je préfère ne pas le dire » en est une."},
    )
