"""Ending several follow-ups at once: which ones, with what outcomes, and the same list again before it is done."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from proxirh.enquiries import freshness
from proxirh.enquiries.forms.desk import MOST_SUMMARY, OUTCOMES
from proxirh.enquiries.models import Enquiry, Outcome
from proxirh.enquiries.services.closing import ATTEMPTS_BEFORE_NOT_REACHED
from proxirh.ui.forms import Checkboxes, Form

MOST_AT_ONCE = 25


class FinishForm(Form):
    """The choice among what may be ended together; each value tells on which state of the enquiry it was ticked."""

    mark_optional = False
    chosen = forms.MultipleChoiceField(
        label="Suivis à terminer",
        widget=Checkboxes(),
        error_messages={
            "required": "Cochez au moins un suivi.",
            "invalid_choice": "Un suivi coché a changé entre-temps : il n’est plus à terminer. Relisez la liste.",
        },
    )
    outcomes = forms.MultipleChoiceField(
        label="Ce qui a été donné, pour tous",
        help_text="Une ou plusieurs réponses. Une suite différente pour quelqu’un ? Terminez son suivi depuis sa page.",
        choices=OUTCOMES,
        widget=Checkboxes(),
        error_messages={"required": "Cochez au moins une suite."},
    )
    closing_word = forms.CharField(
        label="Mot de fin, le même pour tous (facultatif)",
        help_text="Chaque personne le lit sur sa page.",
        required=False,
        max_length=MOST_SUMMARY,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, enquiries: Sequence[Enquiry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_value = {value_of(one): one for one in enquiries}
        field: Any = self.fields["chosen"]
        field.choices = [(value, name_of(one)) for value, one in self.by_value.items()]
        field.widget.hints = {value: hint_of(one) for value, one in self.by_value.items()}

    def clean(self) -> dict[str, Any] | None:
        """Nobody is said not to have been reached before three attempts."""
        data = super().clean() or self.cleaned_data
        self.list = [self.by_value[value] for value in data.get("chosen", ())]
        if Outcome.NOT_REACHED in data.get("outcomes", ()):
            few = [name_of(one) for one in self.list if one.failed_attempts < ATTEMPTS_BEFORE_NOT_REACHED]
            if few:
                self.add_error("outcomes", f"« Non joint » demande trois essais sans réponse. Ici : {', '.join(few)}.")
        return data


def name_of(enquiry: Enquiry) -> str:
    """What names it in one’s own list."""
    return enquiry.contact_name or enquiry.reference


def hint_of(enquiry: Any) -> str:
    """Its topic, reference and failed attempts in one line."""
    tried = f"{enquiry.failed_attempts} essais sans réponse" if enquiry.failed_attempts > 1 else ""
    return " · ".join(filter(None, (enquiry.topic_label, enquiry.reference, tried)))


def value_of(enquiry: Enquiry) -> str:
    """An enquiry as it is now."""
    return f"{enquiry.uid.hex}-{freshness.tag(enquiry)}"


class SeenField(forms.Field):
    """Prints of enquiries by their id, as the page that listed them carries them."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> dict[UUID, str]:
        """Raises ValidationError for what no page of ours has carried."""
        try:
            return {
                UUID(hex=name): tag for name, _, tag in (one.partition("-") for one in (value or [])[:MOST_AT_ONCE])
            }
        except ValueError as error:
            raise ValidationError("Cette liste ne se lit pas : choisissez de nouveau.") from error


class ConfirmForm(Form):
    """The same, carried by the page that showed the exact list."""

    chosen = SeenField()
    outcomes = forms.MultipleChoiceField(choices=OUTCOMES)
    closing_word = forms.CharField(required=False, max_length=MOST_SUMMARY)
    key = forms.UUIDField()
