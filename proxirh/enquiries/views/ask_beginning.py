"""Before the first question: what will be asked, a draft begun or taken up, and the entry of those who manage."""

from collections.abc import Mapping
from uuid import UUID

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from proxirh.enquiries import services
from proxirh.enquiries.forms import ask as forms
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.querysets import Side
from proxirh.enquiries.views import ask_steps as steps
from proxirh.enquiries.views.ask import chosen_site
from proxirh.enquiries.views.ask_going_on import going_on
from proxirh.enquiries.views.ask_limits import may_start
from proxirh.enquiries.views.ask_reaching import known_by
from proxirh.enquiries.views.ask_steps import Here
from proxirh.kernel import tokens
from proxirh.kernel.errors import TooManyTries
from proxirh.territories.models import Department
from proxirh.territories.services import emergency


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """What will be asked and what will not; « Commencer » makes the draft, « Reprendre » takes one up."""
    found = steps.find_here(request)
    here = found if found and found.is_begun else None
    if request.method == "POST" and here and "resume" not in request.POST:
        return _choose_first(request, here)
    form, status = forms.StartForm(request.POST if request.method == "POST" else None), 200
    if form.is_valid():
        begun, status = _begin(request, form, found, take_up=here is not None)
        if begun:
            return begun
    context = {
        **going_on(request.actor),  # type: ignore[attr-defined]
        "form": form,
        "here": here,
        "begun_at": _begun_at(here),
        "signed_in_as": known_by(request),
        "numbers": emergency.FOR_EVERYONE,
    }
    return render(request, "enquiries/ask/start.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def ask_managing(request: HttpRequest) -> HttpResponse:
    """The entry of those who run a school, an establishment or a service: by their function, then as anyone."""
    found = steps.find_here(request)
    if found and found.is_begun:
        return redirect("enquiries:ask")  # what was begun is taken up or erased there
    form = forms.ManagingForm(request.POST if request.method == "POST" else None)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        begun, status = _begin(request, form, found, category=form.cleaned_data["category"])
        if begun:
            return begun
    return render(request, "enquiries/ask/managing.html", {"form": form}, status=status)


def _begin(
    request: HttpRequest, form: forms.StartForm, found: Here | None, *, take_up: bool = False, **answers: str
) -> tuple[HttpResponse | None, int]:
    """Make the draft or take it up; else the form says why not, with the status of its page."""
    try:
        if found and take_up:
            return _take_up(request, found), 302
        is_shared_computer = form.cleaned_data["is_shared_computer"]
        return _start(request, found, is_shared_computer=is_shared_computer, answers=answers), 302
    except TooManyTries as refusal:
        form.add_error(None, str(refusal))
        return None, 429
    except DatabaseError:
        form.add_error(None, steps.UNAVAILABLE)
        return None, 503


def _take_up(request: HttpRequest, former: Here) -> HttpResponse:
    """Go on with what was begun here, under a secret that nobody else can have seen in this browser."""
    may_start(request)
    token = tokens.secret()
    draft = services.take_up_draft(draft=former.draft, token=token)
    return steps.bind(HttpResponseRedirect(steps.where_next(draft.answers)), Here(draft, token, former.is_visit_short))


def _choose_first(request: HttpRequest, here: Here) -> HttpResponse:
    """« Commencer » from a page older than the draft: nothing is taken up nor erased before one has seen it."""
    if request.POST.get("is_shared_computer"):
        services.share_draft(draft=here.draft)
    return steps.bind(HttpResponseRedirect(request.get_full_path()), here)


def _asked_before(request: HttpRequest) -> UUID | None:
    """One’s own enquiry that the address names (`suite`), which the new one will follow."""
    try:
        uid = UUID(request.GET.get("suite", ""))
    except ValueError:
        return None
    actor = request.actor  # type: ignore[attr-defined]
    return uid if Enquiry.objects.visible_to(actor, side=Side.AUTHOR).filter(uid=uid).exists() else None


def _begun_at(here: Here | None) -> str:
    """The place already given, so that nobody takes up what someone else began in this browser."""
    if here is None:
        return ""
    found = chosen_site(here) or list(Department.objects.filter(code=here.kept.get("department", "")))
    return str(found[0]) if found else ""


def _start(
    request: HttpRequest, former: Here | None, *, is_shared_computer: bool, answers: Mapping[str, str]
) -> HttpResponse:
    may_start(request)
    if former:
        services.delete_draft(draft=former.draft)
    # A token of its own: the one that this browser holds may have been left here by somebody else.
    token = tokens.secret()
    is_shared_computer = is_shared_computer or steps.is_visit_short(request)
    former_uid = _asked_before(request)
    answers = {**answers, "previous": str(former_uid)} if former_uid else dict(answers)
    draft = services.start_draft(token=token, is_shared_computer=is_shared_computer, answers=answers)
    return steps.bind(redirect("enquiries:ask_place"), Here(draft, token))
