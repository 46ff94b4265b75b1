"""What a professional’s desk holds today: views that match the day, each enquiry in one of them, counted in one go."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Case, Count, DateTimeField, F, Q, QuerySet, When

from proxirh.enquiries.hanging import is_elsewhere
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.querysets import EnquiryQuerySet, Part, Side
from proxirh.enquiries.workflow import State
from proxirh.kernel.calendar import Calendar, local_day, working_days_between
from proxirh.kernel.written import written_once
from proxirh.territories.actor import Actor
from proxirh.territories.models import Department
from proxirh.territories.services.calendars import calendar

SILENCE = 20  # working days without a word from the author before « à terminer »
ATTEMPTS = 3
RECENTLY = timedelta(days=30)
NEW, TODAY, AGENT, DATE, ELSEWHERE, UNDER_WAY, TO_END, ENDED = (
    "nouvelles",
    "aujourdhui",
    "agent",
    "date",
    "sans-nouvelles",
    "en-cours",
    "a-terminer",
    "terminees",
)
ACADEMY_WAITING, ACADEMY_LATE = "academie-sans-referent", "academie-en-retard"


@dataclass(frozen=True, slots=True)
class DayView:
    """One way to look at the day; `empty` says what an empty list means and what to do."""

    code: str
    label: str
    empty_title: str
    empty: str
    is_team: bool = False
    is_academy: bool = False


VIEWS = (
    DayView(
        NEW,
        "Nouvelles",
        "Aucune demande n’attend votre équipe",
        "Dès qu’une demande arrive, elle est ici et vous recevez un courriel. Passez à « À rappeler aujourd’hui ».",
        is_team=True,
    ),
    DayView(
        TODAY,
        "À rappeler aujourd’hui",
        "Rien de prévu aujourd’hui",
        "Les demandes dont la prochaine étape tombe aujourd’hui, ou dont l’auteur vient d’écrire, viendront ici.",
    ),
    DayView(AGENT, "En attente de l’agent", "Personne ne vous doit de réponse", "Vous n’attendez rien de personne."),
    DayView(
        DATE,
        "En attente d’une date",
        "Aucune demande n’attend une date",
        "Résultats d’un mouvement, retour de congé : ces demandes reviennent d’elles-mêmes le jour dit.",
    ),
    DayView(
        ELSEWHERE,
        "Réorientées, sans nouvelles",
        "Aucune mise en relation n’attend de réponse",
        "Ce que vous avez transmis à une cellule ou à un interlocuteur externe est ici jusqu’à sa réponse.",
    ),
    DayView(
        UNDER_WAY,
        "En cours",
        "Aucune autre demande en cours",
        "Les demandes dont la prochaine étape est à une date à venir sont ici.",
    ),
    DayView(
        TO_END,
        "À terminer",
        "Rien à terminer",
        "Viennent ici les demandes sans nouvelles depuis vingt jours ouvrés, ou après trois essais sans réponse.",
    ),
    DayView(
        ENDED,
        "Terminées récemment",
        "Aucune demande terminée depuis trente jours",
        "Une demande terminée reste ici trente jours. Son auteur peut la rouvrir pendant quatre-vingt-dix jours.",
    ),
)
ACADEMY_VIEWS = (
    DayView(
        ACADEMY_WAITING,
        "Académie : sans référent",
        "Chaque demande de l’académie a un référent",
        "Les demandes que personne n’a prises en charge sont ici, la plus pressante d’abord.",
        is_team=True,
        is_academy=True,
    ),
    DayView(
        ACADEMY_LATE,
        "Académie : en retard",
        "Aucun retard dans l’académie",
        "Viennent ici les premières réponses en retard et les étapes dont la date est passée.",
        is_team=True,
        is_academy=True,
    ),
)


BY_CODE = {view.code: view for view in (*VIEWS, *ACADEMY_VIEWS)}


def views_for(actor: Actor) -> tuple[DayView, ...]:
    """Views of those who receive, then those of who coordinates."""
    return (VIEWS if actor.teams else ()) + (ACADEMY_VIEWS if actor.answers_for else ())


# ── Where each enquiry in one’s hands stands today: one view and only one ─────────────────────────
class Standing(NamedTuple):
    """What decides the view of one open enquiry, and its turn there."""

    pk: int
    state: str
    next_step_on: date | None
    waiting_since: datetime | None
    wants_call_today: bool
    failed_attempts: int
    calendar: str
    closed: str
    zone: str
    author_wrote: bool
    is_elsewhere: bool
    # What tells its turn among those of the same day; read for a list, not to count.
    submitted_at: datetime | None = None
    uid: UUID | None = None

    @property
    def turn(self) -> date:
        """The day of its next step; without any, before all others."""
        return self.next_step_on or date.min

    def place(self, now: datetime) -> str:
        """The view in which it stands, by the day it is where its author lives."""
        if self.author_wrote:
            return TODAY
        today = _day(now, self.zone)
        if self.failed_attempts >= ATTEMPTS or self._is_silent(today):
            return TO_END
        if self.next_step_on is None or self.next_step_on <= today or self.wants_call_today:
            return TODAY
        if self.is_elsewhere:
            return ELSEWHERE
        return {State.WAITING_FOR_AGENT: AGENT, State.WAITING_FOR_DATE: DATE}.get(State(self.state), UNDER_WAY)

    def _is_silent(self, today: date) -> bool:
        """Waiting for the author for twenty working days, by the calendar of her département."""
        if self.state != State.WAITING_FOR_AGENT or self.waiting_since is None:
            return False
        return local_day(self.waiting_since, self.zone) <= _silent_since(today, calendar(self.calendar, self.closed))


@lru_cache(maxsize=64)
def _day(now: datetime, zone: str) -> date:
    """The day it is there: asked for each row of a list, the same for all."""
    return local_day(now, zone)


@lru_cache(maxsize=64)
def _silent_since(today: date, calendar: Calendar) -> date:
    """The last day from which twenty working days have passed; counted once for all the rows of a list."""
    day = today
    while working_days_between(day, today, calendar) < SILENCE:
        day -= timedelta(days=1)
    return day


def mine(actor: Actor) -> EnquiryQuerySet:
    """What is in these hands, ended ones included."""
    return Enquiry.objects.visible_to(actor, side=Side.DESK).filter(lead_id=actor.person_id)


@written_once
def _standing_rows(actor: Actor, in_turn: bool) -> QuerySet:
    rows = (
        Enquiry.objects.visible_to(actor, side=Side.LEAD)
        .with_last_word()
        .annotate(is_elsewhere=is_elsewhere())
        .order_by()
    )
    elsewhere = {
        "calendar": "department__holiday_calendar",
        "closed": "department__closed",
        "zone": "department__time_zone",
    }
    read = [name for name in Standing._fields if in_turn or name not in Standing._field_defaults]
    return rows.values_list(*[elsewhere.get(name, name) for name in read])


def standings(actor: Actor, *, in_turn: bool = False) -> list[Standing]:
    """Every open enquiry in these hands, in one light query: a person’s hands hold a few dozen.

    `in_turn` also reads what a list of them is ordered by.
    """
    return [Standing(*row) for row in _standing_rows(actor, in_turn).read()] if actor.receives else []


def to_finish(actor: Actor, *, now: datetime, most: int) -> list[Enquiry]:
    """What stands in « à terminer », the oldest step first, with what ending it needs."""
    waiting = sorted(
        (one.turn, one.submitted_at, one.uid) for one in standings(actor, in_turn=True) if one.place(now) == TO_END
    )
    return in_hands(actor, [uid for *_, uid in waiting[:most]])


def in_hands(actor: Actor, uids: Collection[Any]) -> list[Enquiry]:
    """Those of these that one leads, open or ended, in the order given, with what ending them needs."""
    if not uids:
        return []
    rows = mine(actor).with_topic("label").select_related("data_key", "fact", "department")
    found = {row.uid: row for row in rows.filter(uid__in=uids)}
    return [found[uid] for uid in uids if uid in found]


# ── What waits for a team, or for an académie ─────────────────────────────────────────────────────
def untaken(actor: Actor) -> EnquiryQuerySet:
    """What waits for the teams of this actor; who asked to be called back today has her turn at once."""
    turn = Case(
        When(wants_call_today=True, then=F("submitted_at")),
        default=F("due_at"),
        output_field=DateTimeField(),
    )
    return Enquiry.objects.listed_for(actor, part=Part.UNTAKEN).with_whose_turn(actor).annotate(turn=turn)


def of_academy(actor: Actor, view: DayView, *, now: datetime, zones: Collection[str]) -> EnquiryQuerySet:
    """Rows of the académies that this actor coordinates: without a lead, or late."""
    rows = Enquiry.objects.listed_for(actor, part=Part.ACADEMY).open()
    rule = Q(lead=None) if view.code == ACADEMY_WAITING else late_rule(now, zones)
    return rows.filter(rule).annotate(turn=F("due_at"))


def coordinated_zones(actor: Actor) -> Collection[str]:
    """Time zones of the académies that this actor coordinates: one, for nearly everyone."""
    if not actor.answers_for:
        return ()
    there = Department.objects.filter(academy_id__in=actor.answers_for)
    return list(there.order_by("time_zone").values_list("time_zone", flat=True).distinct())


def late_rule(now: datetime, zones: Collection[str]) -> Q:
    """No first answer in time, or a step whose date has passed where its author lives."""
    rule = Q(first_answered_at=None, due_at__lt=now)
    days: dict[date, list[str]] = {}
    for zone in zones:
        days.setdefault(local_day(now, zone), []).append(zone)
    for day, there in days.items():
        rule |= Q(next_step_on__lt=day) & (Q(department__time_zone__in=there) if len(days) > 1 else Q())
    return rule


def academy_counts(actor: Actor, *, now: datetime, zones: Collection[str]) -> dict[str, int]:
    """Both views of an académie, in one query; none for whoever coordinates nothing."""
    if not actor.answers_for:
        return {}
    rows = Enquiry.objects.listed_for(actor, part=Part.ACADEMY).open()
    return rows.aggregate(
        **{
            ACADEMY_WAITING: Count("pk", filter=Q(lead=None)),
            ACADEMY_LATE: Count("pk", filter=late_rule(now, zones)),
        }
    )
