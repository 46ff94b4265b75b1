"""Confirming a moment, cancelling it, and saying what became of it."""

import uuid
from typing import Any

from django import forms

from proxirh.scheduling.models import SAID_BY_AGENT, Appointment, Way, WhyCancelled
from proxirh.scheduling.services.cancelling import CAUSES, WHY_CANCELLED
from proxirh.ui.forms import Form, PhoneField, Radios
from proxirh.ui.wall import WallForm

WAYS = [(Way.PHONE.value, "par téléphone"), (Way.VIDEO.value, "en visioconférence")]


class SeenForm(Form):
    """Carries which appointment of its series the page showed, by its place in it; none: an older page."""

    mark_optional = False
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, showing: Appointment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.showing = showing
        self.fields["seen"].initial = showing.sequence

    @property
    def is_stale(self) -> bool:
        """True once sent for another one than that which now stands."""
        return self.cleaned_data.get("seen") != self.showing.sequence


class ConfirmForm(SeenForm):
    """The moment that is shown, confirmed once."""

    creneau = forms.CharField(widget=forms.HiddenInput, required=False, max_length=120)
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, slot: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["creneau"].initial = slot


class MomentForm(WallForm):
    """A moment agreed on by voice, outside of what is open too."""

    mark_optional = False
    way = forms.ChoiceField(label="Comment", choices=WAYS, initial=Way.PHONE, widget=Radios(inline=True))
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class AloneForm(MomentForm):
    """The same with somebody whom the service follows nowhere else."""

    name = forms.CharField(
        label="Avec qui",
        help_text="Vous seule ou vous seul lisez ce nom. Une initiale suffit.",
        max_length=80,
        error_messages={"required": "Écrivez de quoi reconnaître ce rendez-vous."},
    )
    phone = PhoneField(
        label="Numéro à appeler",
        required=False,
    )
    field_order = ("name", "phone", "day", "hour", "way")

    def clean(self) -> dict[str, Any]:
        """A number for a call."""
        found = self.cleaned_data
        if found.get("way") == Way.PHONE and "phone" in found and not found["phone"]:
            self.add_error("phone", "Notez le numéro à appeler.")
        return found


class ToldForm(Form):
    """Whether it took place."""

    mark_optional = False
    kept = forms.ChoiceField(
        label="Le rendez-vous a-t-il eu lieu ?",
        choices=[("oui", "Oui"), ("non", "Non, nous ne nous sommes pas parlé")],
        widget=Radios(inline=True),
        error_messages={"required": "Dites s’il a eu lieu."},
    )


class FeedForm(Form):
    """The address that the page showed, by its version."""

    mark_optional = False
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class CancelForm(SeenForm):
    """Why, from a list."""

    why = forms.ChoiceField(
        label="Pourquoi l’annulez-vous ?",
        choices=[(why.value, why.label) for why in SAID_BY_AGENT],
        initial=WhyCancelled.UNSAID,
        widget=Radios(),
        error_messages={"required": "Choisissez une raison ; « Je préfère ne pas le dire » en est une."},
    )


class ServiceCancelForm(Form):
    """Who cancels, and why, when it is done at the desk; nobody has to say."""

    mark_optional = False
    cause = forms.ChoiceField(label=WHY_CANCELLED, choices=CAUSES, required=False, widget=Radios())
