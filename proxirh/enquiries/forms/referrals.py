"""« Mise en relation »: what is passed on and to whom, the answers of the other side, and the rules of a cell."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from proxirh.enquiries.forms.space import OnceForm
from proxirh.enquiries.forms.uploads import UploadsField
from proxirh.enquiries.models import Agreement, Refusal
from proxirh.enquiries.services.cell_rules import Destination
from proxirh.enquiries.story import File
from proxirh.territories.models import Partner, Team, Topic
from proxirh.ui.forms import Checkboxes, DateField, Form, Radios

MOST_PASSED_ON, MOST_ANSWERED = 2000, 4000  # a text that is read whole before it is agreed to
CELL, PARTNER = "cellule", "externe"


def _as_choices(files: Sequence[File]) -> list[tuple[str, str]]:
    return [(str(one.uid), f"{one.name} ({one.size})") for one in files]


class ReferForm(Form):
    """To whom, in which words, with which agreement."""

    mark_optional = False
    to = forms.ChoiceField(label="À qui", error_messages={"required": "Choisissez à qui vous adresser."})
    body = forms.CharField(
        label="Ce qui sera transmis, mot pour mot",
        help_text="Le destinataire ne reçoit que ce texte et les fichiers cochés plus bas. La personne le lit tel quel "
        "avant de dire oui. N’y nommez personne d’autre qu’elle.",
        max_length=MOST_PASSED_ON,
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off"}),
        error_messages={"required": "Écrivez exactement ce qui sera transmis."},
    )
    enclosed = forms.MultipleChoiceField(
        label="Fichiers de la demande à transmettre aussi",
        help_text="Rien de coché : le texte seul. La personne dit oui fichier par fichier ; si elle l’a fait de vive "
        "voix, ne cochez que ceux-là.",
        required=False,
        widget=Checkboxes,
    )
    agreement = forms.ChoiceField(
        label="Accord de la personne",
        choices=[
            (Agreement.WRITTEN, "Le lui demander : rien ne part avant son oui, sur sa page de suivi"),
            (Agreement.ORAL, "Elle me l’a donné de vive voix : cela part maintenant, et elle en lit la copie"),
        ],
        widget=Radios,
        initial=Agreement.WRITTEN,
        error_messages={"required": "Dites comment la personne donne son accord."},
    )
    oral_on = DateField(label="Accord donné de vive voix le", required=False)
    key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid.uuid4)

    def __init__(
        self,
        *args: Any,
        cells: Sequence[Destination],
        partners: Sequence[Partner],
        files: Sequence[File],
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        open_cells = [one.team for one in cells if not one.refusal]
        self.sides: dict[str, Team | Partner] = {f"{CELL}:{team.uid}": team for team in open_cells}
        self.sides |= {f"{PARTNER}:{partner.uid}": partner for partner in partners}
        named = [(value, side.name) for value, side in self.sides.items()]
        groups = (("Cellules spécialisées", CELL), ("Interlocuteurs externes", PARTNER))
        grouped = [(label, [one for one in named if one[0].startswith(kind)]) for label, kind in groups]
        field: Any = self.fields["to"]
        field.choices = [("", "Choisissez"), *[(label, rows) for label, rows in grouped if rows]]
        self.fields["oral_on"].widget.attrs["max"] = today.isoformat()
        enclosed: Any = self.fields["enclosed"]
        enclosed.choices = _as_choices(files)

    def clean(self) -> dict[str, Any]:
        """The day of an agreement given by word of mouth."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("agreement") == Agreement.ORAL and not data.get("oral_on") and "oral_on" not in self.errors:
            self.add_error("oral_on", "Indiquez le jour où la personne vous a dit oui.")
        return data

    def clean_to(self) -> Team | Partner:
        """The other side."""
        return self.sides[self.cleaned_data["to"]]


class SeenForm(Form):
    """One referral of a page that shows several."""

    mark_optional = False
    referral = forms.UUIDField(widget=forms.HiddenInput)


class AgreeForm(SeenForm):
    """What its author says yes to: the words, and those of the proposed files that she ticks."""

    enclosed = forms.MultipleChoiceField(
        label="Fichiers que vous acceptez de transmettre aussi",
        help_text="Ouvrez-les d’abord. Un fichier que vous ne cochez pas n’est pas transmis.",
        required=False,
        widget=Checkboxes,
    )

    def __init__(self, *args: Any, files: Sequence[File] | None, **kwargs: Any) -> None:
        """`files`: those that are still there, None where none was ever proposed."""
        super().__init__(*args, **kwargs)
        if files is None:
            del self.fields["enclosed"]
            return
        enclosed: Any = self.fields["enclosed"]
        enclosed.choices = _as_choices(files)


class RefuseForm(Form):
    """Why not, from a list."""

    mark_optional = False
    reason = forms.ChoiceField(
        label="Pourquoi",
        choices=Refusal.choices,
        widget=Radios,
        error_messages={"required": "Choisissez un motif : la personne et son conseiller le liront."},
    )


class EnclosedForm(Form):
    """One of the files that go with a referral, behind a link."""

    mark_optional = False
    enclosed = forms.UUIDField(widget=forms.HiddenInput)


class PartnerAnswerForm(Form):
    """What a partner answers, behind his link, with his documents."""

    mark_optional = False
    body = forms.CharField(
        label="Votre réponse",
        help_text="La personne et son conseiller la lisent telle quelle.",
        max_length=MOST_ANSWERED,
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off"}),
        error_messages={"required": "Écrivez votre réponse, même courte."},
    )
    files = UploadsField(label="Joindre des documents (facultatif)")  # type: ignore[assignment]


class CellAnswerForm(OnceForm, PartnerAnswerForm):
    """What a cell answers, with its documents."""

    field_order = ("body", "files")


class CellRulesForm(Form):
    """When a cell receives, about what, and how much."""

    opens_on = DateField(label="Reçoit à partir du", required=False)
    closes_on = DateField(label="Reçoit jusqu’au", required=False)
    topics = forms.MultipleChoiceField(
        label="Types de demande reçus",
        help_text="Rien de coché : tous.",
        required=False,
        widget=Checkboxes,
    )
    most_open = forms.IntegerField(
        label="Réorientations en cours, au plus",
        help_text="Au-delà, une nouvelle attend que la cellule ait répondu. Vide : pas de limite.",
        min_value=1,
        max_value=9999,
        required=False,
    )
    head_validates = forms.BooleanField(
        label="Le chef de service relit chaque réponse avant qu’elle ne soit remise",
        help_text="Il lit la réponse, jamais ce qui a été transmis. La personne le sait avant de donner son accord.",
        required=False,
    )
    what_to_send = forms.CharField(
        label="Modèle de ce qui est transmis",
        help_text="Ce dont la cellule a besoin pour répondre. Le conseiller part de ce texte.",
        max_length=MOST_PASSED_ON,
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}),
        required=False,
    )
    usual_answer = forms.CharField(
        label="Modèle de réponse",
        help_text="Vos collègues de la cellule partent de ce texte. N’écrivez ici rien de personnel, ni sur quelqu’un.",
        max_length=MOST_ANSWERED,
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}),
        required=False,
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, topics: Sequence[Topic], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["topics"]
        field.choices = [(topic.code, topic.label) for topic in topics]

    def clean(self) -> dict[str, Any]:
        """A season that ends after it has begun."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        begins, ends = data.get("opens_on"), data.get("closes_on")
        if begins and ends and ends < begins:
            self.add_error("closes_on", "La fin de la saison précède son début.")
        return data
