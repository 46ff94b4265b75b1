"""An external partner: what it helps with, where, and how it is reached."""

import re
import uuid
from typing import Any

from django import forms

from proxirh.territories.models import Academy, Department, Partner, Topic
from proxirh.territories.models.partners import SECURE
from proxirh.territories.services.partners import Facts
from proxirh.ui.forms import Checkboxes, Form, PhoneField

# Numbers of services that a PhoneField would take for cut short: 3646, 115, 116 006.
SHORT_NUMBER = re.compile(r"(3\d{3}|10\d{2}|11[0-9]|116\d{3}|118\d{3})")


class ServicePhoneField(PhoneField):
    """A number of a service: a short one is whole too."""

    def validate(self, value: str) -> None:
        """A short number, or any other as it is dialled."""
        if not SHORT_NUMBER.fullmatch(re.sub(r"\D", "", value)):
            super().validate(value)


class PartnerForm(Form):
    """Facts that whoever writes them has just checked; nobody’s name nor own number."""

    name = forms.CharField(
        label="Nom",
        help_text="Celui d’un service, jamais d’une personne. Exemple : Service social en faveur des personnels.",
        max_length=80,
        error_messages={"required": "Donnez le nom de ce service."},
    )
    purpose = forms.CharField(
        label="À quoi il sert",
        help_text="En une phrase, comme vous le diriez à la personne. Exemple : aides financières, logement, dettes.",
        max_length=200,
        error_messages={"required": "Dites en une phrase à quoi il sert."},
    )
    departments = forms.MultipleChoiceField(
        label="Départements",
        help_text="Rien de coché : toute l’académie.",
        required=False,
        widget=Checkboxes(inline=True),
    )
    topics = forms.MultipleChoiceField(
        label="Pour quels types de demande",
        help_text="Rien de coché : tous. Un type entier tient tout ce qui porte son numéro.",
        required=False,
        widget=Checkboxes(inline=True),
    )
    phone = ServicePhoneField(label="Téléphone", required=False)
    website = forms.URLField(label="Site", required=False, assume_scheme="https", max_length=200, validators=[SECURE])
    hours = forms.CharField(
        label="Horaires", help_text="Exemple : du lundi au vendredi, de 9 h à 17 h.", required=False, max_length=160
    )
    address = forms.EmailField(
        label="Adresse pour les mises en relation",
        help_text="Celle du service. Elle n’est pas publiée : seules les mises en relation y sont envoyées.",
        required=False,
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid.uuid4)

    def __init__(self, *args: Any, academy: Academy | None, partner: Partner | None = None, **kwargs: Any) -> None:
        told = facts_of(partner) if partner else {}
        super().__init__(*args, initial=told | kwargs.pop("initial", {}), **kwargs)
        self._partner = partner
        self._topics = {one.code: one for one in Topic.objects.filter(is_open=True)}
        self._departments: dict[str, Department] = {}
        self.fields["topics"].choices = [  # type: ignore[attr-defined]
            (code, f"{code}\u00a0{topic.label}") for code, topic in self._topics.items()
        ]
        if academy is None:  # everywhere; ticking a hundred départements is nobody’s work
            del self.fields["departments"]
            return
        self._departments = {one.code: one for one in academy.departments.all()}
        self.fields["departments"].choices = [(code, str(one)) for code, one in self._departments.items()]  # type: ignore[attr-defined]

    @property
    def facts(self) -> Facts:
        """What was typed."""
        asked = self.cleaned_data
        kept = list(self._partner.departments.all()) if self._partner and "departments" not in self.fields else []
        return Facts(
            departments=kept or [self._departments[code] for code in asked.get("departments", ())],
            topics=[self._topics[code] for code in asked["topics"]],
            **{name: asked[name] for name in ("name", "purpose", "address", "phone", "website", "hours")},
        )


def version(partner: Partner) -> str:
    """What tells that a colleague wrote it meanwhile."""
    return partner.changed_at.isoformat()


def facts_of(partner: Partner) -> dict[str, Any]:
    """A partner as its form shows it."""
    columns = ("name", "purpose", "address", "phone", "website", "hours")
    return {name: getattr(partner, name) for name in columns} | {
        "departments": [one.code for one in partner.departments.all()],
        "topics": [one.code for one in partner.topics.all()],
        "seen": version(partner),
    }
