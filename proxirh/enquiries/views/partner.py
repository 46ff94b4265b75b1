"""What a partner opens with his link, without an account: one referral, one address, until its time.

A mail scanner follows links: reading the page shows one button, the same for every link, and asks nothing of the
database. Only a POST opens.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from proxirh.accounts.services import keeps_nothing
from proxirh.enquiries.forms.referrals import PartnerAnswerForm, RefuseForm
from proxirh.enquiries.models import Referral
from proxirh.enquiries.services import answering
from proxirh.enquiries.views.ask_limits import client_of
from proxirh.kernel.errors import DomainError, TooManyTries

OPEN, ANSWER, REFUSE = "ouvrir", "repondre", "refuser"


@keeps_nothing
@require_http_methods(["GET", "HEAD", "POST"])
def partner(request: HttpRequest, token: str) -> HttpResponse:
    """One button; then what was passed on, to answer or to give back; nothing of it once the link is dead."""
    response = _open(request, token) if request.method == "POST" else _page(request, "closed")
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Cache-Control"] = "no-store"
    # Nothing to another site; « no-referrer » would also hide from ours where the form comes from.
    response["Referrer-Policy"] = "same-origin"
    return response


def _open(request: HttpRequest, token: str) -> HttpResponse:
    try:
        found = answering.find_by_link(token=token, client=client_of(request))
    except TooManyTries as refusal:
        return _page(request, "dead", status=429, why=str(refusal))
    if found is None:
        return _page(request, "dead", status=404)
    gesture = request.POST.get("geste", OPEN)
    answer = PartnerAnswerForm(request.POST if gesture == ANSWER else None)
    refuse = RefuseForm(request.POST if gesture == REFUSE else None)
    form = {ANSWER: answer, REFUSE: refuse}.get(gesture)
    answering.open_by_link(referral=found)
    if form is not None and form.is_valid():
        try:
            _act(found, gesture, form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            return _page(request, "done", is_refused=gesture == REFUSE)
    more = {
        "referral": found,
        "answer": answer,
        "refuse": refuse,
        "wrong": form,
        "zone": found.enquiry.department.time_zone,
    }
    return _page(request, "open", status=422 if form is not None else 200, **more)


def _act(found: Referral, gesture: str, data: dict[str, str]) -> None:
    if gesture == ANSWER:
        answering.answer_by_link(referral=found, body=data["body"])
    else:
        answering.refuse_by_link(referral=found, reason=data["reason"])


def _page(request: HttpRequest, part: str, *, status: int = 200, **more: object) -> HttpResponse:
    return render(request, "enquiries/partner/page.html", {"part": part, **more}, status=status)
