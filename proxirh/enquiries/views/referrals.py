"""« Mises en relation » of one enquiry: proposed and taken back at the desk; agreed to, stopped and verified by its
author."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from proxirh.enquiries import permissions
from proxirh.enquiries.attachments import delivered_files
from proxirh.enquiries.forms.referrals import ReferForm, SeenForm
from proxirh.enquiries.models import Agreement, Enquiry, Referral
from proxirh.enquiries.services import cell_rules, referring
from proxirh.enquiries.story import file_of
from proxirh.enquiries.views.desk import menu
from proxirh.enquiries.views.desk_access import actor_of, at_desk, find_handled, signed_in, turned_away
from proxirh.enquiries.views.space import find_own
from proxirh.enquiries.workflow import OPEN_REFERRALS, ReferralState
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError

AGREE, STOP, ARRIVED, TAKE_BACK = "accepter", "arreter", "arrivee", "reprendre"
DONE = {
    AGREE: "C’est parti, avec votre accord. Vous lirez ici la réponse : un courriel vous préviendra.",
    STOP: "C’est noté : rien de plus n’est transmis.",
    ARRIVED: "Merci. La personne qui suit votre demande sait que la réponse est arrivée.",
    TAKE_BACK: "La mise en relation est reprise : son destinataire ne lit plus rien.",
}


# ── At the desk ────────────────────────────────────────────────────────────────────────────────────
@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def referrals(request: HttpRequest, uid: UUID) -> HttpResponse:
    """What was passed on, to whom and what came of it; a new one, for its lead."""
    found = find_handled(request, uid)
    if found is None:
        return turned_away(request, uid)
    actor, known = actor_of(request), Referral.objects.of_enquiry(found)
    if request.method == "POST" and request.POST.get("geste") == TAKE_BACK:
        return _act(request, found, known, {TAKE_BACK: referring.take_back}, back="enquiries:referrals")
    today = local_day(timezone.now(), found.department.time_zone)
    may_refer = permissions.can_treat(actor, found)
    cells = cell_rules.destinations(found, day=today, looks_at_ties=False) if may_refer else []
    partners = referring.partners_for(found, day=today) if may_refer else []
    form = ReferForm(request.POST if request.method == "POST" else None, cells=cells, partners=partners, today=today)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            made = referring.refer(
                actor=actor,
                enquiry=found,
                to=data["to"],
                body=data["body"],
                agreement=data["agreement"],
                oral_on=data["oral_on"],
                key=data["key"],
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _said(made))
            return redirect("enquiries:referrals", uid)
    context = {
        "enquiry": found,
        "name": found.contact_name,
        "form": form if (may_refer and form.sides) or form.is_bound else None,
        "may_refer": may_refer,
        "closed_cells": [one for one in cells if one.refusal],
        "models": [one for one in cells if one.what_to_send and not one.refusal],
        "validated": [one.team.name for one in cells if one.head_validates and not one.refusal],
        "rows": _told(found, known),
        "open_states": OPEN_REFERRALS,
        "zone": found.department.time_zone,
        "side_navigation": menu(actor),
    }
    return render(request, "enquiries/desk/referrals.html", context, status=422 if form.is_bound else 200)


def _said(made: Referral) -> str:
    if made.agreement == Agreement.WRITTEN:
        return "La personne lit ce texte sur sa page. Rien ne part avant son oui."
    return "C’est envoyé. La personne en lit la copie sur sa page."


# ── In the author’s space ──────────────────────────────────────────────────────────────────────────
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def own_referrals(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Word for word what would leave or has left; agree, stop it, read the answer and say that it arrived."""
    found = find_own(request, uid)
    known = Referral.objects.of_enquiry(found)
    if not known:
        raise Http404
    if request.method == "POST":
        acts = {AGREE: referring.agree, STOP: referring.take_back, ARRIVED: referring.verify}
        return _act(request, found, known, acts, back="enquiries:own_referrals")
    rows = _told(found, known)
    context = {
        "enquiry": found,
        "to_read": [row for row in rows if row["referral"].state == ReferralState.PROPOSED],
        "rows": [row for row in rows if row["referral"].state != ReferralState.PROPOSED],
        "open_states": OPEN_REFERRALS,
        "zone": found.department.time_zone,
    }
    return render(request, "enquiries/space/referrals.html", context)


def _told(found: Enquiry, known: list[Any]) -> list[dict[str, Any]]:
    """Each with the files of its answer, which came in one query for all."""
    files = [one for one in delivered_files(found) if one.answer_id] if any(one.delivered for one in known) else []
    for one in files:
        one.enquiry = found
    return [
        {
            "referral": one,
            "answer": one.delivered,
            "files": [file_of(file) for file in files if one.delivered and file.answer_id == one.delivered.pk],
            "is_open": one.state in OPEN_REFERRALS,
        }
        for one in known
    ]


def _act(request: HttpRequest, found: Enquiry, known: list[Any], acts: dict[str, Any], *, back: str) -> HttpResponse:
    """Do one thing to one of them; what is refused is told on the page one comes back to."""
    form, gesture = SeenForm(request.POST), request.POST.get("geste", "")
    chosen = next((one for one in known if form.is_valid() and one.uid == form.cleaned_data["referral"]), None)
    if chosen is None or gesture not in acts:
        raise Http404
    try:
        acts[gesture](actor=actor_of(request), referral=chosen)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, DONE[gesture])
    return redirect(back, found.uid)
