"""One dense page to type what someone says: who, where, what about, how to reach her, and that she agrees."""

import uuid
from collections.abc import Collection
from typing import Any

from django import forms
from django.utils import timezone

from proxirh.enquiries.forms.ask_contact import ContactForm
from proxirh.enquiries.forms.place import PlaceFields
from proxirh.enquiries.models import Channel, Means
from proxirh.enquiries.services.assisting import ASSISTED_CHANNELS, LONGEST_BACK
from proxirh.enquiries.wishes import TimeOfDay
from proxirh.kernel.calendar import local_day
from proxirh.territories.models import Department, StaffCategory, Topic
from proxirh.ui.forms import Checkboxes, DateField, Radios

MOST_WORDS = 8000


def topic_choices() -> list[tuple[str, Any]]:
    """Sub-topics under their branch; a branch without any stands alone."""
    topics = list(Topic.objects.filter(is_open=True).order_by("position"))
    choices: list[tuple[str, Any]] = [("", "Choisissez")]
    for branch in (topic for topic in topics if topic.branch_id is None):
        inner = [(topic.code, topic.label) for topic in topics if topic.branch_id == branch.pk]
        choices.append((branch.label, inner) if inner else (branch.code, branch.label))
    return choices


class AssistedForm(PlaceFields, ContactForm):
    """What a colleague types for someone; the same answers as asking, on one page."""

    mark_optional = False
    channel = forms.ChoiceField(
        label="Comment la personne vous a-t-elle contacté ?",
        choices=[(code, Channel(code).label[:1].upper() + Channel(code).label[1:]) for code in ASSISTED_CHANNELS],
        initial=Channel.PHONE,
        widget=Radios(inline=True),
    )
    asked_on = DateField(label="Jour de la demande", help_text="Le vrai jour, jusqu’à trente jours en arrière.")
    place_label = "Établissement ou service"
    place_help = "Nom, ville ou code UAI. Laissez vide s’il n’est pas dans la liste."
    nowhere = "Nous ne trouvons pas ce lieu. Écrivez-le autrement, ou choisissez le département."
    department = forms.ChoiceField(
        label="Département de travail", required=False, help_text="Seulement sans établissement."
    )
    category = forms.ChoiceField(label="Métier")
    topic = forms.ChoiceField(label="Type de demande")
    words = forms.CharField(
        label="Ce que dit la personne",
        required=False,
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}),
        help_text="Avec ses mots. Elle le lira sur sa page. Ni diagnostic, ni nom d’élève.",
    )
    means = forms.MultipleChoiceField(
        label="Comment préfère-t-elle échanger ?",
        required=False,
        choices=[(code, label[:1].upper() + label[1:]) for code, label in Means.choices],
        widget=Checkboxes(inline=True),
    )
    times = forms.MultipleChoiceField(
        label="Quand l’appeler ?",
        required=False,
        choices=[(code, label[:1].upper() + label[1:]) for code, label in TimeOfDay.choices],
        widget=Checkboxes(inline=True),
    )
    may_leave_voicemail = forms.BooleanField(label="On peut laisser un message vocal", required=False)
    not_at_work = forms.BooleanField(label="Ne pas l’appeler au travail", required=False)
    wants_call_today = forms.BooleanField(label="Elle a besoin d’être rappelée aujourd’hui", required=False)
    excluded_names = forms.CharField(
        label="Personnes qui ne doivent pas voir cette demande",
        required=False,
        max_length=500,
        help_text="Un nom par ligne.",
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )
    oral_agreement = forms.BooleanField(
        label="La personne est d’accord pour que sa demande soit enregistrée à son nom.",
        help_text="Accord recueilli de vive voix, ou écrit dans sa lettre. Il est daté d’aujourd’hui.",
        error_messages={"required": "Sans son accord, rien n’est enregistré. Demandez-le-lui, puis cochez la case."},
    )
    violence_agreement = forms.BooleanField(
        label="Violence, discrimination ou harcèlement : elle accepte expressément que son nom soit enregistré.",
        required=False,
        help_text="Sinon, n’enregistrez rien : donnez-lui le numéro de la cellule d’écoute.",
    )
    idempotency_key = forms.UUIDField(widget=forms.HiddenInput)
    from_exchange = forms.UUIDField(widget=forms.HiddenInput, required=False)
    from_call = forms.UUIDField(widget=forms.HiddenInput, required=False)
    field_order = (
        "channel",
        "asked_on",
        "last_name",
        "first_name",
        "phone",
        "email",
        "place",
        "site",
        "department",
        "category",
        "topic",
        "words",
    )

    def __init__(self, *args: Any, academies: Collection[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        near = list(Department.objects.filter(academy_id__in=academies).select_related("academy").order_by("code"))
        today = local_day(timezone.now(), near[0].time_zone) if near else timezone.localdate()
        self.initial = {
            "asked_on": today,
            "idempotency_key": uuid.uuid4(),
            **self.initial,
        }
        self.fields["asked_on"].widget.attrs |= {
            "min": (today - LONGEST_BACK).isoformat(),
            "max": today.isoformat(),
        }
        for name, what in (("first_name", "le prénom"), ("last_name", "le nom")):
            self.fields[name].widget.attrs["autocomplete"] = "off"
            self.fields[name].error_messages["required"] = f"Écrivez {what} de la personne."
        for name in ("email", "phone"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        self.fields["email"].help_text = "Elle n’y lira rien avant d’avoir dit le code que vous lui donnerez."
        self.fields["phone"].help_text = (
            "Sans téléphone ni adresse électronique, la réponse se donne par lettre, ou quand la personne rappelle "
            "avec sa référence et son code d’appel. Dites-le-lui."
        )
        cells = {one.academy.name: one.academy.listening_cell for one in near if one.academy.listening_cell}
        if cells:
            several = len({one.academy_id for one in near}) > 1
            said = " ".join(f"{name}\u00a0: {cell}" if several else cell for name, cell in cells.items())
            refused = "Sinon, n’enregistrez rien : donnez-lui le numéro de la cellule d’écoute."
            self.fields["violence_agreement"].help_text = f"{refused} {said}"
        self.fields["department"].choices = [  # type: ignore[attr-defined]
            ("", "Choisissez"),
            *((one.code, f"{one.code} – {one.name}") for one in near),
        ]
        self.fields["category"].choices = [  # type: ignore[attr-defined]
            ("", "Choisissez"),
            *((one.code, one.label) for one in StaffCategory.objects.filter(is_open=True)),
        ]
        self.fields["topic"].choices = topic_choices()  # type: ignore[attr-defined]
        self.look_up(or_none="Aucun de ceux-là")

    def clean(self) -> dict[str, Any]:
        """A place, found or chosen, or else a département; and the explicit agreement of the branch of violence."""
        found = self.cleaned_data
        site = self.chosen_site(found)
        found["site"] = ""
        if site is not None:
            found["site"], found["department"] = site.uai, site.department.code
        elif not found.get("department") and not {"place", "site"} & set(self.errors):
            self.add_error("department", "Choisissez le département, ou cherchez l’établissement.")
        topic = Topic.objects.filter(code=found.get("topic"), is_open=True).first()
        if topic is not None and topic.is_violence and not found.get("violence_agreement"):
            self.add_error(
                "violence_agreement",
                "Pour ce type de demande, la personne doit l’accepter expressément. Sinon, n’enregistrez pas son nom.",
            )
        return found
