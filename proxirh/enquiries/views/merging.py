"""Merging two enquiries of one person: which one is kept, what will happen exactly, then the act."""

import uuid
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from proxirh.enquiries import freshness, permissions
from proxirh.enquiries.forms.merging import MergeForm
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services import merging
from proxirh.enquiries.views.desk import menu
from proxirh.enquiries.views.desk_access import actor_of, at_desk, find_handled, turned_away
from proxirh.kernel.errors import DomainError
from proxirh.ui import french

WITH = "avec"
COUNTED = {
    "messages": "message,messages",
    "exchanges": "échange,échanges",
    "attachments": "pièce jointe,pièces jointes",
    "summaries": "compte rendu,comptes rendus",
    "working_notes": "note de travail,notes de travail",
}


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def merge(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The other ones that it may go into; once one is chosen, all that will happen, and the button that does it."""
    found = find_handled(request, uid, "author", "site", "category")
    if found is None:
        return turned_away(request, uid)
    actor = actor_of(request)
    if not permissions.can_merge(actor, found):
        return redirect("enquiries:enquiry", uid)
    others = merging.candidates(actor, found)
    kept = _chosen(request, others)
    context: dict[str, Any] = {
        "enquiry": found,
        "name": found.contact_name,
        "others": others,
        "zone": found.department.time_zone,
        "side_navigation": menu(actor),
    }
    if kept is None:
        return render(request, "enquiries/desk/merge.html", context)
    form = MergeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            merging.merge_enquiries(actor=actor, merged=found, kept=kept, **form.cleaned_data)
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return redirect(f"{request.path}?{WITH}={kept.uid}")
        messages.success(request, f"La demande {found.reference} est réunie à celle-ci. La personne est prévenue.")
        return redirect("enquiries:enquiry", kept.uid)
    context |= _told(found, kept)
    return render(request, "enquiries/desk/merge_confirm.html", context, status=422 if form.is_bound else 200)


def _chosen(request: HttpRequest, others: list[Enquiry]) -> Enquiry | None:
    """The one that the address names, or the only one there is."""
    named = request.GET.get(WITH, "")
    if not named:
        return others[0] if len(others) == 1 else None
    return next((one for one in others if str(one.uid) == named), None)


def _told(found: Enquiry, kept: Enquiry) -> dict[str, Any]:
    follow = merging.what_follows(found)
    step = found if kept.next_step_on is None and found.next_step_on is not None else kept
    seen = {"seen": freshness.tag(found), "seen_kept": freshness.tag(kept), "key": uuid.uuid4()}
    return {
        "kept": kept,
        "refusal": merging.why_not(found, kept),
        "follow": [french.counted(follow[name], words) for name, words in COUNTED.items() if follow[name]],
        "step": step if step.next_step_on else None,
        "other_phone": french.phone(_other(found, kept, "phone")),
        "other_email": _other(found, kept, "email"),
        "beside": merging.beside(found),
        "form": MergeForm(initial=seen),
    }


def _other(found: Enquiry, kept: Enquiry, name: str) -> str:
    """What was given with the one and will not be shown with the other."""
    given, shown = found.contact.get(name, ""), kept.contact.get(name, "")
    return given if given != shown and (shown or name == "email") else ""
