"""On which day each rung is reached: working days of the author’s département, after a date that was missed."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from proxirh.enquiries.ladder import Silent, to_climb
from proxirh.enquiries.models import LadderRung, Watch
from proxirh.enquiries.workflow import State
from proxirh.kernel.calendar import Calendar, due_at
from proxirh.territories.models import Department

PARIS, METROPOLE, ALSACE = "Europe/Paris", "metropole", "alsace-moselle"
NOBODY: tuple[str, ...] = ()
COUNSELLOR = ("counsellor",)
COORDINATOR = ("counsellor", "coordinator")
HEAD = ("counsellor", "coordinator", "head")


def silent(asked: date, calendar: str = METROPOLE, *, zone: str = PARIS, days: int = 2, **changes: object) -> Silent:
    """Asked at noon UTC, the first answer promised after that many working days."""
    moment = datetime(asked.year, asked.month, asked.day, 12, tzinfo=UTC)
    due = due_at(moment, working_days=days, calendar=Calendar(calendar), zone=zone)
    row = Silent(
        pk=1,
        uid=UUID(int=1),
        reference="ABCD-EFGH",
        state=State.SUBMITTED,
        submitted_at=moment,
        due_at=due,
        first_answered_at=None,
        next_step_on=None,
        waiting_since=None,
        lead_id=None,
        team_id=1,
        academy_id=1,
        calendar=calendar,
        closed="",
        zone=zone,
    )
    return row._replace(**changes)


def answered(step: date, calendar: str = METROPOLE, **changes: object) -> Silent:
    """Answered long ago, with a next step on a day."""
    long_ago = step - timedelta(days=400)
    told = {"first_answered_at": datetime(2020, 1, 6, tzinfo=UTC), "state": State.IN_PROGRESS, "next_step_on": step}
    return silent(long_ago, calendar, **(told | changes))


@pytest.mark.parametrize(
    ("row", "day", "rungs"),
    [
        # Asked on Tuesday 17: due on the second working day, told on the third, the fifth and the ninth.
        (silent(date(2026, 11, 17)), date(2026, 11, 19), NOBODY),
        (silent(date(2026, 11, 17)), date(2026, 11, 20), COUNSELLOR),
        (silent(date(2026, 11, 17)), date(2026, 11, 22), COUNSELLOR),
        (silent(date(2026, 11, 17)), date(2026, 11, 23), COUNSELLOR),
        (silent(date(2026, 11, 17)), date(2026, 11, 24), COORDINATOR),
        (silent(date(2026, 11, 17)), date(2026, 11, 29), COORDINATOR),
        (silent(date(2026, 11, 17)), date(2026, 11, 30), HEAD),
        # An académie that promises an answer within five days has its whole ladder three days later.
        (silent(date(2026, 11, 17), days=5), date(2026, 11, 24), NOBODY),
        (silent(date(2026, 11, 17), days=5), date(2026, 11, 25), COUNSELLOR),
        (silent(date(2026, 11, 17), days=5), date(2026, 11, 27), COORDINATOR),
        # Good Friday and the second day of Christmas count elsewhere, not in Alsace nor in Moselle.
        (silent(date(2027, 3, 23)), date(2027, 3, 26), COUNSELLOR),
        (silent(date(2027, 3, 23), ALSACE), date(2027, 3, 26), NOBODY),
        (silent(date(2027, 3, 23), ALSACE), date(2027, 3, 29), NOBODY),
        (silent(date(2027, 3, 23), ALSACE), date(2027, 3, 30), COUNSELLOR),
        # The abolition of slavery, on its day overseas.
        (answered(date(2027, 12, 17)), date(2027, 12, 20), COUNSELLOR),
        (answered(date(2027, 12, 17), "la-reunion"), date(2027, 12, 20), NOBODY),
        (answered(date(2027, 12, 17), "la-reunion"), date(2027, 12, 21), COUNSELLOR),
        (answered(date(2027, 5, 26), "guadeloupe"), date(2027, 5, 27), NOBODY),
        (answered(date(2027, 5, 26), "guadeloupe"), date(2027, 5, 28), COUNSELLOR),
        (answered(date(2027, 4, 26), "mayotte"), date(2027, 4, 27), NOBODY),
        (answered(date(2027, 4, 26), "mayotte"), date(2027, 4, 28), COUNSELLOR),
        # A step on a Sunday or a holiday is for the next working day.
        (answered(date(2026, 11, 22)), date(2026, 11, 23), NOBODY),
        (answered(date(2026, 11, 22)), date(2026, 11, 24), COUNSELLOR),
        (answered(date(2026, 11, 11)), date(2026, 11, 12), NOBODY),
        (answered(date(2026, 11, 11)), date(2026, 11, 13), COUNSELLOR),
        # A date to come, however old the enquiry; no date at all.
        (answered(date(2027, 9, 1)), date(2027, 8, 31), NOBODY),
        (answered(date(2026, 11, 17), next_step_on=None), date(2026, 11, 30), NOBODY),
        # A step that waits for results is watched like any other.
        (answered(date(2026, 11, 17), state=State.WAITING_FOR_DATE), date(2026, 11, 18), COUNSELLOR),
        # Until the first answer, its day alone is watched.
        (silent(date(2026, 11, 17), next_step_on=date(2027, 9, 1)), date(2026, 11, 20), COUNSELLOR),
    ],
)
def test_each_rung_on_its_day(row: Silent, day: date, rungs: tuple[str, ...]) -> None:
    """Mutations: count the days of the week; the calendar of the metropole everywhere; one day more or less of a rung;
    read the age of the enquiry; count a closed day as the day of a step.
    """
    assert row.rungs_on(day) == rungs


def test_closed_days_of_the_service_do_not_count() -> None:
    """Mutation: drop `closed` from what `Silent` reads."""
    declared = datetime(2026, 11, 1, tzinfo=UTC).isoformat()
    row = silent(date(2026, 11, 17), closed=f"académie 2026-11-20 2026-11-24 {declared} ")
    assert row.rungs_on(date(2026, 11, 24)) == NOBODY
    assert row.rungs_on(date(2026, 11, 25)) == COUNSELLOR


@pytest.mark.parametrize(
    ("topic", "day", "rungs"),
    [
        ("1.1", date(2026, 11, 30), NOBODY),
        ("1.1", date(2026, 12, 1), (LadderRung.AUTHOR,)),
        ("8", date(2026, 12, 1), (LadderRung.AUTHOR,)),
        ("2.1", date(2026, 12, 1), NOBODY),
        ("2.4", date(2027, 12, 1), NOBODY),
        ("3.2", date(2026, 12, 1), NOBODY),
    ],
)
def test_while_its_author_is_awaited_one_kind_word_and_nothing_else(topic: str, day: date, rungs: tuple) -> None:
    """Ten working days; never about difficulties or health.

    Mutations: 9 or 11; forget one of the branches; watch the first answer meanwhile.
    """
    since = datetime(2026, 11, 17, 9, tzinfo=UTC)
    row = silent(date(2026, 11, 2), state=State.WAITING_FOR_AGENT, waiting_since=since, topic_code=topic)
    assert row.watched == (Watch.AUTHOR, date(2026, 11, 17))
    assert row.rungs_on(day) == rungs


def test_the_day_begins_where_the_author_lives() -> None:
    """Mutation: take the day of Paris, or of the server, in `to_climb`."""
    row = silent(date(2026, 11, 17), "la-reunion", zone="Indian/Reunion")
    assert not to_climb([row], set(), at=datetime(2026, 11, 19, 19, 59, tzinfo=UTC))
    assert to_climb([row], set(), at=datetime(2026, 11, 19, 20, 1, tzinfo=UTC))


def test_a_step_taken_is_left_out_and_another_date_is_another_silence() -> None:
    """Mutations: key a step on the enquiry alone; on what is watched without its day."""
    at = datetime(2026, 11, 24, 9, tzinfo=UTC)
    row = silent(date(2026, 11, 17))
    taken = {(1, "first_answer", date(2026, 11, 19), "counsellor")}
    [left] = to_climb([row], taken, at=at)
    assert left.rungs == ("coordinator",)
    step = answered(date(2026, 11, 18))
    taken = {(1, "next_step", date(2026, 11, 17), rung) for rung in HEAD}
    [left] = to_climb([step], taken, at=at)
    assert left.rungs == COORDINATOR


@pytest.mark.django_db
def test_moselle_follows_the_calendar_of_alsace() -> None:
    """57 is in Nancy-Metz all the same."""
    assert Department.objects.get(code="57").holiday_calendar == ALSACE
