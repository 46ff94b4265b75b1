"""One row of a past register, read and checked; its site and its birth year go no further than here."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from proxirh.enquiries.counting import clip
from proxirh.enquiries.models import Channel, EnquiryFact, Outcome
from proxirh.enquiries.models.facts import UNKNOWN
from proxirh.kernel.calendar import Calendar, DayCounter, local_day
from proxirh.kernel.tabular import Row
from proxirh.territories.models import Department, Site, StaffCategory, Topic
from proxirh.territories.services.calendars import calendar_of
from proxirh.territories.services.row_checks import (
    RowFault,
    read_choice,
    read_day,
    read_department,
    read_text,
    read_uai,
)

REQUIRED = (
    "reference",
    "deposee_le",
    "departement",
    "uai",
    "categorie",
    "sexe",
    "annee_naissance",
    "motif",
    "canal",
    "prise_en_charge_le",
    "premiere_reponse_le",
    "close_le",
    "issues",
    "satisfaction",
)
# An earlier date is a slip of the pen: the service began in 2019.
EARLIEST = date(2000, 1, 1)
YOUNGEST, OLDEST = 15, 100
CATEGORIES = tuple(code for code, _ in StaffCategory.FAMILIES)
SEXES = {"f": "F", "m": "M", "": UNKNOWN}
CHANNELS: dict[str, str] = {
    "web": Channel.WEB,
    "courriel": Channel.EMAIL,
    "telephone": Channel.PHONE,
    "permanence": Channel.PERMANENCE,
    "courrier": Channel.LETTER,
    "relais": Channel.RELAY,
}
OUTCOMES: dict[str, str] = {
    "information": Outcome.INDIVIDUAL_INFORMATION,
    "information_collective": Outcome.COLLECTIVE_INFORMATION,
    "orientation_en": Outcome.INTERNAL_REFERRAL,
    "orientation_externe": Outcome.EXTERNAL_REFERRAL,
    "accompagnement": Outcome.SUPPORT_ENGAGED,
    "injoignable": Outcome.NOT_REACHED,
    "hors_perimetre": Outcome.OTHER_SERVICE,
    "retiree": Outcome.WITHDRAWN,
}
_YEAR = re.compile(r"\d{4}")


class Line(NamedTuple):
    """An accepted row: what its fact will hold, when each thing happened, and the print-to-be of its reference."""

    number: int
    reference: str
    day: date
    category: str
    topic: str
    channel: str
    sex: str
    age_band: str
    outcomes: tuple[str, ...]
    first_answer_days: int | None
    handling_days: int | None
    satisfaction: int | None
    answered_on: date | None
    closed_on: date | None
    last_day: date

    def fact(self, department: Department) -> EnquiryFact:
        """Its fact, unsaved."""
        return EnquiryFact(
            day=self.day,
            department_code=department.code,
            category_code=self.category,
            family=self.category,
            topic_code=self.topic,
            channel=self.channel,
            sex=self.sex,
            age_band=self.age_band,
            outcomes=list(self.outcomes),
            first_answer_days=self.first_answer_days,
            handling_days=self.handling_days,
            satisfaction=self.satisfaction,
        )


class Known:
    """What rows are held against: départements and their calendars, sites, topics, and what day it is there."""

    def __init__(self, *, at: datetime) -> None:
        self.departments = {row.code: row for row in Department.objects.all()}
        self.sites = dict(Site.objects.values_list("uai", "department_id"))
        self.topics = frozenset(Topic.objects.values_list("code", flat=True))
        self._at = at
        self._today: dict[str, date] = {}
        self._counters: dict[Calendar, DayCounter] = {}
        self._by_department: dict[int, DayCounter] = {}
        self._outcomes: dict[str, tuple[str, ...]] = {"": ()}

    def today(self, department: Department) -> date:
        """The date there."""
        zone = department.time_zone
        if zone not in self._today:
            self._today[zone] = local_day(self._at, zone)
        return self._today[zone]

    def days(self, department: Department, start: date, end: date | None) -> int | None:
        """Working days there from one day to another, as facts hold them."""
        if end is None:
            return None
        counter = self._by_department.get(department.pk)
        if counter is None:
            calendar = calendar_of(department)
            counter = self._counters.get(calendar)
            if counter is None:
                last = max(self.today(one) for one in self.departments.values())
                counter = self._counters[calendar] = DayCounter(EARLIEST, last, calendar)
            self._by_department[department.pk] = counter
        return clip(counter.between(start, end))

    def outcomes(self, text: str) -> tuple[str, ...]:
        """Outcomes that a cell joins, sorted as facts hold them; raises RowFault."""
        if text not in self._outcomes:
            self._outcomes[text] = tuple(_outcomes(text))
        return self._outcomes[text]


def read_line(row: Row, known: Known) -> tuple[Department, Line]:
    """The département of a row, and what it says; raises RowFault for the first thing that is wrong with it."""
    cells = row.cells
    reference = read_text(cells, "reference", most=100, required=True)
    department = read_department(cells, "departement", known.departments)
    today = known.today(department)
    asked = _day(cells, "deposee_le", today)
    _check_site(cells, department, known)
    category = read_choice(cells, "categorie", CATEGORIES)
    if cells["sexe"].lower() not in SEXES:
        raise RowFault("sexe", f"« {cells['sexe']} » n’est ni F, ni M, ni vide")
    age_band = _age_band(cells, asked)
    topic = cells["motif"]
    if topic not in known.topics:
        raise RowFault("motif", f"« {topic} » n’est pas un code de la nomenclature, comme 4 ou 1.2")
    channel = CHANNELS[read_choice(cells, "canal", CHANNELS)]
    taken = _later(cells, "prise_en_charge_le", asked, today)
    answered = _later(cells, "premiere_reponse_le", asked, today)
    closed = _later(cells, "close_le", asked, today)
    if taken and closed and closed < taken:
        raise RowFault("close_le", f"elle précède prise_en_charge_le, {taken}")
    outcomes = known.outcomes(cells["issues"])
    if closed and not outcomes:
        raise RowFault("issues", "une demande close en a au moins une")
    if outcomes and not closed:
        raise RowFault("issues", "seule une demande close en a : donnez close_le, ou videz cette case")
    return department, Line(
        number=row.line,
        reference=reference,
        day=asked,
        category=category,
        topic=topic,
        channel=channel,
        sex=SEXES[cells["sexe"].lower()],
        age_band=age_band,
        outcomes=outcomes,
        first_answer_days=known.days(department, asked, answered),
        handling_days=known.days(department, asked, closed),
        satisfaction=_score(cells),
        answered_on=answered,
        closed_on=closed,
        last_day=max(filter(None, (asked, taken, answered, closed))),
    )


def _day(cells: dict[str, str], column: str, today: date) -> date:
    day = read_day(cells, column)
    if day > today:
        raise RowFault(column, f"{day} n’est pas encore venu")
    if day < EARLIEST:
        raise RowFault(column, f"{day} est trop ancien : avant {EARLIEST.year}, c’est une faute de frappe")
    return day


def _later(cells: dict[str, str], column: str, asked: date, today: date) -> date | None:
    """A date that may be empty, and does not come before the asking."""
    if not cells[column]:
        return None
    day = _day(cells, column, today)
    if day < asked:
        raise RowFault(column, f"elle précède deposee_le, {asked}")
    return day


def _check_site(cells: dict[str, str], department: Department, known: Known) -> None:
    if not cells["uai"]:
        return
    uai = read_uai(cells, "uai")
    if uai not in known.sites:
        raise RowFault("uai", f"{uai} n’est pas dans l’annuaire importé")
    if known.sites[uai] != department.pk:
        raise RowFault("uai", f"{uai} n’est pas dans le département {department.code} : laquelle des deux est juste ?")


def _age_band(cells: dict[str, str], asked: date) -> str:
    text = cells["annee_naissance"]
    if not text:
        return UNKNOWN
    if not _YEAR.fullmatch(text):
        raise RowFault("annee_naissance", f"« {text} » n’est pas une année de la forme 1975")
    age = asked.year - int(text)
    if not YOUNGEST <= age <= OLDEST:
        raise RowFault("annee_naissance", f"la personne aurait eu {age} ans en {asked.year}")
    if age < 40:
        return "under_40"
    return "40_49" if age < 50 else "50_and_over"


def _score(cells: dict[str, str]) -> int | None:
    text = cells["satisfaction"]
    if text and text not in {"1", "2", "3", "4", "5"}:
        raise RowFault("satisfaction", f"« {text} » n’est pas un nombre entier de 1 à 5")
    return int(text) if text else None


def _outcomes(text: str) -> Iterator[str]:
    names = [part.strip().lower() for part in text.split("|")]
    for name in names:
        if name not in OUTCOMES:
            raise RowFault("issues", f"« {name} » n’est pas l’une de : {', '.join(OUTCOMES)}")
        if names.count(name) > 1:
            raise RowFault("issues", f"« {name} » y est deux fois")
    yield from sorted(OUTCOMES[name] for name in names)
