"""A contact to give: one of the directory, or one that is typed."""

from typing import Any

from django import forms
from django.db.models import F

from proxirh.enquiries.forms.desk import MOST_SUMMARY, GestureForm, words_text
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services.signposting import Contact
from proxirh.territories.models import Partner
from proxirh.ui.forms import Radios

INSIDE, OUTSIDE = "dedans", "dehors"


class SignpostForm(GestureForm):
    """A partner who helps where she works or, failing that, somebody else; and a word, always."""

    partner = forms.ChoiceField(label="Un contact de l’annuaire", required=False)
    name = forms.CharField(
        label="Ou un autre contact (facultatif)",
        help_text="Le nom d’un service, s’il n’est pas dans l’annuaire.",
        required=False,
        max_length=120,
    )
    reach = forms.CharField(
        label="Comment le joindre (facultatif)",
        help_text="Pour un autre contact : téléphone, site, horaires.",
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    place = forms.ChoiceField(
        label="Cet autre contact est",
        required=False,
        choices=[(OUTSIDE, "hors de l’éducation nationale"), (INSIDE, "dans l’éducation nationale")],
        initial=OUTSIDE,
        widget=Radios(inline=True),
    )
    body = words_text("Votre mot", "Pourquoi ce contact, quoi lui demander. Elle le lit sur sa page avec le contact.")

    def __init__(self, *args: Any, enquiry: Enquiry, **kwargs: Any) -> None:
        super().__init__(*args, enquiry=enquiry, **kwargs)
        rows = Partner.objects.usable(enquiry.department, self.today).annotate(topic=F("topics__code"))
        self._partners: dict[str, Partner] = {}
        topics: dict[str, set[str]] = {}
        for row in rows.order_by("name", "pk"):  # one row for each topic, in one query
            self._partners[str(row.uid)] = row
            topics.setdefault(str(row.uid), set()).update(filter(None, [row.topic]))
        fits: list[tuple[str, str]] = []
        others: list[tuple[str, str]] = []
        for uid, one in self._partners.items():
            codes = topics[uid]
            fit = not codes or bool(codes & {enquiry.fact.topic_code, enquiry.fact.branch})
            (fits if fit else others).append((uid, one.name))
        groups = [("Pour ce type de demande", fits), ("Les autres", others)]
        self.fields["partner"].choices = [("", "Choisissez"), *((name, rows) for name, rows in groups if rows)]  # type: ignore[attr-defined]
        if not self._partners:
            self.fields["partner"].help_text = "Aucun n’est à jour dans ce département : écrivez-en un ci-dessous."
        self.fields["body"].max_length = MOST_SUMMARY  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """One of both, and how to reach it."""
        data = super().clean() or {}
        chosen, name = data.get("partner"), data.get("name")
        if chosen and name:
            self.add_error("name", "Choisissez un contact de l’annuaire, ou écrivez-en un autre : pas les deux.")
        elif not chosen and not name and not self.errors.keys() & {"partner", "name"}:
            self.add_error("partner", "Choisissez un contact, ou écrivez-en un autre ci-dessous.")
        elif name and not data.get("reach"):
            self.add_error("reach", "Dites comment joindre ce contact : un téléphone, un site, une adresse.")
        return data

    @property
    def contact(self) -> Contact:
        """Whom it is about."""
        asked = self.cleaned_data
        if asked["partner"]:
            return Contact.of(self._partners[asked["partner"]])
        return Contact(name=asked["name"], reach=asked["reach"], is_internal=asked["place"] == INSIDE)
