"""What an author corrects on an open enquiry, and what she sends to erase it."""

from collections.abc import Sequence
from typing import Any

from django import forms

from proxirh.enquiries.forms.ask_contact import MEANS_HINTS, ContactForm
from proxirh.enquiries.models import Enquiry, Means
from proxirh.enquiries.services import Correction, tag_of_contact
from proxirh.enquiries.wishes import TimeOfDay
from proxirh.territories.models import Site
from proxirh.territories.services.sites import find_sites
from proxirh.ui.forms import Checkboxes, Form, Radios

KEPT = "garde"
ABSENT = "absent"


class EraseForm(Form):
    """Carries what the page said would disappear."""

    mark_optional = False
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)


class CorrectForm(ContactForm):
    """Name, address, telephone, wishes and place of an open enquiry, on one page."""

    place = forms.CharField(
        label="Votre établissement ou service",
        required=False,
        max_length=120,
        help_text="Pour en changer, écrivez son nom, sa ville ou son code UAI. Laissez vide pour le garder.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "type": "search"}),
    )
    site = forms.ChoiceField(label="Lequel ?", required=False, widget=Radios())
    means = forms.MultipleChoiceField(
        label="Comment préférez-vous échanger ?",
        help_text="Une ou plusieurs réponses.",
        choices=[(code, label.capitalize()) for code, label in Means.choices],
        widget=Checkboxes(hints=MEANS_HINTS),
        error_messages={"required": "Choisissez au moins une façon d’échanger."},
    )
    times = forms.MultipleChoiceField(
        label="Quand vous appeler ?",
        help_text="Ne cochez rien si toutes les heures vous vont.",
        required=False,
        choices=[(code, label[:1].upper() + label[1:]) for code, label in TimeOfDay.choices],
        widget=Checkboxes(),
    )
    may_leave_voicemail = forms.BooleanField(label="Vous pouvez laisser un message vocal", required=False)
    not_at_work = forms.BooleanField(label="Ne pas m’appeler au travail", required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, enquiry: Enquiry, addresses: Sequence[str], **kwargs: Any) -> None:
        contact, wishes = enquiry.contact, enquiry.wishes
        said = {name: contact.get(name, "") for name in ("first_name", "last_name", "email", "phone")}
        kept = {name: wishes.get(name) for name in ("means", "times", "may_leave_voicemail", "not_at_work")}
        super().__init__(*args, initial={**said, **kept, "seen": tag_of_contact(enquiry)}, **kwargs)
        self.enquiry = enquiry
        self.fields.pop("known_email", None)  # which the form below drops already without an address
        self.fields["email"] = forms.ChoiceField(
            label="Où vous écrire",
            required=False,
            choices=[(one, one) for one in addresses],
            widget=Radios(),
            help_text="Une autre adresse ? Ajoutez-la d’abord à votre accès.",
        )
        if not addresses:
            del self.fields["email"]
        self.fields["phone"].help_text = "Laissez vide pour que personne ne vous appelle."
        typed = str((self.data if self.is_bound else {}).get("place", ""))[:120]
        found, self.has_more = find_sites(typed)
        self.found: Sequence[Site] = [one for one in found if one.department_id == enquiry.department_id]
        self.has_others = len(self.found) < len(found)
        self.fields["site"].choices = [  # type: ignore[attr-defined]
            *((one.uai, str(one)) for one in self.found),
            (ABSENT, "Aucun de ceux-là"),
            (KEPT, "Je garde celui d’avant"),
        ]
        self.order_fields(("last_name", "first_name", "phone", "email", "means", "times"))

    def show_again_on(self, enquiry: Enquiry) -> None:
        """Keep what was typed, over the enquiry as it is now."""
        self.data["seen"] = tag_of_contact(enquiry)  # type: ignore[index]

    def clean_email(self) -> str:
        """One of those offered, checked by the service."""
        return self.cleaned_data["email"]

    def clean(self) -> dict[str, Any]:
        """A place that was found, or the one before; and no means that nothing allows."""
        found = super().clean()
        found.setdefault("email", self.enquiry.contact.get("email", ""))
        self._site = self._chosen(found)
        gone = {code for code, way in ((Means.PHONE, "phone"), (Means.WRITTEN, "email")) if not found.get(way)}
        if "phone" not in self.errors and set(found.get("means", ())) and set(found["means"]) <= gone:
            self.add_error(
                "means", "Il manque le téléphone ou l’adresse de cette façon d’échanger : choisissez-en une."
            )
        found["means"] = [code for code in found.get("means", ()) if code not in gone]
        return found

    def _chosen(self, found: dict[str, Any]) -> Site | None:
        chosen = found.get("site", "")
        if not found.get("place") or chosen == KEPT:
            return self.enquiry.site
        if chosen == ABSENT:
            return None
        by_code = {one.uai: one for one in self.found}
        if chosen in by_code:
            return by_code[chosen]
        if len(self.found) == 1 and not self.has_more:
            return self.found[0]
        if self.found:
            self.add_error("site", "Plusieurs lieux correspondent : choisissez le bon.")
        elif self.has_others:
            self.add_error(
                "place",
                "Ce lieu est dans un autre département : une autre équipe y répond. Faites-y une nouvelle demande.",
            )
        else:
            self.add_error("place", "Nous ne trouvons pas ce lieu. Écrivez-le autrement, ou laissez vide.")
        return self.enquiry.site

    @property
    def correction(self) -> Correction:
        """What she says now, whole."""
        data = self.cleaned_data
        return Correction(
            first_name=data["first_name"],
            last_name=data["last_name"],
            email=data["email"],
            phone=data["phone"],
            means=data["means"],
            times=data["times"] if data["phone"] else (),
            may_leave_voicemail=bool(data["may_leave_voicemail"] and data["phone"]),
            not_at_work=data["not_at_work"],
            site=self._site,
        )
