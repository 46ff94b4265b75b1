"""Past registers: each row makes one fact and its monthly counts, and nothing that a page could show (RULES §1, §9).

A row imported for the first time is counted in the months when things happened (asked, answered, closed), as if it had
been entered then, so that closed months tell it at once. What a later import corrects is counted in the month of that
import, as every act on the past is. The file is held in memory, without sites nor birth years.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import batched
from pathlib import Path

from django.utils import timezone

from proxirh.enquiries import counting
from proxirh.enquiries.imports.register_rows import REQUIRED, Known, Line, read_line
from proxirh.enquiries.models import EnquiryFact, MonthlyCount, Register, RegisterLine
from proxirh.kernel import journal
from proxirh.kernel.delimited import DelimitedFile
from proxirh.kernel.importing import Report
from proxirh.kernel.models import DataKey
from proxirh.kernel.progress import Advance, progress
from proxirh.territories.models import Department
from proxirh.territories.services.row_checks import RowFault

CHUNK = 500
IMPORTED = "registre.repris"
# What a row says of its fact; the rest of a fact is not its affair.
TOLD = (
    "day",
    "category_code",
    "family",
    "topic_code",
    "channel",
    "sex",
    "age_band",
    "outcomes",
    "first_answer_days",
    "handling_days",
    "satisfaction",
)

type Cell = tuple[date, str, str, str, date]  # month, département, indicator, key, month in which it is counted


class RegisterImport:
    """Makes the facts of a register, and corrects those whose row has changed."""

    def __init__(self, path: Path, report: Report) -> None:
        self.report = report
        self.file = DelimitedFile(path, required=REQUIRED, is_closed=True)
        self.at: datetime = timezone.now()
        self.lines: dict[Department, list[Line]] = defaultdict(list)
        self._counts: Counter[Cell] = Counter()

    def check(self) -> None:
        """Hold every row against the rules, the directory and the rows before it."""
        known = Known(at=self.at)
        seen: dict[Department, dict[str, int]] = defaultdict(dict)
        with progress("Lecture", total=self.file.size, unit="o") as advance:
            for row in self.file.rows(refuse=self.report.refuse, advance=advance):
                try:
                    department, line = read_line(row, known)
                    before = seen[department].setdefault(line.reference, row.line)
                    if before != row.line:
                        raise RowFault("reference", f"la ligne {before} l’a déjà dans ce département")
                except RowFault as fault:
                    self.report.refuse(row.line, fault.column, fault.reason)
                else:
                    self.lines[department].append(line)

    def settle(self, *, write: bool) -> None:
        """Compare with what was imported before, département by département, then write facts, prints and counts."""
        registers = self._registers(write=write)
        with progress(
            "Enregistrement" if write else "Comparaison", total=sum(map(len, self.lines.values()))
        ) as advance:
            for department in sorted(self.lines, key=lambda one: one.code):
                self._settle(department, registers.get(department.pk), advance, write=write)
            if write:
                self._write_counts()

    def _registers(self, *, write: bool) -> dict[int, Register]:
        """The register of each département, locked until the end of the import that writes."""
        rows = Register.objects.filter(department__in=self.lines).select_related("data_key").order_by("pk")
        if not write:
            return {row.department_id: row for row in rows}
        found = {row.department_id: row for row in rows.select_for_update(of=("self",))}
        fresh = [department for department in self.lines if department.pk not in found]
        keys = DataKey.objects.issue_many(len(fresh))
        made = Register.objects.bulk_create(
            Register(department=department, data_key=key) for department, key in zip(fresh, keys, strict=True)
        )
        return found | {row.department_id: row for row in made}

    def _settle(self, department: Department, register: Register | None, advance: Advance, *, write: bool) -> None:
        added = changed = 0
        for chunk in batched(self.lines[department], CHUNK):
            fresh: list[tuple[Line, bytes]] = []
            corrected: list[tuple[Line, RegisterLine]] = []
            for line, digest, held in _recall(register, chunk):
                if held is None:
                    fresh.append((line, digest))
                elif _says(line.fact(department), held):
                    self.report.tally.unchanged += 1
                elif held.last_day is None:  # what it was counted under is no longer known
                    self.report.tally.ignored += 1
                else:
                    corrected.append((line, held))
            added, changed = added + len(fresh), changed + len(corrected)
            if write and register is not None:
                self._add(register, department, fresh)
                self._correct(department, corrected)
            advance(len(chunk))
        self.report.tally.added += added
        self.report.tally.changed += changed
        if write and register is not None and (added or changed):
            journal.record(
                actor=journal.SYSTEM, verb=IMPORTED, subject=register, at=self.at, added=added, changed=changed
            )

    def _add(self, register: Register, department: Department, fresh: list[tuple[Line, bytes]]) -> None:
        facts = [line.fact(department) for line, _ in fresh]
        EnquiryFact.objects.bulk_create(facts)
        RegisterLine.objects.bulk_create(
            RegisterLine(register=register, digest=digest, fact=fact, last_day=line.last_day, imported_at=self.at)
            for (line, digest), fact in zip(fresh, facts, strict=True)
        )
        for (line, _), fact in zip(fresh, facts, strict=True):
            self._count(fact, counting.asked(fact), on=line.day)
            if fact.first_answer_days is not None:
                self._count(fact, counting.answered(fact.first_answer_days), on=line.answered_on)
            if fact.outcomes:
                self._count(fact, counting.finished(fact.outcomes, fact.handling_days), on=line.closed_on)
            if fact.satisfaction is not None:
                self._count(fact, counting.rated(fact.satisfaction), on=line.closed_on or line.day)

    def _correct(self, department: Department, corrected: list[tuple[Line, RegisterLine]]) -> None:
        for line, held in corrected:
            fact, wanted = held.fact, line.fact(department)
            self._count(fact, ((name, key, -n) for name, key, n in counting.counts_of(fact)))
            for name in TOLD:
                setattr(fact, name, getattr(wanted, name))
            self._count(fact, counting.counts_of(fact))
            held.last_day, held.imported_at = line.last_day, self.at
        EnquiryFact.objects.bulk_update([held.fact for _, held in corrected], TOLD)
        RegisterLine.objects.bulk_update([held for _, held in corrected], ["last_day", "imported_at"])

    def _count(self, fact: EnquiryFact, deltas: Iterable[counting.Delta], *, on: date | None = None) -> None:
        """Keep deltas until the end, counted in the month of a day, or else in this one."""
        now = counting.month_of(self.at)
        counted_in = min(on.replace(day=1), now) if on else now
        for indicator, key, n in deltas:
            self._counts[fact.month, fact.department_code, indicator, key, counted_in] += n

    def _write_counts(self) -> None:
        rows = (
            MonthlyCount(month=month, department_code=code, indicator=indicator, key=key, counted_in=counted_in, n=n)
            for (month, code, indicator, key, counted_in), n in sorted(self._counts.items())
            if n
        )
        for chunk in batched(rows, CHUNK):
            MonthlyCount.objects.bulk_create(chunk)


def _recall(register: Register | None, chunk: tuple[Line, ...]) -> Iterator[tuple[Line, bytes, RegisterLine | None]]:
    """Each row with the print of its reference, and what was imported under it."""
    if register is None:  # of a dry run: nothing of that département was ever imported
        yield from ((line, b"", None) for line in chunk)
        return
    digests = [register.print_of(line.reference) for line in chunk]
    rows = RegisterLine.objects.filter(register=register, digest__in=digests).select_related("fact")
    held = {bytes(row.digest): row for row in rows}
    yield from ((line, digest, held.get(digest)) for line, digest in zip(chunk, digests, strict=True))


def _says(wanted: EnquiryFact, held: RegisterLine) -> bool:
    """True when a fact is already what a row says, as far as it still tells."""
    if held.last_day is None:
        wanted.coarsen()
    return all(getattr(held.fact, name) == getattr(wanted, name) for name in TOLD)
