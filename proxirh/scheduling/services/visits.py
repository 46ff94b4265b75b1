"""Visits of the mobile team: asked by whoever works there or heads the place, taken by one counsellor, or declined."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from proxirh.kernel import journal, limits
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState, TooManyTries
from proxirh.kernel.models import DataKey
from proxirh.scheduling.errors import SlotTaken
from proxirh.scheduling.models import DeclineReason, Half, HeldTime, Holder, VisitRequest
from proxirh.scheduling.permissions import counsels, goes_to
from proxirh.scheduling.services import agenda
from proxirh.scheduling.services.agenda import Asked
from proxirh.scheduling.services.announcing import tell
from proxirh.scheduling.services.openings import USED
from proxirh.scheduling.services.reach import counsellors_at, sites_covered, tied_sites, tied_to
from proxirh.scheduling.services.rooms import room_at
from proxirh.scheduling.slots import check_quarters
from proxirh.scheduling.workflow import VISIT_WORKFLOW, VisitState
from proxirh.territories.actor import Actor
from proxirh.territories.models import Site

NOT_YOURS = "Cette visite n’est pas la vôtre."
TAKEN_MEANWHILE = "Un collègue vient de répondre à cette demande. Elle n’est plus à prendre."
BUSY = "Votre agenda est déjà pris à ce moment, trajet compris. Choisissez une autre heure."
OVER = "Cette visite a déjà commencé."
MOST_HALVES, MOST_NOTE = 3, 280
MOST_AHEAD = timedelta(days=180)
LONGEST = timedelta(hours=8)
MOST_WAITING = 3
MOST_A_DAY = 6
TRIES = 5

Wish = tuple[date, Half]


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────
def _rows() -> QuerySet[VisitRequest]:
    return VisitRequest.objects.select_related("site__department__academy", "place")


def to_take(actor: Actor, *, at: datetime) -> QuerySet[VisitRequest]:
    """Those that wait where her team goes, without who asks: not where she works outside her mission, nor her own.

    Nor those of whoever keeps her away from what she asks, which nothing tells her.
    """
    if not counsels(actor):
        return VisitRequest.objects.none()
    covered = sites_covered(actor, day=timezone.localdate(at))
    waiting = _rows().filter(state=VisitState.ASKED, site__in=covered).exclude(asked_by=actor.person_id)
    apart = import_string(settings.KEEP_AWAY)(actor)
    free = waiting.exclude(tied_sites(actor)).exclude(asked_by__in=apart)
    return free.defer("note").order_by("last_wished", "pk")


def answered(actor: Actor, uid: UUID, *, at: datetime) -> VisitRequest | None:
    """One that waited before her too, and has its answer since: that it has one, and nothing else."""
    if not counsels(actor):
        return None
    covered = sites_covered(actor, day=timezone.localdate(at))
    rows = VisitRequest.objects.filter(uid=uid, site__in=covered).exclude(asked_by=actor.person_id)
    return rows.exclude(tied_sites(actor)).exclude(state=VisitState.ASKED).only("uid", "state").first()


def taken_by(actor: Actor) -> QuerySet[VisitRequest]:
    """Those that she took, with whoever asked."""
    if not counsels(actor):
        return VisitRequest.objects.none()
    rows = _rows().filter(taken_by=actor.person_id, state=VisitState.TAKEN)
    return rows.select_related("data_key", "asked_by__data_key").order_by("starts_at")


def asked_by(actor: Actor) -> QuerySet[VisitRequest]:
    """One’s own requests, whatever became of them."""
    rows = _rows().filter(asked_by=actor.person_id or 0).select_related("data_key")
    return rows.order_by("-created_at", "-pk")


def wishes_of(visit: VisitRequest) -> list[Wish]:
    """The half-days that suit, in order."""
    return [(date.fromisoformat(day), Half(half)) for day, half in visit.wished]


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────
def ask_visit(
    *,
    actor: Actor,
    site: Site,
    wished: Sequence[Wish],
    note: str = "",
    key: UUID | None = None,
    at: datetime | None = None,
) -> VisitRequest:
    """Ask that somebody comes; counsellors there are told that a visit waits. The same key twice asks once.

    Raises DomainError for days past or too far, and beyond three requests that wait.
    """
    at = at or timezone.now()
    if actor.person_id is None:
        raise NotAllowed("Connectez-vous d’abord : un code arrive à votre adresse.")
    halves = sorted(set(wished))
    today = local_day(at, site.own_time_zone or site.department.time_zone)
    if not 1 <= len(halves) <= MOST_HALVES or halves[0][0] < today:
        raise DomainError("Proposez de une à trois demi-journées à venir.")
    if halves[-1][0] - today > MOST_AHEAD:
        raise DomainError("Six mois à l’avance, au plus.")
    if len(note) > MOST_NOTE:
        raise DomainError(f"{MOST_NOTE} caractères au plus.")
    said = [[day.isoformat(), str(half)] for day, half in halves]
    if key and (sent := _sent(actor, key, site, said, note)):
        return sent
    if not limits.attempt("visit", actor.label, limit=MOST_A_DAY, per=timedelta(days=1), at=at):
        raise TooManyTries("Beaucoup de visites demandées aujourd’hui. Revenez demain, ou appelez le service.")
    waiting = VisitRequest.objects.filter(asked_by=actor.person_id, state=VisitState.ASKED)
    if waiting.count() >= MOST_WAITING:
        raise DomainError("Trois demandes de visite attendent déjà une réponse. Retirez-en une, ou attendez.")
    try:
        with transaction.atomic():
            made = VisitRequest.objects.create(
                data_key=DataKey.objects.issue(),
                site=site,
                asked_by_id=actor.person_id,
                wished=said,
                last_wished=halves[-1][0],
                note=note,
                created_at=at,
                idempotency_key=key,
            )
            journal.record(actor=actor.label, verb="visite.demandée", subject=made, at=at)
            tell("visit_for_staff", _who_may_answer(actor, site, at=at), about=made.uid, once="asked", at=at)
    except IntegrityError:
        if key is None or (sent := _sent(actor, key, site, said, note)) is None:
            raise
        return sent
    return made


def take_visit(
    *,
    actor: Actor,
    visit: VisitRequest,
    starts_at: datetime,
    ends_at: datetime,
    at: datetime | None = None,
) -> None:
    """Come at that time, which is held in her agenda at the place of the site; whoever asked is told.

    Raises StaleState when a colleague answered meanwhile, SlotTaken when her time is taken.
    """
    at = at or timezone.now()
    if visit.state == VisitState.TAKEN and goes_to(actor, visit) and visit.starts_at == starts_at:
        return
    if visit.state != VisitState.ASKED:
        raise StaleState(TAKEN_MEANWHILE)
    _check_may_answer(actor, visit, at=at)
    _check_time(starts_at, ends_at, at=at)
    place = room_at(visit.site)
    asked = Asked(actor.person_id or 0, starts_at, ends_at, place.pk)
    for left in reversed(range(TRIES)):
        read = agenda.read(asked)
        if not agenda.is_free(asked):
            raise SlotTaken(BUSY)
        try:
            with transaction.atomic():
                held = agenda.hold(asked, read=read, kind=Holder.VISIT)
                _answer(
                    visit,
                    "take",
                    taken_by_id=actor.person_id,
                    place_id=place.pk,
                    starts_at=starts_at,
                    ends_at=ends_at,
                    held_id=held.pk,
                )
                journal.record(actor=actor.label, verb="visite.prise", subject=visit, at=at)
                tell("visit_for_agent", [visit.asked_by_id], about=visit.uid, once=f"taken-{at.isoformat()}", at=at)
        except SlotTaken:
            if not left:
                raise
        else:
            return


@transaction.atomic
def decline_visit(*, actor: Actor, visit: VisitRequest, reason: DeclineReason, at: datetime | None = None) -> None:
    """Nobody comes, for a reason of the list that leads elsewhere; whoever asked is told."""
    at = at or timezone.now()
    if visit.state == VisitState.DECLINED and visit.reason == reason:
        return
    if visit.state != VisitState.ASKED:
        raise StaleState(TAKEN_MEANWHILE)
    _check_may_answer(actor, visit, at=at)
    _answer(visit, "decline", reason=DeclineReason(reason), ended_at=at)
    journal.record(actor=actor.label, verb="visite.déclinée", subject=visit, at=at)
    tell("visit_for_agent", [visit.asked_by_id], about=visit.uid, once="declined", at=at)


@transaction.atomic
def give_back_visit(*, actor: Actor, visit: VisitRequest, at: datetime | None = None) -> None:
    """Whoever took it cannot come after all: it waits again, her time is given back, and whoever asked is told."""
    at = at or timezone.now()
    if not goes_to(actor, visit):
        raise NotAllowed(NOT_YOURS)
    if visit.state == VisitState.ASKED:
        return
    _check_to_come(visit, at=at)
    held = visit.held_id
    VISIT_WORKFLOW.apply(
        visit,
        "give_back",
        expected={"taken_by_id": actor.person_id},
        taken_by_id=None,
        place_id=None,
        starts_at=None,
        ends_at=None,
        held_id=None,
    )
    _release(held)
    journal.record(actor=actor.label, verb="visite.rendue", subject=visit, at=at)
    tell("visit_for_agent", [visit.asked_by_id], about=visit.uid, once=f"back-{at.isoformat()}", at=at)


@transaction.atomic
def withdraw_visit(*, actor: Actor, visit: VisitRequest, at: datetime | None = None) -> None:
    """Whoever asked needs it no more: the time is given back, and whoever was to come is told. Twice is once."""
    at = at or timezone.now()
    if actor.person_id is None or visit.asked_by_id != actor.person_id:
        raise NotAllowed(NOT_YOURS)
    if visit.state == VisitState.CANCELLED:
        return
    _check_to_come(visit, at=at)
    held, came = visit.held_id, visit.taken_by_id
    VISIT_WORKFLOW.apply(visit, "withdraw", held_id=None, ended_at=at)
    _release(held)
    journal.record(actor=actor.label, verb="visite.retirée", subject=visit, at=at)
    tell("visit_for_staff", [came], about=visit.uid, once="withdrawn", at=at)


def _answer(visit: VisitRequest, step: str, **changes: Any) -> None:
    try:
        VISIT_WORKFLOW.apply(visit, step, **changes)
    except StaleState:
        raise StaleState(TAKEN_MEANWHILE) from None


def _release(held: int | None) -> None:
    for one in HeldTime.objects.filter(pk=held or 0):
        agenda.release(one)


def _check_may_answer(actor: Actor, visit: VisitRequest, *, at: datetime) -> None:
    if not to_take(actor, at=at).filter(pk=visit.pk).exists():
        raise NotAllowed(NOT_YOURS)


def _who_may_answer(asker: Actor, site: Site, *, at: datetime) -> set[int]:
    """Those to whom her request will show: the rule of `to_take`, read from the side of whoever asks."""
    day = timezone.localdate(at)
    serving = set(counsellors_at(site, day=day).values_list("pk", flat=True))
    apart = import_string(settings.KEPT_AWAY_BY)(asker)
    return serving - set(tied_to(site, day=day)) - apart - {asker.person_id}


def _check_to_come(visit: VisitRequest, *, at: datetime) -> None:
    if visit.starts_at is not None and visit.starts_at <= at:
        raise DomainError(OVER)


def _check_time(starts_at: datetime, ends_at: datetime, *, at: datetime) -> None:
    if starts_at <= at:
        raise DomainError("Ce moment est passé. Choisissez-en un autre.")
    if starts_at - at > 2 * MOST_AHEAD:
        raise DomainError("Un an à l’avance, au plus.")
    if ends_at <= starts_at:
        raise DomainError("La fin précède le début.")
    if ends_at - starts_at > LONGEST:
        raise DomainError("Une visite dure huit heures au plus.")
    check_quarters(starts_at, ends_at)


def _sent(actor: Actor, key: UUID, site: Site, wished: list[list[str]], note: str) -> VisitRequest | None:
    """What the same form asked already; StaleState when it said something else."""
    row = asked_by(actor).filter(idempotency_key=key).first()
    if row is not None and (row.site_id, row.wished, row.note) != (site.pk, wished, note):
        raise StaleState(USED)
    return row
