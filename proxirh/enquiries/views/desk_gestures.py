"""Every gesture of whoever has an enquiry in hand: its form, its service and the sentence that says it is done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from proxirh.enquiries import permissions, services
from proxirh.enquiries.forms import desk as forms
from proxirh.enquiries.forms.desk import GestureForm
from proxirh.enquiries.forms.leaving import LeavingFields
from proxirh.enquiries.forms.signposting import SignpostForm
from proxirh.enquiries.models import Enquiry, WorkingNote
from proxirh.enquiries.services import first_level, signposting
from proxirh.enquiries.services.assisting import noon_of
from proxirh.enquiries.workflow import ENQUIRY_WORKFLOW, Step
from proxirh.territories.actor import Actor

Act = Callable[[Actor, Enquiry, dict[str, Any]], object]


@dataclass(frozen=True, slots=True)
class Gesture:
    """One tab of the page; `step` is the move it needs, if any, and `key` its keyboard shortcut.

    One that `takes_templates` writes to the person: a text of the team may be inserted there.
    """

    code: str
    label: str
    form: type[GestureForm]
    act: Act
    button: str
    done: str
    key: str = ""
    step: str = ""
    leaves: bool = False
    is_first_level: bool = False
    next: str = ""  # what will happen, for a form that asks for little
    takes_templates: bool = False
    is_long: bool = False  # its form is, or reads a directory: the page leaves out her other enquiries

    @property
    def name(self) -> str:
        """Name of its route."""
        return f"desk_{self.code.replace('-', '_')}"

    def is_possible(self, enquiry: Enquiry, *, first_level: bool) -> bool:
        """True when the state of the enquiry allows it, and it is of the first level if the gesture is."""
        allowed = not self.step or ENQUIRY_WORKFLOW.allows(self.step, enquiry.state)
        return allowed and (first_level or not self.is_first_level)


def _reply(actor: Actor, enquiry: Enquiry, data: dict[str, Any]) -> object:
    names = ("body", "next_step", "next_step_on", "seen", "key")
    return services.send_message(
        actor=actor, enquiry=enquiry, uploads=data["files"], **{name: data[name] for name in names}
    )


def _exchange(actor: Actor, enquiry: Enquiry, data: dict[str, Any]) -> object:
    now = timezone.now()
    happened_at = noon_of(data["happened_on"], enquiry.department.time_zone, now=now)
    names = ("means", "was_reached", "summary", "next_step", "next_step_on", "seen", "key")
    return services.log_exchange(
        actor=actor, enquiry=enquiry, happened_at=happened_at, at=now, **{name: data[name] for name in names}
    )


def _signpost(actor: Actor, enquiry: Enquiry, data: dict[str, Any]) -> object:
    names = ("contact", "body", "seen", "key")
    return signposting.give_contact(actor=actor, enquiry=enquiry, **{name: data[name] for name in names})


def _step(actor: Actor, enquiry: Enquiry, data: dict[str, Any]) -> object:
    names = ("next_step", "next_step_on", "seen")
    return services.set_next_step(actor=actor, enquiry=enquiry, **{name: data[name] for name in names})


def _wait_for_agent(actor: Actor, enquiry: Enquiry, data: dict[str, Any]) -> object:
    return services.wait_for_agent(actor=actor, enquiry=enquiry, **data)


def _wait_for_date(actor: Actor, enquiry: Enquiry, data: dict[str, Any]) -> object:
    return services.wait_for_date(actor=actor, enquiry=enquiry, **data)


def _resume(actor: Actor, enquiry: Enquiry, data: dict[str, Any]) -> object:
    return services.resume_enquiry(actor=actor, enquiry=enquiry, **data)


def _close(actor: Actor, enquiry: Enquiry, data: dict[str, Any]) -> object:
    return services.close_enquiry(actor=actor, enquiry=enquiry, **data)


def _give_back(actor: Actor, enquiry: Enquiry, data: dict[str, Any]) -> object:
    names = ("reason", "notes", "key")
    return services.give_back_enquiry(actor=actor, enquiry=enquiry, **{name: data[name] for name in names})


def _answer(actor: Actor, enquiry: Enquiry, data: dict[str, Any]) -> object:
    names = ("body", "seen", "key")
    return first_level.answer_enquiry(
        actor=actor, enquiry=enquiry, uploads=data["files"], **{name: data[name] for name in names}
    )


def _pass_on(actor: Actor, enquiry: Enquiry, data: dict[str, Any]) -> object:
    return first_level.pass_on_enquiry(actor=actor, enquiry=enquiry, notes=data["notes"], key=data["key"])


GESTURES = (
    Gesture(
        "repondre-terminer",
        "Répondre et terminer",
        forms.AnswerForm,
        _answer,
        "Envoyer et terminer",
        "Votre réponse est envoyée et le suivi est terminé. La personne peut rouvrir sa demande pendant 90 jours.",
        key="a",
        step=Step.CLOSE,
        leaves=True,
        is_first_level=True,
        takes_templates=True,
    ),
    Gesture(
        "repondre",
        "Répondre",
        forms.ReplyForm,
        _reply,
        "Envoyer",
        "Votre message est envoyé.",
        key="r",
        takes_templates=True,
    ),
    Gesture("echange", "Échange", forms.ExchangeForm, _exchange, "Enregistrer", "L’échange est noté.", key="e"),
    Gesture(
        "orienter",
        "Donner un contact",
        SignpostForm,
        _signpost,
        "Donner ce contact",
        "Le contact est donné. La personne est prévenue. Dans dix jours, nous lui demanderons si elle a pu le joindre.",
        key="o",
        next="Rien n’est transmis à ce contact : c’est la personne qui l’appelle, si elle veut. Dans dix jours, nous "
        "lui demanderons si elle a pu le joindre. Si c’est non, sa demande revient dans « À rappeler aujourd’hui ».",
        takes_templates=True,
        is_long=True,
    ),
    Gesture(
        "reprendre",
        "Reprendre",
        forms.ResumeForm,
        _resume,
        "Reprendre le suivi",
        "Le suivi reprend.",
        step=Step.RESUME,
    ),
    Gesture(
        "etape", "Prochaine étape", forms.StepForm, _step, "Enregistrer", "La prochaine étape est enregistrée.", key="p"
    ),
    Gesture(
        "attendre-agent",
        "Attendre l’agent",
        forms.WaitForAgentForm,
        _wait_for_agent,
        "Attendre et prévenir la personne",
        "La personne est prévenue : la suite lui revient.",
        step=Step.WAIT_FOR_AGENT,
    ),
    Gesture(
        "attendre-date",
        "Attendre une date",
        forms.WaitForDateForm,
        _wait_for_date,
        "Attendre et prévenir la personne",
        "La demande attend cette date. Elle reviendra d’elle-même dans « À rappeler aujourd’hui ».",
        step=Step.WAIT_FOR_DATE,
    ),
    Gesture(
        "terminer",
        "Terminer",
        forms.CloseForm,
        _close,
        "Terminer le suivi",
        "Le suivi est terminé. La personne est prévenue et peut rouvrir sa demande pendant 90 jours.",
        key="t",
        step=Step.CLOSE,
        leaves=True,
    ),
    Gesture(
        "passer",
        "Passer aux conseillers",
        forms.PassOnForm,
        _pass_on,
        "Passer aux conseillers",
        "La demande est proposée aux conseillers, avec tout ce qu’elle contient. La personne est prévenue.",
        key="c",
        leaves=True,
        next="La demande est proposée aux conseillers, avec tout ce qu’elle contient. La personne n’a rien à répéter. "
        "Elle est prévenue. Vous ne lirez plus sa demande.",
        is_first_level=True,
    ),
    Gesture(
        "rendre",
        "Rendre",
        forms.GiveBackForm,
        _give_back,
        "Rendre à l’équipe",
        "La demande est de nouveau proposée à votre équipe.",
        leaves=True,
        is_long=True,
    ),
)


def possible(actor: Actor, enquiry: Enquiry) -> list[Gesture]:
    """Gestures that this person may make now; none for whoever only reads."""
    if not permissions.can_treat(actor, enquiry):
        return []
    first_level = permissions.is_first_level(actor, enquiry)
    return [gesture for gesture in GESTURES if gesture.is_possible(enquiry, first_level=first_level)]


def build(gesture: Gesture, enquiry: Enquiry, *args: Any, notes: Sequence[WorkingNote] = ()) -> GestureForm:
    """The form of a gesture, empty or filled; the enquiry comes from `find_handled`, with the private notes of who
    makes it."""
    options: dict[str, Any] = {}
    if issubclass(gesture.form, LeavingFields):
        options["notes"] = notes
    if gesture.form is forms.GiveBackForm:
        options["is_free"] = permissions.gives_back_freely(enquiry.taken_at)  # type: ignore[attr-defined]
    return gesture.form(*args, enquiry=enquiry, **options)


def perform(gesture: Gesture, actor: Actor, enquiry: Enquiry, form: GestureForm) -> None:
    """Do what a valid form asks; raises DomainError with a sentence for the page."""
    data = dict(form.cleaned_data)
    if isinstance(form, SignpostForm):
        data["contact"] = form.contact
    data["key"] = data.pop("idempotency_key")
    data["seen"] = data["seen"] or None
    del data["shown_at"]
    gesture.act(actor, enquiry, data)
