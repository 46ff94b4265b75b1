"""What an author fills in about her own enquiry."""

import re
import uuid
from typing import Any

from django import forms

from proxirh.enquiries.forms.uploads import UploadsField
from proxirh.kernel.tokens import grouped
from proxirh.ui.forms import CodeField, Form

MOST_WORDS = 8000


class OnceForm(Form):
    """Carries the key that makes a double click act once."""

    mark_optional = False
    idempotency_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("idempotency_key", uuid.uuid4())


class WriteForm(OnceForm):
    """A message to whoever follows the enquiry."""

    body = forms.CharField(
        label="Votre message",
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}),
        help_text="Seules les personnes qui suivent votre demande le lisent.",
        error_messages={"required": "Écrivez votre message, même court."},
    )
    files = UploadsField(label="Joindre un document (facultatif)")  # type: ignore[assignment]


class CodeForm(Form):
    """The code said by word of mouth, or printed on the slip."""

    mark_optional = False
    code = CodeField(
        label="Code donné de vive voix ou sur papier",
        help_text="Six chiffres. Ce n’est pas le code d’appel.",
    )


class ClaimForm(CodeForm):
    """The same, with the reference that it opens."""

    reference = forms.CharField(
        label="Référence de la demande",
        max_length=20,
        help_text="Huit caractères, par exemple ACDE-3467.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )
    field_order = ("reference", "code")

    def clean_reference(self) -> str:
        """As the database holds it, however it was typed."""
        letters = re.sub(r"[^0-9A-Z]", "", self.cleaned_data["reference"].upper())
        return grouped(letters, 4)
