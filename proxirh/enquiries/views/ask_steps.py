"""The journey of asking: its screens in order, what each one needs, and where one goes next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core import signing
from django.db import DatabaseError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from proxirh.accounts import browser
from proxirh.enquiries import services
from proxirh.enquiries.browser import Asked, asked_here, remember
from proxirh.enquiries.models import Draft, Enquiry
from proxirh.enquiries.services.drafting import LIFE, key_once_sent, lives_shortly
from proxirh.enquiries.views.ask_limits import may_start
from proxirh.kernel import tokens
from proxirh.kernel.errors import DomainError, TooManyTries
from proxirh.kernel.text import clean_text
from proxirh.ui import french

TOTAL = 7
TRAIL = "suite"
TRAIL_SALT = "enquiries.trail"
# What « Retour », « Finir plus tard » and a page that is left say: keep what is typed, finished or not.
WAY_OUT = "vers"
BACK, LATER, LEFT = "retour", "plus-tard", "garder"
MOST_UNFINISHED = 20_000
TRAIL_KEYS = ("previous", "department", "site", "division", "category", "branch", "topic", "violence_agreed_at")
UNAVAILABLE = (
    "Le service ne peut rien enregistrer pour l’instant. Votre réponse est toujours dans cette page : "
    "réessayez dans quelques minutes, sans la fermer."
)


@dataclass(frozen=True, slots=True)
class Step:
    """One screen: its number in the stepper, its question (the h1), its name when it comes next, what answers it.

    What an `is_typed` screen holds is kept when one goes back; where it `stands_alone`, it needs no answer before.
    """

    name: str
    number: int
    question: str
    label: str
    back: str
    answered: Callable[[Mapping[str, Any]], bool] = lambda _kept: True
    is_second: bool = False
    is_typed: bool = False
    stands_alone: bool = False

    @property
    def url(self) -> str:
        """Address of the screen."""
        return reverse(f"enquiries:{self.name}")

    @property
    def back_url(self) -> str:
        """Address of the screen before."""
        return reverse(f"enquiries:{self.back}")

    @property
    def typed(self) -> str:
        """Where a draft keeps what is typed on this screen and is no answer yet."""
        return f"typed_{self.name}"

    @property
    def next(self) -> str:
        """What the stepper announces."""
        return next((step.label for step in JOURNEY if step.number == self.number + 1), "")

    @property
    def page_title(self) -> str:
        """Title of the tab: it says how far, never what about."""
        return f"Votre demande, étape {self.number} sur {TOTAL}{' (suite)' if self.is_second else ''}"


def _has(*names: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda kept: all(name in kept for name in names)


PLACE = Step("ask_place", 1, "Où travaillez-vous ?", "Votre lieu de travail", "ask", _has("department"))
DEPARTMENT = Step(
    "ask_department",
    1,
    "Dans quel département travaillez-vous ?",
    "Votre département",
    "ask_place",
    _has("department"),
    is_second=True,
)
DIVISION = Step(
    "ask_division",
    1,
    "Dans quel service travaillez-vous ?",
    "Votre service",
    "ask_place",
    lambda kept: kept.get("division", "") is not None,
    is_second=True,
)
CATEGORY = Step("ask_category", 2, "Quel est votre métier ?", "Votre métier", "ask_place", _has("category"))
TEAM = Step("ask_team", 2, "Qui va vous aider", "Votre équipe", "ask_category", is_second=True)
TOPIC = Step(
    "ask_topic", 3, "De quoi souhaitez-vous parler ?", "De quoi souhaitez-vous parler ?", "ask_team", _has("branch")
)
SUBTOPIC = Step(
    "ask_subtopic",
    3,
    "Plus précisément ?",
    "Plus précisément",
    "ask_topic",
    lambda kept: bool(kept.get("topic")),
    is_second=True,
)
BEFORE = Step("ask_before", 3, "Avant de continuer", "Avant de continuer", "ask_topic", is_second=True)
WORDS = Step("ask_words", 4, "Avec vos mots", "Vos mots", "ask_topic", _has("words"), is_typed=True, stands_alone=True)
CONTACT = Step(
    "ask_contact",
    5,
    "Comment vous joindre ?",
    "Comment vous joindre",
    "ask_words",
    _has("last_name"),
    is_typed=True,
    stands_alone=True,
)
WISHES = Step(
    "ask_wishes",
    6,
    "Ce qui vous convient",
    "Vos souhaits de contact",
    "ask_contact",
    lambda kept: bool(kept.get("means")),
    is_typed=True,
)
DISCRETION = Step(
    "ask_discretion",
    6,
    "Qui ne doit pas voir votre demande ?",
    "Qui ne doit pas voir",
    "ask_wishes",
    _has("keep_away"),
    is_second=True,
    is_typed=True,
    stands_alone=True,
)
REVIEW = Step("ask_review", 7, "Relisez, puis envoyez", "Relire et envoyer", "ask_discretion")
JOURNEY = (PLACE, DIVISION, CATEGORY, TOPIC, SUBTOPIC, WORDS, CONTACT, WISHES, DISCRETION, REVIEW)


def first_missing(kept: Mapping[str, Any], *, before: Step = REVIEW) -> Step | None:
    """The first unanswered screen among those that `before` needs."""
    if before in JOURNEY:
        needed = JOURNEY[: JOURNEY.index(before)]
    else:
        needed = tuple(step for step in JOURNEY if step.number < before.number or (before is TEAM and step is CATEGORY))
    return next((step for step in needed if not step.answered(kept)), None)


def where_next(kept: Mapping[str, Any]) -> str:
    """Address of the first question without answer, or of the review."""
    return (first_missing(kept) or REVIEW).url


# ── One browser, one draft ────────────────────────────────────────────────────────────────────────
@dataclass(slots=True)
class Here:
    """The draft of this browser, while one screen is served."""

    draft: Draft
    token: str
    is_visit_short: bool = False

    @property
    def kept(self) -> dict[str, Any]:
        """Answers so far."""
        return self.draft.answers

    def said(self, step: Step) -> dict[str, Any]:
        """Answers so far, and over them what was left unfinished on one screen."""
        return {**self.kept, **self.kept.get(step.typed, {})}

    @property
    def is_begun(self) -> bool:
        """True once a question was answered: an empty draft is nothing to take up."""
        return bool(self.kept.keys() - {"previous"})

    @property
    def is_short(self) -> bool:
        """True when this browser must forget soon: so says the draft, or a visit opened on a shared computer."""
        return self.is_visit_short or lives_shortly(self.draft)

    @property
    def may_wait(self) -> bool:
        """True when the draft may be resumed later by a mailed link."""
        return not self.is_short


def find_here(request: HttpRequest) -> Here | None:
    """The draft that this browser’s two cookies name."""
    asked, token = asked_here(request), browser.browser_token(request)
    draft = services.find_draft(uid=asked.key, token=token) if asked else None
    return Here(draft, token, is_visit_short(request)) if draft else None


def is_visit_short(request: HttpRequest) -> bool:
    """True for a visit that ends with the browser: its computer was said to be shared."""
    return request.session.get_expire_at_browser_close()


def sent_here(request: HttpRequest) -> Enquiry | None:
    """The enquiry that this browser sent within the hour."""
    asked = asked_here(request)
    if asked is None:
        return None
    key = key_once_sent(asked.key, browser.browser_token(request))
    mine = Enquiry.objects.visible_to(request.actor, sent_with=key)  # type: ignore[attr-defined]
    return mine.select_related("data_key", "fact", "team__academy", "department").filter(idempotency_key=key).first()


def bind(response: HttpResponse, here: Here) -> HttpResponse:
    """Renew the two cookies of this browser for the life of the draft."""
    browser.keep_token(response, here.token, for_long=not here.is_short)
    remember(response, Asked(here.draft.uid, here.is_short))
    return response


def trail_of(here: Here) -> str:
    """Signed codes that a screen carries, so that a long text outlives the draft it was typed for."""
    codes = {name: here.kept[name] for name in TRAIL_KEYS if name in here.kept}
    return signing.dumps([here.draft.uid.hex, here.draft.is_shared_computer, codes], salt=TRAIL_SALT)


def follow_trail(request: HttpRequest) -> Here | None:
    """The draft begun anew from the codes that the page carried; None without them, or once it was sent."""
    try:
        _, is_shared, codes = signing.loads(request.POST.get(TRAIL, ""), salt=TRAIL_SALT, max_age=LIFE)
    except (signing.BadSignature, ValueError):
        return None
    may_start(request)
    token, is_shared = tokens.secret(), is_shared or is_visit_short(request)
    return Here(services.start_draft(token=token, is_shared_computer=is_shared, answers=codes), token)


def lost(request: HttpRequest) -> HttpResponse:
    """No draft here: it was sent, or it expired. What was just typed is shown again, never stored."""
    sent = sent_here(request)
    typed = clean_text(request.POST.get("words", "")) if request.method == "POST" else ""
    if typed:
        return render(request, "enquiries/ask/lost.html", {"typed": typed, "is_sent": sent is not None}, status=409)
    if sent:
        return redirect("enquiries:ask_sent")
    if asked_here(request):
        messages.info(
            request, "Vos réponses ne sont plus sur cet appareil : elles ont été effacées ou reprises ailleurs."
        )
    return redirect("enquiries:ask")


View = Callable[[HttpRequest, Here], HttpResponse]


def on_screen(step: Step, *, posts: bool = True) -> Callable[[View], Callable[[HttpRequest], HttpResponse]]:
    """Give the view the draft of this browser, once the questions before `step` are answered.

    What was typed is never sent back to an earlier question: another tab may have emptied that one.
    """

    def decorate(view: View) -> Callable[[HttpRequest], HttpResponse]:
        @require_http_methods(["GET", "HEAD", "POST"] if posts else ["GET", "HEAD"])
        @wraps(view)
        def screen(request: HttpRequest) -> HttpResponse:
            here = find_here(request)
            if here is None and step is WORDS and request.method == "POST" and sent_here(request) is None:
                try:
                    here = follow_trail(request)
                except TooManyTries:
                    here = None  # the page of what is lost shows the words again
            if here is None:
                return lost(request)
            if step is WORDS and request.method == "POST" and "branch" not in here.kept:
                return lost(request)
            if request.method == "POST" and here.is_visit_short and not here.draft.is_shared_computer:
                services.share_draft(draft=here.draft)
            missing = first_missing(here.kept, before=step)
            if missing and not (request.method == "POST" and step.stands_alone):
                return redirect(missing.url)
            return view(request, here)

        return screen

    return decorate


def show(
    request: HttpRequest, here: Here, step: Step, form: BaseForm | None = None, *, status: int = 200, **context: Any
) -> HttpResponse:
    """The page of one screen."""
    page = {"step": step, "total": TOTAL, "form": form, "may_wait": here.may_wait, "back_url": step.back_url}
    page |= {"kept": french.days(LIFE.days), **context}
    return render(request, f"enquiries/ask/{step.name.removeprefix('ask_')}.html", page, status=status)


def keep(
    request: HttpRequest,
    here: Here,
    step: Step,
    form: BaseForm,
    *,
    next_url: Callable[[Mapping[str, Any]], str] = where_next,
    answers: Mapping[str, Any] | None = None,
    **context: Any,
) -> HttpResponse:
    """Keep the answers of a valid form and go on; whatever refuses them, the page comes back with what was typed.

    Whoever goes back or stops there finds what she had typed, even where it is no answer yet; going back from a screen
    does not answer it.
    """
    way_out = request.POST.get(WAY_OUT, "") if step.is_typed else ""
    is_answered = form.is_valid() and (way_out != BACK or step.answered(here.kept))
    if is_answered:
        answers = {**(form.cleaned_data if answers is None else answers), **({step.typed: {}} if step.is_typed else {})}
    elif way_out and (typed := _unfinished(form)):
        answers = {step.typed: typed}
    else:
        return show(request, here, step, form, status=422, **context)
    try:
        services.answer_draft(draft=here.draft, **answers)
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return show(request, here, step, form, status=422, **context)
    except DatabaseError:
        form.add_error(None, UNAVAILABLE)
        return show(request, here, step, form, status=503, **context)
    if way_out == LEFT:
        return bind(HttpResponse(status=204), here)
    ways = {BACK: context.get("back_url", step.back_url), LATER: reverse("enquiries:ask_later")}
    return bind(HttpResponseRedirect(ways.get(way_out) or next_url(here.kept)), here)


def _unfinished(form: BaseForm) -> dict[str, Any]:
    """What the fields hold as they are; nothing when it is too long to be anybody’s words."""
    typed = {name: form[name].value() for name in form.fields}
    return typed if sum(len(str(value)) for value in typed.values()) <= MOST_UNFINISHED else {}
