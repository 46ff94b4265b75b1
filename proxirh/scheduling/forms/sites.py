"""Which school or service, by its code."""

from django import forms

from proxirh.territories.models import Site
from proxirh.territories.services.sites import site_of
from proxirh.ui.forms import Form

UNKNOWN = "Aucun établissement n’a ce code. Vérifiez-le : huit caractères, par exemple 0540001A."


class SiteForm(Form):
    """A form about one site."""

    uai = forms.CharField(
        label="Code UAI de l’établissement ou du service",
        help_text="Huit caractères. Exemple : 0540001A. Il figure sur la page « Le réseau qui vous accompagne ».",
        max_length=8,
    )

    def clean_uai(self) -> str:
        """A known site, which is then `site`."""
        uai = self.cleaned_data["uai"].strip().upper()
        found = site_of(uai)
        if found is None:
            raise forms.ValidationError(UNKNOWN)
        self._site = found
        return uai

    @property
    def site(self) -> Site:
        """The one that was typed."""
        return self._site
