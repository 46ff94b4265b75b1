"""An enquiry typed by a colleague for someone on the telephone, at a permanence, by letter or through a relay."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from proxirh.enquiries.models import Channel, Enquiry
from proxirh.enquiries.services.asking import submit_enquiry
from proxirh.enquiries.services.preparing import prepare_answers
from proxirh.kernel import limits
from proxirh.kernel.errors import DomainError, TooManyTries
from proxirh.territories.actor import Actor

ORAL_AGREEMENT = "oral_agreement"
ASSISTED_CHANNELS = (Channel.PHONE, Channel.PERMANENCE, Channel.LETTER, Channel.RELAY)
TYPED_PER_HOUR = 60
LONGEST_BACK = timedelta(days=30)


def noon_of(day: date, zone: str, *, now: datetime) -> datetime:
    """The moment of something noted by its day: now for today, noon for another."""
    here = ZoneInfo(zone)
    return now if day == now.astimezone(here).date() else datetime.combine(day, time(12), tzinfo=here)


def type_enquiry(
    *,
    actor: Actor,
    kept: Mapping[str, Any],
    channel: str,
    asked_on: date,
    key: UUID,
    notice: int | None = None,
    at: datetime | None = None,
) -> Enquiry:
    """Create the enquiry of someone who agreed aloud; the delays count from the day she really asked.

    `kept` holds the same codes and words as a draft, `notice` the version that was shown. Raises DomainError for a day
    to come or more than thirty days ago, TooManyTries past sixty an hour by one colleague, and whatever
    `submit_enquiry` raises.
    """
    at = at or timezone.now()
    if not limits.attempt("typed", actor.label, limit=TYPED_PER_HOUR, per=timedelta(hours=1), at=at):
        raise TooManyTries("Vous avez saisi beaucoup de demandes en une heure. Reprenez un peu plus tard.")
    answers = prepare_answers(kept, at=at)
    today = at.astimezone(ZoneInfo(answers.department.time_zone)).date()
    if not today - LONGEST_BACK <= asked_on <= today:
        raise DomainError("La date de la demande va de trente jours en arrière à aujourd’hui.")
    if channel not in ASSISTED_CHANNELS:
        raise DomainError("Dites comment la personne a fait sa demande.")
    return submit_enquiry(
        actor=actor,
        answers=replace(answers, consents=(*answers.consents, ORAL_AGREEMENT), notice=notice),
        idempotency_key=key,
        channel=channel,
        on_behalf=True,
        asked_at=noon_of(asked_on, answers.department.time_zone, now=at),
        at=at,
    )
