"""What becomes of each private note of whoever leaves an enquiry: asked in every form by which she leaves."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.text import Truncator

from proxirh.enquiries.models import WorkingNote
from proxirh.enquiries.services.noting import Settling
from proxirh.ui import french
from proxirh.ui.forms import Form

LONGEST_SHOWN = 200


class LeavingFields(Form):
    """One choice for each of `notes`, opened by their enquiry; `cleaned_data["notes"]` holds them for the services."""

    def __init__(self, *args: Any, notes: Sequence[WorkingNote] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._notes = {f"note_{note.uid}": str(note.uid) for note in notes}
        for note in notes:
            on = french.short_moment(note.written_at, note.enquiry.department.time_zone)
            self.fields[f"note_{note.uid}"] = forms.ChoiceField(
                label=f"Votre note privée du {on}",
                help_text=Truncator(note.body).chars(LONGEST_SHOWN),
                choices=[("", "Choisissez"), *Settling.choices],
                error_messages={"required": "Dites si cette note est partagée ou effacée."},
            )

    def clean(self) -> dict[str, Any]:
        """The choices together, by uid of note."""
        cleaned = super().clean() or self.cleaned_data
        cleaned["notes"] = {uid: cleaned.pop(name) for name, uid in self._notes.items() if name in cleaned}
        return cleaned
