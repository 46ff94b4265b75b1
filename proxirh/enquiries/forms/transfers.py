"""A change of académie: where, from when, and the words that would go; or why the other side does not take it."""

import uuid
from typing import Any

from django import forms
from django.utils import timezone

from proxirh.enquiries.forms.place import PlaceFields
from proxirh.enquiries.models import Enquiry, Transfer, TransferRefusal
from proxirh.enquiries.services.transferring import Place, base_text
from proxirh.kernel.calendar import local_day
from proxirh.territories.models import Department
from proxirh.ui import french
from proxirh.ui.forms import DateField, Form, Radios

MOST_WORDS = 4000  # one page
HERS = (
    "C’est tout ce que l’autre équipe lira de votre demande. Une page au plus : où vous en êtes, ce que vous cherchez. "
    "Vos messages et vos pièces jointes ne partent pas."
)
LEADS = (
    "C’est tout ce que l’autre équipe lira. La personne le relit mot pour mot, le change si elle veut, et rien ne part "
    "sans son accord. N’y nommez personne d’autre."
)

OR_EMPTY = "Laissez vide pour que la personne qui vous suit vous en propose un."


def version_of(transfer: Transfer | None) -> str:
    """Tells one text from the next."""
    return f"{transfer.uid}:{transfer.written_at.isoformat()}" if transfer else ""


class AgreeForm(Form):
    """The version that was read."""

    mark_optional = False
    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class TransferForm(PlaceFields):
    """The new place by its name, else by its département; a date if it is known; the text."""

    place_label = "Nouvel établissement ou service"
    place_help = "Nom, ville ou code UAI. S’il n’est pas encore connu, laissez vide et choisissez le département."
    nowhere = "Nous ne trouvons pas ce lieu dans une autre académie. Écrivez-le autrement, ou dites le département."
    field_order = ("place", "site", "department", "moves_on", "body")

    department = forms.ChoiceField(
        label="Nouveau département",
        required=False,
        help_text="Inutile si vous avez trouvé le lieu. Une académie absente de la liste n’a pas encore ouvert ici.",
        error_messages={"invalid_choice": "Choisissez un département dans la liste."},
    )
    moves_on = DateField(label="À partir de quand, si vous le savez", required=False)
    body = forms.CharField(
        label="Le texte à transmettre",
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 10, "autocomplete": "off"}),
        error_messages={"required": "Écrivez le texte : sans lui, personne ne saurait de quoi il s’agit."},
    )
    key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid.uuid4)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, enquiry: Enquiry, waiting: Transfer | None, by_author: bool, **kwargs: Any) -> None:
        super().__init__(*args, initial=_initial(enquiry, waiting), **kwargs)
        today = local_day(timezone.now(), enquiry.department.time_zone)
        open_there = Department.objects.filter(academy__opened_on__lte=today).exclude(academy=enquiry.academy_id)
        self.places = {one.code: one for one in open_there.select_related("academy").order_by("code")}
        self.fields["department"].choices = [  # type: ignore[attr-defined]
            ("", "Choisissez"),
            *((code, _label(one)) for code, one in self.places.items()),
        ]
        self.fields["body"].help_text = HERS if by_author else LEADS
        if by_author and waiting is None and enquiry.lead_id:
            self.fields["body"].required = False
            self.fields["body"].help_text = f"{HERS} {OR_EMPTY}"
        self.look_up(departments=self.places)
        if self.is_bound and self.data.get("site") not in {one.uai for one in self.found}:
            self.data["site"] = ""  # type: ignore[index]  # chosen among what other words had found

    def clean(self) -> dict[str, Any]:
        """The place that was found, else the département that was chosen."""
        super().clean()
        found = self.cleaned_data
        site = self.chosen_site(found)
        code = site.department.code if site else found.get("department", "")
        if code:
            self.where = Place(self.places[code], site, found.get("moves_on"))
        elif not {"place", "site", "department"} & set(self.errors):
            self.add_error("department", "Choisissez le département, ou cherchez le lieu.")
        return found


def _label(department: Department) -> str:
    return f"{department.code} – {department.name}, académie {french.of(department.academy.name)}"


def _initial(enquiry: Enquiry, waiting: Transfer | None) -> dict[str, Any]:
    if waiting is None:
        return {"body": base_text(enquiry)}
    site = waiting.site.uai if waiting.site else ""
    return {
        "place": site,
        "site": site,
        "department": waiting.department.code,
        "moves_on": waiting.moves_on,
        "body": waiting.body or base_text(enquiry),
        "seen": version_of(waiting),
    }


class DeclineForm(Form):
    """Why, from a list: no sentence that could tell more than it should."""

    mark_optional = False
    reason = forms.ChoiceField(
        label="Pourquoi votre équipe ne la prend pas",
        choices=TransferRefusal.choices,
        widget=Radios(),
        error_messages={"required": "Choisissez une raison : la personne la lira."},
    )
