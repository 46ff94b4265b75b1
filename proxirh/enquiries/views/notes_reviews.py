"""« Notes à relire »: what someone has asked for, re-read by whoever wrote it and by nobody else."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.enquiries.forms.disclosing import ReviewForm
from proxirh.enquiries.models import Decision, NoteReview
from proxirh.enquiries.services import disclosing
from proxirh.enquiries.views.desk import menu
from proxirh.enquiries.views.desk_access import actor_of, at_desk
from proxirh.kernel.errors import DomainError, StaleState

MOST_LISTED = 20


@require_safe
@at_desk
def notes_to_review(request: HttpRequest) -> HttpResponse:
    """Her own notes that somebody waits for, the most pressing first: references and dates."""
    actor = actor_of(request)
    if not actor.receives:
        raise Http404
    found = list(NoteReview.objects.to_review_by(actor)[: MOST_LISTED + 1])
    today = timezone.localdate()
    context = {
        "reviews": [(one, one.request.due_on < today) for one in found[:MOST_LISTED]],
        "has_more": len(found) > MOST_LISTED,
        "side_navigation": menu(actor),
    }
    return render(request, "enquiries/desk/notes_to_review.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def note_to_review(request: HttpRequest, review_uid: UUID) -> HttpResponse:
    """One of them, in its words: hand it over, or not and why."""
    actor = actor_of(request)
    review = NoteReview.objects.to_review_by(actor).filter(uid=review_uid).first()
    if review is None:
        return _decided(request, review_uid)
    form = ReviewForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            disclosing.review_note(actor=actor, review=review, decision=data["decision"], reason=data["reason"])
        except StaleState:
            return _decided(request, review_uid)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            is_given = data["decision"] == Decision.GIVEN
            messages.success(request, "La note sera remise." if is_given else "La note ne sera pas remise.")
            return redirect("enquiries:notes_to_review")
    context = {"review": review, "form": form, "side_navigation": menu(actor)}
    status = 422 if form.is_bound else 200
    return render(request, "enquiries/desk/note_to_review.html", context, status=status)


def _decided(request: HttpRequest, review_uid: UUID) -> HttpResponse:
    """A second press, or another tab: her first choice stands. Anyone else meets nothing."""
    if not NoteReview.objects.decided_by(actor_of(request)).filter(uid=review_uid).exists():
        raise Http404
    messages.info(request, "Votre choix sur cette note est déjà enregistré.")
    return redirect("enquiries:notes_to_review")
