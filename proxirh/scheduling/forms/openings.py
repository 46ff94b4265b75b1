"""When one may be met: on which days, from when to when, where."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from proxirh.scheduling.forms.departments import DepartmentForm
from proxirh.scheduling.models import MeetingPlace
from proxirh.scheduling.models.openings import NTH
from proxirh.scheduling.rhythm import Frequency, Rhythm
from proxirh.scheduling.services.openings import Hours
from proxirh.scheduling.services.places import places_offered
from proxirh.territories.models import Department
from proxirh.ui.forms import Checkboxes, DateField, Form, Radios, TimeField
from proxirh.ui.french import DAYS

WEEKDAYS = [(str(number), name) for number, name in enumerate(DAYS[:6])]
ANYWHERE = "Aucun lieu : par téléphone ou en visioconférence"
PHONE, VIDEO = "phone", "video"
CLOCK = "%H:%M"


class HoursForm(DepartmentForm):
    """From when to when, and where."""

    mark_optional = False
    starts_at = TimeField(label="Heure de début", input_formats=[CLOCK], help_text="Au quart d’heure. Exemple : 09:00.")
    ends_at = TimeField(label="Heure de fin", input_formats=[CLOCK], help_text="Exemple : 12:00.")
    place = forms.ChoiceField(label="Où ?", required=False)

    def __init__(
        self, *args: Any, departments: Sequence[Department], place: MeetingPlace | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, departments=departments, **kwargs)
        offered = places_offered(departments)
        if place is not None and place not in offered:  # used no longer, and still that of the opening
            offered.append(place)
        self._places = {str(one.uid): one for one in offered}
        self.fields["place"].choices = [  # type: ignore[attr-defined]
            ("", ANYWHERE),
            *(
                (uid, f"{place.name}, {place.address}" if place.address else place.name)
                for uid, place in self._places.items()
            ),
        ]

    @property
    def hours(self) -> Hours:
        """What was chosen."""
        found = self.cleaned_data
        return Hours(found["starts_at"], found["ends_at"], self._places.get(found["place"]))


class OpeningForm(HoursForm):
    """The same, on days that come back."""

    frequency = forms.ChoiceField(
        label="Quels jours ?",
        choices=[(code, label[:1].upper() + label[1:]) for code, label in Frequency.choices],
        widget=Radios(),
        initial=Frequency.WEEKLY,
        error_messages={"required": "Choisissez quels jours."},
    )
    weekdays = forms.MultipleChoiceField(
        label="Jours de la semaine", choices=WEEKDAYS, required=False, widget=Checkboxes(inline=True)
    )
    every = forms.IntegerField(
        label="À quel intervalle ?",
        help_text="1 : chaque semaine ou chaque mois. 2 : une semaine sur deux, un mois sur deux.",
        min_value=1,
        max_value=12,
        initial=1,
    )
    nth = forms.ChoiceField(
        label="Pour un jour du mois, lequel ?",
        choices=[(str(number), f"le {name}") for number, name in NTH],
        initial="1",
        help_text="Ne sert que pour « chaque mois ».",
    )
    valid_from = DateField(label="À partir du")
    valid_until = DateField(
        label="Jusqu’au", help_text="Sans date : jusqu’à ce que vous les terminiez.", required=False
    )
    ways = forms.MultipleChoiceField(
        label="Aussi à distance",
        choices=[(PHONE, "par téléphone"), (VIDEO, "en visioconférence")],
        initial=[PHONE],
        required=False,
        widget=Checkboxes(inline=True),
    )
    department = forms.ChoiceField(label="Pour quel département ?")
    key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid.uuid4)
    field_order = (
        *("frequency", "weekdays", "every", "nth", "starts_at", "ends_at"),
        *("place", "ways", "valid_from", "valid_until", "department"),
    )

    def __init__(self, *args: Any, departments: Sequence[Department], today: date, **kwargs: Any) -> None:
        super().__init__(*args, departments=departments, **kwargs)
        self.fields["valid_from"].initial = today

    def clean(self) -> dict[str, Any]:
        """Days of the week where they are needed."""
        found = self.cleaned_data
        needed = {Frequency.WEEKLY, Frequency.MONTHLY}
        if found.get("frequency") in needed and "weekdays" in found and not found["weekdays"]:
            self.add_error("weekdays", "Choisissez au moins un jour.")
        if not found.get("place") and "ways" in found and not found["ways"]:
            self.add_error("ways", "Sans lieu, choisissez le téléphone ou la visioconférence.")
        return found

    @property
    def rhythm(self) -> Rhythm:
        """The days on which it comes back."""
        found = self.cleaned_data
        return Rhythm(
            found["frequency"],
            found["valid_from"],
            found["valid_until"],
            found["every"],
            tuple(sorted({int(day) for day in found["weekdays"]})),
            int(found["nth"]),
        )

    @property
    def by_phone(self) -> bool:
        """True when one may be called then."""
        return PHONE in self.cleaned_data["ways"]

    @property
    def by_video(self) -> bool:
        """True when one may be met on a screen."""
        return VIDEO in self.cleaned_data["ways"]


class EndForm(Form):
    """The last day."""

    last = DateField(label="Dernier jour", help_text="Elles ne reviendront plus ensuite.")
