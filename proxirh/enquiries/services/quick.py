"""Quick exchanges: corridor questions and lines of a permanence, counted apart, taken back the same day or made a real
enquiry."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from proxirh.enquiries import counting, permissions
from proxirh.enquiries.models import QUICK_OUTCOMES, QuickExchange
from proxirh.enquiries.services.assisting import LONGEST_BACK
from proxirh.kernel import journal, limits
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState, TooManyTries
from proxirh.kernel.workflow import swap
from proxirh.territories.actor import Actor, on_day
from proxirh.territories.models import Department, StaffCategory, Topic
from proxirh.territories.services.serving import receiving_missions

MOST_LINES = 10
SHEETS_PER_HOUR = 60
# As long as one may note a past day: whoever noted a line sees it, and may make an enquiry of it.
SHOWN = LONGEST_BACK


class WrongDay(DomainError):
    """The day cannot be that of an exchange."""


@dataclass(frozen=True, slots=True)
class Line:
    """About what, who, and what came of it: three codes."""

    topic: str
    family: str
    outcome: str


def _check_day(actor: Actor, department: Department, day: date, *, at: datetime) -> None:
    today = local_day(at, department.time_zone)
    if day > today:
        raise WrongDay("Ce jour n’est pas encore venu. Choisissez aujourd’hui ou un jour passé.")
    if day < today - LONGEST_BACK:
        raise WrongDay("La date va de trente jours en arrière à aujourd’hui.")
    there = Q(department=department) | Q(department=None, academy=department.academy_id)
    if not receiving_missions(actor).filter(there).filter(on_day(day)).exists():
        raise WrongDay("Ce jour-là, vous n’aviez pas encore de mission ici. Choisissez un jour plus récent.")


def _check_lines(lines: Sequence[Line]) -> None:
    if not 1 <= len(lines) <= MOST_LINES:
        raise DomainError("Remplissez de une à dix lignes.")
    branches = set(Topic.objects.filter(branch=None, is_open=True).values_list("code", flat=True))
    families = {code for code, _ in StaffCategory.FAMILIES}
    for line in lines:
        if line.topic not in branches or line.family not in families or line.outcome not in QUICK_OUTCOMES:
            raise DomainError("Une réponse n’est pas dans la liste. Choisissez de nouveau.")


def note_exchanges(
    *, actor: Actor, department: Department, day: date, lines: Sequence[Line], key: UUID, at: datetime | None = None
) -> list[QuickExchange]:
    """Count every line on its real day, or none; the same lines with the same key again count nothing more.

    Raises NotAllowed for whoever receives nobody, WrongDay, DomainError for other lines under a key that has
    served, TooManyTries past sixty an hour.
    """
    if actor.person_id is None or not permissions.can_note_exchange(actor):
        raise NotAllowed("Les échanges éclair sont notés par qui reçoit les personnels.")
    at = at or timezone.now()
    _check_lines(lines)
    _check_day(actor, department, day, at=at)
    rows = [
        QuickExchange(
            person_id=actor.person_id,
            department=department,
            day=day,
            topic_code=line.topic,
            family=line.family,
            outcome=line.outcome,
            idempotency_key=uuid5(key, str(number)),
            recorded_at=at,
        )
        for number, line in enumerate(lines)
    ]
    if sent := _already_sent(actor, rows, key):
        return sent
    if not limits.attempt("quick", actor.label, limit=SHEETS_PER_HOUR, per=timedelta(hours=1), at=at):
        raise TooManyTries("Vous avez noté beaucoup d’échanges en une heure. Reprenez un peu plus tard.")
    try:
        with transaction.atomic():
            QuickExchange.objects.bulk_create(rows)
            counting.add(rows[0], counting.exchanged(rows), at=at)
            for row in rows:
                journal.record(actor=actor.label, verb="échange_éclair.noté", subject=row, at=at)
    except IntegrityError:  # sent twice at the same instant
        sent = _already_sent(actor, rows, key)
        if not sent:
            raise DomainError("Cette page a déjà servi. Rechargez-la, puis notez de nouveau.") from None
        return sent
    return rows


def _already_sent(actor: Actor, rows: Sequence[QuickExchange], key: UUID) -> list[QuickExchange]:
    """What this form has already written; raises DomainError when it was something else."""
    keys = [uuid5(key, str(number)) for number in range(MOST_LINES)]
    sent = list(QuickExchange.objects.noted_by(actor).filter(idempotency_key__in=keys).select_related("department"))
    if sent and {_told(one) for one in sent} != {_told(one) for one in rows}:
        raise DomainError(
            "Cette page a déjà servi : ses premières lignes sont comptées. Videz-les, gardez les nouvelles, puis "
            "envoyez de nouveau."
        )
    return sent


def _told(row: QuickExchange) -> tuple[object, ...]:
    said = Line(row.topic_code, row.family, row.outcome)
    return (row.idempotency_key, row.department_id, row.day, *astuple(said))


def can_take_back(exchange: QuickExchange, *, at: datetime) -> bool:
    """On the day when it was noted, where it took place."""
    zone = exchange.department.time_zone
    return exchange.withdrawn_at is None and local_day(exchange.recorded_at, zone) == local_day(at, zone)


def withdraw_exchange(*, actor: Actor, exchange: QuickExchange, at: datetime | None = None) -> None:
    """Take back a line of one’s own, the very day it was noted; twice counts once.

    Raises NotAllowed for another’s, DomainError once the day is over.
    """
    at = at or timezone.now()
    _check_own(actor, exchange)
    if exchange.withdrawn_at is None and not can_take_back(exchange, at=at):
        raise DomainError("Un échange éclair se retire le jour où il est noté. Celui-ci reste compté.")
    _uncount(actor, exchange, verb="échange_éclair.retiré", at=at)


def become_enquiry(*, actor: Actor, uid: UUID, at: datetime | None = None) -> None:
    """Count no more, as an exchange, what has just been typed as an enquiry; nothing links one to the other."""
    at = at or timezone.now()
    exchange = find_own(actor, uid, at=at)
    if exchange is not None:
        _uncount(actor, exchange, verb="échange_éclair.devenu_demande", at=at)


def find_own(actor: Actor, uid: UUID, *, at: datetime | None = None) -> QuickExchange | None:
    """A line of one’s own that still counts, for thirty days."""
    rows = QuickExchange.objects.noted_by(actor).standing(since=(at or timezone.now()) - SHOWN)
    return rows.select_related("department__academy").filter(uid=uid).first()


def _check_own(actor: Actor, exchange: QuickExchange) -> None:
    if actor.person_id is None or exchange.person_id != actor.person_id:
        raise NotAllowed("Cet échange éclair n’est pas le vôtre.")


@transaction.atomic
def _uncount(actor: Actor, exchange: QuickExchange, *, verb: str, at: datetime) -> None:
    try:
        swap(exchange, {"withdrawn_at": None}, {"withdrawn_at": at})
    except StaleState:  # another window has just done so
        return
    counting.add(exchange, counting.exchanged([exchange], sign=-1), at=at)
    journal.record(actor=actor.label, verb=verb, subject=exchange, at=at)
