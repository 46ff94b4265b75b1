"""The author’s answer about a contact that she was given, in one click on her page."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from proxirh.enquiries.services import signposting
from proxirh.enquiries.views.desk_access import actor_of, signed_in
from proxirh.enquiries.views.space import find_own
from proxirh.enquiries.workflow import SignpostStep
from proxirh.kernel.errors import DomainError

NO_ANSWER = "Choisissez une réponse : oui, non ou pas encore."
SAID = {
    SignpostStep.SAY_YES: "C’est noté, merci.",
    SignpostStep.SAY_NO: "C’est noté : la personne qui suit votre demande est prévenue, et cherche avec vous.",
    SignpostStep.SAY_NOT_YET: "C’est noté. Prenez votre temps : la question reste sur cette page.",
}


@require_POST
@signed_in
def answer_contact(request: HttpRequest, uid: UUID, contact_uid: UUID) -> HttpResponse:
    """« Avez-vous pu joindre … ? »: yes, no, not yet."""
    found = find_own(request, uid)
    given = found.signpostings.filter(uid=contact_uid).first()
    step = signposting.ANSWERS.get(request.POST.get("reponse", ""))
    if given is None:
        raise Http404
    given.enquiry = found
    try:
        if step is None:
            raise DomainError(NO_ANSWER)
        signposting.answer_question(actor=actor_of(request), signposting=given, step=step)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, SAID[step])
    return redirect("enquiries:follow", found.uid)
