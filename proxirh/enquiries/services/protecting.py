"""The dated checklist after an attack on someone’s image or integrity: what was done, by whom it was noted."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from proxirh.enquiries import permissions
from proxirh.enquiries.models import Enquiry, Protection
from proxirh.kernel import journal
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.territories.actor import Actor


@transaction.atomic
def note_protection(
    *, actor: Actor, enquiry: Enquiry, done: Mapping[str, date | None], at: datetime | None = None
) -> None:
    """Keep the date of each step that was done, and forget that of a step said undone; the others stay as they are."""
    if actor.person_id is None or not permissions.can_note_protection(actor, enquiry):
        raise NotAllowed("Ces démarches se notent sur une demande que vous suivez, ou sur la vôtre.")
    at = at or timezone.now()
    today = local_day(at, enquiry.department.time_zone)
    if any(day and day > today for day in done.values()):
        raise DomainError("Une démarche se note une fois faite : choisissez aujourd’hui ou un jour passé.")
    before = {step.code: step for step in enquiry.protection.all()}
    changed = []
    for code in Protection:
        if code.value not in done:
            continue
        day, step = done[code.value], before.get(code.value)
        if day == (step.done_on if step else None):
            continue
        if day is None:
            enquiry.protection.filter(code=code).delete()
        else:
            noted = {"done_on": day, "person_id": actor.person_id, "noted_at": at}
            enquiry.protection.update_or_create(code=code, defaults=noted)
        changed.append(code.value)
    if changed:
        journal.record(actor=actor.label, verb="demande.démarches", subject=enquiry, at=at, codes=sorted(changed))
