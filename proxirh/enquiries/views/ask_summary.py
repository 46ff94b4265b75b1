"""The answers as the author reads them again before sending, each line leading back to its question."""

from collections.abc import Mapping
from typing import Any

from proxirh.enquiries.services.asking import Answers
from proxirh.enquiries.services.preparing import names_in
from proxirh.enquiries.views import ask_steps as steps
from proxirh.enquiries.wishes import sentences
from proxirh.ui.components import SummaryRow


def summary_of(kept: Mapping[str, Any], answers: Answers) -> list[SummaryRow]:
    """One line a question; a second Modifier on the topic only where there is more to say."""
    wishes = sentences(answers.wishes, has_phone=bool(answers.phone))
    if answers.wants_call_today:
        wishes = ["Être rappelé aujourd’hui.", *wishes]
    contact = [f"{answers.first_name} {answers.last_name}", answers.email, answers.phone]
    return [
        SummaryRow("Où vous travaillez", _place(answers), steps.PLACE.url),
        SummaryRow("Votre métier", _sentence(answers.category.label), steps.CATEGORY.url),
        SummaryRow("De quoi vous voulez parler", answers.topic.agent_label or answers.topic.label, steps.TOPIC.url),
        *([SummaryRow("Pour qui", "Toute une équipe", steps.WORDS.url)] if answers.for_team else []),
        SummaryRow("Vos mots", answers.words, steps.WORDS.url, empty="Vous préférez en parler de vive voix."),
        SummaryRow("Comment vous joindre", "\n".join(filter(None, contact)), steps.CONTACT.url),
        SummaryRow("Ce qui vous convient", "\n".join(wishes), steps.WISHES.url),
        SummaryRow(
            "Qui ne doit pas voir votre demande", "\n".join(kept_away(kept)), steps.DISCRETION.url, empty="Personne"
        ),
    ]


def kept_away(kept: Mapping[str, Any]) -> list[str]:
    """Every name typed, whoever it turns out to be."""
    return [*names_in(kept.get("excluded_names", "")), *names_in(kept.get("superior_name", ""))]


def _place(answers: Answers) -> str:
    where = f"{answers.site} ({answers.department.code})" if answers.site else str(answers.department)
    return f"{where}\n{answers.division}" if answers.division else where


def _sentence(label: str) -> str:
    return label[:1].upper() + label[1:]
