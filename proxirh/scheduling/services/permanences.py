"""Permanences at a school or service: proposed or drafted, given to somebody, the room checked, announced, cancelled.

Whoever works there cannot be written to one by one, and the mailbox of a school is read by several people: nothing is
sent to it. The notice is printed there, and the head who proposed the room reads at her own address that it is ready.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.kernel import journal, limits
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState, TooManyTries
from proxirh.kernel.workflow import swap
from proxirh.scheduling.models import ROOM_CHECKS, Availability, SitePermanence
from proxirh.scheduling.permissions import appoints_at, counsels, has_authority_at, may_check_room
from proxirh.scheduling.rhythm import Frequency, Rhythm
from proxirh.scheduling.services.announcing import tell
from proxirh.scheduling.services.half_days import (
    HOURS,
    PAST,
    PREPARED,
    HalfDayAtSite,
    as_read,
    check,
    require_unchanged,
)
from proxirh.scheduling.services.openings import USED, Hours, open_hours
from proxirh.scheduling.services.reach import counsellors_at, hosted_sites, sites_covered
from proxirh.scheduling.services.rooms import room_at
from proxirh.scheduling.workflow import PERMANENCE_WORKFLOW, PermanenceState
from proxirh.territories.actor import Actor
from proxirh.territories.models import Site

NOT_YOURS = "Cette permanence n’est pas la vôtre."
NOT_THERE = "Votre équipe ne va pas dans cet établissement."
NO_AUTHORITY = "Vous ne pouvez proposer une salle que dans un établissement dont vous avez la charge."
UNCHECKED = "La salle n’est pas encore vérifiée : les trois réponses doivent être oui avant d’annoncer la date."
SETTLED = "Cette permanence est annoncée ou annulée : elle ne se change plus. Vous pouvez en préparer une autre."
MOST_WAITING, MOST_A_DAY = 12, 6
TOO_MANY = (
    "Douze demi-journées proposées peuvent attendre une réponse, pas plus. Retirez-en une, ou attendez : le service "
    "les lit toutes."
)


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────
def _rows() -> QuerySet[SitePermanence]:
    return SitePermanence.objects.select_related("site__department__academy", "place", "person__data_key")


def hers_or_to_take(actor: Actor, *, at: datetime) -> QuerySet[SitePermanence]:
    """Her own, those proposed where her team goes, and those of the académies that she answers for."""
    seen = Q(pk__in=[])
    if counsels(actor):
        covered = sites_covered(actor, day=timezone.localdate(at))
        seen |= Q(person=actor.person_id) | Q(state=PermanenceState.PROPOSED, site__in=covered)
    if actor.second_factor and actor.answers_for:
        seen |= Q(site__department__academy__in=actor.answers_for)
    return _rows().filter(seen)


def is_accepted(actor: Actor, uid: UUID, *, at: datetime) -> bool:
    """Whether one that was proposed where her team goes has been accepted by a colleague since; and nothing else."""
    if not counsels(actor):
        return False
    covered = sites_covered(actor, day=timezone.localdate(at))
    rows = SitePermanence.objects.filter(uid=uid, site__in=covered).exclude(made_by=F("person"))
    return rows.filter(state__in=(PermanenceState.DRAFT, PermanenceState.PUBLISHED)).exists()


def hosted(actor: Actor) -> QuerySet[SitePermanence]:
    """Those of the sites that she has authority over, whoever made them; never who receives, nor who comes."""
    return SitePermanence.objects.filter(site__in=hosted_sites(actor).values("pk")).select_related(
        "site__department__academy"
    )


def announced(day: date) -> QuerySet[SitePermanence]:
    """Those that everybody may read of, from that day on."""
    rows = SitePermanence.objects.filter(state=PermanenceState.PUBLISHED, day__gte=day)
    return rows.select_related("site__department__academy").order_by("day", "starts_at", "pk")


def announced_for(site: Site, *, day: date) -> list[SitePermanence]:
    """Those to which whoever works at a site is invited: there, or in another school of its circonscription."""
    near = Q(site=site)
    if site.circonscription_id is not None:
        near |= Q(site__circonscription=site.circonscription_id)
    return list(announced(day).filter(near)[:20])


def permanence_of(availability: Availability) -> SitePermanence | None:
    """The one that these hours are of: they are changed from its page alone."""
    return SitePermanence.objects.filter(opening=availability.pk).first()


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────
def propose_permanence(
    *,
    actor: Actor,
    site: Site,
    days: Sequence[date],
    half_day: HalfDayAtSite,
    key: UUID | None = None,
    at: datetime | None = None,
) -> list[SitePermanence]:
    """A head offers a room on some half-days; those who counsel there are told. The same key twice offers them once."""
    at = at or timezone.now()
    if actor.person_id is None or not has_authority_at(actor, site):
        raise NotAllowed(NO_AUTHORITY)
    check(site, days, half_day, at=at)
    if (sent := _sent(actor, key, site, days, half_day)) is not None:
        return sent
    _check_not_too_many(actor, len(set(days)), at=at)
    try:
        with transaction.atomic():
            made = _make(actor, site, days, half_day, state=PermanenceState.PROPOSED, person=None, key=key, at=at)
            people = counsellors_at(site, day=timezone.localdate(at)).values_list("pk", flat=True)
            tell("permanence_for_staff", people, about=made[0].uid, once="proposed", at=at)
    except IntegrityError:
        if (sent := _sent(actor, key, site, days, half_day)) is None:
            raise
        return sent
    return made


def draft_permanence(
    *,
    actor: Actor,
    site: Site,
    day: date,
    half_day: HalfDayAtSite,
    key: UUID | None = None,
    at: datetime | None = None,
) -> SitePermanence:
    """A counsellor prepares her own, where her team goes; nobody reads of it before it is announced, save the head."""
    at = at or timezone.now()
    if not counsels(actor) or actor.person_id is None:
        raise NotAllowed(NOT_YOURS)
    if not sites_covered(actor, day=timezone.localdate(at)).filter(pk=site.pk).exists():
        raise NotAllowed(NOT_THERE)
    check(site, [day], half_day, at=at)
    if (sent := _sent(actor, key, site, [day], half_day)) is not None:
        return sent[0]
    try:
        with transaction.atomic():
            made = _make(
                actor, site, [day], half_day, state=PermanenceState.DRAFT, person=actor.person_id, key=key, at=at
            )
    except IntegrityError:
        if (sent := _sent(actor, key, site, [day], half_day)) is None:
            raise
        return sent[0]
    return made[0]


@transaction.atomic
def revise_permanence(
    *,
    actor: Actor,
    permanence: SitePermanence,
    day: date,
    half_day: HalfDayAtSite,
    seen: str | None = None,
    at: datetime | None = None,
) -> None:
    """Prepare it otherwise, as long as it is not announced; the head who proposed it is told.

    What was answered of another room is asked again; at another time, whether others use it. Raises StaleState for a
    form filled in on an older page (`seen`), or when it changed meanwhile.
    """
    at = at or timezone.now()
    if not may_revise(actor, permanence):
        raise NotAllowed(NOT_YOURS)
    require_unchanged(permanence, seen)
    if permanence.state != PermanenceState.DRAFT:
        raise DomainError(SETTLED)
    check(permanence.site, [day], half_day, at=at)
    before, written = as_read(permanence), {"day": day, **half_day.columns}
    changed = {name for name in PREPARED if before[name] != written[name]}
    if not changed:
        return
    again = [name for name, _ in ROOM_CHECKS] if "room" in changed else ["private"] if changed & set(HOURS) else []
    for name in again:
        written |= {f"{name}_at": None, f"{name}_by_id": None}
    swap(permanence, before, written)
    journal.record(actor=actor.label, verb="permanence.modifiée", subject=permanence, at=at)
    others = {permanence.made_by_id, permanence.person_id} - {actor.person_id}
    _tell_others(permanence, others, once=f"revised-{at.isoformat()}", at=at)


@transaction.atomic
def accept_permanence(
    *, actor: Actor, permanence: SitePermanence, person: Person | None = None, at: datetime | None = None
) -> None:
    """Say who comes: a counsellor herself, or whoever the coordination names among those who serve there.

    Raises DomainError for somebody who does not serve there, StaleState when another accepted meanwhile.
    """
    at = at or timezone.now()
    chosen = person.pk if person is not None else actor.person_id
    serving = counsellors_at(permanence.site, day=timezone.localdate(at))
    is_hers = counsels(actor) and chosen == actor.person_id
    if not (is_hers or appoints_at(actor, permanence.site)):
        raise NotAllowed(NOT_YOURS)
    if not serving.filter(pk=chosen or 0).exists():
        raise DomainError("Cette personne ne reçoit pas dans cet établissement.")
    if permanence.state == PermanenceState.DRAFT and permanence.person_id == chosen:
        return
    _check_to_come(permanence, at=at)
    PERMANENCE_WORKFLOW.apply(permanence, "accept", person_id=chosen)
    journal.record(actor=actor.label, verb="permanence.acceptée", subject=permanence, at=at)
    if chosen != actor.person_id:
        tell("permanence_for_staff", [chosen], about=permanence.uid, once="given", at=at)
    tell("permanence_for_host", [permanence.made_by_id], about=permanence.uid, once="accepted", at=at)


@transaction.atomic
def check_room(
    *,
    actor: Actor,
    permanence: SitePermanence,
    answers: Collection[str],
    seen: str | None = None,
    at: datetime | None = None,
) -> None:
    """Answer for the room: `answers` are the checks that are true; a yes keeps its day, and who said it first.

    Raises StaleState for a form filled in on an older page (`seen`): it would take back what another just answered.
    """
    at = at or timezone.now()
    if not may_check_room(actor, permanence):
        raise NotAllowed(NOT_YOURS)
    if permanence.state not in (PermanenceState.PROPOSED, PermanenceState.DRAFT):
        raise DomainError("Cette permanence est annoncée ou annulée : la salle ne se vérifie plus.")
    require_unchanged(permanence, seen)
    changes: dict[str, object] = {}
    for name, _ in ROOM_CHECKS:
        said = getattr(permanence, f"{name}_at")
        if (name in answers) != (said is not None):
            is_yes = name in answers
            changes |= {f"{name}_at": at if is_yes else None, f"{name}_by_id": actor.person_id if is_yes else None}
    if not changes:
        return
    swap(permanence, as_read(permanence), changes)
    journal.record(actor=actor.label, verb="permanence.salle-vérifiée", subject=permanence, at=at)


@transaction.atomic
def publish_permanence(*, actor: Actor, permanence: SitePermanence, at: datetime | None = None) -> None:
    """Open its half-day to whoever books, and announce it; twice is the same as once.

    Raises NotAllowed for anybody but whoever receives there, DomainError while the room is not safe, StaleState when
    it changed meanwhile. The half-day becomes an opening of hers, at the place of that room and there alone.
    """
    at = at or timezone.now()
    if not counsels(actor) or permanence.person_id != actor.person_id:
        raise NotAllowed(NOT_YOURS)
    if permanence.state == PermanenceState.PUBLISHED:
        return
    if not permanence.is_room_safe:
        raise DomainError(UNCHECKED)
    _check_to_come(permanence, at=at)
    place = room_at(permanence.site, permanence.room)
    opening = open_hours(
        actor=actor,
        department=permanence.site.department,
        rhythm=Rhythm(Frequency.ONCE, permanence.day),
        hours=Hours(permanence.starts_at, permanence.ends_at, place),
        by_phone=False,
        by_video=False,
        minutes=permanence.minutes,
        key=permanence.uid,
        at=at,
    )
    PERMANENCE_WORKFLOW.apply(
        permanence,
        "publish",
        expected=as_read(permanence),
        opening_id=opening.pk,
        place_id=place.pk,
    )
    journal.record(actor=actor.label, verb="permanence.annoncée", subject=permanence, at=at)
    if permanence.made_by_id != actor.person_id:
        tell("permanence_for_host", [permanence.made_by_id], about=permanence.uid, once="published", at=at)


@transaction.atomic
def cancel_permanence(*, actor: Actor, permanence: SitePermanence, at: datetime | None = None) -> None:
    """Close its opening, so that nothing more is booked there; twice is the same as once.

    Appointments already taken stand: each is moved or cancelled, and told, by whoever keeps appointments. Whoever
    receives there or coordinates may cancel; the head who proposed it too, until it is announced.
    """
    at = at or timezone.now()
    if not may_cancel(actor, permanence):
        raise NotAllowed(NOT_YOURS)
    if permanence.state == PermanenceState.CANCELLED:
        return
    _check_to_come(permanence, at=at)
    opening = permanence.opening_id
    PERMANENCE_WORKFLOW.apply(permanence, "cancel", opening_id=None)
    Availability.objects.filter(pk=opening or 0).delete()
    journal.record(actor=actor.label, verb="permanence.annulée", subject=permanence, at=at)
    _tell_others(permanence, {permanence.made_by_id, permanence.person_id} - {actor.person_id}, once="cancelled", at=at)


def _tell_others(permanence: SitePermanence, others: set[int | None], *, once: str, at: datetime) -> None:
    tell("permanence_for_staff", others & {permanence.person_id}, about=permanence.uid, once=once, at=at)
    tell("permanence_for_host", others - {permanence.person_id}, about=permanence.uid, once=once, at=at)


def may_cancel(actor: Actor, permanence: SitePermanence) -> bool:
    """True for whoever receives there, coordinates the académie, or proposed it and it is not announced yet."""
    is_hers = counsels(actor) and permanence.person_id == actor.person_id
    is_withdrawn = permanence.state != PermanenceState.PUBLISHED and has_authority_at(actor, permanence.site)
    return is_hers or is_withdrawn or appoints_at(actor, permanence.site)


def may_revise(actor: Actor, permanence: SitePermanence) -> bool:
    """True for whoever receives there, or coordinates the académie."""
    is_hers = counsels(actor) and permanence.person_id == actor.person_id
    return is_hers or appoints_at(actor, permanence.site)


def is_over(permanence: SitePermanence, *, at: datetime) -> bool:
    """True once its day is past, there."""
    return permanence.day < local_day(at, permanence.time_zone)


def _check_not_too_many(actor: Actor, number: int, *, at: datetime) -> None:
    """Each proposal writes to a whole team: so many may wait for an answer, and so many leave in a day."""
    waiting = SitePermanence.objects.filter(
        made_by=actor.person_id, state=PermanenceState.PROPOSED, day__gte=timezone.localdate(at)
    )
    if waiting.count() + number > MOST_WAITING:
        raise DomainError(TOO_MANY)
    if not limits.attempt("permanence", actor.label, limit=MOST_A_DAY, per=timedelta(days=1), at=at):
        raise TooManyTries("Beaucoup de propositions aujourd’hui. Revenez demain, ou appelez le service.")


def _check_to_come(permanence: SitePermanence, *, at: datetime) -> None:
    if is_over(permanence, at=at):
        raise DomainError(PAST)


def _make(
    actor: Actor,
    site: Site,
    days: Sequence[date],
    half_day: HalfDayAtSite,
    *,
    state: PermanenceState,
    person: int | None,
    key: UUID | None,
    at: datetime,
) -> list[SitePermanence]:
    """One a day, and its line of the journal; within the transaction of whoever tells of them."""
    made = [
        SitePermanence.objects.create(
            site=site,
            day=day,
            state=state,
            person_id=person,
            made_by_id=actor.person_id,
            idempotency_key=key,
            created_at=at,
            **half_day.columns,
        )
        for day in sorted(set(days))
    ]
    verb = "permanence.proposée" if state == PermanenceState.PROPOSED else "permanence.préparée"
    for one in made:
        journal.record(actor=actor.label, verb=verb, subject=one, at=at)
    return made


def _sent(
    actor: Actor, key: UUID | None, site: Site, days: Sequence[date], half_day: HalfDayAtSite
) -> list[SitePermanence] | None:
    """What the same form made already; StaleState when it said something else."""
    rows = list(SitePermanence.objects.filter(made_by=actor.person_id, idempotency_key=key)) if key else []
    if not rows:
        return None
    written = {"site_id": site.pk, **half_day.columns}
    said = all(getattr(one, name) == value for one in rows for name, value in written.items())
    if {one.day for one in rows} != set(days) or not said:
        raise StaleState(USED)
    return rows
