"""A reply template: for which team, its title and its text."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from proxirh.enquiries.services.reply_templates import FIRST_NAME, REFERENCE, unknown_in
from proxirh.territories.models import Team
from proxirh.ui.forms import Form

MOST_WORDS = 4000


class TemplateForm(Form):
    """What a team keeps: nothing of anyone."""

    mark_optional = False
    title = forms.CharField(
        label="Titre",
        help_text="Pour vous retrouver, vous et votre équipe. La personne ne le lit pas.",
        max_length=80,
        error_messages={"required": "Donnez un titre à ce modèle."},
    )
    body = forms.CharField(
        label="Texte",
        help_text=f"{FIRST_NAME} devient le prénom de la personne, {REFERENCE} la référence de sa demande. "
        "N’écrivez ici rien de personnel, ni sur quelqu’un.",
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 10, "autocomplete": "off"}),
        error_messages={"required": "Écrivez le texte du modèle."},
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid.uuid4)

    def clean_body(self) -> str:
        """Nothing between braces that would be sent as it is."""
        body = self.cleaned_data["body"]
        if wrong := unknown_in(body):
            raise ValidationError(f"Seuls {FIRST_NAME} et {REFERENCE} sont remplacés. Corrigez « {wrong[0]} ».")
        return body


class NewTemplateForm(TemplateForm):
    """A new one, for a team that one receives for: asked where there are several."""

    team = forms.ChoiceField(label="Équipe", error_messages={"required": "Choisissez une équipe."})
    field_order = ("team", "title", "body")

    def __init__(self, *args: Any, teams: Sequence[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_uid = {str(team.uid): team for team in teams}
        field: Any = self.fields["team"]
        field.choices = [(uid, team.name) for uid, team in self.by_uid.items()]
        if len(teams) == 1:
            field.widget, field.required, field.initial = forms.HiddenInput(), False, next(iter(self.by_uid))

    def clean_team(self) -> Team:
        """The team."""
        named = self.cleaned_data["team"]
        return self.by_uid[named] if named else next(iter(self.by_uid.values()))
