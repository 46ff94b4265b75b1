"""Running an académie: how it is reached, who stands in for whom, and the day it opens."""

from collections.abc import Sequence
from typing import Any

from django import forms

from proxirh.accounts.models import Person
from proxirh.ui.forms import DateField, Form, PhoneField


class ReachForm(Form):
    """The service’s own address and telephone, its delay, and the notice read again."""

    mark_optional = False
    contact_email = forms.EmailField(
        label="Adresse générique du service", help_text="Lue par toute l’équipe, et par elle seule."
    )
    contact_phone = PhoneField(label="Téléphone du service")
    first_answer_days = forms.IntegerField(
        label="Première réponse, en jours ouvrés",
        help_text="Deux jours sont la règle nationale. Ce qui est déjà promis garde sa date.",
        min_value=1,
        max_value=15,
    )
    is_notice_read = forms.BooleanField(
        label="J’ai relu la notice sur les données personnelles, et elle est juste ici", required=False
    )


class OpenForm(Form):
    """From which day agents may ask."""

    mark_optional = False
    opened_on = DateField(label="Ouvrir à partir du")


class DeputyForm(Form):
    """Who acts for whom, and when."""

    mark_optional = False
    person = forms.ChoiceField(label="Pour qui ?", error_messages={"required": "Choisissez une personne."})
    deputy = forms.ChoiceField(label="Qui la supplée ?", error_messages={"required": "Choisissez une personne."})
    valid_from = DateField(label="À partir du")
    valid_until = DateField(label="Jusqu’au (facultatif)", required=False)

    def __init__(self, *args: Any, running: Sequence[Person], serving: Sequence[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._people = {str(one.uid): one for one in (*running, *serving)}
        for name, people in (("person", running), ("deputy", serving)):
            named = sorted((one.full_name, str(one.uid)) for one in people)
            self.fields[name].choices = [("", "Choisissez"), *((uid, told) for told, uid in named)]  # type: ignore[attr-defined]

    def chosen(self, name: str) -> Person:
        """The person chosen in `person` or in `deputy`."""
        return self._people[self.cleaned_data[name]]
