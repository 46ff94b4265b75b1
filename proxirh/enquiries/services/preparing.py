"""From the codes and words of a draft to checked answers, and what can be told before sending."""

import re
from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, Q, QuerySet
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries.conflicts import receiving_team
from proxirh.enquiries.models import MANAGERIAL_BRANCH
from proxirh.enquiries.services.asking import Answers
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError
from proxirh.kernel.text import fold
from proxirh.kernel.written import Given, written_once
from proxirh.territories.actor import Actor
from proxirh.territories.models import Academy, Department, Division, Posting, Site, StaffCategory, Team, Topic
from proxirh.territories.services.routing import Need, covering_teams, neighbouring_teams

VIOLENCE_CONSENT = "violence_nominative"
# Words around a name that name nobody.
_CIVILITIES = frozenset({"m", "mr", "mme", "mlle", "monsieur", "madame", "mademoiselle"})
_PARTICLES = frozenset(
    {"d", "da", "de", "del", "des", "di", "do", "dos", "du", "el", "l", "la", "le", "les", "van", "von"}
)


@dataclass(frozen=True, slots=True)
class Kept:
    """Names that someone typed, told apart: those of people who serve around her académie, and the others."""

    people: tuple[Person, ...]
    known: tuple[str, ...]
    unknown: tuple[str, ...]


def _words(name: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]+", fold(name))) - _CIVILITIES


def _meant(name: str, staff: Collection[Person], *, given_names: AbstractSet[str]) -> list[Person]:
    """Whom a typed name means: those it names in full, else everyone it may mean.

    One word of the last name is enough, unless what stands beside it is an initial or a first name of someone else.
    Any other word, a title, a post or a place, contradicts nothing: in doubt the person is kept away.
    """
    typed, in_full, perhaps = _words(name), [], []
    for person in staff:
        last, first = _words(person.last_name), _words(person.first_name)
        if not typed & (last - _PARTICLES or last):
            continue
        rest, own = typed - last - _PARTICLES, first | {word[0] for word in first}
        if rest <= own:
            in_full.append(person)
        elif rest & own or not any(len(word) == 1 or word in given_names for word in rest):
            perhaps.append(person)
    return in_full or perhaps


def recognise(names: Collection[str], *, academy: Academy, at: datetime | None = None) -> Kept:
    """Match typed names with the staff of the région; in doubt (same name twice) everyone meant is kept away.

    Whoever is announced there for a later day is meant too.
    """
    names = [name for name in names if _words(name)]
    if not names:
        return Kept((), (), ())
    day = timezone.localdate(at)
    to_come = Q(valid_until=None) | Q(valid_until__gte=day)
    serving = Posting.objects.filter(to_come, academy__region=academy.region)
    staff = list(Person.objects.filter(pk__in=serving.values("person_id")).select_related("data_key").order_by("pk"))
    given_names = {word for person in staff for word in _words(person.first_name)}
    people: dict[int, Person] = {}
    known: list[str] = []
    unknown: list[str] = []
    for name in names:
        meant = _meant(name, staff, given_names=given_names)
        (known if meant else unknown).append(name)
        people |= {person.pk: person for person in meant}
    return Kept(tuple(people.values()), tuple(known), tuple(unknown))


def names_in(text: str) -> list[str]:
    """Names typed one a line, or separated by commas."""
    return [" ".join(name.split()) for name in re.split(r"[\n,;]", text) if name.strip()]


CODE = Given("code", CharField())


@written_once
def _departments() -> QuerySet:
    return Department.objects.filter(code=CODE).select_related("academy")


@written_once
def _categories() -> QuerySet:
    return StaffCategory.objects.filter(code=CODE)


@written_once
def _topics() -> QuerySet:
    return Topic.objects.filter(code=CODE, is_open=True).select_related("branch")


@written_once
def _sites() -> QuerySet:
    return Site.objects.filter(uai=CODE, is_open=True)


def prepare_answers(kept: Mapping[str, Any], *, at: datetime | None = None) -> Answers:
    """The answers of a draft, read again from today’s nomenclatures; raises DomainError when one is missing or gone."""
    department = _departments().first(code=kept.get("department"))
    category = _categories().first(code=kept.get("category"))
    topic = _topics().first(code=kept.get("topic"))
    if department is None or category is None or topic is None or not kept.get("last_name"):
        raise DomainError("Il manque une réponse : reprenez l’étape signalée, le reste est gardé.")
    if topic.is_violence and not kept.get("violence_agreed_at"):
        raise DomainError("Avant d’envoyer, dites si vous acceptez que votre nom soit transmis.")
    site = _sites().first(code=kept["site"]) if kept.get("site") else None
    division = Division.objects.filter(pk=kept["division"], site=site).first() if kept.get("division") else None
    excluded = recognise(names_in(kept.get("excluded_names", "")), academy=department.academy, at=at)
    superior = recognise(names_in(kept.get("superior_name", "")), academy=department.academy, at=at)
    only_superior = superior.people[0] if len(superior.people) == 1 else None
    others = {person.pk: person for person in (*excluded.people, *superior.people) if person != only_superior}
    return Answers(
        department=department,
        site=site,
        division=division,
        category=category,
        topic=topic,
        words=kept.get("words", ""),
        first_name=kept.get("first_name", ""),
        last_name=kept["last_name"],
        email=kept.get("email", ""),
        phone=kept.get("phone", ""),
        means=tuple(kept.get("means", ())),
        times=tuple(kept.get("times", ())),
        may_leave_voicemail=bool(kept.get("may_leave_voicemail")),
        not_at_work=bool(kept.get("not_at_work")),
        wants_call_today=bool(kept.get("wants_call_today")),
        excluded=tuple(others.values()),
        excluded_names="\n".join(excluded.unknown),
        superior=only_superior,
        superior_name="\n".join(superior.unknown),
        for_team=bool(kept.get("for_team")) and topic.code == MANAGERIAL_BRANCH,
        previous=UUID(kept["previous"]) if kept.get("previous") else None,
        consents=(VIOLENCE_CONSENT,) if topic.is_violence else (),
        agreed_at=datetime.fromisoformat(kept["violence_agreed_at"]) if topic.is_violence else None,
    )


def likely_team(
    *, department: Department, site: Site | None, category_id: int, at: datetime | None = None
) -> Team | None:
    """The team to announce before the topic is known: the closest that answers for every topic, if any."""
    day = local_day(at or timezone.now(), department.time_zone)
    need = Need(department=department, site=site, category_id=category_id, topic_id=0, branch="")
    teams = covering_teams(need, day=day) or neighbouring_teams(department.academy, day=day)
    return next(iter(teams), None)


def team_of(*, actor: Actor, answers: Answers, at: datetime | None = None) -> Team | None:
    """The team that would receive these answers now; None when nobody around is free of a conflict of interest.

    An address that the actor has not proved changes nothing: whoever types a colleague’s would learn where she serves.
    """
    asking = answers.asking(actor.person_id)
    if not actor.addresses.issuperset(asking.address_indexes):
        asking = replace(asking, address_indexes=())
    day = local_day(at or timezone.now(), answers.department.time_zone)
    receiving = receiving_team(answers.need, asking, day=day)
    return receiving.team if receiving.free else None
