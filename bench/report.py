"""Says what was measured: on the screen, and in docs/performance.md between its two marks."""

import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import django

from bench.first_load import MOST_BYTES, FirstLoad
from bench.measures import MOST_GROWTH, Measure, growth
from bench.nights import Night, night_faults
from bench.sameness import Sameness
from bench.searches import Race, Search
from bench.together import VISITORS, Crowd

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- mesures -->", "<!-- fin des mesures -->"
NBSP = "\u00a0"


@dataclass(slots=True)
class Run:
    """One engine at one size."""

    engine: str
    size: int
    seconds: float
    measures: list[Measure] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    memory_fault: str = ""
    first_load: FirstLoad | None = None
    night: Night | None = None
    sameness: Sameness | None = None
    crowd: Crowd | None = None
    searches: list[Search] = field(default_factory=list)
    race: Race | None = None


def number(value: float, digits: int = 1) -> str:
    """A number the French way."""
    return f"{value:,.{digits}f}".replace(",", NBSP).replace(".", ",")


def table(run: Run) -> str:
    """The lines of one engine at one size."""
    lines = [
        "| Page | médiane | p95 | CPU | × plancher | × plancher (CPU) | requêtes | SQL | HTML | verdict |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|---|",
    ]
    floor = run.measures[0]
    lines.append(
        f"| *Plancher : page nue, 25 lignes* | {number(floor.floor_ms)} ms | | {number(floor.floor_cpu_ms)} ms "
        "| 1,0 | 1,0 | | | | |"
    )
    lines += [
        f"| {m.label} | {number(m.ms)} ms | {number(m.p95)} ms | {number(m.cpu_ms)} ms | {number(m.ratio)} "
        f"| {number(m.cpu_ratio)} | {m.queries} | {number(m.sql_ms)} ms | {number(m.html / 1000)} ko "
        f"| {' ; '.join(m.faults) or 'tient'} |"
        for m in run.measures
    ]
    return "\n".join(lines)


def percent(share: float) -> str:
    """A share, in whole percents."""
    return f"{number(100 * share, 0)}{NBSP}%"


def title(run: Run) -> str:
    """What a table is about."""
    engine = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[run.engine]
    return f"{engine}, {number(run.size, 0)} demandes"


def around(run: Run) -> str:
    """What is measured once per run."""
    sizes = " et ".join(f"{number(size / 1e6, 0)} Mo" for size in run.memory)
    said = [f"Mémoire privée des deux processus web après ces mesures : {sizes} ({run.memory_fault or 'tient'})."]
    if run.first_load:
        load = run.first_load
        foreign = f"autres machines : {', '.join(load.foreign)}" if load.foreign else "aucune autre machine appelée"
        verdict = "tient" if load.bytes <= MOST_BYTES and not load.foreign else f"au plus {MOST_BYTES // 1000} ko"
        said.append(
            f"Première visite de l’accueil, tout compris et compressé : {number(load.bytes / 1000, 0)} ko en "
            f"{load.requests} réponses, {foreign} ({verdict})."
        )
    if one := run.crowd:
        said.append(
            f"{one.label}, {VISITORS} visiteurs à la fois : {number(one.rate, 0)} pages par seconde, "
            f"{number(one.floor_rate, 0)} pour le plancher ; médiane {number(one.ms)} ms, p95 {number(one.p95)} ms "
            f"({one.fault or 'tient'})."
        )
    if same := run.sameness:
        recalls = ", ".join(f"{shape} {percent(recall.share)}" for shape, recall in sorted(same.recalls.items()))
        searches = sum(recall.searches for recall in same.recalls.values())
        said.append(
            f"Lignes du bureau comparées à un oracle SQL : {same.rows}. Rappel à 25 de {searches} noms cherchés : "
            f"{recalls} ({' ; '.join(same.faults) or 'tient'})."
        )
    if run.seconds:
        said.append(f"Remplissage : {number(run.seconds, 0)} s.")
    return " ".join(said)


@dataclass(frozen=True, slots=True)
class Grown:
    """How one row grew between two runs of an engine."""

    small: Run
    large: Run
    label: str
    share: float

    queries: tuple[int, int] = (0, 0)

    @property
    def fault(self) -> str:
        """What it misses, in words; empty when it holds."""
        faults = [] if self.share <= MOST_GROWTH else [f"au plus {percent(MOST_GROWTH)}"]
        before, after = self.queries
        if after > before:
            faults.append(f"{after} requêtes au lieu de {before}")
        return " ; ".join(faults)


def growths(runs: Sequence[Run]) -> list[Grown]:
    """How each row grew between the smallest and the largest size of each engine."""
    found = []
    for engine in dict.fromkeys(run.engine for run in runs):
        sizes = sorted((run for run in runs if run.engine == engine), key=lambda run: run.size)
        small, large = sizes[0], sizes[-1]
        if small is not large:
            pairs = zip(small.measures, large.measures, strict=True)
            found += [
                Grown(small, large, before.label, growth(before, after), (before.queries, after.queries))
                for before, after in pairs
            ]
    return found


def growth_tables(runs: Sequence[Run]) -> str:
    """The same, a table for each engine."""
    lines: list[str] = []
    told: Run | None = None
    for grown in growths(runs):
        if grown.small is not told:
            told = grown.small
            lines += ["", f"| {title(told)} → {number(grown.large.size, 0)} | croissance | verdict |", "|---|--:|---|"]
        lines.append(f"| {grown.label} | {percent(grown.share)} | {grown.fault or 'tient'} |")
    return "\n".join(lines).strip()


def nights_missed(run: Run, runs: Sequence[Run]) -> list[str]:
    """What the night of a base misses beside that of the smallest of its engine."""
    told = [(one.size, one.night) for one in runs if one.engine == run.engine and one.night]
    if run.night is None:
        return []
    return night_faults(min(told, key=lambda one: one[0])[1], run.night, MOST_GROWTH)


def nights_table(runs: Sequence[Run]) -> str:
    """The night of the ladder on each base; nothing when it was not run."""
    told = [
        f"| {title(run)} | {number(night.silent, 0)} | {number(night.dry_seconds, 2)} s | {night.dry_queries} "
        f"| {number(night.seconds)} s | {number(night.mails, 0)} | {number(night.ms_each)} ms "
        f"| {number(night.queries_each)} | {' ; '.join(nights_missed(run, runs)) or 'tient'} |"
        for run in runs
        if (night := run.night)
    ]
    head = (
        "| Base | silencieuses | lire seulement | requêtes | écrire à tous | courriels | par demande silencieuse "
        "| requêtes chacune | verdict |\n|---|--:|--:|--:|--:|--:|--:|--:|---|"
    )
    return "\n".join([head, *told]) if told else ""


def searches_table(runs: Sequence[Run]) -> str:
    """Looking for a slot on each engine: the agenda is written for it, whatever the size of the base; nothing unrun."""
    told = [
        f"| {title(run)} | {one.label} | {number(one.cpu_ms)} ms | {one.queries} | {number(one.found, 0)} "
        f"| {one.fault or 'tient'} |"
        for run in runs
        for one in run.searches
    ]
    if not told:
        return ""
    held, people = next((run.searches[0].held, run.searches[0].people) for run in runs if run.searches)
    taken = f"un créneau sur trois pris ({number(held, 0)} temps retenus)"
    said = f"{people} personnes, trois disponibilités chacune, {taken}."
    return "\n".join(
        [said, "", "| Base | recherche | CPU | requêtes | créneaux | verdict |", "|---|---|--:|--:|--:|---|", *told]
    )


def races_table(runs: Sequence[Run]) -> str:
    """One slot for sixteen clients, on each engine; nothing unrun."""
    told = [
        f"| {title(run)} | {race.rounds} × {race.clients} | {race.won} | {race.lost} | {race.errors} "
        f"| {number(race.round_ms)} ms | {race.fault or 'tient'} |"
        for run in runs
        if (race := run.race)
    ]
    head = (
        "| Base | tours × clients | gagnants | perdants servis de trois autres créneaux | erreurs | un tour, médiane "
        "| verdict |\n|---|--:|--:|--:|--:|--:|---|"
    )
    return "\n".join([head, *told]) if told else ""


def is_missed(runs: Sequence[Run]) -> bool:
    """True when anything misses its target."""
    return (
        any(measure.faults for run in runs for measure in run.measures)
        or any(run.memory_fault or nights_missed(run, runs) for run in runs)
        or any(run.crowd.fault for run in runs if run.crowd)
        or any(run.sameness.faults for run in runs if run.sameness)
        or any(grown.fault for grown in growths(runs))
        or any(one.fault for run in runs for one in run.searches)
        or any(run.race.fault for run in runs if run.race)
    )


def machine() -> str:
    """The processor, its count, the system and the versions that matter."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    processor = models[0].partition(":")[2].strip() if models else platform.processor()
    return (
        f"{len(models)} × {processor}, {platform.system()} {platform.release().partition('-')[0]}, "
        f"Python {platform.python_version()}, Django {django.__version__}, SQLite {sqlite3.sqlite_version}"
    )


def text(runs: Sequence[Run], command: str, today: date) -> str:
    """Everything, as it stands in the page."""
    parts = [f"Mesuré le {today:%d/%m/%Y} par `{command}`, le générateur de charge sur la même machine : {machine()}."]
    for run in runs:
        parts += [f"### {title(run)}", table(run), around(run)]
    if grown := growth_tables(runs):
        parts += ["### Du petit au grand", grown]
    if nights := nights_table(runs):
        parts += ["### La nuit de l’échelle", nights]
    if searches := searches_table(runs):
        parts += ["### Chercher un créneau", searches]
    if races := races_table(runs):
        parts += ["### Un créneau, seize clients", races]
    return "\n\n".join(parts)


def write(content: str, page: Path = PAGE) -> None:
    """Put the measures in their place in docs/performance.md."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{content}\n\n{END}{after}", encoding="utf-8")
