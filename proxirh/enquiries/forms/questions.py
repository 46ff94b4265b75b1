"""« Demander un avis »: the question to a cell, re-read before it is sent; what the cell answers."""

import uuid
from collections.abc import Sequence
from typing import Any, cast

from django import forms

from proxirh.enquiries.forms.space import OnceForm
from proxirh.enquiries.models import NotOurs
from proxirh.enquiries.services.consulting import Fact
from proxirh.territories.models import Team
from proxirh.ui.forms import Checkboxes, DateField, Form, Radios

MOST_ASKED, MOST_ANSWERED = 2000, 4000
BEGINNING = "La situation :\n\nMa question :\n"


class AskCellForm(Form):
    """To which cell, in which words, with which facts, for when; `shown` is the print of what was re-read."""

    mark_optional = False
    to = forms.ChoiceField(label="Cellule", error_messages={"required": "Choisissez une cellule."})
    body = forms.CharField(
        label="Votre question",
        help_text="Décrivez la situation, pas la personne : ni nom, ni lieu, ni ses propres mots.",
        max_length=MOST_ASKED,
        initial=BEGINNING,
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off"}),
        error_messages={"required": "Écrivez votre question avant de l’envoyer."},
    )
    facts = forms.MultipleChoiceField(
        label="Repères joints à la question",
        help_text="Ne cochez rien qui suffirait à reconnaître la personne : "
        "un métier rare dans un petit département, par exemple.",
        choices=Fact.choices,
        initial=[Fact.TOPIC, Fact.CATEGORY],
        required=False,
        widget=Checkboxes,
    )
    due_on = DateField(
        label="Réponse souhaitée au plus tard le", error_messages={"required": "Indiquez pour quand, un jour ouvré."}
    )
    key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid.uuid4)
    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, cells: Sequence[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cells = {str(team.uid): team for team in cells}
        field: Any = self.fields["to"]
        field.choices = [("", "Choisissez"), *[(uid, team.name) for uid, team in self.cells.items()]]

    def clean_to(self) -> Team:
        """The cell."""
        return self.cells[self.cleaned_data["to"]]

    def clean_body(self) -> str:
        """Something more than the words that were there."""
        body: str = self.cleaned_data["body"]
        if body.split() == BEGINNING.split():
            raise forms.ValidationError("Écrivez la situation et votre question.")
        return body

    def showing(self, tag: str) -> None:
        """From now on the form carries the print of what is shown beside it."""
        data: Any = self.data
        self.data = data.copy()
        cast("Any", self.data)["shown"] = tag


class RecallForm(Form):
    """One question of a page that shows several."""

    mark_optional = False
    question = forms.UUIDField(widget=forms.HiddenInput)


class NotOursForm(Form):
    """Why not, from a list."""

    mark_optional = False
    reason = forms.ChoiceField(
        label="Pourquoi",
        choices=NotOurs.choices,
        widget=Radios,
        error_messages={"required": "Choisissez un motif : la personne qui vous interroge le lira."},
    )


class AdviceForm(OnceForm):
    """What the cell answers."""

    body = forms.CharField(
        label="Votre réponse",
        help_text="Seules les personnes qui suivent la demande la lisent ; la personne concernée peut en avoir copie.",
        max_length=MOST_ANSWERED,
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off"}),
        error_messages={"required": "Écrivez votre réponse, même courte."},
    )
