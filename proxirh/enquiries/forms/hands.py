"""Who follows an enquiry: inviting a colleague beside, giving it to another, leaving; and working notes."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms

from proxirh.enquiries.colleagues import Colleague
from proxirh.enquiries.forms.leaving import LeavingFields
from proxirh.enquiries.services.passing import Passing
from proxirh.ui.forms import Form, Radios

MOST_NOTE = 4000
PRIVATE, SHARED = "privee", "partagee"


class ColleagueForm(Form):
    """A colleague among those who may follow the enquiry, by team."""

    mark_optional = False
    to = forms.ChoiceField(label="Collègue", error_messages={"required": "Choisissez une personne."})

    def __init__(self, *args: Any, colleagues: Sequence[Colleague], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found = {str(one.person.uid): one.person for one in colleagues}
        teams: dict[str, list[tuple[str, str]]] = {}
        for one in colleagues:
            teams.setdefault(one.team, []).append((str(one.person.uid), one.person.full_name))
        self.fields["to"].choices = [("", "Choisissez"), *teams.items()]  # type: ignore[attr-defined]

    def clean_to(self) -> Any:
        """The person."""
        return self.found[self.cleaned_data["to"]]


class InviteForm(ColleagueForm):
    """Who comes beside the lead."""


class PassForm(ColleagueForm):
    """Who takes over, and why."""

    reason = forms.ChoiceField(
        label="Pourquoi ?",
        help_text="La personne qui a fait la demande ne le lit pas.",
        choices=Passing.choices,
        widget=Radios(),
        error_messages={"required": "Dites pourquoi cette demande change de mains."},
    )
    key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid.uuid4)


class HandOverForm(LeavingFields, PassForm):
    """The same by the lead herself, with what becomes of her private notes."""


class LeaveForm(LeavingFields):
    """Leaving beside the lead."""

    mark_optional = False


class NoteForm(Form):
    """A working note, private unless one says otherwise."""

    mark_optional = False
    body = forms.CharField(
        label="Votre note",
        max_length=MOST_NOTE,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}),
        error_messages={"required": "Écrivez d’abord votre note."},
    )
    reader = forms.ChoiceField(
        label="Qui la lit ?",
        choices=[
            (PRIVATE, "Moi seulement : une note privée"),
            (SHARED, "Les personnes qui suivent cette demande, aujourd’hui et plus tard"),
        ],
        initial=PRIVATE,
        widget=Radios(),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid.uuid4)


class ChangeNoteForm(Form):
    """The words of a private note, written anew."""

    mark_optional = False
    body = forms.CharField(
        label="Votre note",
        max_length=MOST_NOTE,
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off"}),
        error_messages={"required": "Écrivez votre note, ou effacez-la."},
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def show_again_on(self, tag: str) -> None:
        """Keep what was typed, over the note as it is now."""
        self.data["seen"] = tag  # type: ignore[index]
