"""Pages of the desk’s lists: read by key, never by number, and printed without a query more."""

import base64
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db.models import FETCH_RAISE, Count, F, Q, QuerySet, Window
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries import desk
from proxirh.enquiries.desk import DayView, Standing
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.querysets import EnquiryQuerySet
from proxirh.enquiries.workflow import State
from proxirh.kernel.calendar import local_day, working_days_between
from proxirh.kernel.written import written_once
from proxirh.territories.actor import Actor
from proxirh.territories.models import neutral_name
from proxirh.territories.services.calendars import calendar
from proxirh.ui import french

SIZE = 25
STEP_LENGTH = 90
LONGEST_KEY = 400
TURNS = ("turn", "submitted_at", "uid")  # the order of a list, and its keys
CALENDAR = ("department__holiday_calendar", "department__closed")
TEAM_COLUMNS = (
    "uid",
    "reference",
    "state",
    "submitted_at",
    "due_at",
    "first_answered_at",
    "next_step_on",
    "wants_call_today",
    "turn",
    "lead_id",
    "team__kind",
    "team__name",
    "category__label",
    "department__code",
    "department__name",
    "department__time_zone",
    *CALENDAR,
)
OWN_COLUMNS = (
    "uid",
    "reference",
    "state",
    "contact",
    "next_step",
    "next_step_on",
    "submitted_at",
    "due_at",
    "first_answered_at",
    "waiting_since",
    "closed_at",
    "wants_call_today",
    "failed_attempts",
    "data_key__wrapped",
    "data_key__version",
    "department__time_zone",
)

Badge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """One line as the page prints it, dates already in French."""

    uid: UUID
    title: str
    subtitle: str
    place: str
    since: str
    waiting: str
    step: str
    due: str
    is_late: bool
    badges: tuple[Badge, ...]
    match: str = ""  # why a search found it


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a view, the keys of what comes before and after ("" at the ends), and how many each view holds."""

    view: DayView
    rows: Sequence[Row]
    before: str = ""
    after: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)


def read_desk(
    actor: Actor, view: DayView | None = None, *, before: str = "", after: str = "", at: datetime | None = None
) -> Page:
    """One page of a view, the most pressing first, and the counters of all; an unreadable key gives the first page.

    Without a view: the new ones if there are any, else what today asks for. What is ended is not counted.
    """
    now = at or timezone.now()
    chosen = view or desk.views_for(actor)[0]
    is_of_hands = not chosen.is_team and chosen.code != desk.ENDED
    hands, zones = desk.standings(actor, in_turn=is_of_hands), desk.coordinated_zones(actor)
    counts = counts_of(actor, hands, now=now, zones=zones)
    around: dict[str, Any] = {"before": before, "after": after}
    if chosen.code == desk.NEW:
        if before or after:
            found, keys = _read(_untaken_rows(actor), **around)
        else:
            found, keys = _cut(_first_untaken(actor).read())
        if not (before or after):
            counts[desk.NEW] = found[0]["in_all"] if found else 0
        if found or view is not None or not counts[desk.TODAY]:
            return Page(chosen, team_rows(found, chosen, now=now), *keys, counts=whole(actor, counts))
        chosen, hands = desk.BY_CODE[desk.TODAY], desk.standings(actor, in_turn=True)
    if chosen.is_academy:
        found, keys = _read(desk.of_academy(actor, chosen, now=now, zones=zones).values(*TEAM_COLUMNS), **around)
        lines = team_rows(found, chosen, now=now)
    elif chosen.code == desk.ENDED:
        ended = desk.mine(actor).filter(state=State.CLOSED, closed_at__gt=now - desk.RECENTLY)
        found, keys = _read(with_content(ended, turn=F("closed_at")), descending=True, **around)
        lines = own_rows(found, now=now)
    else:
        shown, keys = slice_by_key([one for one in hands if one.place(now) == chosen.code], **around)
        lines = own_rows(_opened(actor, shown), now=now)
    return Page(chosen, lines, *keys, counts=whole(actor, counts))


def _untaken_rows(actor: Actor) -> QuerySet:
    """What waits for the teams of this actor, each row with how many there are."""
    return desk.untaken(actor).annotate(in_all=Window(Count("pk"))).values(*TEAM_COLUMNS, "is_mine", "in_all")


@written_once
def _first_untaken(actor: Actor) -> QuerySet:
    return _untaken_rows(actor).order_by(*TURNS)[: SIZE + 1]


def whole(actor: Actor, counts: dict[str, Any]) -> dict[str, int]:
    """The counters, the new ones counted unless their page has just told how many."""
    if actor.receives and counts[desk.NEW] is None:
        counts[desk.NEW] = next(iter(_count_untaken(actor).read()), 0)
    return counts


@written_once
def _count_untaken(actor: Actor) -> QuerySet:
    """How many wait for the teams of this actor, in one row; no row for none."""
    return _untaken_rows(actor).order_by().values_list("in_all", flat=True)[:1]


def counts_of(actor: Actor, hands: Sequence[Standing], *, now: datetime, zones: Collection[str]) -> dict[str, Any]:
    """Counters of every view; the new ones are left to whoever reads them."""
    counts: dict[str, Any] = desk.academy_counts(actor, now=now, zones=zones)
    if actor.receives:
        counts |= {one.code: 0 for one in desk.VIEWS if one.code != desk.ENDED}
        counts |= Counter(standing.place(now) for standing in hands)
        counts[desk.NEW] = None
    return counts


def _opened(actor: Actor, shown: Sequence[Standing]) -> list[Enquiry]:
    """The rows of one page with their content, in the order of the page."""
    if not shown:
        return []
    rows = with_content(desk.mine(actor))
    by_key = {row.pk: row for row in rows.filter(pk__in=[standing.pk for standing in shown])}
    return [by_key[standing.pk] for standing in shown if standing.pk in by_key]


def with_content(rows: EnquiryQuerySet, **turn: F) -> EnquiryQuerySet:
    """Rows with their content, and nothing that would cost a query more."""
    return (
        rows.with_last_word()
        .with_topic("label")
        .annotate(**turn)
        .only(*OWN_COLUMNS)
        .select_related(None)
        .select_related("data_key", "department")
        .fetch_mode(FETCH_RAISE)
    )


# ── Keys ───────────────────────────────────────────────────────────────────────────────────────────
def _get(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, dict) else getattr(row, name)


Key = tuple[date, datetime, UUID]


def _key_of(row: Any) -> Key:
    return _get(row, "turn"), _get(row, "submitted_at"), _get(row, "uid")


def _print_key(row: Any) -> str:
    turn, submitted_at, uid = _key_of(row)
    parts = [turn.isoformat(), submitted_at.isoformat(), uid.hex]
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _moment(text: str) -> datetime:
    """Raises ValueError or OverflowError for what is no moment of our calendar."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _read_key(text: str) -> Key | None:
    if len(text) > LONGEST_KEY:  # nested so deep that reading it would overflow
        return None
    try:
        turn, submitted_at, uid = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        moment: date = _moment(turn) if "T" in turn else date.fromisoformat(turn)
        return moment, _moment(submitted_at), UUID(uid)
    except (ValueError, TypeError, AttributeError, OverflowError):
        return None


def _read(rows: Any, *, before: str, after: str, descending: bool = False) -> tuple[list[Any], tuple[str, str]]:
    """Rows of one page in the order of the list, with the keys around them."""
    backwards = bool(before) and not after
    limit = _read_key(before if backwards else after)
    if limit is not None and not isinstance(limit[0], datetime):  # the key of another list
        limit = None
    down = descending != backwards
    if limit is not None:
        turn, submitted_at, uid = limit
        sign = "lt" if down else "gt"
        rows = rows.filter(
            Q(**{f"turn__{sign}": turn})
            | Q(turn=turn, **{f"submitted_at__{sign}": submitted_at})
            | Q(turn=turn, submitted_at=submitted_at, **{f"uid__{sign}": uid})
        )
    found = list(rows.order_by(*(f"-{name}" if down else name for name in TURNS))[: SIZE + 1])
    return _cut(found, backwards=backwards, has_limit=limit is not None)


def slice_by_key[Listed](listed: Sequence[Listed], *, before: str, after: str) -> tuple[list[Listed], tuple[str, str]]:
    """The same in memory, of what says its `turn` as a day, when it was asked and its id."""
    backwards = bool(before) and not after
    limit = _read_key(before if backwards else after)
    if limit is not None and isinstance(limit[0], datetime):  # the key of another list
        limit = None
    found = sorted(listed, key=_key_of, reverse=backwards)
    if limit is not None:
        found = [one for one in found if (_key_of(one) < limit if backwards else _key_of(one) > limit)]
    return _cut(found[: SIZE + 1], backwards=backwards, has_limit=limit is not None)


def _cut(found: list[Any], *, backwards: bool = False, has_limit: bool = False) -> tuple[list[Any], tuple[str, str]]:
    """A page and the keys around it, from one row more than a page."""
    is_more, found = len(found) > SIZE, found[:SIZE]
    if backwards:
        found.reverse()
    if not found:
        return [], ("", "")
    has_before, has_after = (is_more, has_limit) if backwards else (has_limit, is_more)
    return found, (_print_key(found[0]) if has_before else "", _print_key(found[-1]) if has_after else "")


# ── Lines ──────────────────────────────────────────────────────────────────────────────────────────
def team_rows(rows: Iterable[dict[str, Any]], view: DayView, *, now: datetime) -> list[Row]:
    """Lines with the columns of a row only: no name of the author, no topic, no word."""
    rows = list(rows)
    leads = names_of({row["lead_id"] for row in rows} - {None}) if view.is_academy else {}
    return [_team_row(row, view, leads, now=now) for row in rows]


def _team_row(row: dict[str, Any], view: DayView, leads: dict[int, str], *, now: datetime) -> Row:
    zone = row["department__time_zone"]
    today = local_day(now, zone)
    asked_on = local_day(row["submitted_at"], zone)
    days = working_days_between(asked_on, today, calendar(*(row[name] for name in CALENDAR)))
    is_unanswered = row["first_answered_at"] is None
    late_answer = is_unanswered and row["due_at"] < now
    late_step = row["next_step_on"] is not None and row["next_step_on"] < today
    badges: list[Badge] = []
    if row.get("is_mine"):
        badges.append(("Pour vous", "new"))
    if row["wants_call_today"]:
        badges.append(("À rappeler aujourd’hui", "warning"))
    if late_answer or (late_step and view.is_academy):
        badges.append(("En retard", "error"))
    if row["state"] != State.SUBMITTED and not view.is_academy:
        badges.append(("À reprendre", "info"))
    where = f"{row['department__name']} ({row['department__code']})"
    if view.is_academy:
        step = leads.get(row["lead_id"], "Sans référent")
        is_resumed = row["lead_id"] is None and row["state"] != State.SUBMITTED
        title, subtitle = row["reference"], "à reprendre" if is_resumed else State(row["state"]).label
        team = neutral_name(row["team__kind"], row["team__name"])
        named = row["department__name"]  # a team is often named after its own
        place = ", ".join(filter(None, (team.removesuffix(named).removesuffix(", "), where)))
    else:
        step, title, subtitle, place = row["category__label"], row["reference"], "", where
    return Row(
        uid=row["uid"],
        title=title,
        subtitle=subtitle,
        place=place,
        since=french.short_day(asked_on),
        waiting="aujourd’hui" if asked_on >= today else _waiting(days),
        step=step,
        due=_answer_due(row["due_at"], is_unanswered, row["next_step_on"], zone),
        is_late=late_answer or late_step,
        badges=tuple(badges),
    )


def _waiting(days: int) -> str:
    return french.counted(days, "jour ouvré,jours ouvrés") if days else "moins d’un jour"


def _answer_due(due_at: datetime, is_unanswered: bool, next_step_on: date | None, zone: str) -> str:
    if is_unanswered:
        return french.short_day(due_at, zone)
    return french.short_day(next_step_on) if next_step_on else ""


def own_rows(rows: Sequence[Enquiry], *, now: datetime) -> list[Row]:
    """Lines of what is in one’s hands: the name and the topic may be read there."""
    return [_own_row(row, now=now) for row in rows]


def _own_row(row: Any, *, now: datetime) -> Row:
    zone = row.department.time_zone
    is_unanswered = row.first_answered_at is None
    is_late = row.is_open and (
        (is_unanswered and row.due_at < now)
        or (row.next_step_on is not None and row.next_step_on < local_day(now, zone))
    )
    if row.state == State.CLOSED and row.closed_at is not None:
        step, due = "Suivi terminé", french.short_day(row.closed_at, zone)
    else:
        step = row.next_step or ("Premier contact" if is_unanswered else "Prochaine étape à fixer")
        due = _answer_due(row.due_at, is_unanswered and row.next_step_on is None, row.next_step_on, zone)
    return Row(
        uid=row.uid,
        title=row.contact_name or row.reference,
        subtitle=row.topic_label or "",
        place=row.reference,
        since=french.short_day(row.submitted_at, zone),
        waiting="",
        step=step if len(step) <= STEP_LENGTH else f"{step[:STEP_LENGTH].rstrip()}…",
        due=due,
        is_late=is_late,
        badges=tuple(_own_badges(row, is_late=is_late)),
    )


def _own_badges(row: Enquiry, *, is_late: bool) -> Iterable[Badge]:
    if row.is_open and row.author_wrote:
        yield "A écrit", "new"
    if row.is_open and row.wants_call_today:
        yield "À rappeler", "warning"
    if is_late:
        yield "En retard", "error"
    if row.is_open and row.failed_attempts:
        yield french.counted(row.failed_attempts, "essai sans réponse,essais sans réponse"), "warning"


def names_of(person_ids: set[int]) -> dict[int, str]:
    """Names of people of the service."""
    if not person_ids:
        return {}
    people = Person.objects.filter(pk__in=person_ids).select_related("data_key")
    return {person.pk: person.full_name for person in people}
