"""Reply templates: kept by a team, inserted in an answer with the first name and the reference of whom it goes to."""

import re
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from proxirh.enquiries.models import Enquiry, ReplyTemplate
from proxirh.kernel import journal
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.workflow import swap
from proxirh.territories.actor import Actor

MOST_KEPT = 60
FIRST_NAME, REFERENCE = "{prénom}", "{référence}"
BRACED = re.compile(r"\{[^{}]*\}?|\}")
NOT_YOURS = "Les modèles d’une équipe sont à qui reçoit pour elle."
SAME_TITLE = "Un modèle de cette équipe porte déjà ce titre. Choisissez-en un autre, ou changez ce modèle."
TOO_MANY = f"Une équipe garde {MOST_KEPT} modèles au plus. Effacez-en un qui ne sert plus."


def templates_of(actor: Actor) -> list[ReplyTemplate]:
    """Those of the teams that this person receives for, by team and title."""
    if not actor.receives:
        return []
    rows = ReplyTemplate.objects.filter(team_id__in=sorted(actor.teams)).select_related("team")
    return list(rows.order_by("team__name", "title", "pk"))


def offered_for(actor: Actor, enquiry: Enquiry) -> list[ReplyTemplate]:
    """Those of the team that has this enquiry, for whoever receives for it."""
    if not actor.receives or enquiry.team_id not in actor.teams:
        return []
    return list(ReplyTemplate.objects.filter(team_id=enquiry.team_id).order_by("title", "pk"))


def unknown_in(body: str) -> Sequence[str]:
    """What stands between braces, and is neither the first name nor the reference."""
    return [found for found in BRACED.findall(body) if found not in {FIRST_NAME, REFERENCE}]


def resolve(template: ReplyTemplate, enquiry: Enquiry) -> str:
    """Its text for one person; `enquiry` came through a door."""
    body = template.body.replace(REFERENCE, enquiry.reference)
    return body.replace(FIRST_NAME, enquiry.contact.get("first_name", ""))


def write_template(
    *, actor: Actor, team_id: int, title: str, body: str, key: UUID | None = None, at: datetime | None = None
) -> ReplyTemplate:
    """Keep a new one for a team; the same key twice gives the same.

    Raises NotAllowed for whoever does not receive for it, DomainError for a title taken.
    """
    _check(actor, team_id, body)
    at = at or timezone.now()
    kept = ReplyTemplate.objects.filter(team_id=team_id)
    if key and (sent := kept.filter(idempotency_key=key).first()):
        return sent
    if kept.count() >= MOST_KEPT:
        raise DomainError(TOO_MANY)
    made = ReplyTemplate(team_id=team_id, title=title, body=body, idempotency_key=key, changed_at=at)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
            journal.record(actor=actor.label, verb="modèle.écrit", subject=made, at=at, team=team_id)
    except IntegrityError:
        sent = kept.filter(idempotency_key=key).first() if key else None
        if sent is None:
            raise DomainError(SAME_TITLE) from None
        return sent
    return made


def change_template(
    *, actor: Actor, template: ReplyTemplate, title: str, body: str, at: datetime | None = None
) -> None:
    """Write it anew; raises StaleState when a colleague did meanwhile, DomainError for a title taken."""
    _check(actor, template.team_id, body)
    at = at or timezone.now()
    try:
        with transaction.atomic():
            swap(template, {"changed_at": template.changed_at}, {"title": title, "body": body, "changed_at": at})
            journal.record(actor=actor.label, verb="modèle.changé", subject=template, at=at)
    except IntegrityError:
        raise DomainError(SAME_TITLE) from None


@transaction.atomic
def erase_template(*, actor: Actor, template: ReplyTemplate, at: datetime | None = None) -> None:
    """Keep it no more; twice is the same as once."""
    _check(actor, template.team_id, "")
    if ReplyTemplate.objects.filter(pk=template.pk).delete()[0]:
        journal.record(actor=actor.label, verb="modèle.effacé", subject=template, at=at or timezone.now())


def _check(actor: Actor, team_id: int, body: str) -> None:
    if not actor.receives or team_id not in actor.teams:
        raise NotAllowed(NOT_YOURS)
    if wrong := unknown_in(body):
        raise DomainError(
            f"Seuls {FIRST_NAME} et {REFERENCE} sont remplacés. Corrigez « {wrong[0]} » : la personne le lirait ainsi."
        )
