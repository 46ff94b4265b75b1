"""What a professional’s desk holds today: views that match the day, each enquiry in one of them, counted in one go."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Case, CharField, Count, DateField, DateTimeField, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.querysets import EnquiryQuerySet
from proxirh.enquiries.workflow import State
from proxirh.kernel.calendar import SUBDIVISIONS, is_working_day
from proxirh.territories.actor import Actor

SILENCE = 20  # working days without a word from the author before « à terminer »
ATTEMPTS = 3
RECENTLY = timedelta(days=30)
LONG_AGO = date(1900, 1, 1)
NEW, TODAY, AGENT, DATE, UNDER_WAY, TO_END, ENDED = (
    "nouvelles",
    "aujourdhui",
    "agent",
    "date",
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


def views_for(actor: Actor) -> tuple[DayView, ...]:
    """Views of those who receive, then those of who coordinates."""
    return (VIEWS if actor.teams else ()) + (ACADEMY_VIEWS if actor.coordinates else ())


# ── Where each enquiry in one's hands stands today: one view and only one ─────────────────────────
def _silent_since(today: date) -> Q:
    """Waiting for the author for twenty working days, by the calendar of her département."""
    by_limit: dict[date, list[str]] = {}
    for calendar in SUBDIVISIONS:
        by_limit.setdefault(_working_days_ago(today, SILENCE, calendar), []).append(calendar)
    silent = Q(pk=None)
    for limit, calendars in by_limit.items():
        until = datetime.combine(limit, time.max, tzinfo=timezone.get_current_timezone())
        silent |= Q(waiting_since__lte=until, department__holiday_calendar__in=calendars)
    return Q(state=State.WAITING_FOR_AGENT) & silent


def _working_days_ago(day: date, count: int, calendar: str) -> date:
    while count > 0:
        count -= is_working_day(day, calendar)
        day -= timedelta(days=1)
    return day


def mine(actor: Actor) -> EnquiryQuerySet:
    """What is in these hands, ended ones included."""
    return Enquiry.objects.visible_to(actor).led_by(actor)


def placed(actor: Actor, today: date) -> EnquiryQuerySet:
    """Open enquiries in these hands, each with its `place` among the views and its `turn` in that view."""
    to_end = _silent_since(today) | Q(failed_attempts__gte=ATTEMPTS)
    due = Q(next_step_on__lte=today) | Q(next_step_on=None) | Q(wants_call_today=True, first_answered_at=None)
    place = Case(
        When(author_wrote=True, then=Value(TODAY)),
        When(to_end, then=Value(TO_END)),
        When(due, then=Value(TODAY)),
        When(state=State.WAITING_FOR_AGENT, then=Value(AGENT)),
        When(state=State.WAITING_FOR_DATE, then=Value(DATE)),
        default=Value(UNDER_WAY),
        output_field=CharField(),
    )
    return (
        mine(actor)
        .open()
        .with_last_word()
        .annotate(place=place, turn=Coalesce("next_step_on", Value(LONG_AGO, output_field=DateField())))
    )


def untaken(actor: Actor) -> QuerySet[Enquiry]:
    """What waits for the teams of this actor; who asked to be called back today has her turn at once."""
    turn = Case(
        When(wants_call_today=True, first_answered_at=None, then=F("submitted_at")),
        default=F("due_at"),
        output_field=DateTimeField(),
    )
    return Enquiry.objects.listed_for(actor).untaken().filter(team_id__in=actor.teams).annotate(turn=turn)


def of_academy(actor: Actor, view: DayView, *, now: datetime, today: date) -> QuerySet[Enquiry]:
    """Rows of the académies that this actor coordinates: without a lead, or late."""
    rows = Enquiry.objects.listed_for(actor).open().filter(academy_id__in=actor.coordinates)
    rule = Q(lead=None) if view.code == ACADEMY_WAITING else late_rule(now, today)
    return rows.filter(rule).annotate(turn=F("due_at"))


def late_rule(now: datetime, today: date) -> Q:
    """No first answer in time, or a step whose date has passed."""
    return Q(first_answered_at=None, due_at__lt=now) | Q(next_step_on__lt=today)


def counts(actor: Actor, *, at: datetime | None = None) -> dict[str, int]:
    """How many enquiries each view holds; the ended ones are not counted."""
    now = at or timezone.now()
    today = timezone.localdate(now)
    found: dict[str, int] = {}
    if actor.receives:
        found = {view.code: 0 for view in VIEWS if view.code != ENDED}
        found[NEW] = untaken(actor).count()
        by_place = placed(actor, today).order_by().values_list("place").annotate(n=Count("pk"))
        found |= dict(by_place)
    if actor.coordinates:
        rows = Enquiry.objects.listed_for(actor).open().filter(academy_id__in=actor.coordinates)
        found |= rows.aggregate(
            **{
                ACADEMY_WAITING: Count("pk", filter=Q(lead=None)),
                ACADEMY_LATE: Count("pk", filter=late_rule(now, today)),
            }
        )
    return found
