"""What a team covers: a zone, the posts, the topics, and from when."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.db.models import Model

from proxirh.territories.models import (
    Academy,
    Basin,
    Circonscription,
    Coverage,
    Department,
    Site,
    StaffCategory,
    Team,
    Topic,
)
from proxirh.territories.models.uai import uai_fault
from proxirh.territories.services.covering import Scope
from proxirh.territories.services.routing import RECEIVING_TEAMS
from proxirh.ui.forms import Checkboxes, DateField, Form

SITES = "sites"
MOST_SITES = 60
EVERY = "Rien de coché dans aucune liste\u00a0: tous les personnels."


def _boxes(label: str, help_text: str = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, help_text=help_text, required=False, widget=Checkboxes(inline=True))


class ScopeForm(Form):
    """Posts, a list for each family, and topics; empty lists mean all of them."""

    mark_optional = False
    posts_1d = _boxes("Enseignants du premier degré", EVERY)
    posts_2d = _boxes("Enseignants du second degré et personnels d’éducation")
    posts_biatss = _boxes("Personnels BIATSS")
    posts_encadrement = _boxes("Personnels d’encadrement")
    topics = _boxes("Types de demande", "Rien de coché\u00a0: tous. Un type entier tient tout ce qui porte son numéro.")
    valid_from = DateField(label="À partir du", help_text="Ce qui est déjà reçu garde son équipe.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._posts = {one.code: one for one in StaffCategory.objects.filter(is_open=True)}
        self._topics = {one.code: one for one in Topic.objects.filter(is_open=True)}
        for family, _ in StaffCategory.FAMILIES:
            here = [
                (code, post.label) for code, post in self._posts.items() if post.family == family and code != family
            ]
            self.fields[f"posts_{family}"].choices = [(family, "toute cette famille"), *here]  # type: ignore[attr-defined]
        self.fields["topics"].choices = [  # type: ignore[attr-defined]
            (code, f"{code}\u00a0{topic.label}") for code, topic in self._topics.items()
        ]

    @property
    def scope(self) -> Scope:
        """What was ticked."""
        asked = self.cleaned_data
        ticked = [code for family, _ in StaffCategory.FAMILIES for code in asked[f"posts_{family}"]]
        return Scope(
            categories=[self._posts[code] for code in ticked],
            topics=[self._topics[code] for code in asked["topics"]],
        )


class CoverForm(ScopeForm):
    """A new perimeter of a team."""

    team = forms.ChoiceField(label="Équipe", error_messages={"required": "Choisissez une équipe."})
    zone = forms.ChoiceField(label="Où ?", error_messages={"required": "Choisissez une zone."})
    sites = forms.CharField(
        label="Codes des établissements (UAI)",
        help_text="Seulement pour « une liste d’établissements » : un code par ligne, 60 au plus.",
        required=False,
        max_length=MOST_SITES * 12,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
    )
    valid_until = DateField(label="Jusqu’au (facultatif)", required=False)
    field_order = ("team", "zone", "sites", *ScopeForm.base_fields, "valid_until")

    def __init__(self, *args: Any, academy: Academy, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.filter(academy=academy, kind__in=RECEIVING_TEAMS.values()).exclude(valid_until__lt=today)
        self._teams = {str(team.uid): team for team in teams.select_related("academy")}
        self._zones: dict[str, Model] = {"academie": academy}
        groups: list[Any] = [("", "Choisissez"), ("academie", f"Toute l’académie {academy.name}")]
        groups.append((SITES, "Une liste d’établissements"))
        here = {"department__academy": academy}
        for label, kind, rows in (
            ("Départements", "departement", Department.objects.filter(academy=academy)),
            ("Bassins", "bassin", Basin.objects.filter(academy=academy)),
            (
                "Circonscriptions",
                "circonscription",
                Circonscription.objects.filter(**here).select_related("department"),
            ),
        ):
            found = {f"{kind}-{row.code}": row for row in rows}
            self._zones |= found
            if found:
                groups.append((label, [(code, row.name) for code, row in found.items()]))
        self._academy = academy
        self.fields["team"].choices = [  # type: ignore[attr-defined]
            ("", "Choisissez"),
            *((uid, team.name) for uid, team in self._teams.items()),
        ]
        self.fields["zone"].choices = groups  # type: ignore[attr-defined]

    def clean_sites(self) -> list[Site]:
        """The sites of the list, each named once; says which code is wrong."""
        codes = list(dict.fromkeys(re.findall(r"[^\s,;|]+", self.cleaned_data["sites"].upper())))
        for code in codes:
            if fault := uai_fault(code):
                raise forms.ValidationError(f"{code}\u00a0: {fault}")
        found = {
            site.uai: site
            for site in Site.objects.filter(uai__in=codes, department__academy=self._academy).select_related(
                "department"
            )
        }
        if unknown := [code for code in codes if code not in found]:
            raise forms.ValidationError(f"Aucun établissement de l’académie n’a le code {', '.join(unknown[:5])}.")
        if len(codes) > MOST_SITES:
            raise forms.ValidationError("Soixante établissements au plus à la fois.")
        return list(found.values())

    def clean(self) -> dict[str, Any]:
        """A list of sites where one was announced, and only there."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("zone") == SITES and not cleaned.get("sites") and "sites" not in self.errors:
            self.add_error("sites", "Donnez au moins un code d’établissement.")
        return cleaned

    @property
    def chosen_team(self) -> Team:
        """The team chosen."""
        return self._teams[self.cleaned_data["team"]]

    @property
    def zones(self) -> Sequence[Model]:
        """The zone chosen, or each site of the list."""
        chosen = self.cleaned_data["zone"]
        return self.cleaned_data["sites"] if chosen == SITES else [self._zones[chosen]]


class ChangeCoverageForm(ScopeForm):
    """Other posts or topics from a day on."""

    def __init__(self, *args: Any, coverage: Coverage, **kwargs: Any) -> None:
        told: dict[str, Any] = {"topics": [one.code for one in coverage.topics.all()]}
        for family, _ in StaffCategory.FAMILIES:
            told[f"posts_{family}"] = [one.code for one in coverage.categories.all() if one.family == family]
        super().__init__(*args, initial=told | kwargs.pop("initial", {}), **kwargs)


class EndCoverageForm(Form):
    """The last day of a perimeter."""

    mark_optional = False
    last_day = DateField(
        label="Dernier jour",
        help_text="Ce qui est déjà reçu garde son équipe.",
        error_messages={"required": "Choisissez le dernier jour."},
    )
