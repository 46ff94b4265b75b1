"""What the author of a working note answers when its subject asks for it."""

from typing import Any

from django import forms

from proxirh.enquiries.models import Decision
from proxirh.enquiries.services.disclosing import MOST_REASON, SAY_WHY
from proxirh.ui.forms import Form, Radios


class ReviewForm(Form):
    """Hand one’s note over, or not and why."""

    mark_optional = False
    decision = forms.ChoiceField(
        label="Que faites-vous de cette note ?",
        choices=[
            (Decision.GIVEN, "La remettre"),
            (Decision.WITHHELD, "Ne pas la remettre"),
        ],
        widget=Radios(),
        error_messages={"required": "Dites si cette note est remise ou non."},
    )
    reason = forms.CharField(
        label="Si elle n’est pas remise, pourquoi ?",
        help_text=(
            "La personne lit cette raison. Par exemple : « Cette note parle d’une autre personne. » N’y dites rien de "
            "cette autre personne."
        ),
        max_length=MOST_REASON,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        """A note is not withheld without a reason."""
        data = super().clean() or {}
        if data.get("decision") == Decision.WITHHELD and not (data.get("reason") or "").strip():
            self.add_error("reason", SAY_WHY)
        return data
