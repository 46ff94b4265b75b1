"""What a sheet says, about what, and until when."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms

from proxirh.knowledge.models import AnswerSheet
from proxirh.knowledge.services.sheets import Said
from proxirh.territories.models import Academy, Topic
from proxirh.ui.forms import Checkboxes, DateField, Form

EVERYWHERE = "partout"


class SheetForm(Form):
    """A title, a few sentences to read aloud, its topics, its last day."""

    mark_optional = False
    title = forms.CharField(
        label="Titre",
        max_length=120,
        help_text="Comme la personne le demanderait. Exemple : date du prochain mouvement.",
        error_messages={"required": "Donnez un titre à la fiche."},
    )
    answer = forms.CharField(
        label="Réponse",
        max_length=AnswerSheet.LONGEST,
        help_text="Trois phrases à lire au téléphone, puis où en savoir plus. Aucun nom de personne.",
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off"}),
        error_messages={"required": "Écrivez ce qui se dit au téléphone."},
    )
    topics = forms.MultipleChoiceField(
        label="Types de demande",
        widget=Checkboxes,
        error_messages={"required": "Choisissez au moins un type de demande."},
    )
    expires_on = DateField(label="Valable jusqu’au", help_text="Un an au plus. Ensuite, la fiche n’est plus proposée.")
    key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid.uuid4)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, initial=1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._topics = {topic.code: topic for topic in Topic.objects.filter(is_open=True, branch__isnull=False)}
        field: Any = self.fields["topics"]
        field.choices = [(code, topic.label) for code, topic in self._topics.items()]

    @property
    def said(self) -> Said:
        """What was typed."""
        found = self.cleaned_data
        topics = [self._topics[code] for code in found["topics"]]
        return Said(" ".join(found["title"].split()), found["answer"], topics, found["expires_on"])


class NewSheetForm(SheetForm):
    """The same, and for whom: asked where there are several answers."""

    where = forms.ChoiceField(label="Pour qui", error_messages={"required": "Choisissez pour qui vaut la fiche."})
    field_order = ("where", "title", "answer", "topics", "expires_on")

    def __init__(self, *args: Any, academies: Sequence[Academy], is_national: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._academies = {one.slug: one for one in academies}
        choices = [(one.slug, f"Académie {one.name}") for one in academies]
        field: Any = self.fields["where"]
        field.choices = [*choices, (EVERYWHERE, "Toutes les académies")] if is_national else choices
        if len(field.choices) == 1:
            field.widget, field.initial = forms.HiddenInput(), field.choices[0][0]

    @property
    def academy(self) -> Academy | None:
        """The académie, None for everywhere."""
        return self._academies.get(self.cleaned_data["where"])
