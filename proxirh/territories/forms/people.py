"""Helping a colleague who has lost her second factor; how an académie answers to distress."""

from django import forms

from proxirh.territories.services.listening import NOT_CHECKED
from proxirh.territories.services.missions import NOT_CALLED, REASONS
from proxirh.ui.forms import Form, Radios

MOST_PROTOCOL = 5000


class ColleagueForm(Form):
    """Who called."""

    mark_optional = False
    address = forms.EmailField(
        label="Adresse électronique de cette personne",
        help_text="Celle par laquelle elle entre, ou celle de son service.",
    )


class ListeningForm(Form):
    """How the listening cell is reached, the protocol of the académie, and that both were checked today."""

    mark_optional = False
    listening_cell = forms.CharField(
        label="Comment joindre la cellule d’écoute ?",
        help_text="Un numéro et ses heures, en peu de mots : la page d’aide les montre, et celle d’avant le récit.",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Donnez au moins un numéro et ses heures."},
    )
    concern_protocol = forms.CharField(
        label="Protocole d’une situation préoccupante (facultatif)",
        help_text="Ce que fait, pas à pas, la conseillère ou le conseiller au téléphone. Vide : le protocole national.",
        max_length=MOST_PROTOCOL,
        required=False,
        widget=forms.Textarea(attrs={"rows": 10}),
    )
    is_checked = forms.BooleanField(
        label="J’ai appelé ce numéro aujourd’hui, et quelqu’un a répondu",
        error_messages={"required": NOT_CHECKED},
    )

    def clean_listening_cell(self) -> str:
        """On one line, as pages show it."""
        return " ".join(self.cleaned_data["listening_cell"].split())


class ResetForm(Form):
    """Why, and that she was called back."""

    mark_optional = False
    reason = forms.ChoiceField(label="Que s’est-il passé ?", choices=list(REASONS.items()), widget=Radios)
    has_called_back = forms.BooleanField(
        label="Je l’ai rappelée à ce numéro et je suis sûre ou sûr que c’est elle ou lui",
        error_messages={"required": NOT_CALLED},
    )
