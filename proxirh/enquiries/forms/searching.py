"""What a coordinator says before an exact address is looked for."""

from django import forms

from proxirh.enquiries.models import CARD_REASONS
from proxirh.ui.forms import Form, Radios


class AddressForm(Form):
    """The whole address, and a reason of the list."""

    mark_optional = False
    address = forms.EmailField(
        label="Adresse électronique de la personne",
        help_text="L’adresse entière qu’elle a donnée, par exemple prenom.nom@exemple.fr.",
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    why = forms.ChoiceField(
        label="Pourquoi la cherchez-vous ?",
        help_text="La personne lira votre nom et ce motif sur sa page de suivi.",
        choices=[(reason.value, str(reason.label)[:1].upper() + str(reason.label)[1:]) for reason in CARD_REASONS],
        widget=Radios(),
        error_messages={"required": "Choisissez un motif."},
    )
