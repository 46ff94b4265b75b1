"""What an expert cell meets where something is to be read no more: why, and the answer that came too late, to copy."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from proxirh.enquiries.workflow import QuestionState, ReferralState

QUESTION, REFERRAL = "Question", "Réorientation"
LISTS = {
    QUESTION: ("Questions", "enquiries:cell_questions"),
    REFERRAL: ("Réorientations", "enquiries:cell_referrals"),
}
# By state, a title and a sentence.
TOLD = {
    QuestionState.RECALLED: (
        "Cette question a été retirée.",
        "Vous n’avez plus rien à faire, et son texte ne se lit plus.",
    ),
    QuestionState.DECLINED: ("Votre cellule a rendu cette question.", "Qui vous interrogeait lit votre motif."),
    ReferralState.REFUSED: (
        "Votre cellule a refusé cette réorientation.",
        "La personne et son conseiller lisent le motif.",
    ),
    ReferralState.EXPIRED: (
        "Le délai de cette réorientation est passé.",
        "La personne et son conseiller savent qu’elle est restée sans réponse. Son texte ne se lit plus ici.",
    ),
    ReferralState.WITHDRAWN: (
        "Cette réorientation a été reprise.",
        "Vous n’avez plus rien à faire, et son texte ne se lit plus ici.",
    ),
}
ENDED = "Elle n’attend plus de réponse.", "La demande dont elle venait est terminée."
MOST_KEPT = 20_000
ANSWER = "repondre"


def over(request: HttpRequest, kind: str, row: Any) -> HttpResponse:
    """What became of a row of one’s list that may be read no more, without a word of it; no such page without a row."""
    if row is None:
        raise Http404
    is_too_late = request.POST.get("geste") == ANSWER
    list_name, route = LISTS[kind]
    context = {
        "kind": kind,
        "row": row,
        "told": TOLD.get(row.state, ENDED),
        "is_too_late": is_too_late,
        "typed": request.POST.get("body", "")[:MOST_KEPT],
        "list_name": list_name,
        "list_url": reverse(route),
    }
    status = 422 if is_too_late else 409 if request.method == "POST" else 200
    return render(request, "enquiries/cell/over.html", context, status=status)
