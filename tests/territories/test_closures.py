"""The service closes for some days: they count in no delay asked from then on, where it is closed and nowhere else."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from proxirh.kernel.calendar import SUBDIVISIONS, add_working_days, is_working_day
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.models import JournalEntry
from proxirh.territories.models import Academy, Closure, Department, Reason, SchoolHoliday
from proxirh.territories.services import closures
from proxirh.territories.services.calendars import (
    APART,
    calendar_of,
    calendar_of_academy,
    known,
    school_holidays,
    written,
)
from proxirh.territories.services.school_years import load_published
from tests.world import CAST, NOW, World

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 12, 21), date(2026, 12, 31)
LATER = NOW + timedelta(days=1)
RUNNERS = {"coordinator", "head of service"}


def close(world: World, **changes) -> Closure:
    asked = {"reason": Reason.HOLIDAYS, "valid_from": FIRST, "valid_until": LAST, "at": NOW}
    actor = changes.pop("actor", None) or world.actor("coordinator")
    return closures.declare_closure(actor=actor, academy=world.academy, **(asked | changes))


def department(code: str) -> Department:
    return Department.objects.get(code=code)


def works(code: str, day: date) -> bool:
    return is_working_day(day, calendar_of(department(code)))


def test_a_closure_of_the_academie_closes_all_its_departements_and_no_other(world: World) -> None:
    """Mutation: leave `closed` out of `calendar_of`."""
    assert works("15", FIRST)
    close(world)
    for code in ("03", "15", "43", "63"):
        assert not works(code, FIRST)
        assert not works(code, LAST)
        assert works(code, FIRST - timedelta(days=3))
        assert works(code, date(2027, 1, 4))
    assert works("974", FIRST)
    assert works("69", FIRST)
    assert JournalEntry.objects.get(verb="fermeture.déclarée").details["du"] == "2026-12-21"


def test_a_closure_of_one_departement_closes_it_alone(world: World) -> None:
    """Mutation: write every closure of the académie on each of its rows."""
    close(world, department=world.department)
    assert not works("15", FIRST)
    assert works("63", FIRST)


def test_what_belongs_to_the_academie_is_not_closed_by_one_departement(world: World) -> None:
    """Mutation: take the whole calendar of the first département."""
    first = department("03")
    close(world, department=first)
    assert is_working_day(FIRST, calendar_of_academy(world.academy)[0])
    closures.withdraw_closure(actor=world.actor("coordinator"), closure=Closure.objects.get(), at=NOW)
    close(world)
    calendar, zone = calendar_of_academy(world.academy)
    assert not is_working_day(FIRST, calendar)
    assert zone == "Europe/Paris"


@pytest.mark.parametrize(
    ("code", "day"),
    [
        ("67", date(2026, 4, 3)),
        ("68", date(2025, 12, 26)),
        ("57", date(2025, 12, 26)),  # of Nancy-Metz, on the calendar of Alsace-Moselle
        ("57", date(2026, 4, 3)),
        ("971", date(2026, 5, 27)),
        ("972", date(2026, 5, 22)),
        ("973", date(2026, 6, 10)),
        ("974", date(2027, 12, 20)),
        ("976", date(2026, 4, 27)),
        ("977", date(2026, 10, 9)),
        ("978", date(2026, 5, 28)),
    ],
)
def test_each_departement_keeps_its_own_public_holidays(code: str, day: date) -> None:
    """Mutation: give every département the calendar of the metropole."""
    assert not works(code, day)
    assert works("54", day)


def test_every_calendar_of_a_departement_is_one_that_the_kernel_knows() -> None:
    for one in Department.objects.all():
        assert calendar_of(one).name in SUBDIVISIONS


def test_what_was_known_at_a_moment_does_not_change(world: World) -> None:
    """Mutation: read what stands now, whatever the moment."""
    before = calendar_of(world.department, known_at=NOW - timedelta(seconds=1))
    made = close(world)
    world.department.refresh_from_db()
    assert calendar_of(world.department, known_at=NOW - timedelta(seconds=1)) == before
    assert not is_working_day(FIRST, calendar_of(world.department, known_at=NOW))
    closures.withdraw_closure(actor=world.actor("head of service"), closure=made, at=LATER)
    world.department.refresh_from_db()
    assert is_working_day(FIRST, calendar_of(world.department))
    assert is_working_day(FIRST, calendar_of(world.department, known_at=LATER))
    assert not is_working_day(FIRST, calendar_of(world.department, known_at=NOW))
    assert Closure.objects.get().withdrawn_at == LATER


def test_the_row_of_a_departement_says_what_its_closures_say(world: World) -> None:
    """Mutation: forget to write the rows when one is withdrawn."""
    made = close(world)
    close(world, department=world.department, valid_from=date(2027, 5, 7), valid_until=date(2027, 5, 7))
    closures.withdraw_closure(actor=world.actor("coordinator"), closure=made, at=LATER)
    for one in world.academy.departments.all():
        rows = Closure.objects.filter(academy=world.academy, department__in=[one]) | Closure.objects.filter(
            academy=world.academy, department=None
        )
        assert one.closed == written(rows.order_by("valid_from", "pk"))
    assert [one.first for one in known(department("15").closed)] == [date(2027, 5, 7)]


def test_what_closed_long_ago_is_left_out_of_the_rows(world: World) -> None:
    long_ago = NOW - timedelta(days=900)
    old = {"valid_from": long_ago.date(), "valid_until": long_ago.date(), "at": long_ago}
    close(world, **old)
    close(world)
    assert [one.first for one in known(department("15").closed)] == [FIRST]
    assert Closure.objects.count() == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"valid_from": NOW.date() - timedelta(days=1)},
        {"valid_until": FIRST - timedelta(days=1)},
        {"valid_until": FIRST + timedelta(days=93)},
        {"valid_from": LAST, "valid_until": LAST},  # closed already
    ],
)
def test_what_cannot_be_closed(world: World, changes: dict) -> None:
    """Mutation: leave one of the rules out of `declare_closure`."""
    close(world, department=None)
    with pytest.raises(DomainError):
        close(world, **changes)
    assert Closure.objects.count() == 1


def test_nor_a_departement_elsewhere(world: World) -> None:
    with pytest.raises(DomainError, match="autre académie"):
        close(world, department=department("974"))


def test_today_may_be_closed_and_a_departement_within_the_academie_may_not_be_twice(world: World) -> None:
    close(world, department=world.department, valid_from=NOW.date())
    with pytest.raises(DomainError, match="déjà fermé"):
        close(world, department=world.department)
    close(world, department=department("63"))
    close(world)  # the whole académie, although two of its départements are closed


def test_two_closures_that_begin_together_are_refused_by_the_database(world: World) -> None:
    made = close(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        Closure.objects.create(
            academy=world.academy, reason="pont", valid_from=FIRST, valid_until=FIRST, declared_at=NOW
        )
    closures.withdraw_closure(actor=world.actor("coordinator"), closure=made, at=LATER)
    close(world, at=LATER)


def test_a_closure_that_has_begun_stays(world: World) -> None:
    """Mutation: compare with the last day."""
    made = close(world, valid_from=NOW.date())
    with pytest.raises(DomainError, match="a commencé"):
        closures.withdraw_closure(actor=world.actor("coordinator"), closure=made, at=NOW)
    assert Closure.objects.get().withdrawn_at is None


def test_it_is_withdrawn_once(world: World) -> None:
    made = close(world)
    same = Closure.objects.get()
    closures.withdraw_closure(actor=world.actor("coordinator"), closure=made, at=LATER)
    with pytest.raises(StaleState):
        closures.withdraw_closure(actor=world.actor("coordinator"), closure=same, at=LATER)


@pytest.mark.parametrize("part", [one for one in CAST if one not in RUNNERS])
def test_nobody_else_closes_or_opens(world: World, part: str) -> None:
    """Mutation: ask for any mission of the académie in `can_run_academy`."""
    made = close(world)
    with pytest.raises(NotAllowed):
        close(world, actor=world.actor(part), valid_from=date(2027, 5, 7), valid_until=date(2027, 5, 7))
    with pytest.raises(NotAllowed):
        closures.withdraw_closure(actor=world.actor(part), closure=made, at=NOW)


def test_closing_for_a_school_holiday_takes_its_days_left(world: World) -> None:
    """Mutation: begin on the first day of a holiday that has begun."""
    holiday = SchoolHoliday.objects.create(
        academy=world.academy,
        name="Vacances",
        school_year="2026-2027",
        valid_from=NOW.date() - timedelta(days=2),
        valid_until=NOW.date() + timedelta(days=5),
    )
    made = closures.close_for_holiday(actor=world.actor("coordinator"), holiday=holiday, at=NOW)
    assert (made.valid_from, made.valid_until, made.reason) == (NOW.date(), holiday.valid_until, Reason.HOLIDAYS)
    with pytest.raises(DomainError):
        closures.close_for_holiday(actor=world.actor("coordinator"), holiday=holiday, at=NOW + timedelta(days=30))


def test_school_holidays_stop_no_delay_by_themselves(world: World) -> None:
    """Mutation: count them as closed."""
    load_published()
    asked = date(2026, 12, 18)
    assert school_holidays(world.department, asked, date(2026, 12, 22)).exists()
    assert add_working_days(asked, 2, calendar_of(world.department)) == date(2026, 12, 22)


def test_school_holidays_that_come_with_the_code() -> None:
    """Zones A, B and C and La Réunion, whose dates are printed with their source."""
    load_published()
    winter = SchoolHoliday.objects.filter(school_year="2026-2027", name="Vacances d’Hiver")
    assert {(row.academy.school_zone, row.valid_from.isoformat()) for row in winter.select_related("academy")} == {
        ("A", "2027-02-13"),
        ("B", "2027-02-20"),
        ("C", "2027-02-06"),
    }
    assert winter.count() == Academy.objects.filter(school_zone__in="ABC").count() == 24
    assert all(row.valid_until >= row.valid_from for row in SchoolHoliday.objects.all())


def test_saint_pierre_et_miquelon_has_its_own_school_holidays() -> None:
    load_published()
    [apart] = Department.objects.filter(code__in=APART)
    days = (date(2026, 12, 1), date(2027, 1, 31))
    assert not school_holidays(apart, *days).exists()
    assert school_holidays(department("14"), *days).exists()
