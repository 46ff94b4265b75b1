"""How an author wishes to be reached: the codes the forms keep, and the words every screen shows for them."""

from collections.abc import Mapping
from typing import Any

from django.db import models

from proxirh.enquiries.models import Means


class TimeOfDay(models.TextChoices):
    MORNING = "morning", "le matin"
    NOON = "noon", "entre midi et 14 h"
    AFTERNOON = "afternoon", "l’après-midi"
    EVENING = "evening", "en fin de journée"
    OUTSIDE_CLASS = "outside_class", "hors temps de classe"


def sentences(wishes: Mapping[str, Any], *, has_phone: bool) -> list[str]:
    """The wishes in plain sentences, the ones that a caller must respect first."""
    found = []
    if wishes.get("not_at_work"):
        found.append("Ne pas appeler au travail.")
    if has_phone:
        allowed = wishes.get("may_leave_voicemail")
        found.append("Message vocal possible." if allowed else "Ne pas laisser de message vocal.")
    means = [label for code, label in Means.choices if code in wishes.get("means", ())]
    if means:
        found.append(f"Moyens préférés\u00a0: {_either(means)}.")
    times = [label for code, label in TimeOfDay.choices if code in wishes.get("times", ())]
    if times:
        found.append(f"Quand appeler : {_either(times)}.")
    return found


def names_kept_away(enquiry: Any) -> list[str]:
    """Names that the author keeps away and that nobody could match with a person: a reader recognises himself."""
    typed = (enquiry.wishes.get(name, "") for name in ("excluded_names", "superior_name"))
    return [line for text in typed for line in text.split("\n") if line]


def _either(labels: list[str]) -> str:
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} ou {labels[-1]}"
