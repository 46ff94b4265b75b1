"""Who answers a line: on one half-day, each week, for a busy period; and the rules of the line."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django import forms

from proxirh.accounts.models import Person
from proxirh.scheduling.forms.openings import CLOCK, WEEKDAYS
from proxirh.scheduling.models import DutyPattern, DutyShift, Half, LineRules, Season
from proxirh.scheduling.services.swaps import Choice
from proxirh.territories.models import Academy
from proxirh.ui.forms import Checkboxes, DateField, Form, PhoneField, TimeField
from proxirh.ui.french import DAYS, long_day

NOBODY = ("", "Choisissez")
CHOOSE = {"required": "Choisissez une personne."}
TO_ALL = "toutes"


def _by_uid(people: Collection[Person]) -> dict[str, Person]:
    return {str(one.uid): one for one in people}


class PersonForm(Form):
    """One of some people."""

    mark_optional = False
    person = forms.ChoiceField(label="Qui ?", error_messages=CHOOSE)

    def __init__(self, *args: Any, people: Sequence[Person], said: dict[int, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._people, said = _by_uid(people), said or {}
        self.fields["person"].choices = [  # type: ignore[attr-defined]
            NOBODY,
            *((uid, f"{one.full_name}{said.get(one.pk, '')}") for uid, one in self._people.items()),
        ]

    @property
    def chosen(self) -> Person:
        """Who was chosen."""
        return self._people[self.cleaned_data["person"]]


class HalfDayForm(PersonForm):
    """Somebody more on a half-day, or in the place of somebody."""

    instead_of = forms.ChoiceField(label="À la place de", required=False)
    beyond_limits = forms.BooleanField(label="Dépasser la limite, avec l’accord de la personne", required=False)
    field_order = ("person", "instead_of", "beyond_limits")

    def __init__(self, *args: Any, shifts: Sequence[DutyShift], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._shifts = {str(one.uid): one for one in shifts}
        if not shifts:
            del self.fields["instead_of"]
            return
        self.fields["instead_of"].choices = [  # type: ignore[attr-defined]
            ("", "Ne remplace personne\u00a0: en plus"),
            *((uid, one.person.full_name) for uid, one in self._shifts.items()),
        ]

    @property
    def replaced(self) -> DutyShift | None:
        """Whose half-day it was, if any."""
        return self._shifts.get(self.cleaned_data.get("instead_of") or "")


class PatternForm(PersonForm):
    """The half-days of somebody’s week."""

    halves = forms.MultipleChoiceField(
        label="Ses demi-journées, chaque semaine",
        help_text="Sans aucune\u00a0: elle n’en a plus à partir de ce jour.",
        required=False,
        widget=Checkboxes(),
    )
    valid_from = DateField(label="À partir du")
    valid_until = DateField(
        label="Jusqu’au", help_text="Sans date\u00a0: jusqu’à ce que vous changiez.", required=False
    )

    def __init__(self, *args: Any, rules: LineRules, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["halves"].choices = [  # type: ignore[attr-defined]
            (f"{weekday}{half}", f"{DAYS[weekday].capitalize()} {half.label}")
            for weekday in range(7)
            for half in Half
            if str(weekday) in (rules.morning_days if half == Half.MORNING else rules.afternoon_days)
        ]
        self.fields["valid_from"].initial = today

    @property
    def chosen_halves(self) -> list[tuple[int, str]]:
        """Weekdays and halves."""
        return [(int(one[0]), one[1:]) for one in self.cleaned_data["halves"]]

    @staticmethod
    def initial_of(person: Person, rows: Sequence[DutyPattern]) -> dict[str, Any]:
        """Somebody’s week as the form shows it."""
        mine = [row for row in rows if row.person_id == person.pk and row.valid_until is None]
        return {"person": str(person.uid), "halves": [f"{row.weekday}{row.half}" for row in mine]}


class ReinforcementForm(Form):
    """A busy period."""

    mark_optional = False
    season = forms.ChoiceField(
        label="Pour quelle campagne\u00a0?",
        choices=[NOBODY, *Season.choices],
        error_messages={"required": "Choisissez une campagne."},
    )
    valid_from = DateField(label="Du")
    valid_until = DateField(label="Au")
    needed = forms.IntegerField(label="Personnes à chaque demi-journée", min_value=2, max_value=20)


class LineRulesForm(Form):
    """When a line is answered, by how many, and how much each at most."""

    morning_days = forms.MultipleChoiceField(
        label="Le matin, on répond le", choices=WEEKDAYS, required=False, widget=Checkboxes(inline=True)
    )
    morning_from = TimeField(label="Le matin, de", input_formats=[CLOCK], help_text="Au quart d’heure.")
    morning_until = TimeField(label="à", input_formats=[CLOCK])
    afternoon_days = forms.MultipleChoiceField(
        label="L’après-midi, on répond le", choices=WEEKDAYS, required=False, widget=Checkboxes(inline=True)
    )
    afternoon_from = TimeField(label="L’après-midi, de", input_formats=[CLOCK], help_text="Au quart d’heure.")
    afternoon_until = TimeField(label="à", input_formats=[CLOCK])
    needed = forms.IntegerField(label="Personnes à chaque demi-journée", min_value=1, max_value=20)
    most_in_a_row = forms.IntegerField(
        label="Demi-journées de suite, au plus, pour une personne", min_value=1, max_value=12
    )
    most_a_week = forms.IntegerField(
        label="Demi-journées par semaine, au plus, pour une personne", min_value=1, max_value=12
    )
    mark_optional = False

    @classmethod
    def initial_of(cls, rules: LineRules) -> dict[str, Any]:
        """The rules as the form shows them."""
        found = {name: getattr(rules, name) for name in cls.base_fields}
        return found | {name: list(found[name]) for name in ("morning_days", "afternoon_days")}

    @property
    def values(self) -> dict[str, Any]:
        """The same, as they are kept."""
        found = dict(self.cleaned_data)
        return found | {name: "".join(sorted(found[name])) for name in ("morning_days", "afternoon_days")}


class OpenLineForm(Form):
    """A new line."""

    name = forms.CharField(
        label="Nom de la ligne",
        help_text="Celui que vos équipes lisent. Exemple\u00a0: Allô RH.",
        max_length=120,
        error_messages={"required": "Donnez un nom à la ligne."},
    )
    department = forms.ChoiceField(label="Pour quel département\u00a0?", required=False)
    phone = PhoneField(label="Numéro", required=False)

    def __init__(self, *args: Any, academy: Academy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._departments = {one.code: one for one in academy.departments.order_by("code")}
        self.fields["department"].choices = [  # type: ignore[attr-defined]
            ("", "Toute l’académie"),
            *((code, str(one)) for code, one in self._departments.items()),
        ]

    def clean_name(self) -> str:
        """On one line, with something to read."""
        name = " ".join(self.cleaned_data["name"].split())
        if not any(letter.isalnum() for letter in name):
            raise forms.ValidationError("Donnez un nom à la ligne.")
        return name

    def clean_phone(self) -> str:
        """As short as it is kept."""
        phone = str(self.cleaned_data["phone"])
        if len(phone) > 20:
            raise forms.ValidationError("Vingt caractères au plus.")
        return phone

    @property
    def facts(self) -> dict[str, Any]:
        """What was typed."""
        found = self.cleaned_data
        return {
            "name": found["name"],
            "department": self._departments.get(found["department"]),
            "phone": found["phone"],
        }


class SwapForm(Form):
    """Whom a half-day is offered to, and for what."""

    to = forms.ChoiceField(label="À qui la proposez-vous\u00a0?", error_messages={"required": "Choisissez à qui."})

    def __init__(self, *args: Any, choices: Sequence[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choices = {_key(one): one for one in choices}
        alone = [(key, f"À {one.person.full_name}") for key, one in self._choices.items() if one.shift is None]
        back = [
            (key, f"Celle de {one.person.full_name}, {told(one.shift)}")
            for key, one in self._choices.items()
            if one.shift is not None
        ]
        groups: list[Any] = [NOBODY, (TO_ALL, "À toute l’équipe\u00a0: la première personne qui accepte la prend")]
        groups += [("Sans retour", alone)] if alone else []
        groups += [("Contre une autre permanence", back)] if back else []
        self.fields["to"].choices = groups  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Choice | None:
        """To whom and for what; None for the whole line."""
        return self._choices.get(self.cleaned_data["to"])


def _key(one: Choice) -> str:
    return str(one.shift.uid if one.shift else one.person.uid)


def told(shift: DutyShift) -> str:
    """« lundi 23 novembre 2026 matin »."""
    return f"{long_day(shift.day)} {shift.get_half_display()}"
