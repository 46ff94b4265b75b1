"""Pages of the desk’s lists: read by key, never by number, and printed without a query more."""

import base64
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import FETCH_RAISE, F, Q
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries import desk
from proxirh.enquiries.desk import DayView
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.querysets import EnquiryQuerySet
from proxirh.enquiries.workflow import State
from proxirh.kernel.calendar import local_day, working_days_between
from proxirh.kernel.text import fold
from proxirh.territories.actor import Actor
from proxirh.ui import french

SIZE = 25
MOST_SEARCHED = 2000
STEP_LENGTH = 90
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
    "team__name",
    "category__label",
    "department__code",
    "department__name",
    "department__time_zone",
    "department__holiday_calendar",
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


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and the keys of what comes before and after ("" at the ends)."""

    rows: Sequence[Row]
    before: str = ""
    after: str = ""


def page_of(actor: Actor, view: DayView, *, before: str = "", after: str = "", at: datetime | None = None) -> Page:
    """One page of a view, the most pressing first; an unreadable key gives the first page."""
    now = at or timezone.now()
    today = timezone.localdate(now)
    descending = view.code == desk.ENDED
    if view.is_academy:
        rows: Any = desk.of_academy(actor, view, now=now, today=today).values(*TEAM_COLUMNS)
    elif view.is_team:
        rows = desk.untaken(actor).values(*TEAM_COLUMNS)
    elif descending:
        ended = Q(state=State.CLOSED, closed_at__gt=now - desk.RECENTLY)
        rows = _own(desk.mine(actor).filter(ended).with_last_word().annotate(turn=F("closed_at")))
    else:
        rows = _own(desk.placed(actor, today).filter(place=view.code))
    found, keys = _read(rows, before=before, after=after, descending=descending)
    if view.is_team:
        return Page(_team_rows(found, view, now=now, today=today), *keys)
    return Page(_own_rows(found, now=now, today=today), *keys)


def search(actor: Actor, words: str, *, at: datetime | None = None) -> Page:
    """Own enquiries by name or reference, accents ignored, and the team’s waiting ones by their whole reference.

    Names are in no index: what these hands hold is opened and compared.
    """
    now = at or timezone.now()
    today = timezone.localdate(now)
    reference = re.sub(r"[^A-Z0-9]", "", words.upper())
    asked = fold(words).split()
    if not asked:
        return Page(())
    own = _own(desk.mine(actor).with_last_word().annotate(turn=F("due_at"))).order_by("-submitted_at", "-uid")
    found = [row for row in own[:MOST_SEARCHED] if _matches(row, asked, reference)][:SIZE]
    waiting = desk.untaken(actor).filter(reference=f"{reference[:4]}-{reference[4:]}").values(*TEAM_COLUMNS)
    return Page(
        [
            *_team_rows(list(waiting[:1]), desk.VIEWS[0], now=now, today=today),
            *_own_rows(found, now=now, today=today),
        ]
    )


def _matches(row: Enquiry, asked: Sequence[str], reference: str) -> bool:
    if len(reference) >= 4 and row.reference.replace("-", "").startswith(reference):
        return True
    name = fold(f"{row.contact.get('first_name', '')} {row.contact.get('last_name', '')}")
    return all(word in name for word in asked)


def _own(rows: EnquiryQuerySet) -> EnquiryQuerySet:
    return (
        rows.with_topic()
        .only(*OWN_COLUMNS)
        .select_related(None)
        .select_related("data_key", "department")
        .fetch_mode(FETCH_RAISE)
    )


# ── Keys ───────────────────────────────────────────────────────────────────────────────────────────
def _get(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, dict) else getattr(row, name)


def _key(row: Any) -> str:
    parts = [_get(row, "turn").isoformat(), _get(row, "submitted_at").isoformat(), _get(row, "uid").hex]
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _read_key(key: str) -> tuple[date, datetime, UUID] | None:
    try:
        turn, submitted_at, uid = json.loads(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))
        moment: date = datetime.fromisoformat(turn) if "T" in turn else date.fromisoformat(turn)
        return moment, datetime.fromisoformat(submitted_at), UUID(uid)
    except (ValueError, TypeError, AttributeError):
        return None


def _read(rows: Any, *, before: str, after: str, descending: bool) -> tuple[list[Any], tuple[str, str]]:
    """Rows of one page in the order of the list, with the keys around them."""
    backwards = bool(before) and not after
    limit = _read_key(before if backwards else after)
    down = descending != backwards
    if limit is not None:
        turn, submitted_at, uid = limit
        sign = "lt" if down else "gt"
        rows = rows.filter(
            Q(**{f"turn__{sign}": turn})
            | Q(turn=turn, **{f"submitted_at__{sign}": submitted_at})
            | Q(turn=turn, submitted_at=submitted_at, **{f"uid__{sign}": uid})
        )
    order = ("turn", "submitted_at", "uid")
    found = list(rows.order_by(*(f"-{name}" if down else name for name in order))[: SIZE + 1])
    is_more, found = len(found) > SIZE, found[:SIZE]
    if backwards:
        found.reverse()
    if not found:
        return [], ("", "")
    has_before = is_more if backwards else limit is not None
    has_after = limit is not None if backwards else is_more
    return found, (_key(found[0]) if has_before else "", _key(found[-1]) if has_after else "")


# ── Lines ──────────────────────────────────────────────────────────────────────────────────────────
def _team_rows(rows: Iterable[dict[str, Any]], view: DayView, *, now: datetime, today: date) -> list[Row]:
    """Lines with the columns of a row only: no name of the author, no topic, no word."""
    rows = list(rows)
    leads = _names({row["lead_id"] for row in rows} - {None}) if view.is_academy else {}
    return [_team_row(row, view, leads, now=now, today=today) for row in rows]


def _team_row(row: dict[str, Any], view: DayView, leads: dict[int, str], *, now: datetime, today: date) -> Row:
    zone = row["department__time_zone"]
    asked_on = local_day(row["submitted_at"], zone)
    days = working_days_between(asked_on, today, row["department__holiday_calendar"])
    is_unanswered = row["first_answered_at"] is None
    late_answer = is_unanswered and row["due_at"] < now
    late_step = row["next_step_on"] is not None and row["next_step_on"] < today
    badges: list[Badge] = []
    if row["wants_call_today"] and is_unanswered:
        badges.append(("À rappeler aujourd’hui", "warning"))
    if late_answer or (late_step and view.is_academy):
        badges.append(("En retard", "error"))
    if row["state"] != State.SUBMITTED and not view.is_academy:
        badges.append(("À reprendre", "info"))
    where = f"{row['department__name']} ({row['department__code']})"
    if view.is_academy:
        step = leads.get(row["lead_id"], "Sans référent")
        title, subtitle = row["reference"], State(row["state"]).label
        place = f"{row['team__name']}, {where}"
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


def _own_rows(rows: Sequence[Enquiry], *, now: datetime, today: date) -> list[Row]:
    """Lines of what is in one’s hands: the name and the topic may be read there."""
    return [_own_row(row, now=now, today=today) for row in rows]


def _own_row(row: Any, *, now: datetime, today: date) -> Row:
    zone = row.department.time_zone
    is_unanswered = row.first_answered_at is None
    is_late = row.is_open and (
        (is_unanswered and row.due_at < now) or (row.next_step_on is not None and row.next_step_on < today)
    )
    contact = row.contact
    if row.state == State.CLOSED and row.closed_at is not None:
        step, due = "Suivi terminé", french.short_day(row.closed_at, zone)
    else:
        step = row.next_step or ("Premier contact" if is_unanswered else "Prochaine étape à fixer")
        due = _answer_due(row.due_at, is_unanswered and row.next_step_on is None, row.next_step_on, zone)
    return Row(
        uid=row.uid,
        title=f"{contact.get('first_name', '')} {contact.get('last_name', '')}".strip() or row.reference,
        subtitle=row.topic_label or "",
        place=row.reference,
        since=french.short_day(row.submitted_at, zone),
        waiting="",
        step=step if len(step) <= STEP_LENGTH else f"{step[:STEP_LENGTH].rstrip()}…",
        due=due,
        is_late=is_late,
        badges=tuple(_own_badges(row, is_late=is_late, is_unanswered=is_unanswered)),
    )


def _own_badges(row: Enquiry, *, is_late: bool, is_unanswered: bool) -> Iterable[Badge]:
    if row.is_open and row.author_wrote:
        yield "A écrit", "new"
    if row.is_open and row.wants_call_today and is_unanswered:
        yield "À rappeler", "warning"
    if is_late:
        yield "En retard", "error"
    if row.is_open and row.failed_attempts:
        yield french.counted(row.failed_attempts, "essai sans réponse,essais sans réponse"), "warning"


def _names(person_ids: set[int]) -> dict[int, str]:
    if not person_ids:
        return {}
    people = Person.objects.filter(pk__in=person_ids).select_related("data_key")
    return {person.pk: person.full_name for person in people}
