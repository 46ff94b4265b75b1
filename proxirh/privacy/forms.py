"""What someone corrects of her own person, and what she ticks before everything goes."""

from django import forms

from proxirh.ui.forms import Form, PhoneField


class PersonForm(Form):
    """Her name and telephone, as her access holds them."""

    mark_optional = False
    last_name = forms.CharField(
        label="Nom",
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
        error_messages={"required": "Écrivez votre nom."},
    )
    first_name = forms.CharField(
        label="Prénom",
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
        error_messages={"required": "Écrivez votre prénom."},
    )
    phone = PhoneField(
        label="Téléphone", required=False, help_text="Facultatif. Il sera proposé à votre prochaine demande."
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def show_again_on(self, tag: str) -> None:
        """Keep what was typed, over what is kept now."""
        self.data["seen"] = tag  # type: ignore[index]


class EraseEverythingForm(Form):
    """One box, so that nobody erases everything with one careless touch."""

    mark_optional = False
    understood = forms.BooleanField(
        label="J’ai compris que tout sera effacé pour toujours.",
        error_messages={"required": "Cochez cette case si vous voulez vraiment tout effacer."},
    )
