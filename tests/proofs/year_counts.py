"""What must be nought at each end of a month of a school year, counted without any function that the year is about.

Working days come from the `holidays` library, by the law of each département written here once more; the rest is read
from the rows as they are.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import holidays

from proxirh.enquiries import situation
from proxirh.enquiries.models import Enquiry, Handling, LadderStep, Referral, Signposting
from proxirh.kernel.models import JournalEntry
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Closure, Department, Posting

# Code of a département → subdivision of the library: Moselle and both Rhins keep the days of local law.
LAW = {"57": "57", "67": "6AE", "68": "6AE", "971": "971", "974": "974"}
FIRST, LAST = date(2026, 7, 1), date(2028, 7, 31)
ONE_DAY = timedelta(days=1)
OPEN = ("submitted", "in_progress", "waiting_for_agent", "waiting_for_date")
# PRODUCT §5: after a missed day, in working days; after a wait for its author.
RUNGS, KIND_WORD = {"counsellor": 1, "coordinator": 3, "head": 7}, 10
LADDER_MAILS = ("late_for_counsellor", "late_for_coordination", "kind_word")
APOLOGY = re.compile(r"excus|désol|pardon|regrett|navré", re.IGNORECASE)
GRAVE = ("2", "3")


class Days:
    """Working days of one département, counted once."""

    def __init__(self, department: Department) -> None:
        self.zone = ZoneInfo(department.time_zone)
        years = range(FIRST.year, LAST.year + 1)
        self.holidays = set(holidays.country_holidays("FR", subdiv=LAW.get(department.code), years=years))
        self.department = department
        self.read_closures()

    def read_closures(self) -> None:
        """Count again, once a closure was declared."""
        stands = Closure.objects.filter(academy_id=self.department.academy_id, withdrawn_at=None)
        self.declared_at = max((one.declared_at for one in stands), default=None)
        self.closed = {
            one.valid_from + n * ONE_DAY
            for one in stands
            if one.department_id in {None, self.department.pk}
            for n in range((one.valid_until - one.valid_from).days + 1)
        }
        every = (FIRST + n * ONE_DAY for n in range((LAST - FIRST).days + 1))
        self._sums = list(accumulate(self.works(day) for day in every))

    def works(self, day: date, *, closures_too: bool = True) -> bool:
        """The service works on that day."""
        return day.weekday() < 5 and day not in self.holidays and not (closures_too and day in self.closed)

    def between(self, start: date, end: date) -> int:
        """Working days after one day, up to another."""
        return max(0, self._sums[(end - FIRST).days] - self._sums[(start - FIRST).days]) if end > start else 0

    def next(self, day: date, count: int = 1) -> date:
        """The `count`-th working day after one."""
        while count:
            day += ONE_DAY
            count -= self.works(day)
        return day

    def local(self, moment: datetime) -> date:
        """The day it is there."""
        return moment.astimezone(self.zone).date()


class Silence(NamedTuple):
    """What an enquiry waits for, since which day, and the rungs that this has reached."""

    watch: str
    since: date
    rungs: frozenset[str]


class Ledger:
    """What each night wrote, told apart from the rows of the steps by what was waited for before it."""

    def __init__(self, days: dict[int, Days]) -> None:
        self.days = days
        self.told: set[tuple[int, str, date, str]] = set()
        self.count: Counter[str] = Counter()
        self.last_step = self.last_mail = 0

    def silences(self, at: datetime) -> dict[int, Silence]:
        """Every open enquiry that has reached a rung, by key."""
        names = ("pk", "department_id", "state", "due_at", "first_answered_at", "next_step_on", "waiting_since")
        found = {}
        rows = Enquiry.objects.filter(state__in=OPEN).values_list(*names, "fact__topic_code")
        for pk, place, state, due, answered, step, waiting, topic in rows:
            days = self.days[place]
            today = days.local(at)
            if state == "waiting_for_agent":
                since = days.local(waiting)
                if topic[0] not in GRAVE and days.between(since, today) >= KIND_WORD:
                    found[pk] = Silence("author", since, frozenset({"author"}))
                continue
            watch, since = ("next_step", step) if answered else ("first_answer", days.local(due))
            if since is None or since > today:
                continue
            start = since if days.works(since) else days.next(since)
            reached = frozenset(rung for rung, after in RUNGS.items() if days.between(start, today) >= after)
            if reached:
                found[pk] = Silence(watch, since, reached)
        return found

    def begin_night(self, at: datetime) -> None:
        """Before the jobs of a night."""
        self.before = self.silences(at)
        self.last_step = _last(LadderStep)
        self.last_mail = _last(OutgoingEmail)

    def end_night(self) -> None:
        """After them: each step once, about what was waited for; each mail for a step; none about what is grave."""
        fresh: dict[int, set[str]] = {}
        for pk, watch, deadline, rung in LadderStep.objects.filter(pk__gt=self.last_step).values_list(
            "enquiry_id", "watch", "deadline", "rung"
        ):
            silence = self.before.get(pk)
            step = (pk, watch, deadline, rung)
            mine = silence and (pk, silence.watch, silence.since, rung)
            self.count["steps"] += 1
            if step != mine or rung not in silence.rungs or mine in self.told:
                self.count["twice"] += 1
            else:
                self.told.add(mine)
                fresh.setdefault(pk, set()).add(rung)
        for pk, silence in self.before.items():
            left = {rung for rung in silence.rungs if (pk, silence.watch, silence.since, rung) not in self.told}
            self.count["untold"] += len(left)
        self._read_mails(fresh)

    def _read_mails(self, fresh: dict[int, set[str]]) -> None:
        mails = OutgoingEmail.objects.filter(pk__gt=self.last_mail).select_related("data_key")
        about = dict(Enquiry.objects.filter(uid__in=mails.values("about")).values_list("uid", "pk"))
        topics = dict(Enquiry.objects.filter(pk__in=about.values()).values_list("pk", "fact__topic_code"))
        sent: Counter[tuple[object, bytes]] = Counter()
        for mail in mails:
            pk = about.get(mail.about)
            is_of_ladder = mail.kind in LADDER_MAILS
            self.count["ladder mails"] += is_of_ladder
            if is_of_ladder:
                key = (pk, bytes(mail.recipient_index))
                sent[key] += 1
                self.count["twice"] += sent[key] > 1 or pk not in fresh
            if pk is not None and topics[pk][0] in GRAVE:
                said = APOLOGY.search(mail.subject) or APOLOGY.search(mail.body or "")
                self.count["apologies"] += mail.kind == "kind_word" or said is not None


def _last(model: Any) -> int:
    return model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


# ── At the end of a month ─────────────────────────────────────────────────────────────────────────
def unowned(day: date, *, among: Collection[int] | None = None) -> list[str]:
    """Open enquiries that nobody serving in their team leads, and that wait before no team where somebody serves; of
    them all, or among those of some keys.
    """
    missions = Posting.objects.filter(role__in=("conseiller", "gestionnaire"), valid_from__lte=day)
    serving = {
        (team, person)
        for team, person, until in missions.values_list("team_id", "person_id", "valid_until")
        if until is None or until >= day
    }
    served = {team for team, _ in serving}
    rows = Enquiry.objects.filter(state__in=OPEN)
    if among is not None:
        rows = rows.filter(pk__in=among)
    hands: dict[int, list[tuple[str, int, int]]] = {}
    held = Handling.objects.filter(is_lead=True, state__in=("offered", "accepted"), enquiry__in=rows)
    for pk, *hand in held.values_list("enquiry_id", "state", "person_id", "team_id"):
        hands.setdefault(pk, []).append(tuple(hand))
    found = []
    for pk, reference, lead, team in rows.values_list("pk", "reference", "lead_id", "team_id"):
        mine = hands.get(pk, [])
        is_led = lead is not None and [hand[:2] for hand in mine] == [("accepted", lead)] and (team, lead) in serving
        waits = lead is None and [(hand[0], hand[2]) for hand in mine] == [("offered", team)] and team in served
        if not (is_led or waits):
            found.append(reference)
    return found


def without_step() -> list[str]:
    """Open ones that are answered, or wait, and say nothing of what comes next and by when; or with no day promised."""
    rows = Enquiry.objects.filter(state__in=OPEN)
    answered = rows.filter(first_answered_at__isnull=False) | rows.filter(state__startswith="waiting")
    bare = answered.filter(next_step_on=None) | answered.filter(next_step=None)
    return [*bare.values_list("reference", flat=True), *rows.filter(due_at=None).values_list("reference", flat=True)]


def on_closed_days(days: dict[int, Days]) -> list[str]:
    """Days that the service set itself, on which it does not work where the agent does: first answers (the closures of
    its own calendar included), questions about a contact, ends of referrals.
    """
    found = []
    names = ("reference", "department_id", "due_at", "submitted_at", "first_answered_at", "state")
    for reference, place, due, asked, answered, state in Enquiry.objects.values_list(*names):
        there = days[place]
        # What was answered before a closure was declared keeps the day that was promised.
        known = there.declared_at is None or asked > there.declared_at or (answered is None and state in OPEN)
        if (
            not there.works(there.local(due), closures_too=known)
            or due.astimezone(there.zone).strftime("%H:%M") != "23:59"
        ):
            found.append(f"réponse {reference} {there.local(due)}")
    for reference, place, on in Signposting.objects.values_list(
        "enquiry__reference", "enquiry__department_id", "ask_on"
    ):
        if not days[place].works(on, closures_too=False):
            found.append(f"contact {reference} {on}")
    for reference, place, until in Referral.objects.values_list("reference", "enquiry__department_id", "expires_at"):
        if not days[place].works(days[place].local(until), closures_too=False):
            found.append(f"relation {reference} {days[place].local(until)}")
    return found


def apologies_on_pages(at: datetime) -> Iterator[str]:
    """Open enquiries of branches 2 and 3 whose page apologises by itself."""
    related = ("data_key", "fact", "lead__data_key", "team__academy", "department__academy")
    for row in Enquiry.objects.filter(state__in=OPEN).select_related(*related):
        if row.fact.topic_code[0] in GRAVE:
            told = situation.of(row, at=at)
            if APOLOGY.search(" ".join((told.title, told.text, *(step.text for step in told.steps)))):
                yield row.reference


def ended_by_the_clock() -> list[str]:
    """Enquiries of branches 2 and 3 that the service ended without anybody."""
    ended = JournalEntry.objects.filter(actor="système", verb__in=("demande.terminée", "demande.expirée"))
    uids = [line.split(":")[1] for line in ended.values_list("subject", flat=True)]
    rows: Iterable[tuple[str, str]] = Enquiry.objects.filter(uid__in=uids).values_list("reference", "fact__topic_code")
    return [reference for reference, topic in rows if topic[0] in GRAVE]
