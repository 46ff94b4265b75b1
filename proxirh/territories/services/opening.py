"""Opening an académie: what must be there first, and the settings that nothing else holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.kernel import journal
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.workflow import swap
from proxirh.territories.actor import Actor, on_day
from proxirh.territories.models import Academy, Deputy, Posting, Role
from proxirh.territories.permissions import can_run_academy
from proxirh.territories.services import gaps, listening

NOT_YOURS = "Ces réglages sont à la coordination de l’académie."
RUNNING = (Role.COORDINATOR, Role.HEAD_OF_SERVICE)


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list before opening; `page` is where it is done, "" when it is done elsewhere."""

    code: str
    label: str
    is_done: bool
    said: str
    page: str = ""


def check_all(academy: Academy, *, day: date, notice: int) -> Sequence[Check]:
    """Every line of the list for `day`; `notice` is the number of the notice in force."""
    serving = Posting.objects.filter(on_day(day), academy=academy)
    stood_in = Exists(Deputy.objects.filter(on_day(day), academy=academy, person=OuterRef("person")))
    roles = list(serving.values_list("role", "person_id", stood_in))
    counsellors = {person for role, person, _ in roles if role == Role.COUNSELLOR}
    running = [has_deputy for role, _, has_deputy in roles if role in RUNNING]
    is_covered = bool(running) and all(running)
    found = gaps.find_gaps(academy, day=day)
    is_checked = bool(academy.listening_cell) and not listening.is_overdue(academy, today=day)
    return (
        Check(
            "missions",
            "Des conseillères et conseillers",
            bool(counsellors),
            f"{len(counsellors)} en mission."
            if counsellors
            else "Personne encore : l’administrateur importe les missions.",
        ),
        Check(
            "coverage",
            "Aucun trou dans les périmètres",
            not found.holes,
            "Chaque personne a son équipe." if not found.holes else f"{len(found.holes)} à combler.",
            "coverage",
        ),
        Check(
            "deputies",
            "Un suppléant pour chaque personne qui coordonne ou dirige",
            is_covered,
            "Chacun a le sien." if is_covered else "Il en manque\u00a0: une alerte ne doit pas rester seule.",
            "deputies",
        ),
        Check(
            "listening",
            "Le numéro de la cellule d’écoute, vérifié",
            is_checked,
            "Vérifié il y a moins de six mois." if is_checked else "Appelez-le, puis datez-le.",
            "listening",
        ),
        Check(
            "reach",
            "L’adresse et le téléphone du service",
            bool(academy.contact_email and academy.contact_phone),
            academy.contact_email or "Les personnes qui n’ont pas de compte n’ont que cela.",
            "reach",
        ),
        Check(
            "notice",
            "La notice sur les données personnelles, relue",
            academy.notice_reviewed >= notice,
            f"Version {notice}." if academy.notice_reviewed >= notice else f"La version {notice} est à relire.",
            "reach",
        ),
    )


@transaction.atomic
def open_academy(*, actor: Actor, academy: Academy, on: date, notice: int, at: datetime | None = None) -> None:
    """Let its agents ask from that day on. Raises DomainError while anything of the list is missing on that day."""
    at = at or timezone.now()
    if not can_run_academy(actor, academy):
        raise NotAllowed(NOT_YOURS)
    if academy.opened_on is not None:
        raise DomainError("Cette académie est déjà ouverte.")
    if on < timezone.localdate(at):
        raise DomainError("Ce jour est passé. Choisissez aujourd’hui ou un jour à venir.")
    missing = [check.label for check in check_all(academy, day=on, notice=notice) if not check.is_done]
    if missing:
        raise DomainError(f"Il manque encore : {' ; '.join(missing)}.")
    swap(academy, {"opened_on": None}, {"opened_on": on})
    journal.record(actor=actor.label, verb="académie.ouverte", subject=academy, at=at, on=on.isoformat())


@transaction.atomic
def set_reach(
    *,
    actor: Actor,
    academy: Academy,
    contact_email: str,
    contact_phone: str,
    first_answer_days: int,
    notice: int | None = None,
    at: datetime | None = None,
) -> None:
    """How the service is reached, in how many working days it answers, and the notice that was read again.

    What was promised before keeps its date.
    """
    if not can_run_academy(actor, academy):
        raise NotAllowed(NOT_YOURS)
    academy.contact_email, academy.contact_phone = contact_email, contact_phone
    academy.first_answer_days = first_answer_days
    if notice is not None:
        academy.notice_reviewed = notice
    academy.full_clean(validate_unique=False)
    academy.save(update_fields=["contact_email", "contact_phone", "first_answer_days", "notice_reviewed"])
    journal.record(actor=actor.label, verb="académie.réglée", subject=academy, at=at or timezone.now())


# ── Suppléances ───────────────────────────────────────────────────────────────────────────────────
def deputies_of(academy: Academy, *, day: date) -> QuerySet[Deputy]:
    """Those in force on `day` and those to come, with both people."""
    rows = Deputy.objects.filter(academy=academy).exclude(valid_until__lt=day)
    return rows.select_related("person__data_key", "deputy__data_key").order_by("valid_from", "pk")


def who_runs(academy: Academy, *, day: date) -> list[Person]:
    """Those who coordinate the académie or head its service."""
    serving = Posting.objects.filter(on_day(day), academy=academy, role__in=RUNNING)
    return list(Person.objects.filter(pk__in=serving.values("person_id")).select_related("data_key").order_by("pk"))


def who_may_stand_in(academy: Academy, *, day: date) -> list[Person]:
    """Whoever serves in the académie with an account that opens."""
    serving = Posting.objects.filter(on_day(day), academy=academy)
    opens = Q(user=None) | Q(user__is_active=True)
    people = Person.objects.filter(opens, pk__in=serving.values("person_id"))
    return list(people.select_related("data_key").order_by("pk"))


@transaction.atomic
def name_deputy(
    *,
    actor: Actor,
    academy: Academy,
    person: Person,
    deputy: Person,
    valid_from: date,
    valid_until: date | None = None,
    at: datetime | None = None,
) -> Deputy:
    """Say who acts for someone who runs the académie.

    Raises DomainError for oneself, a past day, a stranger, or what is said already.
    """
    at = at or timezone.now()
    if not can_run_academy(actor, academy):
        raise NotAllowed(NOT_YOURS)
    if valid_from < timezone.localdate(at):
        raise DomainError("Ce jour est passé. Choisissez aujourd’hui ou un jour à venir.")
    if valid_until is not None and valid_until < valid_from:
        raise DomainError("La fin précède le début.")
    if person == deputy:
        raise DomainError("Personne n’est son propre suppléant.")
    running, serving = who_runs(academy, day=valid_from), who_may_stand_in(academy, day=valid_from)
    if person not in running or deputy not in serving:
        raise DomainError("Cette personne n’a pas de mission dans l’académie ce jour-là.")
    same = Deputy.objects.filter(academy=academy, person=person, deputy=deputy)
    if valid_until is not None:
        same = same.filter(valid_from__lte=valid_until)
    if same.exclude(valid_until__lt=valid_from).exists():
        raise DomainError("Cette suppléance existe déjà ce jour-là.")
    named = Deputy.objects.create(
        person=person, deputy=deputy, academy=academy, valid_from=valid_from, valid_until=valid_until
    )
    journal.record(
        actor=actor.label,
        verb="suppléance.ouverte",
        subject=academy,
        at=at,
        who=f"personne:{person.uid}",
        deputy=f"personne:{deputy.uid}",
        le=valid_from.isoformat(),
    )
    return named


@transaction.atomic
def end_deputy(*, actor: Actor, deputy: Deputy, at: datetime | None = None) -> None:
    """End it today; one that has not begun never was. Twice is the same as once."""
    at = at or timezone.now()
    if not can_run_academy(actor, deputy.academy):
        raise NotAllowed(NOT_YOURS)
    today = timezone.localdate(at)
    if deputy.valid_from >= today:
        gone = Deputy.objects.filter(pk=deputy.pk).delete()[0]
    else:
        still = Q(valid_until=None) | Q(valid_until__gte=today)
        gone = Deputy.objects.filter(still, pk=deputy.pk).update(valid_until=today - timedelta(days=1))
    if gone:
        journal.record(actor=actor.label, verb="suppléance.finie", subject=deputy.academy, at=at)
