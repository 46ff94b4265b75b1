"""One form a screen: where, which post, what about, the words."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.db.models import Q

from proxirh.territories.models import Department, Division, Site, StaffCategory, Topic
from proxirh.ui.forms import Form, Radios

NOT_LISTED = "absent"
UNSURE = "je-ne-sais-pas"
MOST_WORDS = 8000
CHOOSE = {"required": "Choisissez une réponse.", "invalid_choice": "Choisissez une réponse dans la liste."}


def shared_computer_field() -> forms.BooleanField:
    """The box that leaves no trace: asked wherever a draft begins or is taken up."""
    return forms.BooleanField(
        label="J’utilise un ordinateur partagé",
        required=False,
        help_text=(
            "Salle des personnels, médiathèque, appareil d’un proche : rien n’est gardé sur cet appareil, "
            "et vos réponses s’effacent après 30 minutes sans activité."
        ),
    )


class StartForm(Form):
    """The only thing to know before the first question."""

    mark_optional = False
    is_shared_computer = shared_computer_field()


class SearchForm(Form):
    """What to look for among schools and services."""

    mark_optional = False
    q = forms.CharField(
        label="Nom, ville ou code UAI",
        required=False,
        max_length=80,
        help_text="Par exemple : collège Jules-Ferry, Aurillac, ou 0150001V.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "type": "search", "enterkeyhint": "search"}),
    )


class SiteForm(Form):
    """One of the places found; any open place is accepted, since the list may have changed meanwhile."""

    site = forms.ChoiceField(
        label="Choisissez votre établissement ou service",
        widget=Radios(rich=True),
        error_messages={
            "required": "Choisissez un lieu dans la liste, ou dites qu’il n’y est pas.",
            "invalid_choice": (
                "Nous ne connaissons pas ce lieu. Cherchez-le de nouveau, ou choisissez "
                "« Mon établissement n’est pas dans la liste »."
            ),
        },
    )

    def __init__(self, *args: Any, found: Sequence[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = {site.uai: site for site in found}
        posted = str(self.data.get("site", ""))[:8]
        if posted and posted not in places:
            typed = Site.objects.filter(uai=posted, is_open=True).select_related("department")
            places |= {site.uai: site for site in typed}
        self.places = places
        field = self.fields["site"]
        field.choices = [  # type: ignore[attr-defined]
            *((uai, site.name) for uai, site in places.items()),
            (NOT_LISTED, "Mon établissement n’est pas dans la liste"),
        ]
        field.widget.hints = {uai: f"{site.town} ({site.department.code})" for uai, site in places.items()} | {
            NOT_LISTED: "Vous choisirez seulement votre département."
        }
        if len(places) == 1 and not self.initial.get("site"):
            self.initial["site"] = next(iter(places))


class DivisionForm(Form):
    """The division of a rectorat or DSDEN: whoever works there is kept away."""

    division = forms.ChoiceField(
        label="Votre division ou service",
        widget=Radios(),
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), "Choisissez un service dans la liste, ou dites qu’il n’y est pas."
        ),
    )

    def __init__(self, *args: Any, divisions: Iterable[Division], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["division"]
        field.choices = [  # type: ignore[attr-defined]
            *((str(division.pk), division.name) for division in divisions),
            (NOT_LISTED, "Il n’est pas dans la liste"),
        ]
        field.widget.hints = {NOT_LISTED: "Par prudence, personne des services de ce lieu ne verra votre demande."}


class DepartmentForm(Form):
    """Where one works, when the place is not in the list."""

    department = forms.ChoiceField(
        label="Votre département de travail",
        help_text="Celui où vous travaillez, même si vous habitez ailleurs.",
        error_messages={"invalid_choice": "Choisissez un département dans la liste."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].choices = [  # type: ignore[attr-defined]
            ("", "Choisir un département"),
            *((d.code, f"{d.code} – {d.name}") for d in Department.objects.order_by("code")),
        ]


class CategoryForm(Form):
    """The post, because it decides who answers."""

    category = forms.ChoiceField(label="Votre métier", widget=Radios(), error_messages=CHOOSE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        categories = list(StaffCategory.objects.filter(is_open=True))
        field = self.fields["category"]
        field.choices = [(category.code, category.label) for category in categories]  # type: ignore[attr-defined]
        field.widget.hints = {category.code: category.hint for category in categories}


MANAGING = Q(family="encadrement") | Q(code="directeur_ecole")


def is_managing(category: str) -> bool:
    """True for the code of a post whose holder runs a school, an establishment or a service, or inspects."""
    return StaffCategory.objects.filter(MANAGING, code=category, is_open=True).exists()


class ManagingForm(StartForm):
    """By their function, those who run a school, an establishment or a service."""

    field_order = ("category", "is_shared_computer")
    category = forms.ChoiceField(label="Votre fonction", widget=Radios(), error_messages=CHOOSE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        categories = list(StaffCategory.objects.filter(MANAGING, is_open=True))
        field = self.fields["category"]
        field.choices = [(one.code, one.label[:1].upper() + one.label[1:]) for one in categories]  # type: ignore[attr-defined]
        field.widget.hints = {one.code: one.hint for one in categories}


class TopicForm(Form):
    """What to speak of: a branch, asked before any text."""

    topic = forms.ChoiceField(label="Le sujet qui s’approche le plus", widget=Radios(), error_messages=CHOOSE)

    def __init__(self, *args: Any, topics: Iterable[Topic], unsure: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        topics = list(topics)
        field = self.fields["topic"]
        field.choices = [(topic.code, topic.agent_label or topic.label) for topic in topics]  # type: ignore[attr-defined]
        if unsure:
            field.choices = [*field.choices, (UNSURE, "Je ne sais pas encore")]  # type: ignore[attr-defined]
        field.widget.hints = {topic.code: topic.hint for topic in topics}


class ConsentForm(Form):
    """The explicit agreement without which nothing nominative is kept in the branch of violence."""

    mark_optional = False
    agrees = forms.BooleanField(
        label="J’accepte que mon nom et ma demande soient transmis à l’équipe RH de proximité.",
        help_text="Vous pouvez revenir sur cet accord à tout moment, en retirant votre demande.",
        error_messages={
            "required": "Pour continuer sous votre nom, cochez la case. Sinon, appelez l’un des numéros ci-dessus, ou "
            "écrivez sans donner votre nom si cette page le propose."
        },
    )


class WordsForm(Form):
    """As many or as few words as one can."""

    words = forms.CharField(
        label="Vos mots",
        required=False,
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 7, "autocomplete": "off"}),
        help_text=(
            "Une phrase suffit. Si vous préférez en parler de vive voix, laissez vide. "
            "N’écrivez ni nom d’élève, ni détail médical : nous n’en avons pas besoin."
        ),
    )

    for_team = forms.BooleanField(
        label="Ma demande est pour toute une équipe",
        required=False,
        help_text="Un temps d’échange, une médiation, une information pour plusieurs personnes.",
    )

    def __init__(self, *args: Any, is_managerial: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_managerial:
            del self.fields["for_team"]

    def clean_words(self) -> str:
        """Without the blank lines around."""
        return self.cleaned_data["words"].strip()


class MeasureForm(Form):
    """Two answers nobody owes us, asked after the enquiry is sent."""

    mark_optional = False
    age_band = forms.ChoiceField(
        label="Votre âge",
        initial="unknown",
        widget=Radios(),
        choices=[
            ("unknown", "Je préfère ne pas répondre"),
            ("under_40", "Moins de 40 ans"),
            ("40_49", "De 40 à 49 ans"),
            ("50_and_over", "50 ans et plus"),
        ],
    )
    sex = forms.ChoiceField(
        label="Vous êtes",
        initial="unknown",
        widget=Radios(),
        choices=[("unknown", "Je préfère ne pas répondre"), ("F", "Une femme"), ("M", "Un homme")],
    )
