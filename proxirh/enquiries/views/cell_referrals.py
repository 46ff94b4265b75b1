"""« Réorientations »: the inbox of an expert cell, and the answers that its head of service validates."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.enquiries.attachments import sent_along
from proxirh.enquiries.forms.referrals import CellAnswerForm, CellRulesForm, RefuseForm
from proxirh.enquiries.models import CellRules, Referral
from proxirh.enquiries.services import answering, cell_rules
from proxirh.enquiries.story import file_of
from proxirh.enquiries.views.cell_over import REFERRAL, over
from proxirh.enquiries.views.desk_access import actor_of, heading, in_cell, running
from proxirh.enquiries.views.files import held_back, saved
from proxirh.enquiries.workflow import WITH_OTHER_SIDE, ReferralState
from proxirh.kernel.errors import DomainError, StaleState
from proxirh.territories.models import Team, Topic

MOST_LISTED = 200
OPEN, ACCEPT, REFUSE, ANSWER = "ouvrir", "accepter", "refuser", "repondre"
VALIDATE, SEND_BACK = "valider", "reprendre"
MOVED = "Un collègue vient de changer ces règles : relisez-les. Votre saisie est gardée, rien n’est enregistré."


@require_safe
@in_cell
def cell_referrals(request: HttpRequest) -> HttpResponse:
    """What waits for an answer, the first to lapse at the top, then the rest."""
    rows = list(Referral.objects.listed_for(actor_of(request)).order_by("-sent_at", "-pk")[:MOST_LISTED])
    context = {
        "waiting": sorted((row for row in rows if row.state in WITH_OTHER_SIDE), key=lambda row: row.expires_at),
        "others": [row for row in rows if row.state not in WITH_OTHER_SIDE],
        "has_cells": len({row.team_id for row in rows}) > 1,
    }
    return render(request, "enquiries/cell/referrals.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@in_cell
def cell_referral(request: HttpRequest, referral_uid: UUID) -> HttpResponse:
    """Before it is opened, one button; then exactly what was passed on, accept or refuse, and answer."""
    actor = actor_of(request)
    found = Referral.objects.visible_to(actor).filter(uid=referral_uid).first()
    if found is None:
        return over(request, REFERRAL, Referral.objects.listed_for(actor).filter(uid=referral_uid).first())
    gesture = request.POST.get("geste", "")
    rules = CellRules.objects.filter(team=found.team_id).first()
    usual = rules.usual_answer if rules else ""
    answer = CellAnswerForm(*((request.POST, request.FILES) if gesture == ANSWER else ()), initial={"body": usual})
    refuse = RefuseForm(request.POST if gesture == REFUSE else None)
    if request.method == "POST" and _act(request, found, gesture, answer, refuse):
        is_over = gesture == REFUSE
        return redirect("enquiries:cell_referrals") if is_over else redirect("enquiries:cell_referral", referral_uid)
    if found.state == ReferralState.SENT:
        return render(request, "enquiries/cell/referral_sealed.html", {"referral": found})
    answering.record_cell_reading(actor=actor, referral=found)
    now = timezone.now()
    context = {
        "referral": found,
        "form": answer if found.state == ReferralState.ACCEPTED or answer.is_bound else None,
        "refuse": refuse if found.state == ReferralState.SEEN or refuse.is_bound else None,
        "can_accept": found.state == ReferralState.SEEN,
        "head_validates": bool(rules and rules.head_validates),
        "files": [file_of(one) for one in sent_along(found)] if found.enclosed and found.opens_files(now) else [],
        "zone": found.enquiry.department.time_zone,
    }
    is_wrong = answer.is_bound or refuse.is_bound
    return render(request, "enquiries/cell/referral.html", context, status=422 if is_wrong else 200)


@require_safe
@in_cell
def cell_file(request: HttpRequest, referral_uid: UUID, file_uid: UUID) -> HttpResponse:
    """A file that its author agreed to pass on, as long as the cell has the referral."""
    opened = answering.file_for_cell(actor=actor_of(request), referral_uid=referral_uid, file_uid=file_uid)
    if opened is None:
        raise Http404
    referral, attachment = opened
    return saved(referral.enquiry, attachment)


def _act(request: HttpRequest, found: Referral, gesture: str, answer: CellAnswerForm, refuse: RefuseForm) -> bool:
    """Do what is asked; False when it is refused, and the words typed stay on the page."""
    actor = actor_of(request)
    form: Any = {ANSWER: answer, REFUSE: refuse}.get(gesture)
    if form is not None and not form.is_valid():
        return False
    try:
        if gesture == OPEN:
            answering.open_referral(actor=actor, referral=found)
        elif gesture == ACCEPT:
            answering.accept_referral(actor=actor, referral=found)
            messages.success(request, "C’est accepté. La personne et son conseiller savent que vous allez répondre.")
        elif gesture == REFUSE:
            answering.refuse_referral(actor=actor, referral=found, reason=refuse.cleaned_data["reason"])
            messages.success(request, "C’est noté. La personne et son conseiller lisent le motif.")
        elif gesture == ANSWER:
            data = answer.cleaned_data
            answering.answer_referral(
                actor=actor,
                referral=found,
                body=data["body"],
                uploads=data["files"],
                key=data["idempotency_key"],
            )
            messages.success(request, "Votre réponse est enregistrée.")
    except DomainError as refusal:
        if form is None:
            messages.error(request, str(refusal))
            return True
        form.add_error(None, str(refusal))
        return False
    return True


# ── The head of service ────────────────────────────────────────────────────────────────────────────
@require_safe
@heading
def answers_to_validate(request: HttpRequest) -> HttpResponse:
    """Answers of the cells of one’s service that reach nobody before they are validated."""
    rows = Referral.objects.to_validate_by(actor_of(request)).select_related("answer").order_by("expires_at", "pk")
    return render(request, "enquiries/cell/to_validate.html", {"rows": list(rows[:MOST_LISTED])})


@require_http_methods(["GET", "HEAD", "POST"])
@heading
def answer_to_validate(request: HttpRequest, referral_uid: UUID) -> HttpResponse:
    """The answer and its documents, never what was passed on; validate it, or send it back."""
    actor, found = actor_of(request), _find_answer(request, referral_uid)
    if request.method == "POST":
        act = {VALIDATE: answering.validate_answer, SEND_BACK: answering.send_back_answer}.get(
            request.POST.get("geste", "")
        )
        if act is None:
            raise Http404
        try:
            act(actor=actor, referral=found)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            is_validated = request.POST.get("geste") == VALIDATE
            messages.success(
                request, "La réponse est remise." if is_validated else "La cellule est prévenue : rien n’est remis."
            )
        return redirect("enquiries:answers_to_validate")
    answering.record_head_reading(actor=actor, referral=found)
    files = list(found.answer.attachments.all())
    for one in files:
        one.enquiry = found.enquiry
    context = {
        "referral": found,
        "answer": found.answer,
        "files": [file_of(one) for one in files],
        "zone": found.enquiry.department.time_zone,
    }
    return render(request, "enquiries/cell/answer_to_validate.html", context)


@require_safe
@heading
def answer_file(request: HttpRequest, referral_uid: UUID, file_uid: UUID) -> HttpResponse:
    """A document of an answer that waits for validation."""
    found = _find_answer(request, referral_uid)
    answering.record_head_reading(actor=actor_of(request), referral=found)
    attachment = found.answer.attachments.filter(uid=file_uid).first()
    if attachment is None:
        raise Http404
    attachment.enquiry = found.enquiry
    waits = held_back(request, attachment, "enquiries:answer_to_validate", referral_uid)
    return waits or saved(found.enquiry, attachment)


def _find_answer(request: HttpRequest, referral_uid: UUID) -> Any:
    rows = Referral.objects.to_validate_by(actor_of(request)).select_related("answer__written_by__data_key")
    found = rows.filter(uid=referral_uid).first()
    if found is None:
        raise Http404
    found.answer.enquiry = found.enquiry
    return found


# ── The rules of a cell ────────────────────────────────────────────────────────────────────────────
@require_safe
@running
def cells(request: HttpRequest) -> HttpResponse:
    """Expert cells of one’s académies."""
    rows = cell_rules.cells_run_by(actor_of(request), day=timezone.localdate())
    return render(request, "enquiries/cell/cells.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@running
def rules(request: HttpRequest, team_uid: UUID) -> HttpResponse:
    """When one of them receives, about what, how much; who validates; its models."""
    actor = actor_of(request)
    rows = cell_rules.cells_run_by(actor, day=timezone.localdate())
    cell: Team | None = next((one for one in rows if one.uid == team_uid), None)
    if cell is None:
        raise Http404
    kept = cell_rules.rules_of(cell)
    topics = list(Topic.objects.filter(is_open=True).order_by("position", "pk"))
    form = CellRulesForm(request.POST if request.method == "POST" else None, topics=topics, initial=_shown(kept))
    if form.is_bound and form.is_valid():
        data = {name: value for name, value in form.cleaned_data.items() if name != "seen"}
        try:
            if form.cleaned_data["seen"] != _version(kept):
                raise StaleState
            cell_rules.set_rules(actor=actor, cell=cell, seen=kept.changed_at if kept.pk else None, **data)
        except DomainError as refusal:
            form.add_error(None, MOVED if isinstance(refusal, StaleState) else str(refusal))
        else:
            messages.success(request, "Les règles sont enregistrées. Ce qui est en cours continue.")
            return redirect("enquiries:cells")
    context = {"cell": cell, "form": form}
    return render(request, "enquiries/cell/rules.html", context, status=422 if form.is_bound else 200)


def _shown(kept: CellRules) -> dict[str, Any]:
    names = ("opens_on", "closes_on", "topics", "most_open", "head_validates", "what_to_send", "usual_answer")
    return {name: getattr(kept, name) for name in names} | {"seen": _version(kept)}


def _version(kept: CellRules) -> str:
    return kept.changed_at.isoformat() if kept.pk else ""
