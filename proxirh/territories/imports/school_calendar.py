"""The ministry's open-data calendar of school holidays (fr-en-calendrier-scolaire, Licence Ouverte).

A date is midnight in Paris, overseas too, and the last one is the day when school resumes: holidays end the day before.
A row whose two dates are the same is one day. « Début des vacances… » has no end yet: it is ignored, as is what is no
longer an académie or is not one of ours. Holidays that are no longer in the file are left as they are.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from proxirh.kernel import journal
from proxirh.kernel.delimited import DelimitedFile
from proxirh.kernel.importing import Report
from proxirh.kernel.models import JournalEntry
from proxirh.kernel.progress import progress
from proxirh.kernel.text import fold
from proxirh.territories.models import Academy, Department, SchoolHoliday
from proxirh.territories.services.row_checks import RowFault, read_text

NAME, POPULATION, START, END, PLACE, YEAR = (
    "description",
    "population",
    "start_date",
    "end_date",
    "location",
    "annee_scolaire",
)
REQUIRED = (NAME, POPULATION, START, END, PLACE, YEAR)
PARIS = ZoneInfo("Europe/Paris")
EVERYONE = {"", "-"}
WITHOUT_END = "debut des "
ELSEWHERE = {"polynesie", "polynesie francaise", "nouvelle caledonie", "wallis et futuna"}
FORMER = {"caen", "rouen"}  # Normandie since 2020
LOCAL_NAMES = {"reunion": "la reunion"}
# A calendar that the file gives apart, or for some of an académie: the département that it holds in.
MIQUELON = "975"
ISLANDS = {"saint martin": "978", "saint barthelemy": "977"}
LONGEST = timedelta(days=120)

_YEAR = re.compile(r"(20\d\d)-(20\d\d)")


class Place(NamedTuple):
    """Where holidays hold: an académie, or one of its départements."""

    academy_id: int
    department_id: int | None


class Group(NamedTuple):
    """Holidays of one name in one school year: one period as a rule, several when a name comes back."""

    place: Place
    school_year: str
    name: str
    population: str


class Span(NamedTuple):
    """First and last days."""

    valid_from: date
    valid_until: date


@dataclass(slots=True)
class Comparison:
    """What becomes of the periods of one group."""

    added: list[Span]
    changed: list[tuple[SchoolHoliday, Span]]
    unchanged: int


def words(text: str) -> str:
    """A name as the file may write it: no accent, no case, no hyphen."""
    return " ".join(fold(text).replace("-", " ").split())


def compare(said: set[Span], held: list[SchoolHoliday]) -> Comparison:
    """Periods of the file with those of the database: the same ones first, then each that has moved, in order."""
    known = {Span(row.valid_from, row.valid_until): row for row in held}
    fresh = sorted(said - known.keys())
    stale = [row for span, row in sorted(known.items()) if span not in said]
    pairs = list(zip(stale, fresh, strict=False))
    return Comparison(fresh[len(pairs) :], pairs, len(said & known.keys()))


class SchoolCalendarImport:
    """Adds school holidays, and corrects those whose dates have changed."""

    def __init__(self, path: Path, report: Report) -> None:
        self.report = report
        self.file = DelimitedFile(path, required=REQUIRED)
        self.places = {words(one.name): Place(one.pk, None) for one in Academy.objects.all()}
        self.departments = {
            one.code: Place(one.academy_id, one.pk)
            for one in Department.objects.filter(code__in=[MIQUELON, *ISLANDS.values()])
        }
        self.said: dict[Group, set[Span]] = defaultdict(set)

    def check(self) -> None:
        """Read the whole file: a few thousand rows for all the years."""
        with progress("Lecture", total=self.file.size, unit="o") as advance:
            for row in self.file.rows(refuse=self.report.refuse, advance=advance):
                try:
                    found = self._read(row.cells)
                except RowFault as fault:
                    self.report.refuse(row.line, fault.column, fault.reason)
                    continue
                if found is None or found[1] in self.said[found[0]]:
                    self.report.tally.ignored += 1
                else:
                    self.said[found[0]].add(found[1])

    def settle(self, *, write: bool) -> None:
        """Compare year by year with what the database holds."""
        held: dict[Group, list[SchoolHoliday]] = defaultdict(list)
        years = {group.school_year for group in self.said}
        for row in SchoolHoliday.objects.filter(school_year__in=years):
            place = Place(row.academy_id, row.department_id)
            held[Group(place, row.school_year, row.name, row.population)].append(row)
        tally = self.report.tally
        for group, spans in self.said.items():
            found = compare(spans, held[group])
            tally.added += len(found.added)
            tally.changed += len(found.changed)
            tally.unchanged += found.unchanged
            if write:
                self._write(group, found)
        if write and tally.added + tally.changed:
            JournalEntry.objects.create(
                actor=journal.SYSTEM,
                verb="calendrier.importé",
                subject="territories.schoolholiday",
                details=vars(tally),
            )

    def _write(self, group: Group, found: Comparison) -> None:
        """What has moved is written anew: two periods of a name may take each other's place."""
        SchoolHoliday.objects.filter(pk__in=[row.pk for row, _ in found.changed]).delete()
        SchoolHoliday.objects.bulk_create(
            SchoolHoliday(
                **group.place._asdict(),
                school_year=group.school_year,
                name=group.name,
                population=group.population,
                **span._asdict(),
            )
            for span in (*found.added, *(span for _, span in found.changed))
        )

    def _read(self, cells: dict[str, str]) -> tuple[Group, Span] | None:
        """What a row says; None when it is to be ignored; raises RowFault."""
        name = read_text(cells, NAME, most=80, required=True).replace("'", "’")
        population = read_text(cells, POPULATION, most=60)
        if population in EVERYONE:
            population = ""
        place = self._place(read_text(cells, PLACE, most=60, required=True), population)
        if place is None or words(name).startswith(WITHOUT_END):
            return None
        if _YEAR.fullmatch(cells[YEAR]) is None:
            raise RowFault(YEAR, f"« {cells[YEAR]} » n’est pas une année scolaire, comme 2026-2027")
        return Group(place, cells[YEAR], name, population), self._span(cells)

    def _place(self, location: str, population: str) -> Place | None:
        """Where it holds; None for what is not of ours."""
        asked = words(location)
        if asked in ELSEWHERE | FORMER:
            return None
        if asked == "saint pierre et miquelon":
            return self.departments[MIQUELON]
        place = self.places.get(LOCAL_NAMES.get(asked, asked))
        if place is None:
            raise RowFault(PLACE, f"« {location} » n’est pas une académie connue")
        return self.departments[ISLANDS[words(population)]] if words(population) in ISLANDS else place

    def _span(self, cells: dict[str, str]) -> Span:
        start, resumes = _day(cells, START), _day(cells, END)
        if resumes < start:
            raise RowFault(END, f"la reprise ({resumes:%Y-%m-%d}) précède le début ({start:%Y-%m-%d})")
        if resumes - start > LONGEST:
            raise RowFault(END, f"plus de {LONGEST.days} jours de vacances")
        return Span(start, max(start, resumes - timedelta(days=1)))


def _day(cells: dict[str, str], column: str) -> date:
    """The day in Paris of a moment with its time zone, or a day as it is; raises RowFault."""
    text = cells[column]
    if not text:
        raise RowFault(column, "la date manque")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RowFault(column, f"« {text} » n’est pas une date, comme 2026-10-17T00:00:00+02:00") from None
    if moment.tzinfo is None and "T" in text:
        raise RowFault(column, f"« {text} » ne dit pas son fuseau horaire")
    try:
        return moment.astimezone(PARIS).date() if moment.tzinfo else moment.date()
    except OverflowError:
        raise RowFault(column, f"« {text} » est hors du calendrier") from None
