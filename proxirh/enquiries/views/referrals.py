"""« Mises en relation » of one enquiry: proposed and taken back at the desk; agreed to, stopped and verified by its
author."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from proxirh.enquiries import permissions
from proxirh.enquiries.attachments import delivered_files
from proxirh.enquiries.forms.referrals import AgreeForm, ReferForm, SeenForm
from proxirh.enquiries.models import Agreement, Attachment, Enquiry, Referral, Scan
from proxirh.enquiries.services import cell_rules, referring
from proxirh.enquiries.services.enclosing import CHANGED
from proxirh.enquiries.services.treating import NOT_IN_CHARGE
from proxirh.enquiries.story import File, file_of
from proxirh.enquiries.views.desk import menu
from proxirh.enquiries.views.desk_access import actor_of, at_desk, find_handled, signed_in, turned_away
from proxirh.enquiries.views.space import find_own
from proxirh.enquiries.wishes import names_kept_away
from proxirh.enquiries.workflow import OPEN_REFERRALS, ReferralState
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError
from proxirh.territories.actor import Actor

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
    files = _files_of(found) if may_refer else _files_of(found, known)
    clean = _shown([one for one in files if one.scan == Scan.CLEAN]) if may_refer else []
    lists: dict[str, Any] = {"cells": cells, "partners": partners, "files": clean}
    form = ReferForm(request.POST if request.method == "POST" else None, today=today, **lists)
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
                enclosed=data["enclosed"],
                key=data["key"],
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _said(made))
            return redirect("enquiries:referrals", uid)
    elif form.is_bound and not may_refer:
        form.add_error(None, NOT_IN_CHARGE)
    context = {
        "enquiry": found,
        "name": found.contact_name,
        "kept_away": names_kept_away(found),
        "form": form if (may_refer and form.sides) or form.is_bound else None,
        "may_refer": may_refer,
        "closed_cells": [one for one in cells if one.refusal],
        "models": [one for one in cells if one.what_to_send and not one.refusal],
        "validated": [one.team.name for one in cells if one.head_validates and not one.refusal],
        "rows": _told(known, files),
        "has_clean_files": bool(clean),
        "has_files": bool(files),
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
        acts = {AGREE: partial(_agree, request), STOP: referring.take_back, ARRIVED: referring.verify}
        return _act(request, found, known, acts, back="enquiries:own_referrals")
    rows = _told(known, _files_of(found, known))
    context = {
        "enquiry": found,
        "to_read": [row for row in rows if row["referral"].state == ReferralState.PROPOSED],
        "rows": [row for row in rows if row["referral"].state != ReferralState.PROPOSED],
        "open_states": OPEN_REFERRALS,
        "zone": found.department.time_zone,
    }
    return render(request, "enquiries/space/referrals.html", context)


def _agree(request: HttpRequest, *, actor: Actor, referral: Referral) -> None:
    """To the words, and to the files that are ticked."""
    proposed = None
    if referral.enclosed:
        proposed = _shown([one for one in _files_of(referral.enquiry) if str(one.uid) in referral.enclosed])
    form = AgreeForm(request.POST, files=proposed)
    if not form.is_valid():
        raise DomainError(CHANGED)
    referring.agree(actor=actor, referral=referral, enclosed=form.cleaned_data.get("enclosed", ()))


def _files_of(found: Enquiry, known: list[Any] | None = None) -> list[Attachment]:
    """Files of the enquiry, in one query; none is asked for where none of these referrals names any."""
    if known is not None and not any(one.delivered or one.enclosed for one in known):
        return []
    files = list(delivered_files(found).order_by("added_at", "pk"))
    for one in files:
        one.enquiry = found
    return files


def _shown(files: Sequence[Attachment]) -> list[File]:
    return [file_of(one) for one in files]


def _told(known: list[Any], files: Sequence[Attachment]) -> list[dict[str, Any]]:
    """Each with the files that go with it, how many of them are gone since, and those of its answer."""
    return [_row(one, files) for one in known]


def _row(one: Any, files: Sequence[Attachment]) -> dict[str, Any]:
    enclosed = _shown([file for file in files if str(file.uid) in one.enclosed])
    is_proposed = one.state == ReferralState.PROPOSED and enclosed
    return {
        "referral": one,
        "answer": one.delivered,
        "files": _shown([file for file in files if one.delivered and file.answer_id == one.delivered.pk]),
        "enclosed": enclosed,
        "gone": len(one.enclosed) - len(enclosed),
        "form": AgreeForm(files=enclosed, auto_id=f"id_{one.reference}_%s") if is_proposed else None,
        "is_open": one.state in OPEN_REFERRALS,
    }


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
