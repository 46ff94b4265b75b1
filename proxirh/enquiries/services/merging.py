"""Two enquiries of one person that are one need: its lead merges one into the other, and nothing of either is lost."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Now
from django.utils import timezone

from proxirh.enquiries import attachments, freshness, notices, permissions
from proxirh.enquiries.models import Enquiry, Handling
from proxirh.enquiries.querysets import Side
from proxirh.enquiries.same_person import by_same_author
from proxirh.enquiries.services import measuring
from proxirh.enquiries.services.holding import hold
from proxirh.enquiries.services.noting import set_notes_aside
from proxirh.enquiries.services.rerouting import reconsider
from proxirh.enquiries.services.treating import NOT_IN_CHARGE
from proxirh.enquiries.workflow import (
    HANDLING_WORKFLOW,
    RUNNING_TRANSFERS,
    TAKEN_STATES,
    HandlingState,
    HandlingStep,
    Step,
    SummaryState,
)
from proxirh.kernel import journal
from proxirh.kernel.encryption import DecryptionError
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.fields import EncryptedTextField
from proxirh.scheduling.models import Appointment
from proxirh.territories.actor import Actor

JOINED, JOINS = "demande.réunie", "demande.réunie_ici"
# What hangs from an enquiry and follows it into the other; what is sealed under its key is sealed again.
FOLLOWS = (
    "messages",
    "exchanges",
    "attachments",
    "summaries",
    "signpostings",
    "working_notes",
    "note_reviews",
    "protection",
    "consents",
    "choices",
    "transfers",
    "transmissions",
    "referrals",
    "referral_answers",
    "questions",
    "concerns",
    "meetings",
    "handlings",
    "phone_calls",
)
# What tells who read it, opened it or was written to about it stays there; its author reads it beside the other one’s.
STAYS = ("readings", "openings", "presences", "steps", "origins")
# Of what follows, what is told of before it is done.
TOLD = ("messages", "exchanges", "attachments", "summaries", "working_notes")
# Names that nobody could match with a person: whoever follows it keeps reading them.
NAMES_KEPT_AWAY = ("excluded_names", "superior_name")
# What may be corrected without the print of the page telling so.
UNWATCHED = (
    *("contact", "wishes", "wants_call_today", "due_at", "first_answered_at", "previous"),
    *("department", "site", "circonscription", "division"),
)
PROTECTED = ("2", "3")  # difficulties and health: never among those that may end in a batch
OTHER_PERSON = "Cette demande n’est pas de la même personne, ou vous ne la suivez pas."
OTHER_PLACE = (
    "Ces deux demandes ne viennent pas du même lieu de travail : des collègues écartés de l’une liraient l’autre. "
    "Suivez-les chacune."
)
OTHER_WAY = "Gardez plutôt l’autre demande : son sujet est mieux protégé que celui de celle-ci."
LEAVING = "Un changement d’académie est en cours pour l’une d’elles : attendez qu’il ait abouti, ou qu’il soit retiré."
TWO_SUMMARIES = (
    "Chacune a un compte rendu qui attend d’être relu : reprenez l’un des deux, puis réunissez les demandes."
)
TWO_TRANSMISSIONS = "Chacune est transmise à la cellule d’écoute : attendez qu’elle ait terminé l’une des deux."
TWO_MEETINGS = "Chacune a un rendez-vous à venir : annulez l’un des deux, puis réunissez les demandes."
TWO_CONCERNS = "Chacune a une alerte qui attend un accusé de réception : réunissez-les une fois l’une des deux reçue."
TO_COME = Appointment.objects.for_system("réunion de deux demandes").confirmed().filter(ends_at__gt=Now())
# What may be under way once only in an enquiry, and what is told when both have one.
ONE_AT_A_TIME = {
    "summaries": (~Q(state=SummaryState.AGREED), TWO_SUMMARIES),
    "transmissions": (Q(ended_at=None, withdrawn_at=None), TWO_TRANSMISSIONS),
    "concerns": (Q(acknowledged_at=None), TWO_CONCERNS),
    "meetings": (Q(series__in=TO_COME.values("series")), TWO_MEETINGS),
}
UNREADABLE = "Un fichier joint ne se lit pas pour l’instant. Rien n’est réuni : réessayez dans quelques minutes."


def candidates(actor: Actor, enquiry: Enquiry) -> list[Enquiry]:
    """The other enquiries of its author that this person leads too, the oldest first; `enquiry` holds its author."""
    if not permissions.can_merge(actor, enquiry):
        return []
    led = Enquiry.objects.visible_to(actor, side=Side.LEAD).filter(by_same_author(enquiry), state__one_of=TAKEN_STATES)
    rows = led.with_topic("label").select_related("data_key", "fact", "department", "author", "site")
    return list(rows.order_by("submitted_at", "pk"))


def why_not(merged: Enquiry, kept: Enquiry) -> str:
    """Why the first may not go into the second; "" when it may."""
    places = ("site_id", "circonscription_id", "division_id")
    has_place = any(getattr(merged, name) is not None for name in places)
    if merged.department_id != kept.department_id or (
        has_place and any(getattr(merged, name) != getattr(kept, name) for name in places)
    ):
        return OTHER_PLACE
    needs_protection = permissions.may_need_protection(merged) and not permissions.may_need_protection(kept)
    if needs_protection or (merged.fact.branch in PROTECTED and kept.fact.branch not in PROTECTED):
        return OTHER_WAY
    if any(one.transfers.filter(state__in=sorted(RUNNING_TRANSFERS)).exists() for one in (merged, kept)):
        return LEAVING
    under_way = _counted(
        (name, getattr(one, name).filter(rule)) for one in (merged, kept) for name, (rule, _) in ONE_AT_A_TIME.items()
    )
    return next((told for name, (_, told) in ONE_AT_A_TIME.items() if under_way[name] > 1), "")


def _counted(found: Iterable[tuple[str, QuerySet]]) -> Counter[str]:
    """How many rows under each name, in one query."""
    first, *rest = (rows.order_by().values_list(Value(name)) for name, rows in found)
    return Counter(name for (name,) in first.union(*rest, all=True))


def what_follows(merged: Enquiry) -> Counter[str]:
    """How many of each follow, in one query, told before it is done."""
    return _counted((name, getattr(merged, name).all()) for name in TOLD)


def beside(merged: Enquiry) -> list[Handling]:
    """Those who follow it beside its lead, and will not any more."""
    rows = merged.handlings.filter(state=HandlingState.ACCEPTED, is_lead=False)
    return list(rows.select_related("person__data_key").order_by("accepted_at", "pk"))


def merge_enquiries(
    *,
    actor: Actor,
    merged: Enquiry,
    kept: Enquiry,
    seen: str | None = None,
    seen_kept: str | None = None,
    key: UUID | None = None,
    at: datetime | None = None,
) -> None:
    """Merge the first into the second, both led by this person and asked by the same one; the same key twice is once.

    Both come from `visible_to` with their author, key and fact. Raises NotAllowed, DomainError with what to do first,
    StaleState when either has changed since it was read.
    """
    if journal.already(merged, key):
        return
    at = at or timezone.now()
    former = list(merged.attachments.values_list("stored_name", flat=True))
    try:
        with attachments.kept_only_if_done() as stored, transaction.atomic():
            _merge(actor, merged, kept, seen=(seen, seen_kept), key=key, stored=stored, at=at)
    except (FileNotFoundError, DecryptionError) as error:
        raise DomainError(UNREADABLE) from error
    still = set(kept.attachments.values_list("stored_name", flat=True))
    attachments.remove([name for name in former if name not in still])


def _merge(
    actor: Actor,
    merged: Enquiry,
    kept: Enquiry,
    *,
    seen: tuple[str | None, str | None],
    key: UUID | None,
    stored: list[str],
    at: datetime,
) -> None:
    hold(merged.pk, kept.pk, why="réunion de deux demandes")
    for one in (merged, kept):
        one.refresh_from_db(fields=UNWATCHED)
    if not (permissions.can_merge(actor, merged) and permissions.can_merge(actor, kept)):
        raise NotAllowed(NOT_IN_CHARGE)
    if not any(one.pk == kept.pk for one in candidates(actor, merged)):
        raise NotAllowed(OTHER_PERSON)
    for one, tag in zip((merged, kept), seen, strict=True):
        freshness.require_unchanged(one, tag)
    if refusal := why_not(merged, kept):
        raise DomainError(refusal)
    gained, answered_at = _gained(kept, merged), merged.first_answered_at
    freshness.move(
        merged,
        Step.MERGE,
        merged_into_id=kept.pk,
        closed_at=at,
        waiting_since=None,
        next_step=None,
        next_step_on=None,
        wants_call_today=False,
    )
    freshness.write(kept, **gained)
    _end_handlings(merged, kept, at=at)
    for name in FOLLOWS:
        _carry(name, merged, kept, stored=stored)
    _point_again(merged, kept)
    measuring.count_no_more(merged, at=at)
    if answered_at is not None:
        measuring.first_answer(kept, at=max(answered_at, kept.submitted_at), noted_at=at)
    journal.record(
        actor=actor.label, verb=JOINED, subject=merged, at=at, demande=str(kept.uid), key=str(key) if key else ""
    )
    journal.record(actor=actor.label, verb=JOINS, subject=kept, at=at, demande=str(merged.uid))
    notices.tell_author(_reachable(kept, merged), kind="merged", dedupe_key=f"merged:{merged.uid}", at=at)
    reconsider(kept.pk, at=at)  # whom she kept away from one is kept away from both


def _gained(kept: Enquiry, merged: Enquiry) -> dict[str, Any]:
    """Columns of the kept one that change: the nearest promise, the last contact, and whatever keeps someone away."""
    found: dict[str, Any] = {
        "last_contact_at": max(kept.last_contact_at, merged.last_contact_at),
        "wants_call_today": kept.wants_call_today or merged.wants_call_today,
        "wishes": _wishes(kept.wishes, merged.wishes),
    }
    if kept.first_answered_at is None:
        found["due_at"] = min(kept.due_at, merged.due_at)
    if kept.next_step_on is None and merged.next_step_on is not None:
        found |= {"next_step": merged.next_step, "next_step_on": merged.next_step_on}
    if merged.contact.get("phone") and not kept.contact.get("phone"):
        found["contact"] = {**kept.contact, "phone": merged.contact["phone"]}
    if kept.previous_id in {None, merged.pk}:
        found["previous_id"] = None if merged.previous_id == kept.pk else merged.previous_id
    return found


def _wishes(kept: dict[str, Any], merged: dict[str, Any]) -> dict[str, Any]:
    """Those of the kept one; each name that either keeps away, and the more careful of the two answers."""
    found = dict(kept)
    for name in NAMES_KEPT_AWAY:
        lines = [line for one in (kept, merged) for line in one.get(name, "").split("\n") if line]
        found[name] = "\n".join(dict.fromkeys(lines))
    found["not_at_work"] = bool(kept.get("not_at_work") or merged.get("not_at_work"))
    found["may_leave_voicemail"] = bool(kept.get("may_leave_voicemail") and merged.get("may_leave_voicemail"))
    return found


def _end_handlings(merged: Enquiry, kept: Enquiry, *, at: datetime) -> None:
    """Nobody has the merged one in hand any more; who followed it and does not follow the other keeps her notes."""
    merged.handlings.filter(state=HandlingState.OFFERED).delete()
    ended = list(merged.handlings.filter(state=HandlingState.ACCEPTED))
    following = set(kept.handlings.filter(state=HandlingState.ACCEPTED).values_list("person_id", flat=True))
    for handling in ended:
        HANDLING_WORKFLOW.apply(handling, HandlingStep.FINISH, ended_at=at)
    set_notes_aside(merged, [one.person_id for one in ended if one.person_id not in following], at=at)


def _carry(name: str, merged: Enquiry, kept: Enquiry, *, stored: list[str]) -> None:
    """Hang rows from the kept one, what they hold sealed under its key."""
    rows = getattr(merged, name).filter(_that_follow(name, kept))
    sealed = [one for one in rows.model._meta.fields if isinstance(one, EncryptedTextField) and one.owner == "enquiry"]
    if not sealed:
        rows.update(enquiry=kept)
        return
    for row in rows.order_by("pk"):
        row.enquiry = merged
        clear = {one: getattr(row, one.name) for one in sealed}
        changes = _of_file(row, kept, stored=stored) if name == "attachments" else {}
        row.enquiry = kept
        changes |= {one.name: one.seal(row, value) for one, value in clear.items()}
        getattr(merged, name).filter(pk=row.pk).update(enquiry=kept, **changes)


def _of_file(row: Any, kept: Enquiry, *, stored: list[str]) -> dict[str, Any]:
    return {"stored_name": attachments.seal_again(row, under=kept, stored=stored)}


def _that_follow(name: str, kept: Enquiry) -> Q:
    """Not what the kept one holds already; and of who had it in hand, who said that she knows the person.

    Someone accepted despite a shared place was accepted for that enquiry alone.
    """
    if name == "handlings":
        return Q(state=HandlingState.DECLINED)
    if name == "protection":
        return ~Q(code__in=list(kept.protection.values_list("code", flat=True)))
    if name == "choices":
        known = kept.choices.values_list("person_id", "kind")
        return ~Q(kind="accepted") & ~_any(Q(person_id=person_id, kind=kind) for person_id, kind in known)
    return Q()


def _any(rules: Iterable[Q]) -> Q:
    return reduce(or_, rules, Q(pk=None))


def _point_again(merged: Enquiry, kept: Enquiry) -> None:
    """What was merged into it, or follows it, names the kept one: a reference always leads there at once."""
    merged.absorbed.update(merged_into=kept)
    merged.following.exclude(pk=kept.pk).update(previous=kept)


def _reachable(kept: Enquiry, merged: Enquiry) -> Enquiry:
    """The one that bears an address, the kept one first."""
    return kept if kept.contact.get("email") or not merged.contact.get("email") else merged
