"""What is asked before opening what is not in one’s hands."""

import re

from django import forms

from proxirh.enquiries.services.reading import LONGEST_REASON, SHORTEST_REASON
from proxirh.kernel.tokens import grouped
from proxirh.ui.forms import Form


class ExceptionalForm(Form):
    """Why the content must be opened: a sentence that its author will read."""

    mark_optional = False
    reason = forms.CharField(
        label="Pourquoi faut-il ouvrir cette demande ?",
        help_text="Une ou deux phrases, sans détail personnel : la personne les lira sur sa page de suivi.",
        min_length=SHORTEST_REASON,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
        error_messages={
            "required": "Dites en une phrase pourquoi : la personne la lira.",
            "min_length": "Dites-en un peu plus : la personne doit comprendre pourquoi.",
        },
    )


class CallForm(Form):
    """What someone reads aloud over the telephone."""

    mark_optional = False
    reference = forms.CharField(
        label="Référence de la demande",
        max_length=20,
        help_text="Huit caractères, par exemple ACDE-3467.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )
    code = forms.CharField(
        label="Code d’appel",
        max_length=20,
        help_text="Six caractères, par exemple ACD-346.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )

    def clean_reference(self) -> str:
        """As the database holds it, however it was typed."""
        return grouped(_letters(self.cleaned_data["reference"]), 4)

    def clean_code(self) -> str:
        """The same."""
        return _letters(self.cleaned_data["code"])


def _letters(text: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", text.upper())
