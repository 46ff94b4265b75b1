"""Asking that the mobile team comes, and answering."""

import uuid
from datetime import datetime
from typing import Any

from django import forms

from proxirh.scheduling.forms.openings import CLOCK
from proxirh.scheduling.forms.sites import SiteForm
from proxirh.scheduling.models import DeclineReason, Half
from proxirh.scheduling.services.visits import MOST_NOTE, Wish
from proxirh.ui.forms import DateField, Form, Radios, TimeField
from proxirh.ui.wall import instant

HALVES = [(code, name.capitalize()) for code, name in Half.choices]
WISHES = (1, 2, 3)


class VisitForm(SiteForm):
    """Where, on which half-days, and what is useful to know on the way."""

    day_1 = DateField(label="Premier jour possible")
    half_1 = forms.ChoiceField(label="Ce jour-là", choices=HALVES, initial=Half.MORNING)
    day_2 = DateField(label="Un autre jour possible", required=False)
    half_2 = forms.ChoiceField(label="Cet autre jour", choices=HALVES, initial=Half.MORNING, required=False)
    day_3 = DateField(label="Un troisième jour possible", required=False)
    half_3 = forms.ChoiceField(label="Ce troisième jour", choices=HALVES, initial=Half.MORNING, required=False)
    note = forms.CharField(
        label="Précision pratique",
        help_text=(
            "Par exemple l’entrée ou l’heure du repas. N’écrivez pas ici de quoi vous voulez parler. Lue par la seule "
            "personne qui vient, effacée 30 jours après la visite."
        ),
        max_length=MOST_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid.uuid4)
    field_order = ("uai", "day_1", "half_1", "day_2", "half_2", "day_3", "half_3", "note")

    @property
    def wished(self) -> list[Wish]:
        """The half-days that were given."""
        found = self.cleaned_data
        return [(found[f"day_{n}"], Half(found[f"half_{n}"] or Half.MORNING)) for n in WISHES if found.get(f"day_{n}")]


class TakeForm(Form):
    """On which day, from when to when one comes."""

    day = DateField(label="Jour de la visite")
    starts_at = TimeField(label="Heure de début", input_formats=[CLOCK], help_text="Au quart d’heure. Exemple : 09:00.")
    ends_at = TimeField(label="Heure de fin", input_formats=[CLOCK], help_text="Exemple : 11:00.")

    def between(self, zone: str) -> tuple[datetime, datetime]:
        """In UTC, as the clock of the site says."""
        found = self.cleaned_data
        return instant(found["day"], found["starts_at"], zone), instant(found["day"], found["ends_at"], zone)


class DeclineForm(Form):
    """Why nobody comes."""

    reason = forms.ChoiceField(
        label="Pourquoi ?",
        choices=DeclineReason.choices,
        widget=Radios(),
        error_messages={"required": "Choisissez pourquoi : la personne le lira."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "La personne lit cette phrase."
