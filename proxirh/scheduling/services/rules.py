"""How an académie runs its agenda: its rules, where one meets on a screen, and how long each branch of topics takes."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone

from proxirh.kernel import journal
from proxirh.kernel.errors import NotAllowed
from proxirh.scheduling.models import ROOM, AgendaRules, TopicLength
from proxirh.territories.actor import Actor
from proxirh.territories.models import Academy, Topic
from proxirh.territories.permissions import can_run_academy

NOT_YOURS = "Les règles des rendez-vous sont à la coordination de l’académie."
NOT_AN_ADDRESS = (
    "Écrivez une adresse qui commence par https://, sans espace. Exemple : https://visio.exemple.fr/{salle}."
)
UNSAFE = " \"'<>\\^`{|}"

_BY_ACADEMY = AgendaRules._meta.get_field("academy").remote_field


def rules_of(academy: Academy) -> AgendaRules:
    """Its own, or the usual ones, which are not stored; no query when they came along with the académie."""
    if _BY_ACADEMY.is_cached(academy):
        try:
            return academy.agenda_rules
        except AgendaRules.DoesNotExist:
            return AgendaRules(academy_id=academy.pk)
    return AgendaRules.objects.filter(academy=academy).first() or AgendaRules(academy_id=academy.pk)


def why_no_room(pattern: str) -> str:
    """Why this is no address of video meetings, in a sentence; nothing when it is one."""
    try:
        parts = urlsplit(pattern)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return NOT_AN_ADDRESS
    if parts.scheme != "https" or ROOM in parts.netloc or "." not in host or port == 0:
        return NOT_AN_ADDRESS
    if "@" in parts.netloc:
        return "L’adresse ne porte ni nom ni mot de passe. Retirez ce qui précède « @ »."
    if pattern.count(ROOM) != 1:
        return f"Écrivez {ROOM} une fois dans l’adresse : c’est là que va le nom de chaque salle."
    # What mails and calendars would cut, or read as something else.
    rest = pattern.replace(ROOM, "")
    if not rest.isascii() or not rest.isprintable() or any(sign in rest for sign in UNSAFE):
        return NOT_AN_ADDRESS
    return ""


def branches_of_topics() -> list[Topic]:
    """Branches that are open, in their order."""
    return list(Topic.objects.filter(branch=None, is_open=True).order_by("position"))


def lengths_of(academy: Academy) -> dict[str, int]:
    """Minutes by branch, where they differ from the usual ones."""
    return dict(academy.topic_lengths.values_list("branch", "minutes"))


@transaction.atomic
def set_lengths(
    *, actor: Actor, academy: Academy, lengths: Mapping[str, int | None], at: datetime | None = None
) -> bool:
    """How long for each of these branches, None for the usual: appointments that are taken keep their own.

    Returns whether something changed.
    """
    at = at or timezone.now()
    if not can_run_academy(actor, academy):
        raise NotAllowed(NOT_YOURS)
    before = lengths_of(academy)
    changed = {branch: minutes for branch, minutes in lengths.items() if before.get(branch) != minutes}
    if not changed:
        return False
    academy.topic_lengths.filter(branch__in=[one for one, minutes in changed.items() if minutes is None]).delete()
    for branch, minutes in changed.items():
        if minutes is not None:
            TopicLength.objects.update_or_create(academy=academy, branch=branch, defaults={"minutes": minutes})
    told = {f"branche_{branch}": minutes or "habituelle" for branch, minutes in changed.items()}
    journal.record(actor=actor.label, verb="agenda.durées", subject=academy, at=at, **told)
    return True
