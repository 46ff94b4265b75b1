"""An appointment of an enquiry: how to reach whoever comes, another moment, and what became of it."""

import uuid
from typing import Any

from django import forms

from proxirh.scheduling.models import Way
from proxirh.scheduling.services.cancelling import CAUSES, WHY_CANCELLED
from proxirh.ui.forms import DateField, Form, PhoneField, Radios
from proxirh.ui.wall import WallForm


class GuestForm(Form):
    """The moment that is shown, confirmed once, with how to reach whoever comes."""

    mark_optional = False
    creneau = forms.CharField(widget=forms.HiddenInput, required=False, max_length=120)
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    phone = PhoneField(
        label="Numéro où vous appeler",
        help_text="Exemple : 06 12 34 56 78. Choisissez un numéro où vous pourrez parler librement.",
        required=False,
    )
    reminders = forms.BooleanField(
        label="Me rappeler ce rendez-vous par courriel, deux jours avant et le matin même", required=False, initial=True
    )
    texts = forms.BooleanField(label="Me le rappeler aussi par SMS", required=False)

    def __init__(self, *args: Any, is_call: bool, has_texts: bool, has_address: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_call = is_call
        if not has_address:
            del self.fields["reminders"]
        if not has_texts:
            del self.fields["texts"]
        if not (is_call or has_texts):
            del self.fields["phone"]
        elif not is_call:
            self.fields["phone"].label = "Numéro pour les SMS"
            self.fields["phone"].help_text = "Utile seulement si vous cochez la case des SMS. Exemple : 06 12 34 56 78."

    def clean(self) -> dict[str, Any]:
        """A number for a call, and for a text."""
        found = self.cleaned_data
        if self.is_call and not found.get("phone"):
            self.add_error("phone", "Donnez le numéro où vous appeler.")
        elif found.get("texts") and not found.get("phone"):
            self.add_error("phone", "Donnez un numéro pour les SMS, ou décochez la case.")
        return found

    @property
    def guest(self) -> dict[str, Any]:
        """What was said, as `book_meeting` takes it."""
        found = self.cleaned_data
        return {
            "phone": found.get("phone", ""),
            "wants_reminders": found.get("reminders", False),
            "wants_texts": found.get("texts", False),
            "key": found["key"],
        }


class DeskMomentForm(WallForm):
    """A moment agreed on by voice, outside of what is open too."""

    mark_optional = False
    way = forms.ChoiceField(
        label="Comment",
        choices=[(Way.PHONE.value, "par téléphone"), (Way.VIDEO.value, "en visioconférence")],
        initial=Way.PHONE,
        widget=Radios(inline=True),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class OutcomeForm(Form):
    """Whether it took place, what was said in short, and what comes next."""

    mark_optional = False
    appointment = forms.UUIDField(widget=forms.HiddenInput)
    kept = forms.ChoiceField(
        label="Le rendez-vous a-t-il eu lieu ?",
        choices=[("oui", "Oui"), ("non", "Non, nous ne nous sommes pas parlé")],
        widget=Radios(inline=True),
        error_messages={"required": "Dites s’il a eu lieu."},
    )
    summary = forms.CharField(
        label="En quelques mots",
        help_text="La personne peut le lire.",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        error_messages={"required": "Notez l’essentiel en quelques mots."},
    )
    next_step = forms.CharField(
        label="Ensuite", max_length=120, error_messages={"required": "Dites ce qui vient ensuite."}
    )
    next_step_on = DateField(label="Au plus tard le", error_messages={"required": "Choisissez une date."})
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    @property
    def was_kept(self) -> bool:
        """True when it took place."""
        return self.cleaned_data["kept"] == "oui"

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        return {name: self.cleaned_data[name] for name in ("summary", "next_step", "next_step_on", "key")}


class CauseForm(Form):
    """Who cancels, and why; nobody has to say."""

    mark_optional = False
    cause = forms.ChoiceField(label=WHY_CANCELLED, choices=CAUSES, required=False, widget=Radios())
