"""One question a page: an address, the code it received, a second factor."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from proxirh.accounts import services
from proxirh.accounts.models import Address
from proxirh.ui.forms import CodeField, Form, Radios


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


# ── Second factor ──────────────────────────────────────────────────────────────────────────────────
class FactorCodeField(CodeField):
    """Six digits of the application, or the eight of a recovery code."""

    def validate(self, value: str) -> None:
        """Digits, six or eight."""
        forms.CharField.validate(self, value)
        if value and not (value.isascii() and value.isdecimal() and len(value) in (6, 8)):
            raise ValidationError("Tapez les six chiffres de votre application, ou les huit d’un code de secours.")


class FactorCodeForm(Form):
    """A code of the application, or a recovery code."""

    code = FactorCodeField(
        label="Code de votre application, ou code de secours",
        help_text="Six chiffres pour l’application, huit pour un code de secours.",
    )


class AssertionForm(Form):
    """What a passkey answered; filled by the browser."""

    assertion = forms.CharField(
        widget=forms.HiddenInput,
        error_messages={"required": "La clé d’accès n’a rien répondu. Recommencez."},
    )


class PasskeyForm(Form):
    """A passkey and the name its owner gives it."""

    mark_optional = False
    name = forms.CharField(
        label="Nom de cette clé",
        help_text="Pour la reconnaître plus tard, par exemple « Téléphone » ou « Poste du bureau ».",
        max_length=40,
        initial="Ma clé d’accès",
    )
    credential = forms.CharField(
        widget=forms.HiddenInput,
        error_messages={"required": "L’appareil n’a pas encore créé la clé. Appuyez sur « Créer la clé d’accès »."},
    )


class TotpForm(Form):
    """The code that shows that the application holds the secret."""

    code = CodeField(
        label="Code que montre l’application", help_text="Six chiffres, qui changent toutes les 30 secondes.", digits=6
    )


class RecoveryForm(Form):
    """The button that shows the codes; sent twice, it shows the same."""

    key = forms.UUIDField(widget=forms.HiddenInput)


class MailboxForm(Form):
    """Which of one's addresses receives the code."""

    mark_optional = False
    address = forms.ChoiceField(label="À quelle adresse envoyer le code ?", widget=Radios)

    def __init__(self, *args: Any, addresses: list[Address], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.addresses = {str(address.uid): address for address in addresses}
        if len(addresses) < 2:
            del self.fields["address"]
        else:
            self.fields["address"].choices = [(uid, one.ciphertext) for uid, one in self.addresses.items()]  # type: ignore[attr-defined]
            self.fields["address"].initial = str(addresses[0].uid)

    @property
    def chosen(self) -> Address:
        """The address chosen, or the only one."""
        return self.addresses[self.cleaned_data.get("address") or next(iter(self.addresses))]
