"""What a professional fills in about an enquiry: each gesture is one short form."""

import uuid
from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from proxirh.enquiries import freshness
from proxirh.enquiries.forms.leaving import LeavingFields
from proxirh.enquiries.forms.uploads import UploadsField
from proxirh.enquiries.models import Enquiry, Means, Outcome
from proxirh.enquiries.services.closing import CLOSING_OUTCOMES, OTHER_TOPIC
from proxirh.enquiries.services.signposting import outcomes_of
from proxirh.enquiries.services.treating import GivingBack, check_future
from proxirh.kernel.calendar import add_working_days, local_day
from proxirh.kernel.errors import DomainError
from proxirh.territories.models import Topic
from proxirh.territories.services.calendars import calendar_of
from proxirh.ui.forms import Checkboxes, DateField, Form, Radios

MOST_WORDS = 8000
MOST_SUMMARY = 2000
MOST_STEP = 200
USUAL_STEP = "Faire le point ensemble"
USUAL_DELAY = 5  # working days until the next step, unless someone says otherwise
YES, NO = "oui", "non"
OUTCOMES = [(code, Outcome(code).label[:1].upper() + Outcome(code).label[1:]) for code in CLOSING_OUTCOMES]


class GestureForm(Form):
    """Carries the page it was filled in on, and a key that makes a double click act once."""

    mark_optional = False
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=16)
    shown_at = forms.CharField(widget=forms.HiddenInput, required=False)
    idempotency_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, enquiry: Enquiry, today: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.enquiry = enquiry
        self.today = today or local_day(timezone.now(), enquiry.department.time_zone)
        self.initial = {**self.initial, "seen": freshness.tag(enquiry), "idempotency_key": uuid.uuid4()}
        self.initial["shown_at"] = timezone.now().isoformat()
        step = self.fields.get("next_step_on")
        if step is not None:
            step.widget.attrs["min"] = self.today.isoformat()
            usual = add_working_days(self.today, USUAL_DELAY, calendar_of(enquiry.department))
            self.initial.setdefault("next_step_on", usual)

    def clean_next_step_on(self) -> date | None:
        """A day to come where the author lives, said beside the field; asked only of the forms that have it."""
        found = self.cleaned_data["next_step_on"]
        if found is not None:
            try:
                check_future(self.enquiry, found, at=timezone.now())
            except DomainError as refusal:
                raise ValidationError(str(refusal)) from refusal
        return found

    def show_again_on(self, enquiry: Enquiry) -> None:
        """Keep what was typed, on the page as it is now."""
        self.data["seen"] = freshness.tag(enquiry)  # type: ignore[index]
        self.data["shown_at"] = timezone.now().isoformat()  # type: ignore[index]

    def shown_since(self) -> datetime | None:
        """When the page that was filled in was shown, as the page itself says: it decides of nothing but words."""
        try:
            return datetime.fromisoformat(self.cleaned_data.get("shown_at", "")).astimezone(UTC)
        except (ValueError, OverflowError):
            return None


def step_text(label: str, help_text: str = "") -> forms.CharField:
    """One line that says what comes next, with the usual answers offered."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=MOST_STEP,
        widget=forms.TextInput(attrs={"list": "etapes", "autocomplete": "off"}),
    )


def words_text(label: str, help_text: str) -> forms.CharField:
    """What the author will read on her page."""
    return forms.CharField(
        label=label, help_text=help_text, max_length=MOST_WORDS, widget=forms.Textarea(attrs={"rows": 6})
    )


class ReplyForm(GestureForm):
    """A message to the author, then what comes next and by when: what was said already, unless its date has passed."""

    body = words_text("Votre message", "La personne reçoit un courriel qui dit seulement qu’un message l’attend.")
    files = UploadsField(label="Pièces jointes (facultatif)")  # type: ignore[assignment]
    next_step = step_text("Prochaine étape")
    next_step_on = DateField(label="Au plus tard le")

    def __init__(self, *args: Any, enquiry: Enquiry, **kwargs: Any) -> None:
        super().__init__(*args, enquiry=enquiry, **kwargs)
        self.initial["next_step"] = USUAL_STEP
        if enquiry.next_step and enquiry.next_step_on and enquiry.next_step_on > self.today:
            self.initial.update(next_step=enquiry.next_step, next_step_on=enquiry.next_step_on)


class AnswerForm(GestureForm):
    """An answer that says everything, and ends the follow-up."""

    body = words_text("Votre réponse", "La personne la lit sur sa page, et peut rouvrir sa demande pendant 90 jours.")
    files = UploadsField(label="Pièces jointes (facultatif)")  # type: ignore[assignment]


class ExchangeForm(GestureForm):
    """A contact or an attempt in three fields, then what comes next and by when."""

    means = forms.ChoiceField(
        label="Moyen",
        choices=[(code, label[:1].upper() + label[1:]) for code, label in Means.choices],
        initial=Means.PHONE,
        widget=Radios(inline=True),
    )
    was_reached = forms.ChoiceField(
        label="La personne a répondu",
        choices=[(YES, "Oui"), (NO, "Non, pas joint")],
        initial=YES,
        widget=Radios(inline=True),
    )
    summary = forms.CharField(
        label="En résumé",
        help_text="La personne le lira sur sa page.",
        max_length=MOST_SUMMARY,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    next_step = step_text("Prochaine étape")
    next_step_on = DateField(label="Au plus tard le")
    happened_on = DateField(label="Échange du")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("happened_on", self.today)
        self.fields["happened_on"].widget.attrs["max"] = self.today.isoformat()

    def clean_was_reached(self) -> bool:
        """True or False."""
        return self.cleaned_data["was_reached"] == YES


class StepForm(GestureForm):
    """What comes next, and by when."""

    next_step = step_text("Prochaine étape", "La personne la lit sur sa page.")
    next_step_on = DateField(label="Au plus tard le")

    def __init__(self, *args: Any, enquiry: Enquiry, **kwargs: Any) -> None:
        super().__init__(*args, enquiry=enquiry, **kwargs)
        if enquiry.next_step:
            self.initial["next_step"] = enquiry.next_step


class WaitForAgentForm(GestureForm):
    """What the author has to do, and until when we wait."""

    next_step = step_text("Ce que nous attendons de la personne", "Par exemple : envoyer l’arrêté de nomination.")
    next_step_on = DateField(label="Si rien ne vient, je relance le")


class WaitForDateForm(GestureForm):
    """What is awaited, and the day it comes."""

    next_step = step_text("Ce qui est attendu", "Par exemple : résultats du mouvement, retour de congé.")
    next_step_on = DateField(label="Date attendue")


class ResumeForm(GestureForm):
    """Nothing to fill in: one button ends a wait."""


class CloseForm(GestureForm):
    """What came of the enquiry, and a last word."""

    outcomes = forms.MultipleChoiceField(
        label="Ce qui a été donné",
        help_text="Une ou plusieurs réponses.",
        choices=OUTCOMES,
        widget=Checkboxes(),
        error_messages={"required": "Cochez au moins une suite."},
    )
    topic = forms.ModelChoiceField(
        label="La personne avait choisi « autre ». De quoi s’agissait-il ?",
        queryset=Topic.objects.none(),
        empty_label="Choisissez",
        to_field_name="code",
        error_messages={"required": "Dites de quoi il s’agissait."},
    )
    closing_word = forms.CharField(
        label="Mot de fin (facultatif)",
        help_text="La personne le lit sur sa page. Elle peut rouvrir sa demande pendant 90 jours.",
        required=False,
        max_length=MOST_SUMMARY,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, enquiry: Enquiry, **kwargs: Any) -> None:
        super().__init__(*args, enquiry=enquiry, **kwargs)
        collective = [Outcome.COLLECTIVE_INFORMATION] if enquiry.wishes.get("for_team") else []
        self.initial["outcomes"] = [*collective, *outcomes_of(enquiry)]
        if enquiry.fact.branch != OTHER_TOPIC:
            del self.fields["topic"]
            return
        field = self.fields["topic"]
        field.queryset = Topic.objects.filter(  # type: ignore[attr-defined]
            version=enquiry.nomenclature_version, is_open=True, is_violence=False, subtopics=None
        ).order_by("position")


class PassOnForm(LeavingFields, GestureForm):
    """What becomes of one’s private notes; nothing else to say."""


class GiveBackForm(LeavingFields, GestureForm):
    """Why the enquiry goes back to its team; nothing to say in the first thirty minutes."""

    reason = forms.ChoiceField(label="Pourquoi ?", choices=GivingBack.choices, widget=Radios())

    def __init__(self, *args: Any, is_free: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_free:
            self.fields["reason"].required = False
            self.fields["reason"].label = "Pourquoi ? (facultatif : vous venez de la prendre)"
