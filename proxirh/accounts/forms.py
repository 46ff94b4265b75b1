"""One question a page: an address, then the code it received."""

from django import forms
from django.core.exceptions import ValidationError

from proxirh.accounts import services
from proxirh.ui.forms import CodeField, Form


class AddressForm(Form):
    """Where to send the code."""

    mark_optional = False
    address = forms.EmailField(
        label="Votre adresse électronique",
        help_text="Professionnelle ou personnelle, par exemple prenom.nom@ac-lille.fr. Nous y envoyons un code.",
    )

    def clean_address(self) -> str:
        """Never a mailbox that others read."""
        if services.is_read_by_others(self.cleaned_data["address"]):
            raise ValidationError(services.READ_BY_OTHERS)
        return self.cleaned_data["address"]


class SignInForm(AddressForm):
    """Where to send the code, and on which computer."""

    shared = forms.BooleanField(
        label="J’utilise un ordinateur partagé",
        help_text="Votre visite s’arrête dès que vous fermez le navigateur.",
        required=False,
    )


class CodeForm(Form):
    """The six digits."""

    code = CodeField(label="Code à six chiffres", help_text="Par exemple 012 345.", digits=6)
