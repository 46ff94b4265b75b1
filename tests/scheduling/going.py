"""Permanences, sessions and visits of the cast, made as tests need them."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from proxirh.enquiries.services.late_promises import tell_of_late_promises
from proxirh.scheduling.models import (
    ROOM_CHECKS,
    CollectiveSession,
    DeclineReason,
    Half,
    SessionTitle,
    SitePermanence,
    VisitRequest,
)
from proxirh.scheduling.services import permanences, seats, sessions, visits
from proxirh.scheduling.services.half_days import HalfDayAtSite
from proxirh.scheduling.services.promising import promise_call
from proxirh.scheduling.services.sessions import When
from tests.scheduling.line import a_call
from tests.scheduling.opening import TUESDAY
from tests.world import NOW, World

MORNING = HalfDayAtSite("Salle B12", time(9), time(12))
SAFE = [name for name, _ in ROOM_CHECKS]
AFTERNOON = datetime(2026, 12, 1, 13, tzinfo=UTC)
HOUR = timedelta(hours=1)
VIDEO = "https://visio.exemple.invalid/salle"


def fresh(row: Any) -> Any:
    """The same as the database holds it."""
    return type(row).objects.get(pk=row.pk)


def drafted(world: World, *, day: date = TUESDAY, at: datetime = NOW, **more: Any) -> SitePermanence:
    """Of the counsellor, at the cast’s school, nothing answered yet."""
    half_day = more.pop("half_day", MORNING)
    return permanences.draft_permanence(
        actor=world.actor("counsellor"), site=world.site, day=day, half_day=half_day, at=at, **more
    )


def published(world: World, *, day: date = TUESDAY, at: datetime = NOW, **more: Any) -> SitePermanence:
    """The same, its room answered for, announced."""
    row = drafted(world, day=day, at=at, **more)
    permanences.check_room(actor=world.actor("counsellor"), permanence=row, answers=SAFE, at=at)
    permanences.publish_permanence(actor=world.actor("counsellor"), permanence=row, at=at)
    return row


def proposed(world: World, *, days: tuple[date, ...] = (TUESDAY,), at: datetime = NOW, **more: Any) -> SitePermanence:
    """By the head of the cast’s school."""
    return permanences.propose_permanence(
        actor=world.actor("superior"), site=world.site, days=days, half_day=MORNING, at=at, **more
    )[0]


def when(start: datetime = AFTERNOON, **more: Any) -> When:
    """An hour on a screen, registration open until it begins."""
    where = {"video_link": VIDEO} if "place" not in more else {}
    return When(**{"starts_at": start, "ends_at": start + HOUR, "register_until": start, **where, **more})


def session(world: World, *, capacity: int = 2, at: datetime = NOW, **more: Any) -> CollectiveSession:
    """Of the counsellor, for two."""
    return sessions.open_session(
        actor=world.actor("counsellor"),
        department=world.department,
        title=SessionTitle.WORKSHOP,
        when=more.pop("when", None) or when(),
        capacity=capacity,
        at=at,
        **more,
    )


def visit(world: World, *, part: str = "author", day: date = TUESDAY, at: datetime = NOW, **more: Any) -> VisitRequest:
    """At the cast’s school."""
    wished = more.pop("wished", [(day, Half.MORNING), (day + timedelta(days=2), Half.AFTERNOON)])
    return visits.ask_visit(
        actor=world.actor(part),
        site=more.pop("site", world.site),
        wished=wished,
        at=at,
        **{"note": "Par la cour.", **more},
    )


def everything_of_going(world: World) -> None:
    """Every mail that permanences, sessions and visits may cause, and those of promises that are late."""
    counsellor = world.actor("counsellor")
    permanences.accept_permanence(actor=counsellor, permanence=proposed(world), at=NOW)
    held = session(world)
    seats.register(actor=world.actor("author"), session=held, at=NOW)
    sessions.cancel_session(actor=counsellor, session=fresh(held), at=NOW)
    sessions.cancel_session(actor=world.actor("coordinator"), session=session(world), at=NOW)
    asked = visit(world)
    visits.decline_visit(actor=counsellor, visit=asked, reason=DeclineReason.BY_PHONE, at=NOW)
    call, officer = a_call(world, name="Quelqu’un"), world.actor("HR officer")
    promise_call(actor=officer, call=call, to=world.people["HR officer"], means="phone", working_days=1, at=NOW)
    tell_of_late_promises(at=NOW + timedelta(days=9))
