"""« Je change d’académie »: prepared on either side, agreed to by its author, declined by the other team."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from proxirh.enquiries import permissions, transfer_pages
from proxirh.enquiries.forms.transfers import AgreeForm, DeclineForm, TransferForm, version_of
from proxirh.enquiries.models import Enquiry, Transfer
from proxirh.enquiries.querysets import Side
from proxirh.enquiries.services import transferring
from proxirh.enquiries.transfer_pages import Arrival
from proxirh.enquiries.views.desk import menu
from proxirh.enquiries.views.desk_access import (
    actor_of,
    at_desk,
    find_handled,
    find_offered,
    signed_in,
    turned_away,
)
from proxirh.enquiries.views.space import find_own
from proxirh.enquiries.workflow import RUNNING_TRANSFERS, UNSENT_TRANSFERS, TransferState
from proxirh.kernel.errors import DomainError, StaleState
from proxirh.territories.actor import Actor

AGREE, WITHDRAW, WRITE = "accepter", "retirer", "ecrire"
STALE = "Cette page avait changé pendant que vous écriviez. Relisez-la : votre texte est gardé, rien n’est parti."
PROPOSED = "Le texte est enregistré. Relisez ci-dessous tout ce qui partirait, puis donnez votre accord."
ASKED = "C’est noté. La personne qui vous suit va vous proposer un texte à relire."
SENT = "Votre demande est proposée à l’autre académie. D’ici à ce qu’elle soit prise, rien ne change ici."
BACK = "C’est retiré. Rien de vous n’est gardé dans l’autre académie, et votre suivi continue ici."


# ── In the author’s space ──────────────────────────────────────────────────────────────────────────
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def own_transfer(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say that one moves, re-read all that would go, agree or take it back, and see what became of it."""
    found, actor = find_own(request, uid), actor_of(request)
    if found.uid != uid:
        return redirect("enquiries:own_transfer", found.uid)
    latest = transferring.latest_transfer(found)
    if latest is None and not found.is_open:
        return redirect("enquiries:follow", uid)
    running = _running(latest)
    may_write = found.is_open and (running is None or running.state in UNSENT_TRANSFERS)
    act = request.POST.get("geste", WRITE) if request.method == "POST" else ""
    if act in {AGREE, WITHDRAW}:
        return _answer(request, found, running, act)
    form = TransferForm(request.POST or None, enquiry=found, waiting=running, by_author=True) if may_write else None
    if act and form is None:
        messages.error(request, transferring.MOVED)
        return redirect("enquiries:own_transfer", uid)
    if act and form is not None and form.is_valid() and _write(actor, found, running, form):
        messages.success(request, PROPOSED if form.cleaned_data["body"] else ASKED)
        return redirect("enquiries:own_transfer", uid)
    arrival = arrival_of(actor, latest)
    context = {
        "enquiry": found,
        "running": running,
        "told": transfer_pages.to_author(latest, lead=_lead(found), arrival=arrival) if latest else None,
        "arrival": arrival if latest is not None and latest.state == TransferState.ACCEPTED else None,
        "to_begin": transfer_pages.to_begin(),
        "lines": transfer_pages.what_goes(running, found)
        if running is not None and running.state == TransferState.PROPOSED
        else (),
        "agree": AgreeForm(initial={"seen": version_of(running)}, auto_id="agree_%s"),
        "form": form,
        "zone": found.department.time_zone,
    }
    return render(request, "enquiries/space/transfer.html", context, status=422 if act else 200)


def _running(latest: Transfer | None) -> Transfer | None:
    """The one under way, if any."""
    return latest if latest is not None and latest.state in RUNNING_TRANSFERS else None


def _lead(found: Enquiry) -> str:
    return found.lead.full_name if found.lead_id and found.lead is not None else ""


def arrival_of(actor: Actor, transfer: Transfer | None) -> Arrival | None:
    """The other side, through the door of its author."""
    if transfer is None or transfer.arrival_id is None:
        return None
    rows = Enquiry.objects.visible_to(actor, side=Side.AUTHOR).filter(pk=transfer.arrival_id)
    found = rows.values_list("uid", "reference", "due_at", "department__time_zone").first()
    return Arrival(*found) if found else None


def _write(actor: Actor, found: Enquiry, running: Transfer | None, form: TransferForm) -> bool:
    """True once it is written; else the form says why."""
    data = form.cleaned_data
    try:
        if not data["seen"]:
            transferring.start_transfer(
                actor=actor, enquiry=found, place=form.where, body=data["body"], key=data["key"]
            )
        elif running is None or version_of(running) != data["seen"]:
            raise StaleState(STALE)
        else:
            transferring.write_transfer(actor=actor, transfer=running, place=form.where, body=data["body"])
    except DomainError as refusal:
        form.add_error(None, STALE if isinstance(refusal, StaleState) else str(refusal))
        return False
    return True


def _answer(request: HttpRequest, found: Enquiry, running: Transfer | None, act: str) -> HttpResponse:
    """Agree to the version that was read, or take it back; twice is once."""
    actor = actor_of(request)
    try:
        if act == AGREE and running is not None and running.state == TransferState.OFFERED:
            messages.info(request, SENT)
        elif running is None or (act == AGREE and request.POST.get("seen") != version_of(running)):
            raise StaleState(transferring.MOVED)
        elif act == AGREE:
            transferring.agree_to_transfer(actor=actor, transfer=running)
            messages.success(request, SENT)
        else:
            transferring.withdraw_transfer(actor=actor, transfer=running)
            messages.success(request, BACK)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("enquiries:own_transfer", found.uid)


# ── At the desk of whoever follows her ────────────────────────────────────────────────────────────
@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def transfer(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Propose a text that its author will re-read, change it, take it back before she has agreed."""
    found = find_handled(request, uid)
    if found is None:
        return turned_away(request, uid)
    actor, latest = actor_of(request), transferring.latest_transfer(found)
    running = _running(latest)
    may_write = permissions.can_change_academy(actor, found) and (running is None or running.state in UNSENT_TRANSFERS)
    act = request.POST.get("geste", WRITE) if request.method == "POST" else ""
    if act == WITHDRAW:
        return _take_back(request, found, running)
    form = TransferForm(request.POST or None, enquiry=found, waiting=running, by_author=False) if may_write else None
    if act and form is None:
        messages.error(request, transferring.MOVED)
        return redirect("enquiries:transfer", uid)
    if act and form is not None and form.is_valid() and _write(actor, found, running, form):
        messages.success(request, "Le texte est proposé. La personne est prévenue qu’elle peut le relire.")
        return redirect("enquiries:transfer", uid)
    context: dict[str, Any] = {
        "enquiry": found,
        "name": found.contact_name,
        "running": running,
        "told": transfer_pages.to_staff(latest) if latest else None,
        "form": form,
        "side_navigation": menu(actor),
    }
    return render(request, "enquiries/desk/transfer.html", context, status=422 if act else 200)


def _take_back(request: HttpRequest, found: Enquiry, running: Transfer | None) -> HttpResponse:
    try:
        if running is None:
            raise StaleState(transferring.MOVED)
        transferring.withdraw_transfer(actor=actor_of(request), transfer=running)
        messages.success(request, "C’est retiré. Rien n’est parti, et vous continuez de la suivre.")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("enquiries:transfer", found.uid)


# ── At the desk of the other team ─────────────────────────────────────────────────────────────────
@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def decline_transfer(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say why it is not for this team; its author and whoever follows her are told, and nothing stays here."""
    row = find_offered(request, uid)
    actor = actor_of(request)
    if row is None or not permissions.can_take(actor, row) or transferring.waiting_transfer(row) is None:
        raise Http404
    form = DeclineForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            transferring.decline_transfer(actor=actor, arrival=row, reason=form.cleaned_data["reason"])
        except StaleState as refusal:
            messages.info(request, str(refusal))
        else:
            messages.success(
                request, "C’est noté. La personne et celle qui la suit sont prévenues. Rien n’est gardé ici."
            )
        return redirect("enquiries:desk")
    context = {"enquiry": row, "form": form, "side_navigation": menu(actor)}
    return render(request, "enquiries/desk/transfer_decline.html", context, status=422 if form.is_bound else 200)
