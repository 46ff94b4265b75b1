"""Base of every form: the design system's markup, cleaned text, kind errors, help and error read together."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, RegexValidator
from django.utils.datastructures import MultiValueDict

from proxirh.kernel.text import clean_text
from proxirh.ui.french import number

TEXT_LIMIT = 20_000


# ── Widgets ────────────────────────────────────────────────────────────────────────────────────────
class DateInput(forms.DateInput):
    """The browser's own date picker, which wants ISO dates whatever the language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """The browser's own time picker."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class Radios(forms.RadioSelect):
    """One answer among a few; `rich=True` draws large boxes, `inline=True` sets them side by side.

    `hints={value: "…"}` adds a line of help to an answer.
    """

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        choices: Any = (),
        *,
        hints: Mapping[Any, str] | None = None,
        inline: bool = False,
        rich: bool = False,
    ) -> None:
        super().__init__(attrs, choices)
        self.hints, self.inline, self.rich = _by_text(hints), inline, rich

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The option, with its help."""
        return super().create_option(name, value, *args, **kwargs) | {"hint": self.hints.get(str(value), "")}


class Checkboxes(forms.CheckboxSelectMultiple):
    """Several answers among a few, each with its line of help if `hints` holds one."""

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        choices: Any = (),
        *,
        hints: Mapping[Any, str] | None = None,
        inline: bool = False,
    ) -> None:
        super().__init__(attrs, choices)
        self.hints, self.inline = _by_text(hints), inline

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The option, with its help."""
        return super().create_option(name, value, *args, **kwargs) | {"hint": self.hints.get(str(value), "")}


def _by_text(hints: Mapping[Any, str] | None) -> dict[str, str]:
    return {str(value): hint for value, hint in (hints or {}).items()}


class CodeInput(forms.TextInput):
    """A code received elsewhere, typed on a digit keyboard and offered by the telephone itself."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(
            {
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "spellcheck": "false",
                "autocapitalize": "none",
                "class": "ui-code",
                **(attrs or {}),
            }
        )


# ── Fields ─────────────────────────────────────────────────────────────────────────────────────────
class DateField(forms.DateField):
    """A day."""

    widget = DateInput


class TimeField(forms.TimeField):
    """An hour of the day."""

    widget = TimeInput


class FilesInput(forms.FileInput):
    """Several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; `cleaned_data` holds a list, empty when none was added."""

    widget = FilesInput

    def __init__(self, *, max_files: int = 5, **kwargs: Any) -> None:
        self.max_files = max_files
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Each file checked as one; too many are refused together."""
        files = [file for file in _as_list(data) if file]
        if len(files) > self.max_files:
            raise ValidationError(f"Vous pouvez joindre {self.max_files} fichiers au plus. Retirez-en.")
        if not files:
            super().clean(None, initial)
        return [super(FilesField, self).clean(file, None) for file in files]


class CodeField(forms.CharField):
    """A code of digits; spaces and hyphens that people copy along are dropped."""

    widget = CodeInput

    def __init__(self, *, digits: int = 6, **kwargs: Any) -> None:
        self.digits = digits
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        """Digits only."""
        return "".join(letter for letter in super().to_python(value) or "" if letter not in " -\u00a0\u202f.")

    def validate(self, value: str) -> None:
        """The number of digits that was sent."""
        super().validate(value)
        if value and not (value.isascii() and value.isdecimal() and len(value) == self.digits):
            raise ValidationError(f"Le code compte {self.digits} chiffres. Vérifiez celui que vous avez reçu.")


def _is_whole(number: str) -> bool:
    """True for the ten digits of a French number, with or without +33, or six at least of any other."""
    number = re.sub(r"^00", "+", number)
    number = re.sub(r"^\+330?", "0", number)
    digits = number.removeprefix("+")
    fewest = 10 if number.startswith("0") else 6  # a Pacific number as it is dialled there
    return digits.isascii() and digits.isdecimal() and len(digits) >= fewest


class PhoneField(forms.CharField):
    """A number as people write it, of any country; letters are refused, and a French number that is cut short."""

    widget = forms.TelInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=30, **kwargs)

    def to_python(self, value: Any) -> str:
        """As it was typed, with single spaces."""
        return " ".join((super().to_python(value) or "").split())

    def validate(self, value: str) -> None:
        """Whole, once what people put between digits is dropped."""
        super().validate(value)
        if value and not _is_whole(re.sub(r"[\s().\-/\u00a0\u2011]", "", value)):
            raise ValidationError(
                "Ce numéro n’est pas complet. En France, il a dix chiffres. Venu d’ailleurs, il commence "
                "par + et l’indicatif du pays."
            )


# ── A field in its page ────────────────────────────────────────────────────────────────────────────
class BoundField(forms.BoundField):
    """A field that knows its markup; help and error are both read after the label."""

    @property
    def template_name(self) -> str:
        """The template of this kind of field."""
        widget = self.field.widget
        if chosen := getattr(self.field, "template_name", None):
            return chosen
        if isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
            return "ui/forms/choices.html"
        if isinstance(widget, forms.CheckboxInput):
            return "ui/forms/checkbox.html"
        return "ui/forms/field.html"

    @property
    def group(self) -> str:
        """The design system's name of the frame around the field."""
        widget = self.field.widget
        if isinstance(widget, forms.Select):
            return "fr-select-group"
        return "fr-upload-group" if isinstance(widget, forms.FileInput) else "fr-input-group"

    @property
    def option_kind(self) -> str:
        """`radio` or `checkbox`, as the design system's classes say."""
        # Django derives its checkboxes from its radios.
        return "checkbox" if isinstance(self.field.widget, forms.CheckboxSelectMultiple) else "radio"

    @property
    def is_optional(self) -> bool:
        """True when the label says « facultatif »; a box alone never does: left empty, it is an answer."""
        return (
            isinstance(self.form, Form)
            and self.form.mark_optional
            and not self.field.required
            and not self.field.disabled
        )

    @property
    def first_id(self) -> str:
        """Where a link to this field leads: its first input."""
        return self.id_for_label or f"{self.auto_id}_0"

    @property
    def count_limit(self) -> int:
        """Letters announced by the counter under a long text; 0 without counter."""
        if isinstance(self.field, forms.CharField) and isinstance(self.field.widget, forms.Textarea):
            return self.field.max_length or 0
        return 0

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        """Design-system class, keyboard and autocompletion that fit the field; what the author wrote wins."""
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        if isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
            attrs.pop("aria-invalid", None)
            return attrs
        for kind, defaults in _DEFAULT_ATTRS:
            if isinstance(widget, kind):
                attrs |= {name: value for name, value in defaults.items() if name not in widget.attrs}
        classes = (_css_class(widget), widget.attrs.get("class", ""))
        if any(classes):
            attrs["class"] = " ".join(filter(None, classes))
        if limit := self.count_limit:
            attrs["data-ui-count"] = str(limit)
        return attrs


_DEFAULT_ATTRS: tuple[tuple[type[forms.Widget], dict[str, str]], ...] = (
    (forms.EmailInput, {"autocomplete": "email", "spellcheck": "false", "autocapitalize": "none"}),
    (forms.TelInput, {"autocomplete": "tel"}),
)


def _css_class(widget: forms.Widget) -> str:
    if isinstance(widget, forms.Select):
        return "fr-select"
    if isinstance(widget, forms.FileInput):
        return "fr-upload"
    if isinstance(widget, (forms.CheckboxInput, forms.HiddenInput)):
        return ""
    return "fr-input"


# ── The form ───────────────────────────────────────────────────────────────────────────────────────
class Form(forms.Form):
    """Base of every form of the project."""

    template_name = "ui/forms/form.html"
    bound_field_class = BoundField
    use_required_attribute = False
    mark_optional = True

    def __init__(self, data: Mapping[str, Any] | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(None if data is None else clean_data(data), *args, **kwargs)
        for field in self.fields.values():
            _speak_kindly(field)

    def error_items(self) -> Iterator[tuple[str, str]]:
        """Each error with the id of its field, in the order of the page; errors of the whole form first, without id."""
        for error in self.non_field_errors():
            yield "", str(error)
        for field in self:
            target = field.first_id if isinstance(field, BoundField) and not field.is_hidden else ""
            for error in field.errors:
                yield target, str(error)

    @property
    def says_all_required(self) -> bool:
        """True when one sentence at the top spares an asterisk on each field."""
        visible = self.visible_fields()
        return self.mark_optional and len(visible) > 1 and any(field.field.required for field in visible)


def clean_data(data: Mapping[str, Any]) -> MultiValueDict:
    """What was typed, every text cleaned before anything reads it, so that it also comes back clean."""
    lists = data.lists() if isinstance(data, MultiValueDict) else ((name, _as_list(data[name])) for name in data)
    return MultiValueDict(
        {name: [clean_text(value) if isinstance(value, str) else value for value in values] for name, values in lists}
    )


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple, set)) else [value]


# Django's phrases that blame or name the machine, and ours that say what to do.
_PHRASES: tuple[tuple[type[forms.Field], str, str], ...] = (
    (forms.MultipleChoiceField, "invalid_choice", "Une réponse n’est pas dans la liste. Choisissez de nouveau."),
    (forms.ChoiceField, "invalid_choice", "Cette réponse n’est pas dans la liste. Choisissez-en une autre."),
    (forms.ModelChoiceField, "invalid_choice", "Cette réponse n’est pas dans la liste. Choisissez-en une autre."),
    (forms.EmailField, "invalid", "Cette adresse n’est pas complète. Exemple : prenom.nom@exemple.fr"),
    (forms.DateField, "invalid", "Cette date n’existe pas ou n’est pas complète. Exemple : 03/09/2027"),
    (forms.TimeField, "invalid", "Cette heure n’existe pas ou n’est pas complète. Exemple : 14:30"),
    (forms.IntegerField, "invalid", "Écrivez un nombre entier, en chiffres."),
    (forms.FileField, "empty", "Ce fichier est vide. Choisissez-en un autre."),
    (forms.FileField, "invalid", "Le fichier n’est pas arrivé. Choisissez-le de nouveau."),
)


# Quoting, escaping and address literals write one mailbox in a thousand ways, each with limits of its own.
_PLAIN_ADDRESS = RegexValidator(
    r'["\\\[]',
    "Cette adresse contient un guillemet, une barre oblique inversée ou un crochet : donnez-en une qui s’écrit sans.",
    code="quoted",
    inverse_match=True,
)


def _speak_kindly(field: forms.Field) -> None:
    """Replace stock phrases, and only those: what the author wrote stays."""
    if field.error_messages["required"] == forms.Field.default_error_messages["required"] and field.label:
        field.error_messages["required"] = _required_phrase(field)
    for kind, code, phrase in _PHRASES:
        if isinstance(field, kind) and _is_stock(field, kind, code):
            field.error_messages[code] = phrase
    if isinstance(field, forms.EmailField):
        field.validators.append(_PLAIN_ADDRESS)
    if isinstance(field, forms.CharField) and not isinstance(field, forms.UUIDField):  # a key has no length
        _bound_length(field)


def _is_stock(field: forms.Field, kind: type[forms.Field], code: str) -> bool:
    stock: dict[str, Any] = {}
    for parent in reversed(kind.__mro__):
        stock |= getattr(parent, "default_error_messages", {})
    return field.error_messages.get(code) == stock.get(code)


class _Length(int):
    """A length that prints as one reads it: « 9 000 »."""

    def __str__(self) -> str:
        return number(int(self))


class _LengthValidator(MaxLengthValidator):
    """The same bound, told with a number grouped the French way."""

    def clean(self, x: Any) -> int:
        """Its length."""
        return _Length(len(x))


def _bound_length(field: forms.CharField) -> None:
    """Every text has a limit, said in a sentence; a browser never cuts a long text without a word."""
    limit = field.max_length
    if limit is None:
        limit = TEXT_LIMIT
    # Django's own says « 9000 »: numbers are grouped the French way.
    others = [one for one in field.validators if not isinstance(one, MaxLengthValidator)]
    field.validators = [*others, _LengthValidator(limit)]
    field.error_messages.setdefault(
        "max_length",
        f"Ce texte est trop long : {number(limit)} caractères au plus, et le vôtre en compte %(show_value)s. "
        "Raccourcissez-le puis envoyez de nouveau.",
    )
    if isinstance(field.widget, forms.Textarea):
        field.widget.attrs.pop("maxlength", None)


def _required_phrase(field: forms.Field) -> str:
    if isinstance(field, forms.FileField):
        return f"Ajoutez un fichier : {field.label}."
    if isinstance(field, forms.ChoiceField | forms.ModelChoiceField):
        return f"Choisissez une réponse : {field.label}"
    if isinstance(field, forms.BooleanField):
        return f"Cochez la case : {field.label}"
    return f"Complétez : {field.label}"
