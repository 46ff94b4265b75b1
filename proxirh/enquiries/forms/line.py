"""The screen of a call, and the promise to call back."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.text import Truncator

from proxirh.accounts.models import Person
from proxirh.enquiries.forms.assisted import topic_choices
from proxirh.knowledge.models import AnswerSheet
from proxirh.scheduling.models import Means, PhoneCall
from proxirh.scheduling.models.calls import LONGEST_NOTE
from proxirh.scheduling.services.calling import Heard
from proxirh.territories.models import StaffCategory, Team, Topic
from proxirh.ui.forms import Checkboxes, Form, Radios

READ_ALOUD = 400
TYPED = {"autocomplete": "off", "spellcheck": "false"}
DAYS = [(0, "Aujourd’hui"), (1, "Demain"), (2, "Sous 2 jours"), (5, "Sous 5 jours")]
MEANS = [(code, label[:1].upper() + label[1:]) for code, label in Means.choices]


class HolderField(forms.ChoiceField):
    """Somebody or a team, by a uid of which nobody types a letter."""

    def offer(self, people: Sequence[Person], teams: Sequence[Team], *, me: int | None = None) -> None:
        """Those who may hold it, oneself first."""
        self.by_code: dict[str, Person | Team] = {str(one.uid): one for one in people}
        self.by_code |= {str(one.uid): one for one in teams}
        mine = [(str(one.uid), "Vous") for one in people if one.pk == me]
        others = [(str(one.uid), one.full_name) for one in people if one.pk != me]
        self.choices = [*mine, *others, *((str(one.uid), one.name) for one in teams)]
        if self.choices:
            self.initial = self.choices[0][0]


class WhenForm(Form):
    """By when and by which means: what every promise says."""

    mark_optional = False
    working_days = forms.TypedChoiceField(
        label="Quand ?",
        coerce=int,
        choices=DAYS,
        initial=1,
        widget=Radios(inline=True),
        help_text="En jours ouvrés, là où travaille la personne.",
    )
    means = forms.ChoiceField(label="Comment ?", choices=MEANS, initial=Means.PHONE, widget=Radios(inline=True))


class CallForm(WhenForm):
    """One page for one call; nothing of it is mandatory, and nothing is lost when the caller hangs up."""

    name = forms.CharField(
        label="Qui appelle ?", max_length=80, required=False, widget=forms.TextInput(attrs={**TYPED, "autofocus": True})
    )
    reach = forms.CharField(
        label="Numéro ou adresse pour rappeler", max_length=80, required=False, widget=forms.TextInput(attrs=TYPED)
    )
    topic = forms.ChoiceField(label="Au sujet de quoi ?", required=False)
    category = forms.ChoiceField(label="Métier", required=False)
    department = forms.ChoiceField(label="Département", required=False)
    sheets = forms.MultipleChoiceField(label="Fiches lues", required=False, widget=Checkboxes)
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
        help_text="Vous et qui rappelle la lisent, trente jours. Rien de médical, rien sur les difficultés au travail.",
    )
    to = HolderField(label="Qui rappelle ?", required=False)

    def __init__(
        self, *args: Any, call: PhoneCall, sheets: Sequence[AnswerSheet], me: int | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.call = call
        self._departments = {one.code: one for one in call.team.academy.departments.all()}
        self._categories = {one.code: one for one in StaffCategory.objects.filter(is_open=True)}
        fields: dict[str, Any] = self.fields
        fields["topic"].choices = topic_choices()
        fields["category"].choices = [("", "Choisissez"), *((c, one.label) for c, one in self._categories.items())]
        fields["department"].choices = [("", "Choisissez"), *((c, one.name) for c, one in self._departments.items())]
        self._sheets = {str(one.uid): one for one in sheets}
        self.show(sheets)
        for name in ("working_days", "means"):
            fields[name].required = False

    def show(self, sheets: Sequence[AnswerSheet]) -> None:
        """Offer these sheets, each with the words to read aloud."""
        field: Any = self.fields["sheets"]
        field.widget.hints = {str(one.uid): shortened(one.answer) for one in sheets}
        field.choices = [(str(one.uid), one.title) for one in sheets]

    def offer(self, people: Sequence[Person], teams: Sequence[Team], *, me: int | None) -> None:
        """To whom the call may be promised."""
        field: Any = self.fields["to"]
        field.offer(people, teams, me=me)

    @property
    def holder(self) -> Person | Team | None:
        """The holder chosen."""
        field: Any = self.fields["to"]
        return field.by_code.get(self.cleaned_data.get("to") or field.initial or "")

    @property
    def heard(self) -> Heard:
        """What was typed."""
        found = self.cleaned_data
        return Heard(
            name=found["name"],
            reach=found["reach"],
            note=found["note"],
            topic=Topic.objects.filter(code=found["topic"], is_open=True).first() if found["topic"] else None,
            category=self._categories.get(found["category"]),
            department=self._departments.get(found["department"]),
            sheets=[self._sheets[code] for code in found["sheets"]],
        )


def shortened(answer: str) -> str:
    """What is read aloud first; the rest is on the page of the sheet."""
    return Truncator(answer).chars(READ_ALOUD)


def initial_of(call: PhoneCall) -> dict[str, Any]:
    """What the screen of a call shows first: what is known of it."""
    codes = {"topic": call.topic, "category": call.category, "department": call.department or call.team.department}
    return {
        "name": call.caller_name or "",
        "reach": call.caller_reach or "",
        "note": call.note or "",
        "sheets": [str(one.uid) for one in call.sheets.all()],
        **{name: one.code for name, one in codes.items() if one is not None},
    }


class HandOverForm(Form):
    """To whom a promise goes."""

    mark_optional = False
    to = HolderField(label="Confier à", error_messages={"required": "Choisissez à qui."})

    def __init__(self, *args: Any, people: Sequence[Person], teams: Sequence[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["to"]
        field.offer(people, teams)

    @property
    def holder(self) -> Person | Team:
        """The one chosen."""
        field: Any = self.fields["to"]
        return field.by_code[self.cleaned_data["to"]]


class LeaveForm(WhenForm):
    """A promise to whoever gave her reference and her code."""

    about = forms.CharField(widget=forms.HiddenInput)
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
