"""One form a screen: how to reach the author, how she wishes it, and who must not see."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from proxirh.accounts.services import READ_BY_OTHERS, is_read_by_others
from proxirh.enquiries.forms.ask import shared_computer_field
from proxirh.enquiries.models import Means
from proxirh.enquiries.wishes import TimeOfDay
from proxirh.ui.forms import Checkboxes, CodeField, Form, PhoneField, Radios

OTHER = "autre"
NOBODY = "personne"
SOMEONE = "quelqu-un"
MOST_NAMES = 500


def own_address(address: str) -> str:
    """The address, unless it is the mailbox of a school or service, which others read."""
    if address and is_read_by_others(address):
        raise ValidationError(READ_BY_OTHERS)
    return address


class AddressForm(Form):
    """An address where a link or a code is sent."""

    mark_optional = False
    email = forms.EmailField(
        label="Votre adresse électronique",
        help_text="Une adresse que vous êtes seule ou seul à lire. Votre adresse personnelle convient.",
        error_messages={"invalid": "Cette adresse n’est pas complète. Elle s’écrit comme : prenom.nom@exemple.fr"},
    )

    def clean_email(self) -> str:
        """Never a mailbox that others read."""
        return own_address(self.cleaned_data["email"])


class CodeForm(Form):
    """The six digits just mailed."""

    mark_optional = False
    code = CodeField(label="Code à six chiffres", help_text="Il est dans le courriel « Votre code ».")


class ResumeForm(CodeForm):
    """The same, to take a draft up in another browser."""

    is_shared_computer = shared_computer_field()


class ContactForm(Form):
    """Who writes and how to reach her; a signed-in agent is not asked what is already proved."""

    mark_optional = False
    first_name = forms.CharField(
        label="Prénom",
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
        error_messages={"required": "Écrivez votre prénom."},
    )
    last_name = forms.CharField(
        label="Nom",
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
        error_messages={"required": "Écrivez votre nom."},
    )
    known_email = forms.ChoiceField(label="Où vous écrire ?", widget=Radios(), required=False)
    email = forms.EmailField(
        label="Adresse électronique",
        required=False,
        help_text="Votre adresse personnelle convient. Pas celle de l’établissement : d’autres la lisent.",
        error_messages={"invalid": "Cette adresse n’est pas complète. Elle s’écrit comme : prenom.nom@exemple.fr"},
    )
    phone = PhoneField(
        label="Téléphone",
        required=False,
        help_text="Une adresse ou un téléphone suffit.",
    )

    def __init__(self, *args: Any, known_name: bool = False, addresses: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if known_name:
            del self.fields["first_name"], self.fields["last_name"]
        if not addresses:
            del self.fields["known_email"]
            return
        kept = self.initial.get("email", "")
        self.initial["known_email"] = kept if kept in addresses else (OTHER if kept else addresses[0])
        self.initial["email"] = "" if kept in addresses else kept
        self.fields["known_email"].choices = [  # type: ignore[attr-defined]
            *((address, address) for address in addresses),
            (OTHER, "À une autre adresse"),
        ]
        self.fields["email"].label = "Autre adresse"

    def clean_email(self) -> str:
        """Never a mailbox that others read."""
        return own_address(self.cleaned_data["email"])

    def clean(self) -> dict[str, Any]:
        """One way at least to reach her."""
        found = super().clean() or self.cleaned_data
        known = found.get("known_email")
        if known == OTHER and not found.get("email") and "email" not in self.errors:
            self.add_error("email", "Écrivez l’autre adresse, ou choisissez celle que nous connaissons.")
        elif known and known != OTHER:
            found["email"] = known
        if not (found.get("email") or found.get("phone") or self.errors):
            self.add_error(
                "email", "Donnez une adresse électronique ou un téléphone : sinon, nous ne pourrions pas vous répondre."
            )
        return found


MEANS_HINTS = {
    Means.VIDEO: "Un lien vous sera envoyé.",
    Means.IN_PERSON: "Dans un lieu que vous choisirez ensemble.",
    Means.WRITTEN: "Sur votre page de suivi, sans rien dans le courriel.",
}


class WishesForm(Form):
    """How she wishes to be reached; only what makes sense with the ways she gave."""

    mark_optional = False
    wants_call_today = forms.BooleanField(label="J’ai besoin d’être rappelé aujourd’hui", required=False)
    means = forms.MultipleChoiceField(
        label="Comment préférez-vous échanger ?",
        help_text="Une ou plusieurs réponses.",
        widget=Checkboxes(hints=MEANS_HINTS),
        error_messages={"required": "Choisissez au moins une façon d’échanger."},
    )
    times = forms.MultipleChoiceField(
        label="Quand vous appeler ?",
        help_text="Ne cochez rien si toutes les heures vous vont.",
        required=False,
        choices=[(code, label[:1].upper() + label[1:]) for code, label in TimeOfDay.choices],
        widget=Checkboxes(),
    )
    may_leave_voicemail = forms.BooleanField(
        label="Vous pouvez laisser un message vocal",
        required=False,
        help_text="Le message dira seulement de rappeler, sans nommer le service.",
    )
    not_at_work = forms.BooleanField(
        label="Ne pas m’appeler au travail",
        required=False,
        help_text="Personne n’appellera le standard ni le secrétariat de votre établissement.",
    )

    def __init__(self, *args: Any, has_phone: bool, has_email: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        possible: dict[str, bool] = {Means.PHONE: has_phone, Means.WRITTEN: has_email}
        choices = [(code, label.capitalize()) for code, label in Means.choices if possible.get(code, True)]
        self.fields["means"].choices = choices  # type: ignore[attr-defined]
        if not has_phone:
            for name in ("wants_call_today", "times", "may_leave_voicemail"):
                del self.fields[name]
        if not self.initial.get("means"):
            self.initial["means"] = [Means.PHONE if has_phone else Means.WRITTEN]


class DiscretionForm(Form):
    """Who must not see; nobody, for nearly everyone."""

    mark_optional = False
    keep_away = forms.ChoiceField(
        label="Y a-t-il quelqu’un, dans les équipes RH, qui ne doit pas voir votre demande ?",
        initial=NOBODY,
        widget=Radios(),
        choices=[(NOBODY, "Non, personne"), (SOMEONE, "Oui, quelqu’un que je nomme ci-dessous")],
    )
    excluded_names = forms.CharField(
        label="Nom des personnes à écarter",
        required=False,
        max_length=MOST_NAMES,
        help_text="Un nom par ligne, avec le prénom si vous le connaissez.",
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )
    superior_name = forms.CharField(
        label="Nom de votre supérieur hiérarchique direct",
        required=False,
        max_length=120,
        help_text=(
            "Votre hiérarchie n’a jamais accès aux demandes. Le nom sert à écarter cette personne "
            "si elle exerce aussi une mission RH."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        """A name typed counts whatever the button says: in doubt, someone is kept away."""
        found = super().clean() or self.cleaned_data
        names = found.get("excluded_names", "").strip() or found.get("superior_name", "").strip()
        if found.get("keep_away") == SOMEONE and not names and not self.errors:
            self.add_error("excluded_names", "Écrivez le nom de la personne, ou répondez « Non, personne ».")
        return found
