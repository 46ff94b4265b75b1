"""Helping a colleague who has lost her second factor."""

from django import forms

from proxirh.territories.services.missions import NOT_CALLED, REASONS
from proxirh.ui.forms import Form, Radios


class ColleagueForm(Form):
    """Who called."""

    mark_optional = False
    address = forms.EmailField(
        label="Adresse électronique de cette personne",
        help_text="Celle par laquelle elle entre, ou celle de son service.",
    )


class ResetForm(Form):
    """Why, and that she was called back."""

    mark_optional = False
    reason = forms.ChoiceField(label="Que s’est-il passé ?", choices=list(REASONS.items()), widget=Radios)
    has_called_back = forms.BooleanField(
        label="Je l’ai rappelée à ce numéro et je suis sûre ou sûr que c’est elle ou lui",
        error_messages={"required": NOT_CALLED},
    )
