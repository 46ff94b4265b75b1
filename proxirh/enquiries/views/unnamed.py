"""Passing on to the listening cell without a name, and coming back with the code: no draft, no session, no cookie."""

from django.core import signing
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from proxirh.accounts import proof_of_work
from proxirh.accounts.services import keeps_nothing
from proxirh.enquiries.forms.cell import AgainForm, ReturnForm, UnnamedForm
from proxirh.enquiries.models import Transmission
from proxirh.enquiries.services import transmitting
from proxirh.enquiries.services.transmitting import ReturnCode
from proxirh.enquiries.views.ask_limits import may_return, may_send
from proxirh.enquiries.views.ask_steps import UNAVAILABLE
from proxirh.kernel.errors import DomainError, TooManyTries
from proxirh.territories.models import Academy
from proxirh.territories.services import emergency
from proxirh.territories.services.listening import listening_cell

TICKET_SALT, TICKET_LIFE = "enquiries.return-code", 24 * 3600


def _ticket(code: ReturnCode) -> str:
    return signing.dumps([code.locator, code.secret], salt=TICKET_SALT)


def _read_ticket(text: str) -> ReturnCode | None:
    """The code that our page drew; a page older than a day, or a forged one, has none."""
    try:
        return ReturnCode(*signing.loads(text, salt=TICKET_SALT, max_age=TICKET_LIFE))
    except (signing.BadSignature, TypeError):
        return None


@keeps_nothing
@require_http_methods(["GET", "HEAD", "POST"])
def transmit(request: HttpRequest, academy_slug: str) -> HttpResponse:
    """Words for the cell of this académie; the answer to the POST shows the code, which no page shows again."""
    academy = Academy.objects.filter(slug=academy_slug).first()
    if academy is None:
        raise Http404
    if listening_cell(academy, day=timezone.localdate()) is None:
        return _form(request, academy, None)
    form = UnnamedForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _form(request, academy, form, status=422 if form.is_bound else 200)
    code = _read_ticket(form.cleaned_data["ticket"]) or transmitting.new_code()
    try:
        may_send(request, is_proved=proof_of_work.is_proved(request.POST))
        made = transmitting.transmit_unnamed(academy=academy, body=form.cleaned_data["body"], code=code)
    except (DomainError, DatabaseError) as refusal:
        status = 429 if isinstance(refusal, TooManyTries) else 503 if isinstance(refusal, DatabaseError) else 422
        form.add_error(None, UNAVAILABLE if status == 503 else str(refusal))
        return _form(request, academy, form, status=status)
    context = {"code": code.whole, "academy": academy, "due_at": made.due_at}
    return render(request, "enquiries/unnamed/sent.html", context)


def _form(request: HttpRequest, academy: Academy, form: UnnamedForm | None, *, status: int = 200) -> HttpResponse:
    if form is not None and not form.is_bound:
        form = UnnamedForm(initial={"ticket": _ticket(transmitting.new_code())})
    context = {
        "form": form,
        "academy": academy,
        "numbers": emergency.AFTER_VIOLENCE,
        "challenge": proof_of_work.new_challenge() if form else "",
    }
    return render(request, "enquiries/unnamed/transmit.html", context, status=status)


@keeps_nothing
@require_http_methods(["GET", "HEAD", "POST"])
def come_back(request: HttpRequest) -> HttpResponse:
    """The code, then what was passed on and what the cell answered; each POST carries the code again."""
    if request.method != "POST":
        return _ask_code(request, ReturnForm())
    form = ReturnForm(request.POST)
    if not form.is_valid():
        return _ask_code(request, form, status=422)
    try:
        may_return(request)
        code = transmitting.read_code(form.cleaned_data["code"])
        found = transmitting.find_returning(code=code)
    except DomainError as refusal:
        form.add_error("code", str(refusal))
        return _ask_code(request, form, status=429 if isinstance(refusal, TooManyTries) else 422)
    if "body" not in request.POST:
        return _thread(request, found, AgainForm(initial={"code": form.cleaned_data["code"]}))
    return _write_again(request, found, AgainForm(request.POST))


def _write_again(request: HttpRequest, found: Transmission, form: AgainForm) -> HttpResponse:
    if not form.is_valid():
        return _thread(request, found, form, status=422)
    try:
        transmitting.add_unnamed(
            transmission=found, body=form.cleaned_data["body"], key=form.cleaned_data["idempotency_key"]
        )
    except (DomainError, DatabaseError) as refusal:
        form.add_error(None, UNAVAILABLE if isinstance(refusal, DatabaseError) else str(refusal))
        return _thread(request, found, form, status=503 if isinstance(refusal, DatabaseError) else 422)
    again = AgainForm(initial={"code": form.cleaned_data["code"]})
    return _thread(request, found, again, is_sent=True)


def _ask_code(request: HttpRequest, form: ReturnForm, *, status: int = 200) -> HttpResponse:
    return render(request, "enquiries/unnamed/come_back.html", {"form": form}, status=status)


def _thread(
    request: HttpRequest, found: Transmission, form: AgainForm, *, is_sent: bool = False, status: int = 200
) -> HttpResponse:
    context = {
        "transmission": found,
        "thread": transmitting.thread_of(found),
        "form": None if found.ended_at else form,
        "is_sent": is_sent,
    }
    return render(request, "enquiries/unnamed/thread.html", context, status=status)
