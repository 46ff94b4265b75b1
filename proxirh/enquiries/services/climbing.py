"""The ladder: what a missed date makes the service write, each step once, whatever night was missed or run killed."""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from proxirh.accounts.models import Person
from proxirh.enquiries import notices, reminders
from proxirh.enquiries.conflicts import asking_of, free_members, kept_away
from proxirh.enquiries.ladder import Climb, read_silences, read_waits
from proxirh.enquiries.models import Enquiry, LadderRung, LadderStep
from proxirh.kernel import journal
from proxirh.kernel.calendar import local_day
from proxirh.kernel.encryption import DecryptionError
from proxirh.kernel.errors import StaleState
from proxirh.kernel.ladder import once
from proxirh.kernel.workflow import swap
from proxirh.territories.actor import on_day, standing_in
from proxirh.territories.models import Academy, Posting, Role

logger = logging.getLogger(__name__)

WHY = "échelle des rappels"
LEVELS = (LadderRung.COUNSELLOR, LadderRung.COORDINATOR, LadderRung.HEAD)


@dataclass(slots=True)
class Climbed:
    """What a run found and did: steps due and taken, mails written, and what was left as it was."""

    due: int = 0
    taken: int = 0
    mails: int = 0
    moved: int = 0  # somebody moved it meanwhile: it is no silence any more, or another one
    nobody: int = 0  # steps for which nobody can be written to, tried again at the next run
    failed: int = 0
    by_rung: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """Steps that the same people are told of together; `people` lacks those whom a higher level tells."""

    level: LadderRung
    rungs: Sequence[LadderRung]
    people: Sequence[Person]


def climb_ladder(*, at: datetime, apply: bool = True) -> Climbed:
    """Take every step that is due; without `apply`, count them.

    One transaction for an enquiry and its mails, then one for the heads of service of an académie: stopped anywhere,
    the next run goes on; two at once never tell the same step twice.
    """
    rows = Enquiry.objects.for_system(WHY)
    silences, waits = read_silences(rows, at=at), read_waits(rows, at=at)
    found = Climbed()
    for one in (*silences, *waits):
        found.due += len(one.rungs)
        for rung in one.rungs:
            found.by_rung[rung] = found.by_rung.get(rung, 0) + 1
    if apply:
        for one in waits:
            _unless_moved(found, _write_to_author, one, at)
        for_heads: dict[int, list[Climb]] = defaultdict(list)
        for one in silences:
            if _unless_moved(found, _write_to_colleagues, one, at):
                for_heads[one.row.academy_id].append(one)
        for academy_id, climbs in sorted(for_heads.items()):
            _write_to_heads(found, academy_id, climbs, at)
    return found


def _unless_moved(found: Climbed, act: Callable[[Climbed, Climb, datetime], bool], one: Climb, at: datetime) -> bool:
    """Do it and count it; one that moved, or does not open, stops no other. True when heads are to be told too."""
    done = Climbed()
    try:
        with transaction.atomic():
            reaches_heads = act(done, one, at)
    except StaleState:
        found.moved += 1
        return False
    except DecryptionError:
        logger.warning("ladder: an enquiry does not open: it is left as it is")
        found.failed += 1
        return False
    _add(found, done)
    return reaches_heads


def _add(found: Climbed, done: Climbed) -> None:
    for name in ("taken", "mails", "nobody"):
        setattr(found, name, getattr(found, name) + getattr(done, name))


def _held(one: Climb) -> Enquiry:
    """The row as it was read, which nobody moves until the end of the transaction; StaleState once it has moved."""
    row = Enquiry.objects.for_system(WHY).to_reassign().filter(pk=one.row.pk).first()
    if row is None:
        raise StaleState
    swap(row, one.as_read, one.as_read)
    return row


def steps_of(one: Climb, *, at: datetime) -> list[LadderStep]:
    """The rows of its steps, not written yet."""
    return [
        LadderStep(enquiry_id=one.row.pk, watch=one.watch, deadline=one.since, rung=rung, taken_at=at)
        for rung in one.rungs
    ]


def steps_due(*, at: datetime) -> Iterator[LadderStep]:
    """Every step that a run would take at a moment, not written yet."""
    rows = Enquiry.objects.for_system(WHY)
    for one in (*read_silences(rows, at=at), *read_waits(rows, at=at)):
        yield from steps_of(one, at=at)


def _take(done: Climbed, row: Enquiry, one: Climb, rungs: Collection[LadderRung], at: datetime) -> list[LadderStep]:
    """The steps among these that nobody took meanwhile, written and in the journal."""
    taken = [step for step in steps_of(one, at=at) if step.rung in rungs and once(step)]
    for step in taken:
        verb = "demande.mot_envoyé" if step.rung == LadderRung.AUTHOR else "demande.rappelée"
        journal.record(actor=journal.SYSTEM, verb=verb, subject=row, at=at, marche=step.rung, attendu=step.watch)
    done.taken += len(taken)
    return taken


def _write_to_author(done: Climbed, one: Climb, at: datetime) -> bool:
    row = _held(one)
    if not notices.address_read(row):
        done.nobody += 1
        return False
    for step in _take(done, row, one, one.rungs, at):
        reminders.write_kindly(row, step=step, at=at)
        done.mails += 1
    return False


def _write_to_colleagues(done: Climbed, one: Climb, at: datetime) -> bool:
    """Whoever follows it or its team, and the coordination; True when heads of service are to be told as well."""
    row = _held(one)
    told = list(_told(row, one, at))
    known = [rung for group in told for rung in group.rungs]
    done.nobody += len(one.rungs) - len(known)
    for group in told:
        if group.level == LadderRung.HEAD:
            continue
        if steps := _take(done, row, one, group.rungs, at):
            done.mails += reminders.remind(group.level, row, group.people, step=steps[-1], at=at)
    return any(group.level == LadderRung.HEAD for group in told)


def _write_to_heads(found: Climbed, academy_id: int, climbs: Sequence[Climb], at: datetime) -> None:
    """One mail to each head of an académie about all that waits there, in one transaction with its steps."""
    done, moved = Climbed(), 0
    references: dict[Person, list[str]] = defaultdict(list)
    last: LadderStep | None = None
    try:
        with transaction.atomic():
            for one in sorted(climbs, key=lambda climb: climb.row.pk):  # two runs meet in the same order
                try:
                    row = _held(one)
                except StaleState:
                    moved += 1
                    continue
                for group in _told(row, one, at):
                    if group.level == LadderRung.HEAD and (steps := _take(done, row, one, group.rungs, at)):
                        last = steps[-1]
                        for person in group.people:
                            references[person].append(row.reference)
            if last is not None:
                academy = Academy.objects.get(pk=academy_id)
                done.mails += reminders.remind_heads(academy, references, step=last, at=at)
    except DecryptionError:
        logger.warning("ladder: heads of service could not be told")
        found.failed += 1
        return
    found.moved += moved
    _add(found, done)


# ── Who ───────────────────────────────────────────────────────────────────────────────────────────
def _told(row: Enquiry, one: Climb, at: datetime) -> Iterator[Told]:
    """Who is told of which rungs: those of a rung or, when it has nobody, of the first above that has somebody.

    Whoever would be told twice of one silence is told by the highest alone; nobody whom a conflict of interest keeps
    away is told anything.
    """
    people = _people_of(row, at)
    levels: dict[LadderRung, list[LadderRung]] = defaultdict(list)
    for rung in one.rungs:
        if rung == LadderRung.COUNSELLOR and row.lead_id is not None and not people[rung]:
            continue  # its lead may not meet it any more: it is being offered again, and its team is told then
        level = next((level for level in LEVELS[LEVELS.index(rung) :] if people[level]), None)
        if level is not None:
            levels[level].append(rung)
    above: set[int] = set()
    found = []
    for level in sorted(levels, key=LEVELS.index, reverse=True):
        found.append(Told(level, levels[level], [one for one in people[level] if one.pk not in above]))
        above |= {person.pk for person in people[level]}
    yield from reversed(found)


def _people_of(row: Enquiry, at: datetime) -> Mapping[LadderRung, list[Person]]:
    day = local_day(at, row.department.time_zone)
    away = kept_away(asking_of(row), day=day)
    free = free_members(row, at=at)
    return {
        LadderRung.COUNSELLOR: _reachable(free & {row.lead_id} if row.lead_id else free),
        LadderRung.COORDINATOR: _reachable(_charged_with(Role.COORDINATOR, row, day) - away),
        LadderRung.HEAD: _reachable(_charged_with(Role.HEAD_OF_SERVICE, row, day) - away),
    }


def _charged_with(role: Role, row: Enquiry, day: date) -> set[int | None]:
    """Keys of who holds it in its académie, and of who stands in for them."""
    serving = Posting.objects.filter(on_day(day), role=role, academy_id=row.academy_id)
    deputies = standing_in(day, role).filter(academy_id=row.academy_id)
    return {*serving.values_list("person_id", flat=True), *deputies.values_list("deputy_id", flat=True)}


def _reachable(keys: Collection[int | None]) -> list[Person]:
    rows = Person.objects.filter(pk__in=[key for key in keys if key]).select_related("data_key").order_by("pk")
    return [person for person in rows if person.staff_address]
