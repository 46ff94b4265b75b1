"""The first level: HR officers answer a management question in one gesture, or pass it on to the counsellors in one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from proxirh.enquiries import freshness, permissions
from proxirh.enquiries.attachments import Upload, kept_only_if_done
from proxirh.enquiries.conflicts import asking_of, receiving_team
from proxirh.enquiries.models import Enquiry, Message, Outcome
from proxirh.enquiries.services import measuring
from proxirh.enquiries.services.closing import close_enquiry
from proxirh.enquiries.services.conversing import write_message
from proxirh.enquiries.services.treating import GivingBack, current_handling, let_go, need_of
from proxirh.enquiries.workflow import HandlingState
from proxirh.kernel import journal
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.territories.actor import Actor

NOT_FIRST_LEVEL = "Seuls les gestionnaires RH qui suivent une question de gestion peuvent le faire."
NOBODY = "Aucun conseiller ne peut la recevoir aujourd’hui : elle reste entre vos mains. Prévenez la coordination."


def _require_first_level(actor: Actor, enquiry: Enquiry) -> None:
    if not permissions.is_first_level(actor, enquiry):
        raise NotAllowed(NOT_FIRST_LEVEL)


def answer_enquiry(
    *,
    actor: Actor,
    enquiry: Enquiry,
    body: str,
    uploads: Sequence[Upload] = (),
    seen: str | None = None,
    key: UUID | None = None,
    at: datetime | None = None,
) -> Message:
    """Answer and end the follow-up, in one mail to the author, who may reopen it; the same key answers once.

    Raises StaleState when something moved since the page that bears `seen`: nothing is sent then.
    """
    at = at or timezone.now()
    if key and (sent := enquiry.messages.filter(idempotency_key=key).first()):
        return sent
    _require_first_level(actor, enquiry)
    try:
        with kept_only_if_done() as stored, transaction.atomic():
            freshness.require_unchanged(enquiry, seen)
            message = write_message(actor, enquiry, body, uploads, from_agent=False, stored=stored, key=key, at=at)
            measuring.first_answer(enquiry, at=at, noted_at=at)
            close_enquiry(actor=actor, enquiry=enquiry, outcomes=[Outcome.INDIVIDUAL_INFORMATION], key=key, at=at)
    except IntegrityError:  # the same key sent twice at once
        if key is None:
            raise
        return enquiry.messages.get(idempotency_key=key)
    return message


@transaction.atomic
def pass_on_enquiry(
    *,
    actor: Actor,
    enquiry: Enquiry,
    notes: Mapping[str, str] | None = None,
    key: UUID | None = None,
    at: datetime | None = None,
) -> None:
    """Put before the counsellors, with all it holds, a management question that asks for more than an answer.

    It never comes back to the first level by itself. Raises DomainError when no counsellor may receive it, or with a
    private note left unsettled.
    """
    if journal.already(enquiry, key):
        return
    _require_first_level(actor, enquiry)
    at = at or timezone.now()
    day = local_day(at, enquiry.department.time_zone)
    receiving = receiving_team(need_of(enquiry, past_officers=True), asking_of(enquiry), day=day)
    if not receiving.free:
        raise DomainError(NOBODY)
    handling = current_handling(enquiry, state=HandlingState.ACCEPTED, person_id=actor.person_id)
    let_go(
        actor,
        enquiry,
        handling,
        verb="demande.passée_aux_conseillers",
        reason=GivingBack.SKILL,
        notes=notes,
        key=key,
        at=at,
        to=receiving.team,
    )
