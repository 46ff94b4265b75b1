"""A school or a service by some words: what they find among ours, and which one when they find several."""

from collections.abc import Collection, Sequence
from typing import Any

from django import forms

from proxirh.territories.models import Site
from proxirh.territories.services.sites import find_sites
from proxirh.ui.forms import Form, Radios

MOST_TYPED = 120
NOT_LISTED = "absent"


class PlaceFields(Form):
    """Both fields; `label`, `help_text` and what is said when nothing is found are those of each form."""

    place = forms.CharField(
        required=False,
        max_length=MOST_TYPED,
        widget=forms.TextInput(attrs={"autocomplete": "off", "type": "search"}),
    )
    site = forms.ChoiceField(label="Lequel ?", required=False, widget=Radios())
    place_label = place_help = nowhere = ""
    found: Sequence[Site] = ()
    has_more = False

    def look_up(self, *, departments: Collection[str] | None = None, or_none: str = "") -> None:
        """Offer what the words find, in some départements only, and `or_none` as the way out."""
        self.fields["place"].label, self.fields["place"].help_text = self.place_label, self.place_help
        typed = str((self.data if self.is_bound else self.initial).get("place", ""))[:MOST_TYPED]
        found, self.has_more = find_sites(typed)
        self.found = [one for one in found if departments is None or one.department.code in departments]
        choices = [(one.uai, str(one)) for one in self.found]
        if or_none:
            choices.append((NOT_LISTED, or_none))
        self.fields["site"].choices = choices  # type: ignore[attr-defined]

    def chosen_site(self, found: dict[str, Any]) -> Site | None:
        """The only one there is, or the one chosen; else None, with what to do beside the field that needs it."""
        chosen = found.get("site", "")
        if chosen == NOT_LISTED or not found.get("place"):
            return None
        by_code = {one.uai: one for one in self.found}
        if chosen in by_code:
            return by_code[chosen]
        if len(self.found) == 1:
            return self.found[0]
        if self.found:
            self.add_error("site", "Plusieurs lieux correspondent : choisissez le bon.")
        else:
            self.add_error("place", self.nowhere)
        return None
