"""What is written to the listening cell, and by it."""

from datetime import date
from typing import Any

from django import forms

from proxirh.enquiries.forms.space import MOST_WORDS, OnceForm
from proxirh.enquiries.models import Protection
from proxirh.ui.forms import DateField, Form

WRITE = {"required": "Écrivez quelques mots : la cellule ne reçoit que ce texte."}


class UnnamedForm(Form):
    """Words that bear nobody’s name; `ticket` carries the code that will be shown once they are sent."""

    mark_optional = False
    body = forms.CharField(
        label="Ce qui se passe",
        help_text=(
            "Votre nom n’est demandé nulle part. Un texte peut quand même faire deviner qui l’écrit : un lieu, une "
            "date, une fonction. Vous choisissez ce que vous dites."
        ),
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off"}),
        error_messages=WRITE,
    )
    ticket = forms.CharField(widget=forms.HiddenInput, max_length=200, required=False)


class ReturnForm(Form):
    """The code shown once."""

    mark_optional = False
    code = forms.CharField(
        label="Votre code de retour",
        help_text="Seize caractères. Les tirets et les espaces ne comptent pas.",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )


class AgainForm(OnceForm):
    """More words to the cell, with the code carried by the page."""

    code = forms.CharField(widget=forms.HiddenInput, max_length=40)
    body = forms.CharField(
        label="Écrire encore à la cellule d’écoute",
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}),
        error_messages=WRITE,
    )


class NamedForm(Form):
    """What the author passes on under her name, and her agreement, which nothing ticks for her."""

    mark_optional = False
    body = forms.CharField(
        label="Ce que vous transmettez",
        help_text="Vous pouvez tout changer. La cellule ne reçoit que ce texte, votre nom et votre téléphone.",
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off"}),
        error_messages=WRITE,
    )
    agrees = forms.BooleanField(
        label="J’accepte que ce texte, mon nom et mon téléphone soient transmis à la cellule d’écoute.",
        help_text="Vous pouvez retirer cet accord à tout moment, sur cette page.",
        error_messages={"required": "Sans votre accord, rien n’est transmis. Cochez la case, ou revenez en arrière."},
    )


class AnswerForm(OnceForm):
    """What the cell writes."""

    body = forms.CharField(
        label="Votre réponse",
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}),
        error_messages={"required": "Écrivez votre réponse, même courte."},
    )


class ProtectionForm(Form):
    """A date for each step that was done; none for the others."""

    mark_optional = False

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code in Protection:
            self.fields[code.value] = DateField(label=code.label, required=False)
            self.fields[code.value].widget.attrs["max"] = today.isoformat()
