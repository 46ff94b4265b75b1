"""What a partner opens with his link, without an account: one referral, one address, until its time.

A mail scanner follows links: reading the page shows one button, the same for every link, and asks nothing of the
database. Only a POST opens.
"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from proxirh.accounts.services import keeps_nothing
from proxirh.enquiries.attachments import sent_along
from proxirh.enquiries.forms.referrals import EnclosedForm, PartnerAnswerForm, RefuseForm
from proxirh.enquiries.models import Referral
from proxirh.enquiries.services import answering
from proxirh.enquiries.story import file_of
from proxirh.enquiries.views.ask_limits import client_of
from proxirh.enquiries.views.files import saved
from proxirh.kernel.errors import DomainError, TooManyTries

OPEN, FILE, ANSWER, REFUSE = "ouvrir", "fichier", "repondre", "refuser"


@keeps_nothing
@require_http_methods(["GET", "HEAD", "POST"])
def partner(request: HttpRequest, token: str) -> HttpResponse:
    """One button; then what was passed on, to answer or to give back; nothing of it once the link is dead."""
    response = _open(request, token) if request.method == "POST" else _page(request, "closed")
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Cache-Control"] = "no-store"
    # Nothing to another site; « no-referrer » would also hide from ours where the form comes from. A file says its own.
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response


def _open(request: HttpRequest, token: str) -> HttpResponse:
    try:
        found = answering.find_by_link(token=token, client=client_of(request))
    except TooManyTries as refusal:
        return _page(request, "dead", status=429, why=str(refusal))
    if found is None:
        return _page(request, "dead", status=404)
    gesture = request.POST.get("geste", OPEN)
    if gesture == FILE:
        return _file(request, found)
    # Nothing that was sent is looked at before the link was.
    answer = PartnerAnswerForm(*((request.POST, request.FILES) if gesture == ANSWER else ()))
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
        "files": [file_of(one) for one in sent_along(found)] if found.enclosed else [],
        "zone": found.enquiry.department.time_zone,
    }
    return _page(request, "open", status=422 if form is not None else 200, **more)


def _file(request: HttpRequest, found: Referral) -> HttpResponse:
    """One of the files that go with it; of any other, whatever it is, the same page that leads back to the question."""
    form = EnclosedForm(request.POST)
    uid = form.cleaned_data["enclosed"] if form.is_valid() else None
    try:
        attachment = answering.file_by_link(referral=found, file_uid=uid) if uid is not None else None
        return _page(request, "gone", status=404) if attachment is None else saved(found.enquiry, attachment)
    except Http404:  # its bytes are gone
        return _page(request, "gone", status=404)
    except DomainError:  # it was taken back at this very moment
        return _page(request, "dead", status=404)


def _act(found: Referral, gesture: str, data: dict[str, Any]) -> None:
    if gesture == ANSWER:
        answering.answer_by_link(referral=found, body=data["body"], uploads=data["files"])
    else:
        answering.refuse_by_link(referral=found, reason=data["reason"])


def _page(request: HttpRequest, part: str, *, status: int = 200, **more: object) -> HttpResponse:
    return render(request, "enquiries/partner/page.html", {"part": part, **more}, status=status)
