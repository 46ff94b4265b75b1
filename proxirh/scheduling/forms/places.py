"""A place where people are met, and the rules of an agenda."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from proxirh.scheduling.forms.departments import DepartmentForm
from proxirh.scheduling.models import AgendaRules, MeetingPlace
from proxirh.scheduling.services.places import Facts
from proxirh.scheduling.services.rules import why_no_room
from proxirh.territories.models import Academy, Site, Topic
from proxirh.ui.forms import Form

LENGTH = "duree_"
LENGTHS = [(n, f"{n} minutes") for n in (15, 30, 45, 60, 75, 90)]


class PlaceForm(Form):
    """How it is called, where it is, and how to find it."""

    name = forms.CharField(
        label="Nom du lieu",
        help_text="Celui que la personne lira. Exemple : DSDEN, salle 12.",
        max_length=120,
        error_messages={"required": "Donnez un nom au lieu."},
    )
    address = forms.CharField(label="Adresse", help_text="Exemple : 2 rue de l’École, 54000 Nancy.", max_length=200)
    way_in = forms.CharField(
        label="Comment le trouver",
        help_text="Exemple : entrée par la cour, deuxième étage. Sans nom de personne.",
        max_length=200,
        required=False,
    )
    travel_minutes = forms.IntegerField(
        label="Trajet depuis un autre lieu, en minutes",
        help_text="Aucun rendez-vous n’est proposé pendant ce temps.",
        min_value=0,
        max_value=180,
        initial=30,
    )

    def clean(self) -> dict[str, Any]:
        """On one line each: these words are read in mails and calendars; and a name that can be seen."""
        found = self.cleaned_data
        for name in ("name", "address", "way_in"):
            if name in found:
                found[name] = " ".join(found[name].split())
        if "name" in found and not any(letter.isalnum() for letter in found["name"]):
            self.add_error("name", "Donnez un nom au lieu.")
        return found

    @property
    def facts(self) -> Facts:
        """What was typed."""
        return Facts(**{name: self.cleaned_data[name] for name in ("name", "address", "way_in", "travel_minutes")})


class NewPlaceForm(DepartmentForm, PlaceForm):
    """The same, with its département and, when it is one, its school."""

    uai = forms.CharField(
        label="Code UAI, si c’est un établissement",
        help_text="Huit caractères. Exemple : 0540001A.",
        max_length=8,
        required=False,
    )
    key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid.uuid4)
    field_order = ("department", "name", "address", "way_in", "travel_minutes", "uai")

    def __init__(self, *args: Any, academy: Academy, **kwargs: Any) -> None:
        super().__init__(*args, departments=academy.departments.select_related("academy"), **kwargs)
        self._site: Site | None = None

    def clean_uai(self) -> str:
        """A known school, or nothing."""
        uai = self.cleaned_data["uai"].upper()
        if uai:
            self._site = Site.objects.filter(uai=uai, is_open=True).first()
            if self._site is None:
                raise forms.ValidationError("Aucun établissement n’a ce code. Vérifiez-le, ou laissez le champ vide.")
        return uai

    @property
    def site(self) -> Site | None:
        """The school that it is, if any."""
        return self._site


class RulesForm(Form):
    """How long, how early, how late."""

    minutes = forms.TypedChoiceField(
        label="Durée d’un rendez-vous",
        choices=LENGTHS,
        coerce=int,
    )
    notice_hours = forms.IntegerField(label="Réserver au plus tard, en heures avant", min_value=0, max_value=240)
    horizon_days = forms.IntegerField(label="Réserver jusqu’à combien de jours à l’avance", min_value=7, max_value=370)
    cancel_hours = forms.IntegerField(
        label="Annuler seul au plus tard, en heures avant",
        help_text="Ensuite, la personne lit le numéro de téléphone du service.",
        min_value=0,
        max_value=240,
    )
    move_hours = forms.IntegerField(label="Déplacer seul au plus tard, en heures avant", min_value=0, max_value=240)
    video_pattern = forms.CharField(
        label="Adresse des visioconférences",
        help_text=(
            "Exemple : https://visio.exemple.fr/{salle}. À la place de {salle}, chaque rendez-vous a un nom pris au "
            "hasard. Laissez vide pour ne pas proposer la visioconférence."
        ),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "url", "spellcheck": "false", "autocapitalize": "none"}),
    )

    def __init__(self, *args: Any, branches: Sequence[Topic], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.codes = [one.code for one in branches]
        for one in branches:
            self.fields[f"{LENGTH}{one.code}"] = forms.TypedChoiceField(
                label=f"Durée : {one.label}",
                choices=[("", "Durée habituelle"), *LENGTHS],
                coerce=int,
                empty_value=None,
                required=False,
            )

    def clean_video_pattern(self) -> str:
        """An address of the web over TLS, with the name of a room in it once, and nobody’s password."""
        typed: str = self.cleaned_data["video_pattern"].strip()
        if typed and (why := why_no_room(typed)):
            raise forms.ValidationError(why)
        return typed

    @property
    def rules(self) -> dict[str, Any]:
        """What is said of every appointment."""
        return {name: self.cleaned_data[name] for name in self.base_fields}

    @property
    def lengths(self) -> dict[str, int | None]:
        """By branch, minutes that differ from the usual ones."""
        return {code: self.cleaned_data[f"{LENGTH}{code}"] for code in self.codes}

    @classmethod
    def initial_of(cls, rules: AgendaRules, lengths: Mapping[str, int]) -> dict[str, Any]:
        """The rules as the form shows them."""
        told = {f"{LENGTH}{code}": minutes for code, minutes in lengths.items()}
        return {name: getattr(rules, name) for name in cls.base_fields} | told


def initial_of(place: MeetingPlace) -> dict[str, Any]:
    """A place as its form shows it."""
    return {name: getattr(place, name) for name in PlaceForm.base_fields}
