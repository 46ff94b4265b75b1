"""Telephone lines of an académie: opened, answered by officers of its service, with who has learnt to listen."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.kernel import journal
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.text import fold
from proxirh.territories.actor import Actor, on_day
from proxirh.territories.models import Academy, Department, Posting, Role, Team, TeamKind, Training
from proxirh.territories.permissions import can_run_academy
from proxirh.territories.services.routing import RECEIVING
from proxirh.territories.services.staffing import tell_journal

# The course of « écoute active » (seed S1), as `Training.course` names it.
LISTENING_COURSE = "écoute active"
FOLLOWED = ("attended", "certified")
NOT_YOURS = "L’équipe d’une ligne est composée par la cheffe ou le chef de service."
NOT_FROM_HERE = "Choisissez une personne qui reçoit dans votre académie."
SAME_NAME = "Une ligne de votre académie porte déjà ce nom."
# Two missions of one person in one place cannot begin on the same day.
BACK = 7


@dataclass(frozen=True, slots=True)
class Officer:
    """Who answers a line, and whether she has followed the course."""

    person: Person
    is_trained: bool

    @property
    def sorted_by(self) -> tuple[str, str, int]:
        """By last name, then first name."""
        return fold(self.person.last_name), fold(self.person.first_name), self.person.pk


def lines() -> QuerySet[Team]:
    """Every telephone line that is not closed for good, with where it is."""
    rows = Team.objects.filter(kind=TeamKind.LINE).select_related("academy", "department")
    return rows.order_by("academy__name", "name", "pk")


def lines_of(actor: Actor) -> QuerySet[Team]:
    """Those that somebody draws up, or answers."""
    return lines().filter(Q(academy__in=actor.runs) | Q(pk__in=actor.lines))


def answered_by(actor: Actor) -> QuerySet[Team]:
    """Those that somebody answers today."""
    return lines().filter(pk__in=actor.lines)


def trained() -> Exists:
    """True for a mission whose person has followed the course."""
    return Exists(
        Training.objects.filter(person=OuterRef("person"), course=LISTENING_COURSE, state__in=FOLLOWED).order_by()
    )


def serving(line: Team, first: date, last: date) -> QuerySet[Posting]:
    """Missions on the line that touch these days, with whose they are."""
    rows = Posting.objects.filter(
        Q(valid_until=None) | Q(valid_until__gte=first), role=Role.HR_OFFICER, team=line, valid_from__lte=last
    )
    return rows.select_related("person__data_key").annotate(is_trained=trained()).order_by("pk")


def officers(line: Team, *, day: date) -> list[Officer]:
    """Those who answer it on that day, by name; in one query."""
    found = {row.person_id: Officer(row.person, row.is_trained) for row in serving(line, day, day)}  # type: ignore[attr-defined]
    return sorted(found.values(), key=lambda one: one.sorted_by)


def answers_one(person: Person, *, day: date) -> bool:
    """True for somebody who answers a line on that day, whichever."""
    there = {"person": person, "role": Role.HR_OFFICER, "team__kind": TeamKind.LINE}
    return Posting.objects.filter(on_day(day), **there).exists()


def may_join(line: Team, *, day: date) -> list[Person]:
    """Those who receive in the académie and do not answer the line, by name."""
    here = Posting.objects.filter(RECEIVING, on_day(day), team__academy_id=line.academy_id)
    rows = Person.objects.filter(pk__in=here.values("person_id")).exclude(
        pk__in=serving(line, day, day).values("person_id")
    )
    return sorted(rows.select_related("data_key"), key=lambda one: (fold(one.last_name), fold(one.first_name), one.pk))


def open_line(
    *,
    actor: Actor,
    academy: Academy,
    name: str,
    department: Department | None = None,
    phone: str = "",
    at: datetime | None = None,
) -> Team:
    """One more line, of the whole académie or of one of its départements; DomainError for a name taken."""
    at = at or timezone.now()
    if not can_run_academy(actor, academy):
        raise NotAllowed(NOT_YOURS)
    if department is not None and department.academy_id != academy.pk:
        raise DomainError("Ce département n’est pas dans votre académie.")
    try:
        with transaction.atomic():
            made = Team.objects.create(
                kind=TeamKind.LINE,
                name=name,
                academy=academy,
                department=department,
                phone=phone,
                valid_from=timezone.localdate(at),
            )
            journal.record(actor=actor.label, verb="ligne.ouverte", subject=made, at=at)
    except IntegrityError:
        raise DomainError(SAME_NAME) from None
    return made


def join_line(*, actor: Actor, line: Team, person: Person, at: datetime | None = None) -> Posting:
    """Have somebody who receives in the académie answer the line from today on; twice is the same as once.

    It gives her nothing to read but the roster.
    """
    at = at or timezone.now()
    if not can_run_academy(actor, line.academy):
        raise NotAllowed(NOT_YOURS)
    today = timezone.localdate(at)
    there = Posting.objects.filter(on_day(today), person=person, team=line, role=Role.HR_OFFICER).first()
    if there is not None:
        return there
    here = Posting.objects.filter(RECEIVING, on_day(today), person=person, team__academy_id=line.academy_id)
    if not here.exists():
        raise NotAllowed(NOT_FROM_HERE)
    mission = {"person": person, "role": Role.HR_OFFICER, "academy": line.academy, "department": line.department}
    begun = set(
        Posting.objects.filter(**{**mission, "academy": line.academy_id}, valid_from__gte=today - timedelta(days=BACK))
        .values_list("valid_from", flat=True)
    )  # fmt: skip
    since = next((day for back in range(BACK) if (day := today - timedelta(days=back)) not in begun), None)
    if since is None:
        raise DomainError("Trop de missions de cette personne commencent ces jours-ci. Ajoutez-la demain.")
    try:
        with transaction.atomic():
            made = Posting.objects.create(**mission, team=line, valid_from=since)
            tell_journal("mission.donnée", [made], actor=actor.label)
    except IntegrityError:  # sent twice at once
        raise DomainError("Cette personne vient d’être ajoutée.") from None
    return made


@transaction.atomic
def leave_line(*, actor: Actor, line: Team, person: Person, at: datetime | None = None) -> None:
    """Have somebody answer the line no more, from today on; twice is the same as once."""
    at = at or timezone.now()
    if not can_run_academy(actor, line.academy):
        raise NotAllowed(NOT_YOURS)
    today = timezone.localdate(at)
    rows = Posting.objects.filter(on_day(today), person=person, team=line, role=Role.HR_OFFICER)
    for mission in rows.select_related("person").select_for_update(of=("self",)):
        mission.valid_until = today - timedelta(days=1)
        tell_journal("mission.terminée", [mission], actor=actor.label)
        if mission.valid_until < mission.valid_from:
            mission.delete()
        else:
            mission.save(update_fields=["valid_until"])


@transaction.atomic
def note_training(*, actor: Actor, line: Team, person: Person, is_trained: bool, at: datetime | None = None) -> None:
    """Note that somebody of the line has followed « écoute active », or that it was noted by mistake.

    Twice is the same as once. NotAllowed for whoever does not answer the line.
    """
    at = at or timezone.now()
    today = timezone.localdate(at)
    if not can_run_academy(actor, line.academy) or not serving(line, today, today).filter(person=person).exists():
        raise NotAllowed(NOT_YOURS)
    mine = Training.objects.filter(person=person, course=LISTENING_COURSE)
    if mine.filter(state__in=FOLLOWED).exists() == is_trained:
        return
    if is_trained:
        mine.update_or_create(person=person, course=LISTENING_COURSE, defaults={"state": FOLLOWED[0], "since": today})
    else:
        mine.delete()
    verb = "formation.notée" if is_trained else "formation.retirée"
    journal.record(actor=actor.label, verb=verb, subject=person, at=at)
