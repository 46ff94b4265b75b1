"""A half-day at a site: where, when, who comes, and what its room is like."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from proxirh.accounts.models import Person
from proxirh.scheduling.forms.openings import CLOCK
from proxirh.scheduling.forms.sites import SiteForm
from proxirh.scheduling.models import ROOM_CHECKS, SitePermanence
from proxirh.scheduling.services.half_days import PREPARED, HalfDayAtSite, tag
from proxirh.territories.models import Site
from proxirh.ui.forms import Checkboxes, DateField, Form, TimeField

MORE_DAYS = ("other_day", "third_day")


class HalfDayForm(Form):
    """A room, a day, from when to when."""

    room = forms.CharField(
        label="Salle",
        help_text="Telle que la personne la trouvera. Exemple : salle B12, premier étage. Sans nom de personne.",
        max_length=80,
    )
    day = DateField(label="Jour")
    starts_at = TimeField(label="Heure de début", input_formats=[CLOCK], help_text="Au quart d’heure. Exemple : 09:00.")
    ends_at = TimeField(label="Heure de fin", input_formats=[CLOCK], help_text="Exemple : 12:00.")
    key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid.uuid4)

    def clean_room(self) -> str:
        """On one line: it is printed."""
        room = " ".join(self.cleaned_data["room"].split())
        if not any(letter.isalnum() for letter in room):
            raise forms.ValidationError("Dites quelle salle.")
        return room

    @property
    def half_day(self) -> HalfDayAtSite:
        """What was typed."""
        found = self.cleaned_data
        return HalfDayAtSite(found["room"], found["starts_at"], found["ends_at"], int(found.get("minutes") or 30))


class PreparedForm(HalfDayForm):
    """The same, and how long each appointment lasts."""

    minutes = forms.ChoiceField(
        label="Durée d’un rendez-vous", choices=[(str(n), f"{n} minutes") for n in (15, 30, 45, 60)], initial="30"
    )


class DraftForm(PreparedForm, SiteForm):
    """The same, at a site where one’s team goes."""

    field_order = ("uai", "room", "day", "starts_at", "ends_at", "minutes")


class ReviseForm(PreparedForm):
    """The same, of one that is prepared already; it tells on which page it was filled in."""

    key = None  # type: ignore[assignment]
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    @classmethod
    def initial_of(cls, permanence: SitePermanence) -> dict[str, Any]:
        """One as the form shows it."""
        return {name: getattr(permanence, name) for name in PREPARED} | {"seen": tag(permanence)}


class ProposeForm(HalfDayForm):
    """The same, on up to three days, at a site that one heads."""

    site = forms.ChoiceField(label="Établissement ou service")
    other_day = DateField(label="Un autre jour possible, aux mêmes heures", required=False)
    third_day = DateField(label="Un troisième jour possible", required=False)
    field_order = ("site", "room", "day", *MORE_DAYS, "starts_at", "ends_at")

    def __init__(self, *args: Any, sites: Sequence[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sites = {one.uai: one for one in sites}
        if len(self._sites) == 1:
            del self.fields["site"]
        else:
            named = [(uai, f"{one} ({uai})") for uai, one in self._sites.items()]
            self.fields["site"].choices = [("", "Choisissez"), *named]  # type: ignore[attr-defined]

    @property
    def where(self) -> Site:
        """The one chosen, else the only one."""
        uai = self.cleaned_data.get("site")
        return self._sites[uai] if uai else next(iter(self._sites.values()))

    @property
    def days(self) -> list[date]:
        """Each of them once."""
        found = self.cleaned_data
        return sorted({day for name in ("day", *MORE_DAYS) if (day := found[name])})


class RoomForm(Form):
    """What its room is like: unticked is no."""

    mark_optional = False
    answers = forms.MultipleChoiceField(
        label="Cochez ce qui est vrai de cette salle", choices=ROOM_CHECKS, required=False, widget=Checkboxes()
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    @classmethod
    def initial_of(cls, permanence: SitePermanence) -> dict[str, Any]:
        """What has been answered yes."""
        said = [name for name, _ in ROOM_CHECKS if getattr(permanence, f"{name}_at") is not None]
        return {"answers": said, "seen": tag(permanence)}


class AcceptForm(Form):
    """Who comes."""

    person = forms.ChoiceField(label="Qui reçoit ?")

    def __init__(self, *args: Any, people: Sequence[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._people = {str(one.uid): one for one in people}
        named = sorted(((uid, one.full_name) for uid, one in self._people.items()), key=lambda pair: pair[1])
        self.fields["person"].choices = [("", "Choisissez"), *named]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Person:
        """One of those who serve there."""
        return self._people[self.cleaned_data["person"]]
