"""Fills an empty database: places, staff, the personas and their cases, then as many enquiries as asked."""

import gc
import multiprocessing
import random
import traceback
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import batched
from typing import Any

from django.db import connection, connections, transaction
from django.db.models import F

from proxirh.demo import marker
from proxirh.demo.generation.cast import NAMES, play_cast
from proxirh.demo.generation.chance import Deck, PerKey, shares
from proxirh.demo.generation.gestures import play_gestures
from proxirh.demo.generation.ledger import Counts, Ledger, write_counts
from proxirh.demo.generation.letters import deliver
from proxirh.demo.generation.lives import BRANCHES, CHANNELS, Lives
from proxirh.demo.generation.phone import play_phone
from proxirh.demo.generation.quick import ONE_IN, count_past
from proxirh.demo.generation.seasons import OFFICE_CLOSES, OFFICE_OPENS, Season
from proxirh.demo.generation.staff import Recruiter, Service, department_weights
from proxirh.demo.generation.territory import Place, build_places
from proxirh.enquiries.models import LadderStep
from proxirh.enquiries.services.climbing import steps_due
from proxirh.enquiries.services.expiring import to_announce

SMALL = 6000
MAIN_ENQUIRIES = 2600
A_YEAR = 200_000
CHUNK = 2000
# Up to here all is written in one transaction, so that a load that is stopped leaves nothing behind.
WHOLE = 50_000
PROCESSES = 2
NUMBERS_EACH = 100_000_000
# What two writers of SQLite need: room for the pages of random indexes, and now and then an end to the write-ahead log,
# which neither can empty while the other goes on. A load cut by a power failure is begun again: no flush is waited for.
ROOM = ("PRAGMA synchronous=OFF", "PRAGMA cache_size=-200000")
END_OF_LOG = "PRAGMA wal_checkpoint(TRUNCATE)"
CHUNKS_PER_LOG = 5
CHANNEL_CODES = tuple(CHANNELS)
BRANCH_CODES = tuple(BRANCHES)


def first_day(today: date, enquiries: int) -> date:
    """Start of the period: twelve months before this one, and a year more for each 200,000 enquiries beyond."""
    years = max(1, round(enquiries / A_YEAR))
    return today.replace(year=today.year - years, day=1)


def by_department(enquiries: int, places: dict[str, Place]) -> dict[str, int]:
    """How many enquiries each département gets; the personas' académie has its 2,600 even in a small set."""
    weights = department_weights(places)
    main = {code: weight for code, weight in weights.items() if places[code].is_main}
    others = {code: weight for code, weight in weights.items() if code not in main}
    natural = round(enquiries * sum(main.values()) / sum(weights.values()))
    in_main = max(natural, min(MAIN_ENQUIRIES, enquiries // 2))
    return shares(in_main, main) | shares(enquiries - in_main, others)


def draw_seeds(rng: random.Random, enquiries: int, places: dict[str, Place], first: date, now: datetime) -> list[int]:
    """Every enquiry's beginning in order of time, packed so that a million of them stay small in memory."""
    season = Season(rng, first, now.date())
    branches: PerKey[str, Deck[str]] = PerKey(lambda: Deck(rng, BRANCHES))
    channels: PerKey[str, Deck[str]] = PerKey(lambda: Deck(rng, CHANNELS))
    counts = by_department(enquiries, places)
    packed = array("Q")
    for index, place in enumerate(places.values()):
        for _ in range(counts[place.department.code]):
            branch, channel = branches[place.academy.slug].draw(), channels[place.academy.slug].draw()
            seconds = int(_moment(rng, season, place, branch, channel, now=now).timestamp())
            packed.append(seconds << 16 | index << 8 | BRANCH_CODES.index(branch) << 4 | CHANNEL_CODES.index(channel))
    return sorted(packed)


def _moment(rng: random.Random, season: Season, place: Place, branch: str, channel: str, *, now: datetime) -> datetime:
    """When one enquiry is made; what a colleague types comes in office hours."""
    day = season.day(branch)
    if channel == "web":
        minute = season.minute()
    else:
        while not place.clock.is_working(day):
            day += timedelta(days=1)
        minute = rng.randrange(OFFICE_OPENS, OFFICE_CLOSES)
    moment = place.clock.at(day, minute, rng.randrange(60))
    while moment >= now - timedelta(minutes=10):
        moment -= timedelta(days=7)
    return moment


def _gather_statistics() -> None:
    """What PostgreSQL knows of these tables is from when they were empty: its plans would read them row by row."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


class Load:
    """One filling of an empty database; the same seed on the same day gives the same enquiries."""

    def __init__(self, *, enquiries: int, seed: int, now: datetime) -> None:
        self.enquiries, self.seed, self.now = enquiries, seed, now
        self.first = first_day(now.date(), enquiries)

    def run(self, tick: Callable[[int], object]) -> None:
        """Fill; `tick` is told how many enquiries were written each time some are.

        A small set is one transaction; a large one is written by two processes, chunk by chunk.
        """
        with _collector_off():
            if self.enquiries <= WHOLE:
                with transaction.atomic():
                    self._fill(self._alone, tick)
            else:
                self._fill(self._together, tick)

    def _fill(self, write: Callable[["Crew", list[int], Callable[[int], object]], Counts], tick) -> None:
        with transaction.atomic():
            marker.begin(seed=self.seed, enquiries=self.enquiries, at=self.now)
            rng = random.Random(self.seed)
            places = build_places(self.first - timedelta(days=40), self.now.date())
            service = Recruiter(rng, places, NAMES, self.now.date()).build()
            _gather_statistics()
            crew = Crew(self, places, service, rng)
            cases = play_cast(crew.ledger, crew.lives, places) + play_gestures(crew.ledger, crew.lives, places)
            play_phone(service, places["54"], now=self.now)
            deliver(cases, service, now=self.now)
        tick(len(cases))
        seeds = draw_seeds(rng, max(0, self.enquiries - len(cases)), places, self.first, self.now)
        counts = Counter(crew.ledger.counts)
        counts.update(write(crew, seeds, tick))  # « + » would drop what an act takes back
        counts.update(self._exchanged(places))
        with transaction.atomic():
            write_counts(counts)
            _gather_statistics()
            self._announce()
            self._remind()
            marker.end(seed=self.seed, enquiries=len(cases) + len(seeds), at=self.now)

    def _exchanged(self, places: dict[str, Place]) -> Counts:
        """Questions of the corridor, by a chance of their own: the enquiries stay those of the seed."""
        rng = random.Random(f"{self.seed}:éclair")
        return count_past(rng, places, by_department(self.enquiries // ONE_IN, places), self.first, self.now.date())

    def _announce(self) -> None:
        """What is silent for long was announced yesterday: the clock of the demonstration has nobody to tell today."""
        told_at = self.now - timedelta(days=1)
        to_announce(self.now).update(expiry_told_at=told_at, expiry_told_for=F("last_contact_at"))

    def _remind(self) -> None:
        """Each date missed until yesterday was told then: the clock has those of today alone to tell."""
        LadderStep.objects.bulk_create(steps_due(at=self.now - timedelta(days=1)), batch_size=CHUNK)

    def _alone(self, crew: "Crew", seeds: list[int], tick: Callable[[int], object]) -> Counts:
        crew.ledger.counts = Counter()
        for chunk in batched(seeds, CHUNK):
            crew.write(chunk)
            tick(len(chunk))
        return crew.ledger.counts

    def _together(self, crew: "Crew", seeds: list[int], tick: Callable[[int], object]) -> Counts:
        """Two forked processes share the chunks; each has its own connection, chance and numbers."""
        connections.close_all()
        if connection.vendor == "postgresql":  # a fork takes its locks along, not its threads
            connection.close_pool()  # type: ignore[attr-defined]
        fork = multiprocessing.get_context("fork")
        queue = fork.SimpleQueue()
        chunks = list(batched(seeds, CHUNK))
        workers = [
            fork.Process(target=self._work, args=(crew, number, chunks[number::PROCESSES], queue), daemon=True)
            for number in range(PROCESSES)
        ]
        for worker in workers:
            worker.start()
        total: Counts = Counter()
        running = PROCESSES
        while running:
            said, what = queue.get()
            if said == "failed":
                raise RuntimeError(what)
            if said == "written":
                tick(what)
            else:
                total.update(what)
                running -= 1
        for worker in workers:
            worker.join()
        return total

    def _work(self, crew: "Crew", number: int, chunks: Sequence[tuple[int, ...]], queue: Any) -> None:
        try:
            rng = random.Random(f"{self.seed}:{number}")
            mine = Crew(self, crew.places, crew.service, rng, number=number + 1)
            _run_on_sqlite(*ROOM)
            for done, chunk in enumerate(chunks, 1):
                mine.write(chunk)
                queue.put(("written", len(chunk)))
                if done % CHUNKS_PER_LOG == 0:
                    _run_on_sqlite(END_OF_LOG)
            queue.put(("counts", mine.ledger.counts))
        except Exception:
            queue.put(("failed", traceback.format_exc()))
            raise


class Crew:
    """What one process needs to write enquiries."""

    def __init__(
        self, load: Load, places: dict[str, Place], service: Service, rng: random.Random, *, number: int = 0
    ) -> None:
        self.places, self.service = places, service
        self._ordered = list(places.values())
        self.ledger = Ledger(rng, load.seed, first_number=number * NUMBERS_EACH)
        self.lives = Lives(rng, service, self.ledger.people, now=load.now, series=number)

    def write(self, seeds: Iterable[int]) -> None:
        """Draw and write some enquiries, in one transaction."""
        for packed in seeds:
            place = self._ordered[packed >> 8 & 0xFF]
            branch, channel = BRANCH_CODES[packed >> 4 & 0xF], CHANNEL_CODES[packed & 0xF]
            asked_at = datetime.fromtimestamp(packed >> 16, tz=UTC)
            self.ledger.play(self.lives.draw(place, branch, channel, asked_at))
        with transaction.atomic():
            self.ledger.flush()
        gc.collect(1)


def _run_on_sqlite(*statements: str) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


@contextmanager
def _collector_off() -> Iterator[None]:
    """The collector would walk every pending row again and again; `Crew.write` calls it between two chunks."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
