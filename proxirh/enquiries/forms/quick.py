"""Three codes a line: about what, who, what came of it; and the day of them all. Nothing here can name anyone."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils import timezone

from proxirh.enquiries.forms.place import PlaceFields
from proxirh.enquiries.models import Outcome
from proxirh.enquiries.services.assisting import LONGEST_BACK
from proxirh.enquiries.services.quick import MOST_LINES, Line
from proxirh.kernel.calendar import local_day
from proxirh.territories.models import Department, Topic
from proxirh.ui.forms import DateField, Form, clean_data

Choices = list[tuple[str, str]]
PARTS = ("topic", "family", "outcome")
# What is circled on the sheet of paper, hence typed to choose in a list: the letter or digit that begins each answer.
FAMILIES = {
    "1d": ("P", "premier degré"),
    "2d": ("S", "second degré, éducation, AESH, AED"),
    "biatss": ("B", "BIATSS"),
    "encadrement": ("E", "encadrement"),
}
# The sheet of paper has room to say who that is.
ON_PAPER = {
    "biatss": "BIATSS : administratif, technique, santé, social",
    "encadrement": "encadrement : direction, inspection, cadre",
}
OUTCOMES: dict[str, tuple[str, str]] = {
    Outcome.INDIVIDUAL_INFORMATION: ("I", "information individuelle"),
    Outcome.COLLECTIVE_INFORMATION: ("C", "information collective"),
    Outcome.INTERNAL_REFERRAL: ("N", "orientation, éducation nationale"),
    Outcome.EXTERNAL_REFERRAL: ("X", "orientation, externe"),
    Outcome.OTHER_SERVICE: ("S", "autre service"),
    Outcome.SUPPORT_ENGAGED: ("A", "accompagnement : demande à saisir"),
}


def topics() -> Choices:
    """Branches, each with its number."""
    return list(Topic.objects.filter(branch=None, is_open=True).order_by("position").values_list("code", "label"))


def _coded(answers: Iterable[tuple[str, tuple[str, str]]]) -> Choices:
    return [("", "Choisissez"), *((value, f"{code} · {label}") for value, (code, label) in answers)]


def answers() -> dict[str, Choices]:
    """What each of the three fields offers."""
    return {
        "topic": _coded((code, (code, label)) for code, label in topics()),
        "family": _coded(FAMILIES.items()),
        "outcome": _coded((str(value), told) for value, told in OUTCOMES.items()),
    }


class ExchangeForm(Form):
    """The day, and the département for whoever serves in several."""

    mark_optional = False
    day = DateField(
        label="Jour",
        help_text="Le vrai jour, jusqu’à trente jours en arrière.",
        error_messages={"required": "Indiquez le jour, même passé."},
    )
    department = forms.ChoiceField(label="Département")
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, places: Sequence[Department], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = {one.code: one for one in places}
        today = local_day(timezone.now(), places[0].time_zone)
        self.initial = {"day": today, "key": uuid.uuid4(), **self.initial}
        self.fields["day"].widget.attrs |= {
            "min": (today - LONGEST_BACK).isoformat(),
            "max": today.isoformat(),
        }
        if len(places) == 1:
            del self.fields["department"]
        else:
            self.fields["department"].choices = [  # type: ignore[attr-defined]
                ("", "Choisissez"),
                *((one.code, f"{one.code} – {one.name}") for one in places),
            ]

    def clean(self) -> dict[str, Any]:
        """The only département of whoever serves in one."""
        found = self.cleaned_data
        if "department" not in self.fields:
            found["department"] = next(iter(self.places))
        return found

    @property
    def where(self) -> Department:
        """Where it is counted."""
        return self.places[self.cleaned_data["department"]]

    def draw_key(self) -> None:
        """Another key, for what is sent again after a page that had already served."""
        self.data = clean_data({**self.data, "key": str(uuid.uuid4())})


class QuickForm(ExchangeForm):
    """One question of the corridor."""

    topic = forms.ChoiceField(label="Sujet", error_messages={"required": "Choisissez le sujet."})
    family = forms.ChoiceField(label="Qui", error_messages={"required": "Choisissez la catégorie."})
    outcome = forms.ChoiceField(label="Suite donnée", error_messages={"required": "Choisissez la suite donnée."})
    field_order = ("topic", "family", "outcome", "day", "department")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, offered in answers().items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]

    @property
    def lines(self) -> list[Line]:
        """The only one."""
        return [Line(*(self.cleaned_data[name] for name in PARTS))]


NAMES = {"topic": ("Sujet", "le sujet"), "family": ("Qui", "la catégorie"), "outcome": ("Suite donnée", "la suite")}


class PermanenceForm(PlaceFields, ExchangeForm):
    """Ten lines of a day; those left empty are nothing, and one that is half filled says what it lacks."""

    place_label = "Lieu (facultatif)"
    place_help = "Nom, ville ou code UAI. Il dit le département, et n’est pas enregistré."
    nowhere = "Nous ne trouvons pas ce lieu dans vos départements. Écrivez-le autrement, ou videz ce champ."
    field_order = ("day", "place", "site", "department")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Thirty lists, each written twice by its id: the shorter, the lighter the page.
        super().__init__(*args, auto_id="%s", **kwargs)
        offered = answers()
        for number in range(1, MOST_LINES + 1):
            for name in PARTS:
                self.fields[f"{name}_{number}"] = forms.ChoiceField(
                    label=NAMES[name][0],
                    choices=offered[name],
                    required=False,
                    error_messages={"invalid_choice": f"Ligne {number} : cette réponse n’est pas dans la liste."},
                )
        self.look_up(departments=self.places)
        if "department" in self.fields:
            self.fields["department"].required = False

    def rows(self) -> list[tuple[int, list[forms.BoundField]]]:
        """Each line with its three fields, to print."""
        return [(number, [self[f"{name}_{number}"] for name in PARTS]) for number in range(1, MOST_LINES + 1)]

    def clean(self) -> dict[str, Any]:
        """The département of the place, or the one chosen; whole lines, and one at least."""
        found = super().clean()
        site = self.chosen_site(found)
        if site is not None:
            found["department"] = site.department.code
        elif not found.get("department") and not {"place", "site", "department"} & set(self.errors):
            self.add_error("department", "Choisissez le département, ou cherchez le lieu.")
        self.lines: list[Line] = []
        for number in range(1, MOST_LINES + 1):
            self._read(number, found)
        if not self.lines and not self.errors:
            self.add_error("topic_1", "Remplissez au moins une ligne : sujet, qui, suite donnée.")
        return found

    def _read(self, number: int, found: dict[str, Any]) -> None:
        names = {name: f"{name}_{number}" for name in PARTS}
        if set(names.values()) & set(self.errors):
            return
        said = {name: found.get(field, "") for name, field in names.items()}
        if all(said.values()):
            self.lines.append(Line(**said))
        elif any(said.values()):
            for name, value in said.items():
                if not value:
                    what = NAMES[name][1]
                    self.add_error(names[name], f"Ligne {number} : choisissez {what}, ou videz toute la ligne.")


class WithdrawForm(Form):
    """Which line is taken back."""

    exchange = forms.UUIDField(widget=forms.HiddenInput)
