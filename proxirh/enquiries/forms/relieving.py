"""Who is away and until when; what of a colleague who leaves is proposed, and to whom."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms

from proxirh.accounts.models import Person
from proxirh.enquiries.forms.hands import MOST_NOTE
from proxirh.enquiries.relief import Held
from proxirh.enquiries.relief_meetings import MeetingRow
from proxirh.enquiries.services.standing_in import Fate
from proxirh.territories.services.attendance import LONGEST_ABSENCE
from proxirh.ui.forms import Checkboxes, DateField, Form, Radios

MOST_AT_ONCE = 25
MEETING, MOST_MEETINGS, MOST_NAMES = "rdv-", 12, 4
MOST_CARRIED = 100
TEAM, ONE_PERSON = "equipe", "personne"


class AwayForm(Form):
    """Somebody of the académie who is away today."""

    mark_optional = False
    personne = forms.ChoiceField(
        label="Qui est absent aujourd’hui ?", error_messages={"required": "Choisissez une personne."}
    )
    jusqu = DateField(
        label="Jusqu’à quel jour compris ?",
        help_text="Laissez la date du jour si vous ne savez pas encore. La raison n’est jamais demandée.",
    )

    def __init__(self, *args: Any, people: Iterable[Person], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["personne"].choices = [  # type: ignore[attr-defined]
            ("", "Choisissez"),
            *((str(one.uid), one.full_name) for one in people),
        ]
        self.fields["jusqu"].initial = today

    def clean_jusqu(self) -> date:
        """Today or later, within a year."""
        return check_until(self.cleaned_data["jusqu"], today=self.today)


def check_until(day: date, *, today: date) -> date:
    """Raises ValidationError for a day that has passed, or too far."""
    if day < today:
        raise forms.ValidationError("Ce jour est passé. Choisissez aujourd’hui ou un jour à venir.")
    if day > today + LONGEST_ABSENCE:
        raise forms.ValidationError("Une absence dure un an au plus. Choisissez un jour plus proche.")
    return day


class SeenRows(forms.Field):
    """Ids of the rows that a page has shown."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[uuid.UUID]:
        """Raises ValidationError for what no page of ours has carried."""
        try:
            return [uuid.UUID(hex=one) for one in (value or [])[:MOST_CARRIED]]
        except ValueError as error:
            raise forms.ValidationError("Cette liste ne se lit pas : relisez-la.") from error


class CoverForm(Form):
    """The act: the rows that were shown, until when, what becomes of each appointment, once."""

    chosen = SeenRows(required=False)
    others = SeenRows(required=False)
    jusqu = DateField()
    key = forms.UUIDField()

    def __init__(self, *args: Any, today: date, people: Iterable[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.people = {one.uid.hex: one for one in people}
        self.fates: dict[uuid.UUID, Person | str] = {}

    def clean_jusqu(self) -> date:
        """Today or later, within a year."""
        return check_until(self.cleaned_data["jusqu"], today=self.today)

    def clean(self) -> dict[str, Any] | None:
        """Raises ValidationError for what no page of ours has carried."""
        typed = [(name, value) for name, value in self.data.items() if name.startswith(MEETING)]
        try:
            for name, value in typed[:MOST_MEETINGS]:
                fate = self.people.get(value) or Fate(value)
                self.fates[uuid.UUID(hex=name.removeprefix(MEETING))] = fate
        except ValueError as error:
            raise forms.ValidationError("Ces rendez-vous ne se lisent pas : relisez-les.") from error
        return super().clean()


class MeetingsForm(Form):
    """For each appointment: to whom, asked for anew, or kept; what is most helpful is chosen already."""

    mark_optional = False

    def __init__(self, *args: Any, rows: Sequence[MeetingRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in rows[:MOST_MEETINGS]:
            names = [(one.uid.hex, f"Le confier à {one.full_name}") for one in row.colleagues]
            to_team = [(Fate.TEAM.value, Fate.TEAM.label)] if names else []
            told = row.told
            self.fields[f"{MEETING}{row.appointment.uid.hex}"] = forms.ChoiceField(
                label=f"{told[:1].upper()}{told[1:]}",
                help_text=f"Demande {row.reference}",
                choices=[*to_team, *names[:MOST_NAMES], *((one.value, one.label) for one in (Fate.ANEW, Fate.KEEP))],
            )


class EntrustForm(Form):
    """Which rows of somebody who leaves, to whom, and with what note for whoever comes next."""

    mark_optional = False
    chosen = forms.MultipleChoiceField(
        label="Demandes à proposer",
        widget=Checkboxes(),
        error_messages={
            "required": "Cochez au moins une demande.",
            "invalid_choice": "Une demande cochée a changé de mains entre-temps. Relisez la liste.",
        },
    )
    target = forms.ChoiceField(
        label="À qui ?",
        choices=[
            (TEAM, "À l’équipe de chaque demande : à qui a le moins de demandes pour sa quotité"),
            (ONE_PERSON, "À une seule personne, choisie ci-dessous"),
        ],
        initial=TEAM,
        widget=Radios(),
        error_messages={"required": "Dites à qui les proposer."},
    )
    to = forms.ChoiceField(label="Personne (si vous en choisissez une)", required=False)
    note = forms.CharField(
        label="Note de passage (facultatif)",
        help_text=(
            "Chaque personne qui reprendra une demande la lira. La même pour toutes : rien sur une personne en "
            "particulier, puisque vous ne lisez pas les demandes."
        ),
        required=False,
        max_length=MOST_NOTE,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, rows: Sequence[Held], people: Iterable[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(one.uid): one for one in people}
        self.rows = {one.uid.hex: one for one in rows}
        chosen: Any = self.fields["chosen"]
        chosen.choices = [(key, one.reference) for key, one in self.rows.items()]
        chosen.widget.hints = {key: one.why for key, one in self.rows.items()}
        chosen.initial = list(self.rows)
        to: Any = self.fields["to"]
        to.choices = [("", "Choisissez"), *((key, one.full_name) for key, one in self.people.items())]

    def clean(self) -> dict[str, Any] | None:
        """A person is named when one is asked for."""
        data = super().clean() or self.cleaned_data
        data["person"] = self.people.get(data.get("to", "")) if data.get("target") == ONE_PERSON else None
        if data.get("target") == ONE_PERSON and data["person"] is None and "to" not in self.errors:
            self.add_error("to", "Choisissez la personne.")
        return data


class SeenAgain(Form):
    """The same, carried by the page that showed the exact list."""

    chosen = SeenRows()
    target = forms.ChoiceField(choices=[(TEAM, ""), (ONE_PERSON, "")])
    to = forms.CharField(required=False, max_length=36)
    note = forms.CharField(required=False, max_length=MOST_NOTE)
    key = forms.UUIDField()

    def __init__(self, *args: Any, people: dict[str, Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = people

    def clean(self) -> dict[str, Any] | None:
        """Raises ValidationError when the person named does not serve there any more."""
        data = super().clean() or self.cleaned_data
        data["person"] = self.people.get(data.get("to", "")) if data.get("target") == ONE_PERSON else None
        if data.get("target") == ONE_PERSON and data["person"] is None:
            raise forms.ValidationError("Cette personne ne reçoit plus de demandes. Choisissez-en une autre.")
        return data
