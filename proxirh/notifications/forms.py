"""How often one wants each kind of mail."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.forms import BoundField

from proxirh.notifications.kinds import Kind, Reader
from proxirh.notifications.models import Frequency, MailChoice
from proxirh.ui.forms import Form, Radios

TITLES = {Reader.STAFF: "Pour votre travail", Reader.AGENT: "Pour vos propres demandes"}


class ChoicesForm(Form):
    """One answer a kind; and for whoever works for the service, the evenings and the week-ends."""

    mark_optional = False
    is_quiet = forms.BooleanField(
        label="Rien entre 19 h et 8 h, ni le week-end, ni les jours fériés, ni quand mon service est fermé",
        help_text="À l’heure de votre académie. Le courriel attend, puis part à 8 h le premier jour ouvré. Passent "
        "toujours\u00a0: une situation préoccupante, une personne à rappeler aujourd’hui, vos codes et votre sécurité.",
        required=False,
    )

    def __init__(self, *args: Any, kinds: Sequence[Kind], choice: MailChoice | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kinds = kinds
        if all(kind.reader == Reader.AGENT for kind in kinds):
            del self.fields["is_quiet"]
        else:
            self.fields["is_quiet"].initial = bool(choice and choice.is_quiet)
        for kind in kinds:
            self.fields[kind.code] = forms.ChoiceField(
                label=kind.name,
                help_text=kind.why,
                choices=[(one.value, one.label.capitalize()) for one in Frequency],
                initial=(choice.frequency_of(kind.code) if choice else Frequency.AT_ONCE).value,
            )

    def groups(self) -> Iterator[tuple[str, list[BoundField]]]:
        """The fields of the kinds, by what they are for."""
        for reader, title in TITLES.items():
            found = [self[kind.code] for kind in self._kinds if kind.reader == reader]
            if found:
                yield title, found

    def frequencies(self) -> dict[str, Frequency]:
        """What was answered."""
        return {kind.code: Frequency(self.cleaned_data[kind.code]) for kind in self._kinds}


class StopForm(Form):
    """The same about one kind, from the foot of a mail."""

    mark_optional = False
    frequency = forms.ChoiceField(
        label="Ce genre de courriel, vous le voulez",
        choices=[(one.value, one.label.capitalize()) for one in reversed(Frequency)],
        initial=Frequency.NEVER.value,
        widget=Radios(),
    )
