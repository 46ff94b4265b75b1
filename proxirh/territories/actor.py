"""Who acts, read once per request and then pure data, so that rights are tested without a database."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import BigAutoField, BigIntegerField, DateField, F, Q, QuerySet, Value
from django.utils import timezone

from proxirh.accounts.models import Address, Person, address_indexes
from proxirh.kernel import encryption
from proxirh.kernel.written import Given, written_once
from proxirh.territories.models import Deputy, Posting, Role, WorkTie
from proxirh.territories.models.teams import TeamKind

NOBODY: frozenset[int] = frozenset()
TIES = {"works", "has_authority"}
DEPUTY = "suppléance"
COVERED = (Role.COORDINATOR, Role.HEAD_OF_SERVICE)


@dataclass(frozen=True, slots=True)
class Actor:
    """One person and what she may be on this day; every set holds primary keys."""

    user_id: int | None = None
    person_id: int | None = None
    label: str = "anonyme"
    second_factor: bool = False
    addresses: frozenset[bytes] = frozenset()  # blind indexes of proved addresses, under every version of the key
    at_work: frozenset[bytes] = frozenset()  # those of the service address, proved or not
    counsels: frozenset[int] = NOBODY  # counselling teams
    officers: frozenset[int] = NOBODY  # teams of HR officers
    cells: frozenset[int] = NOBODY  # expert cells
    lines: frozenset[int] = NOBODY  # telephone lines
    coordinates: frozenset[int] = NOBODY  # académies
    deputises: frozenset[int] = NOBODY  # académies of a coordinator whom she stands in for
    heads: frozenset[int] = NOBODY  # académies, also of a head whom she stands in for
    academies: frozenset[int] = NOBODY  # every académie of an HR posting
    steers: bool = False
    is_national: bool = False
    is_administrator: bool = False
    works_at_sites: frozenset[int] = NOBODY
    works_in_circonscriptions: frozenset[int] = NOBODY
    works_in_divisions: frozenset[int] = NOBODY
    commands_sites: frozenset[int] = NOBODY
    commands_circonscriptions: frozenset[int] = NOBODY
    commands_divisions: frozenset[int] = NOBODY

    @property
    def is_signed_in(self) -> bool:
        """True for anyone with an account."""
        return self.user_id is not None

    @property
    def own_indexes(self) -> frozenset[bytes]:
        """Every address that may have been hers when she asked."""
        return self.addresses | self.at_work

    @property
    def teams(self) -> frozenset[int]:
        """Teams whose unassigned enquiries this actor may take."""
        return self.counsels | self.officers

    @property
    def answers_for(self) -> frozenset[int]:
        """Académies whose rows this actor reads: those she coordinates, or does for someone who is away."""
        return self.coordinates | self.deputises

    @property
    def runs(self) -> frozenset[int]:
        """Académies that this actor runs: those she coordinates, or whose service she heads."""
        return self.coordinates | self.heads

    @property
    def receives(self) -> bool:
        """True for whoever may read the enquiries of others today: a receiving mission, and a second factor."""
        return self.second_factor and bool(self.teams)

    @property
    def answers_phone(self) -> bool:
        """True for whoever answers a telephone line today, with a second factor."""
        return self.second_factor and self.person_id is not None and bool(self.lines)

    @property
    def hosts(self) -> bool:
        """True for whoever has authority over a school or a circonscription: a permanence may be held there."""
        return bool(self.commands_sites or self.commands_circonscriptions)

    @property
    def is_staff(self) -> bool:
        """True for whoever holds an HR mission today."""
        return bool(
            self.teams
            or self.cells
            or self.lines
            or self.answers_for
            or self.heads
            or self.steers
            or self.is_national
            or self.is_administrator
        )


ANONYMOUS = Actor()


def on_day(day: date | Given, of: str = "") -> Q:
    """Dated rows in force on `day`, both ends included; `of` is the path to them, as `person__postings__`."""
    begun, ended = f"{of}valid_from__lte", f"{of}valid_until"
    return Q(**{begun: day}) & (Q(**{ended: None}) | Q(**{f"{ended}__gte": day}))


def standing_in(day: date | Given, *roles: Role) -> QuerySet[Deputy]:
    """Suppléances of whoever coordinates an académie, or heads its service, on that day; of nobody else’s missions.

    `roles` keeps to one of the two.
    """
    covered = {"person__postings__role__in": roles or COVERED, "person__postings__academy": F("academy")}
    return Deputy.objects.filter(on_day(day), on_day(day, "person__postings__"), **covered)


DAY, PERSON, USER = Given("day", DateField()), Given("person", BigAutoField()), Given("user", BigAutoField())


@written_once
def missions_and_ties() -> QuerySet:
    """What a person is charged with on a day, for whom she stands in, and where else she works or commands: told apart
    by their first code.
    """
    missions = Posting.objects.filter(on_day(DAY), person_id=PERSON)
    ties = WorkTie.objects.filter(on_day(DAY), person_id=PERSON)
    nothing = Value(None, output_field=BigIntegerField())
    # PostgreSQL takes the first two columns without a type for text: the ties, which have one, come second.
    return missions.values_list("role", "team__kind", "academy_id", "team_id", nothing).union(
        ties.values_list("kind", Value(""), "site_id", "circonscription_id", "division_id"),
        standing_in(DAY)
        .filter(deputy_id=PERSON)
        .values_list("person__postings__role", Value(DEPUTY), "academy_id", nothing, nothing),
        all=True,
    )


@written_once
def proved_addresses() -> QuerySet:
    """What an account has proved."""
    return Address.objects.filter(user_id=USER).values_list("blind_index", flat=True)


def _proved(user_id: int) -> frozenset[bytes]:
    """Indexes of the addresses that an account has proved; while the key changes, rows may bear either version."""
    if not encryption.keyring().is_changing:
        return frozenset(bytes(index) for index in proved_addresses().read(user=user_id))
    rows = Address.objects.filter(user_id=user_id).select_related("data_key")
    return frozenset(index for row in rows for index in address_indexes(row.ciphertext))


def _at_work(person_id: int, index: bytes | None) -> frozenset[bytes]:
    if index is None:
        return frozenset()
    if not encryption.keyring().is_changing:
        return frozenset({index})
    person = Person.objects.select_related("data_key").get(pk=person_id)
    return frozenset(address_indexes(person.staff_address or ""))


def actor_at_work(person: Person, *, at: datetime) -> Actor:
    """What someone of the service may do once she has shown her second factor; nothing, when her access is closed."""
    if person.user is not None and not person.user.is_active:
        return Actor(person_id=person.pk)
    return read_actor(
        user_id=person.user_id,
        person_id=person.pk,
        person_uid=person.uid,
        staff_index=bytes(person.staff_index) if person.staff_index else None,
        second_factor=True,
        at=at,
    )


def read_actor(
    *,
    user_id: int | None,
    person_id: int | None,
    person_uid: object = "",
    staff_index: bytes | None = None,
    second_factor: bool = False,
    at: datetime | None = None,
) -> Actor:
    """Everything that decides rights, in two queries; one more while the key of the indexes changes."""
    if person_id is None:
        return Actor(user_id=user_id, label=f"compte:{user_id}", second_factor=second_factor)
    today = timezone.localdate(at)
    found = missions_and_ties().read(day=today, person=person_id)
    posted = [(code, *places[:2], kind) for code, kind, *places in found if code not in TIES]
    ties = [(code, *places) for code, _, *places in found if code in TIES]

    def teams(role: Role, kind: TeamKind) -> frozenset[int]:
        return frozenset(team for r, _, team, k in posted if r == role and k == kind and team)

    def academies(role: Role, *, stands_in: bool = False) -> frozenset[int]:
        return frozenset(
            academy for r, academy, _, kind in posted if r == role and academy and (kind == DEPUTY) == stands_in
        )

    def tied(kinds: set[str], column: int) -> frozenset[int]:
        return frozenset(int(tie[column]) for tie in ties if tie[0] in kinds and tie[column])

    every, command = TIES, {"has_authority"}
    roles = {role for role, *_ in posted}
    return Actor(
        user_id=user_id,
        person_id=person_id,
        label=f"personne:{person_uid}",
        second_factor=second_factor,
        addresses=_proved(user_id) if user_id is not None else frozenset(),
        at_work=_at_work(person_id, staff_index),
        counsels=teams(Role.COUNSELLOR, TeamKind.COUNSELLING),
        officers=teams(Role.HR_OFFICER, TeamKind.HR_OFFICERS),
        cells=teams(Role.CELL_OFFICER, TeamKind.CELL),
        lines=teams(Role.HR_OFFICER, TeamKind.LINE),
        coordinates=academies(Role.COORDINATOR),
        deputises=academies(Role.COORDINATOR, stands_in=True),
        heads=academies(Role.HEAD_OF_SERVICE) | academies(Role.HEAD_OF_SERVICE, stands_in=True),
        academies=frozenset(academy for _, academy, _, kind in posted if academy and kind != DEPUTY),
        steers=Role.STEERING_MEMBER in roles,
        is_national=Role.NATIONAL_REFERENT in roles,
        is_administrator=Role.ADMINISTRATOR in roles,
        works_at_sites=tied(every, 1),
        works_in_circonscriptions=tied(every, 2),
        works_in_divisions=tied(every, 3),
        commands_sites=tied(command, 1),
        commands_circonscriptions=tied(command, 2),
        commands_divisions=tied(command, 3),
    )
