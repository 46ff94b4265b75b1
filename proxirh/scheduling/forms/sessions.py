"""A collective session: when, where, for how many; and the name of whoever registers."""

import uuid
from collections.abc import Iterable
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from proxirh.kernel.calendar import end_of_day
from proxirh.scheduling.forms.departments import DepartmentForm
from proxirh.scheduling.forms.openings import CLOCK
from proxirh.scheduling.models import CollectiveSession, MeetingPlace, SessionTitle
from proxirh.scheduling.services.places import places_offered
from proxirh.scheduling.services.sessions import FEWEST, MOST, When
from proxirh.territories.models import Department
from proxirh.ui.forms import DateField, Form, TimeField
from proxirh.ui.wall import instant

ON_A_SCREEN = "Aucun lieu : en visioconférence"


class WhenForm(DepartmentForm):
    """When and where."""

    day = DateField(label="Jour")
    starts_at = TimeField(label="Heure de début", input_formats=[CLOCK], help_text="Au quart d’heure. Exemple : 14:00.")
    ends_at = TimeField(label="Heure de fin", input_formats=[CLOCK], help_text="Exemple : 16:00.")
    place = forms.ChoiceField(label="Où ?", required=False)
    video_link = forms.URLField(
        label="Lien de visioconférence, sans lieu",
        help_text="Lu par les seules personnes inscrites. Exemple : https://visio-agents.education.fr/…",
        max_length=300,
        required=False,
        assume_scheme="https",
    )
    register_until = DateField(label="Dernier jour pour s’inscrire")

    def __init__(
        self, *args: Any, departments: Iterable[Department], place: MeetingPlace | None = None, **kwargs: Any
    ) -> None:
        departments = list(departments)
        super().__init__(*args, departments=departments, **kwargs)
        offered = places_offered(departments)
        if place is not None and place not in offered:  # used no longer, and still that of the session
            offered.append(place)
        self._places = {str(one.uid): one for one in offered}
        named = [(uid, one.name) for uid, one in self._places.items()]
        self.fields["place"].choices = [("", ON_A_SCREEN), *named]  # type: ignore[attr-defined]

    @property
    def when(self) -> When:
        """In UTC; registration ends with its last day there, and at the latest as the session begins."""
        found = self.cleaned_data
        place = self._places.get(found["place"])
        zone = place.time_zone if place else self.where.time_zone
        starts_at = instant(found["day"], found["starts_at"], zone)
        last = end_of_day(found["register_until"], zone).astimezone(UTC)
        return When(
            starts_at=starts_at,
            ends_at=instant(found["day"], found["ends_at"], zone),
            register_until=min(last, starts_at),
            place=place,
            video_link=found["video_link"],
        )

    @classmethod
    def initial_of(cls, session: CollectiveSession) -> dict[str, Any]:
        """A session as the form shows it."""
        zone = ZoneInfo(session.time_zone)
        start, end = (moment.astimezone(zone) for moment in (session.starts_at, session.ends_at))
        return {
            "day": start.date(),
            "starts_at": start.time(),
            "ends_at": end.time(),
            "place": str(session.place.uid) if session.place else "",
            "video_link": session.video_link,
            "register_until": session.register_until.astimezone(zone).date(),
        }


class SessionForm(WhenForm):
    """The same, with its title and how many may come."""

    title = forms.ChoiceField(
        label="Titre",
        choices=[("", "Choisissez"), *((code, name[:1].upper() + name[1:]) for code, name in SessionTitle.choices)],
        help_text="Il ne dit pas de quoi chacun veut parler : il est lu par tout le monde.",
    )
    capacity = forms.IntegerField(label="Combien de places ?", min_value=FEWEST, max_value=MOST, initial=12)
    department = forms.ChoiceField(label="Pour quel département ?")
    key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid.uuid4)
    field_order = (
        *("title", "day", "starts_at", "ends_at", "place", "video_link"),
        *("capacity", "register_until", "department"),
    )


class CapacityForm(Form):
    """How many may come."""

    mark_optional = False
    capacity = forms.IntegerField(label="Nombre de places", min_value=FEWEST, max_value=MOST)


class NameForm(Form):
    """How to call whoever registers, asked once of somebody whom nobody has named."""

    first_name = forms.CharField(label="Votre prénom", max_length=80)
    last_name = forms.CharField(label="Votre nom", max_length=80)
