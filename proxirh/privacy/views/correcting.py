"""Correcting what is kept of one’s own person, and what is not corrected, with the reason."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from proxirh.accounts import services as accounts
from proxirh.accounts.step_up import step_up
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.privacy.correctable import UNCORRECTED
from proxirh.privacy.forms import PersonForm
from proxirh.privacy.kept import open_to_correct
from proxirh.privacy.views.mine import actor_of


@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def correct_person(request: HttpRequest) -> HttpResponse:
    """Name and telephone of one’s access; those of an enquiry are corrected on it."""
    actor = actor_of(request)
    person = accounts.person_of(actor.user_id or 0)
    said = person and {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "phone": person.phone or "",
        "seen": accounts.tag_of_person(person),
    }
    form = PersonForm(request.POST if request.method == "POST" else None, initial=said or {})
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                changed = accounts.correct_person(by=actor.label, user_id=actor.user_id or 0, **form.cleaned_data)
            except DomainError as refusal:
                status = 403 if isinstance(refusal, NotAllowed) else 422
                form.add_error(None, str(refusal))
                if isinstance(refusal, StaleState) and said:
                    form.show_again_on(said["seen"])
            else:
                messages.success(request, "C’est corrigé." if changed else "Rien n’a changé.")
                return redirect("privacy:mine")
    context = {
        "form": form,
        "is_from_file": person is None or person.staff_index is not None,
        "why_not": accounts.FROM_A_FILE,
        "uncorrected": UNCORRECTED,
        "enquiries": open_to_correct(actor),
    }
    return render(request, "privacy/correct_person.html", context, status=status)
