"""Who may not meet an enquiry, told for people rather than for rows: the same rule as `standing.conflict_free`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import BigAutoField, BinaryField, Exists, OuterRef, Q, QuerySet, Value

from proxirh.accounts.models import Address, Person, address_indexes
from proxirh.enquiries.models import Enquiry, Handling, PersonChoice
from proxirh.enquiries.sharing import next_in_turn
from proxirh.enquiries.workflow import HandlingState
from proxirh.kernel import encryption
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError
from proxirh.kernel.written import Given, written_once
from proxirh.territories.actor import DAY, on_day
from proxirh.territories.models import Academy, Division, Posting, Team, WorkTie
from proxirh.territories.services.routing import RECEIVING, Need, neighbouring_teams, ranked_teams

ENQUIRY = Given("enquiry", BigAutoField())
SELF = Value("herself")


@dataclass(frozen=True, slots=True)
class Receiving:
    """The team that receives an enquiry, and the keys of those who may meet it there; with none, it only holds it."""

    team: Team
    free: frozenset[int] = frozenset()
    is_elsewhere: bool = False  # the team that should have received it has nobody who may


@dataclass(frozen=True, slots=True)
class Asking:
    """What tells who is kept away, before the enquiry exists and after: its author, her place, the people she named."""

    author_id: int | None
    address_indexes: tuple[bytes, ...]  # of the address that she gave, under every version of the key; the newest first
    site_id: int | None
    circonscription_id: int | None
    division_id: int | None
    refused: frozenset[int] = frozenset()
    accepted: frozenset[int] = frozenset()
    enquiry_id: int | None = None  # the one that exists: whom it names, and who declined it, is read with the rest


def asking_of(enquiry: Enquiry) -> Asking:
    """The same for an enquiry that exists, whoever declined it included."""
    return Asking(
        author_id=enquiry.author_id,
        address_indexes=_indexes_of(enquiry),
        site_id=enquiry.site_id,
        circonscription_id=enquiry.circonscription_id,
        division_id=enquiry.division_id,
        enquiry_id=enquiry.pk,
    )


def _indexes_of(enquiry: Enquiry) -> tuple[bytes, ...]:
    """What its address may be found by: while the key changes, the people it names may bear the other version."""
    if enquiry.address_index is None:
        return ()
    if not encryption.keyring().is_changing:
        return (bytes(enquiry.address_index),)
    row = Enquiry.objects.for_system("changement de clé des empreintes").to_index().get(pk=enquiry.pk)
    return address_indexes(row.contact.get("email", ""))


def selves(asking: Asking) -> set[int | None]:
    """The author, also under the address that she gave before signing in: hers at work, or one that she has proved."""
    if not asking.address_indexes:
        return {asking.author_id}
    found = _people_at(len(asking.address_indexes)).read(indexes=asking.address_indexes)
    return {asking.author_id, *(person_id for person_id, _ in found)}


@written_once
def _people_at(versions: int) -> QuerySet:
    at_work, proved = _bearing(versions)
    return at_work.union(proved, all=True)


def _bearing(versions: int) -> tuple[QuerySet, QuerySet]:
    """Whose service address, or proved address, one of these is."""
    indexes = Given.each("indexes", BinaryField(), versions)
    at_work = Person.objects.filter(staff_index__in=indexes).values_list("pk", SELF)
    return at_work, Address.objects.filter(blind_index__in=indexes).values_list("user__person", SELF)


def kept_away(asking: Asking, *, day: date) -> set[int | None]:
    """Keys of everyone who must meet nothing of it: the author herself, whom she named, who works or commands there."""
    around = _around(asking.division_id is not None, len(asking.address_indexes)).read(
        site=asking.site_id,
        circonscription=asking.circonscription_id,
        division=asking.division_id,
        day=day,
        indexes=asking.address_indexes,
        enquiry=asking.enquiry_id,
    )
    accepted = asking.accepted | {person_id for person_id, kind in around if kind == "accepted"}
    away = {person_id for person_id, kind in around if kind not in {"accepted", "works"}}
    works = {person_id for person_id, kind in around if kind == "works"}
    return {asking.author_id, *asking.refused, *away, *(works - accepted)}


@written_once
def _around(says_division: bool, versions: int) -> QuerySet:
    """Everyone who has to do with it, and how, in one query: who works or commands there, whom its author named, who
    declined it, whom her addresses name.

    In a site of several divisions, those who work in any of them unless she said hers. A place that she has not, or
    did not say, is the place of nobody, and so is an enquiry that does not exist yet: in SQL, nothing equals NULL.
    """
    site, circonscription, division = (Given(name, BigAutoField()) for name in ("site", "circonscription", "division"))
    hers = Q(division=division) if says_division else Q(division__in=Division.objects.filter(site=site))
    ties = WorkTie.objects.filter(Q(site=site) | Q(circonscription=circonscription) | hers, on_day(DAY))
    named = PersonChoice.objects.filter(enquiry=ENQUIRY)
    declined = Handling.objects.filter(enquiry=ENQUIRY, state=HandlingState.DECLINED, person__isnull=False)
    return ties.values_list("person_id", "kind").union(
        named.values_list("person_id", "kind"),
        declined.values_list("person_id", Value("declined")),
        *(_bearing(versions) if versions else ()),
        all=True,
    )


@written_once
def _serving(team_ids: tuple[int, ...]) -> QuerySet:
    rows = Posting.objects.filter(on_day(DAY), RECEIVING, team_id__in=team_ids)
    return rows.values_list("team_id", "person_id")


def _members(team_ids: Collection[int], *, day: date) -> dict[int, set[int]]:
    """People serving in each team on `day`."""
    found: dict[int, set[int]] = {pk: set() for pk in team_ids}
    for team_id, person_id in _serving(tuple(team_ids)).read(day=day):
        found[team_id].add(person_id)
    return found


def receiving_team(need: Need, asking: Asking, *, day: date) -> Receiving:
    """The first covering team where someone is free of any conflict, else a neighbouring one; else the first of all.

    Of several that cover alike, the one where somebody has least in hand. Raises DomainError when the whole region has
    no team.
    """
    away = kept_away(asking, day=day)
    first: Team | None = None
    for find in (lambda: ranked_teams(need, day=day), lambda: _one_by_one(need.department.academy, day=day)):
        ranks = find()
        serving = _members([team.pk for rank in ranks for team in rank], day=day)
        for rank in ranks:
            first = first or rank[0]
            if free := {team: serving[team.pk] - away for team in rank if serving[team.pk] - away}:
                team = next(iter(free)) if len(free) == 1 else _least_loaded(free, day=day)
                return Receiving(team, frozenset(free[team]), is_elsewhere=first not in rank)
    if first is not None:
        return Receiving(first)
    raise DomainError(
        "Aucune équipe ne peut recevoir votre demande pour l’instant. Vos réponses sont gardées : "
        "réessayez demain, ou joignez le service RH de votre rectorat."
    )


def _one_by_one(academy: Academy, *, day: date) -> Sequence[Sequence[Team]]:
    """Neighbouring teams, the nearest first: none of them stands for another."""
    return [[team] for team in neighbouring_teams(academy, day=day)]


def _least_loaded(free: Mapping[Team, Collection[int]], *, day: date) -> Team:
    in_turn = next_in_turn({person for people in free.values() for person in people}, day=day)
    return next(team for team, people in free.items() if in_turn in people)


def free_members(enquiry: Enquiry, *, at: datetime) -> frozenset[int]:
    """Keys of the people of its team who may meet an enquiry."""
    day = local_day(at, enquiry.department.time_zone)
    serving = _members([enquiry.team_id], day=day)[enquiry.team_id]
    return frozenset(serving - kept_away(asking_of(enquiry), day=day))


def members(enquiry: Enquiry, *, at: datetime) -> list[Person]:
    """The people of `free_members`, each with `follows`: whether she has the enquiry in hand already."""
    day = local_day(at, enquiry.department.time_zone)
    serving = _people_serving().read(team=enquiry.team_id, day=day, enquiry=enquiry.pk)
    away = kept_away(asking_of(enquiry), day=day)
    return [one for one in serving if one.pk not in away]


@written_once
def _people_serving() -> QuerySet:
    serving = Posting.objects.filter(on_day(DAY), RECEIVING, team=Given("team", BigAutoField()))
    held = Handling.objects.filter(enquiry=ENQUIRY, person=OuterRef("pk"), state=HandlingState.ACCEPTED)
    people = Person.objects.filter(pk__in=serving.values("person")).select_related("data_key")
    return people.annotate(follows=Exists(held)).order_by("pk")


def serving_around(enquiry: Enquiry, *, day: date) -> dict[int, Posting]:
    """Everyone who receives enquiries in its académie, or in that of its team, each with one mission: in its own team
    first. Whether something keeps one away is not asked here: a list without her name would tell it.
    """
    around = Q(team=enquiry.team_id) | Q(team__academy=enquiry.academy_id) | Q(team__academy__teams=enquiry.team_id)
    serving = Posting.objects.filter(around, RECEIVING, on_day(day)).distinct()
    found: dict[int, Posting] = {}
    for posting in serving.select_related("team", "person__data_key").order_by("team__name", "pk"):
        if posting.person_id not in found or posting.team_id == enquiry.team_id:
            found[posting.person_id] = posting
    return found
