"""Asking, the end: read again, send once, be acknowledged, confirm the address, and perhaps help to measure."""

from dataclasses import replace

from django.contrib import messages
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from proxirh.accounts import browser, proof_of_work
from proxirh.accounts import services as accounts
from proxirh.accounts.models import address_index
from proxirh.enquiries import promises, services
from proxirh.enquiries.browser import Asked, asked_here, remember
from proxirh.enquiries.conflicts import free_members
from proxirh.enquiries.forms.ask import MeasureForm
from proxirh.enquiries.forms.ask_contact import CodeForm
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services import preparing, proving
from proxirh.enquiries.services.asking import Answers, check_team_exists
from proxirh.enquiries.services.drafting import key_once_sent
from proxirh.enquiries.views import ask_steps as steps
from proxirh.enquiries.views.ask_going_on import going_on
from proxirh.enquiries.views.ask_limits import client_of, may_send
from proxirh.enquiries.views.ask_steps import Here, on_screen, show
from proxirh.enquiries.views.ask_summary import kept_away, summary_of
from proxirh.enquiries.views.informed import shown_notice
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError, StaleState, TooManyTries
from proxirh.kernel.tokens import grouped
from proxirh.territories.services import emergency
from proxirh.ui.forms import Form

REFUSALS = ((TooManyTries, 429), (DomainError, 422), (DatabaseError, 503))


# ── Reading again, sending once ───────────────────────────────────────────────────────────────────
@on_screen(steps.REVIEW)
def ask_review(request: HttpRequest, here: Here) -> HttpResponse:
    """Everything that will leave, each line with its « Modifier »; « Envoyer » makes the enquiry exist."""
    answers, form, keeps_page = None, Form({}), True
    try:
        answers = preparing.prepare_answers(here.kept)
        check_team_exists(answers.department)
        if request.method != "POST":
            return show(request, here, steps.REVIEW, **_review(request, here, answers))
        return _send(request, here, answers)
    except (DomainError, DatabaseError) as refusal:
        status = next(code for kind, code in REFUSALS if isinstance(refusal, kind))
        form.add_error(None, steps.UNAVAILABLE if status == 503 else str(refusal))
        keeps_page = status != 422 or isinstance(refusal, StaleState)
    context = _review(request, here, answers) if answers and keeps_page else {}
    return show(request, here, steps.REVIEW, form, status=status, **context)


def _review(request: HttpRequest, here: Here, answers: Answers) -> dict[str, object]:
    team = preparing.team_of(actor=request.actor, answers=answers)  # type: ignore[attr-defined]
    academy = team.academy if team else answers.department.academy
    answer_on = promises.first_answer_on(answers.department, academy)
    unknown = [*answers.excluded_names.split("\n"), *answers.superior_name.split("\n")]
    return {
        **going_on(request.actor),  # type: ignore[attr-defined]
        "summary": summary_of(here.kept, answers),
        "unknown_names": [name for name in kept_away(here.kept) if name in unknown],
        "team": team,
        "answer_on": answer_on,
        "shut": promises.shut_before(answers.department, answer_on),
        "answers": answers,
        "call": promises.call_back_today(answers.department),
        "challenge": proof_of_work.new_challenge(),
        "notice": services.notice_in_force(),
    }


def _send(request: HttpRequest, here: Here, answers: Answers) -> HttpResponse:
    actor, asked = request.actor, Asked(here.draft.uid, here.is_short)  # type: ignore[attr-defined]
    is_proved = proof_of_work.is_proved(request.POST)
    may_send(request, is_proved=is_proved)
    key = key_once_sent(asked.key, here.token)
    answers = replace(answers, notice=shown_notice(request))
    services.submit_enquiry(actor=actor, answers=answers, idempotency_key=key, draft=here.draft)
    if answers.email and not actor.is_signed_in:
        try:
            proving.ask_once(
                address=answers.email,
                token=here.token,
                purpose=proving.for_enquiry(key),  # counted with the sending: it limits its network address
            )
        except (TooManyTries, DatabaseError):
            # The enquiry exists, which is what counts; its page offers another code.
            messages.warning(request, "Le code de confirmation n’est pas encore parti. Demandez-le sur cette page.")
    response = redirect("enquiries:ask_sent")
    remember(response, asked)
    return response


# ── Acknowledged ──────────────────────────────────────────────────────────────────────────────────
def _page(request: HttpRequest, enquiry: Enquiry, form: CodeForm, *, status: int = 200) -> HttpResponse:
    asked, actor = asked_here(request), request.actor  # type: ignore[attr-defined]
    email = enquiry.contact.get("email", "")
    context = {
        "form": form,
        "enquiry": enquiry,
        "call_code": grouped(enquiry.call_code, 3),
        "answer_on": local_day(enquiry.due_at, enquiry.department.time_zone),
        "email": email,
        "is_confirmed": bool(email) and address_index(email) in actor.addresses,
        "is_signed_in": actor.is_signed_in,
        "is_short": bool(asked and asked.is_short),
        "has_someone": bool(free_members(enquiry, at=timezone.now())),
        "is_measured": (enquiry.fact.sex, enquiry.fact.age_band) != ("unknown", "unknown"),
        "call": promises.call_back_today(enquiry.department, at=enquiry.submitted_at)
        if enquiry.wants_call_today
        else None,
        "numbers": emergency.FOR_EVERYONE,
    }
    return render(request, "enquiries/ask/sent.html", context, status=status)


def _gone(request: HttpRequest) -> HttpResponse:
    messages.info(
        request,
        "Cette page ne reste ouverte qu’une heure. Si vous avez envoyé une demande, retrouvez-la en vous "
        "connectant avec l’adresse donnée, ou appelez l’équipe avec votre référence et votre code d’appel.",
    )
    return redirect("enquiries:ask")


@require_http_methods(["GET", "HEAD", "POST"])
def ask_sent(request: HttpRequest) -> HttpResponse:
    """Reference, code d’appel, team, date and what comes next; a POST is the code that confirms the address."""
    enquiry = steps.sent_here(request)
    if enquiry is None:
        return _gone(request)
    if request.method != "POST":
        return _page(request, enquiry, CodeForm())
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _page(request, enquiry, form, status=422)
    token, purpose = browser.browser_token(request), proving.for_enquiry(enquiry.idempotency_key)
    pending = proving.pending_code(token=token, purpose=purpose)
    try:
        if pending is None:
            raise DomainError("Ce code n’est plus valable. Demandez-en un nouveau : il arrivera à la même adresse.")
        user = accounts.confirm_code(
            code_uid=pending.uid, digits=form.cleaned_data["code"], token=token, purpose=purpose
        )
    except DomainError as refusal:
        form.add_error("code", str(refusal))
        return _page(request, enquiry, form, status=422)
    accounts.ensure_person(user=user, first_name=enquiry.contact["first_name"], last_name=enquiry.contact["last_name"])
    asked = asked_here(request)
    return accounts.open_session(
        request, user, shared_computer=bool(asked and asked.is_short), next_url=reverse("enquiries:ask_sent")
    )


@require_POST
def ask_new_code(request: HttpRequest) -> HttpResponse:
    """Another code to the address of the enquiry just sent; the former one stops working."""
    enquiry = steps.sent_here(request)
    if enquiry is None:
        return _gone(request)
    if enquiry.contact.get("email") and not request.actor.is_signed_in:  # type: ignore[attr-defined]
        try:
            accounts.request_code(
                address=enquiry.contact["email"],
                token=browser.browser_token(request),
                purpose=proving.for_enquiry(enquiry.idempotency_key),
                client=client_of(request),
            )
            messages.success(request, "Un nouveau code part à la même adresse. Il arrive en général en une minute.")
        except TooManyTries as refusal:
            messages.error(request, str(refusal))
    return redirect("enquiries:ask_sent")


@require_http_methods(["GET", "HEAD", "POST"])
def ask_measure(request: HttpRequest) -> HttpResponse:
    """Two optional answers, which go to the statistics without a name."""
    enquiry = steps.sent_here(request)
    if enquiry is None:
        return _gone(request)
    form = MeasureForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {"form": form, "is_short": bool((asked := asked_here(request)) and asked.is_short)}
        return render(request, "enquiries/ask/measure.html", context, status=422 if form.is_bound else 200)
    try:
        services.measure_enquiry(enquiry=enquiry, **form.cleaned_data)
    except StaleState:
        pass  # the same answers came twice
    messages.success(request, "Merci. Votre demande est partie, vous n’avez plus rien à faire.")
    return redirect("enquiries:ask_sent")


@require_POST
def ask_leave(request: HttpRequest) -> HttpResponse:
    """« Tout effacer de cet appareil »: nothing of the enquiry stays in this browser; it follows its course."""
    response = redirect("enquiries:ask")
    services.leave_quickly(token=browser.browser_token(request))
    if request.user.is_authenticated:
        accounts.end_session(request)
    # Not at once: the message that follows is a cookie too.
    browser.forget_everything(request, response, at_once=False)
    messages.success(request, "Cet appareil n’a rien gardé. Votre demande, elle, suit son cours.")
    return response
