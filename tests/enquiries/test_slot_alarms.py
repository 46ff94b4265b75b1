"""Where no appointment may be taken for three weeks of work: found, why, shown, told three times at most."""

import uuid
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries.services.slot_alarms import tell_of_missing_slots
from proxirh.outbox.models import OutgoingEmail
from proxirh.scheduling.models import AgendaRules, Cause, Lack, SlotAlarm, TopicLength
from proxirh.scheduling.rhythm import Frequency, Rhythm
from proxirh.scheduling.services.alarms import find_lacks
from proxirh.scheduling.services.booking import Choice, Guest, book, terms_for_staff
from proxirh.territories.models import Absence, Posting, Role, Team
from tests.enquiries.visitors import text, visitor
from tests.scheduling.opening import opened
from tests.world import LONG_AGO, World, make_person

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 11, 30, 8, tzinfo=PARIS)


def lacks(world: World, at: datetime = MONDAY) -> list[Lack]:
    return [one for one in find_lacks(world.academy, at=at) if one.team == world.team.name]


def causes(world: World, at: datetime = MONDAY) -> list[str]:
    return [one.cause for one in lacks(world, at)]


def tuesdays(world: World, part: str = "counsellor", **more: object) -> None:
    day = MONDAY.date() + timedelta(days=1)
    opened(world, Rhythm(Frequency.WEEKLY, day, weekdays=(1,)), part=part, at=MONDAY - timedelta(days=1), **more)


def test_each_cause_is_told_by_its_name(world: World) -> None:
    """Mutations: look at hours that are closed; look at what is open and not at what is taken."""
    assert causes(world) == [Cause.NO_HOURS]
    opened(world, Rhythm(Frequency.WEEKLY, MONDAY.date() + timedelta(days=60), weekdays=(1,)), at=MONDAY)
    assert causes(world) == [Cause.NO_HOURS]
    tuesdays(world)
    assert causes(world) == []
    away = {"valid_from": MONDAY.date(), "valid_until": MONDAY.date() + timedelta(days=40)}
    absence = Absence.objects.create(person=world.people["counsellor"], **away)
    assert causes(world) == [Cause.AWAY]
    absence.delete()
    for number in range(4):
        start = MONDAY + timedelta(days=1 + 7 * number, hours=1)
        for turn in range(4):
            book(
                by="essai",
                guest=Guest("Une Personne", "06 00 00 00 01"),
                choice=Choice(world.people["counsellor"].pk, start + turn * timedelta(minutes=45), "phone"),
                terms=terms_for_staff(world.department, timedelta(minutes=45), at=MONDAY),
                key=uuid.uuid4(),
                at=MONDAY,
            )
    assert causes(world) == [Cause.FULL]


def test_fifteen_working_days_of_the_departement_and_no_more(world: World) -> None:
    """Mutation: count calendar days. The fifteenth working day after Monday 30 November is Monday 21 December."""
    last, after = MONDAY.date() + timedelta(days=21), MONDAY.date() + timedelta(days=22)
    row = opened(world, Rhythm(Frequency.DAILY, after), at=MONDAY)
    assert causes(world) == [Cause.NO_HOURS]
    type(row).objects.filter(pk=row.pk).update(valid_from=last)
    assert causes(world) == []


def test_a_topic_that_takes_longer_than_any_opening_is_told_alone(world: World) -> None:
    """Mutation: look for the usual length alone."""
    tuesdays(world, hours=(time(9), time(10)))
    TopicLength.objects.create(academy=world.academy, branch="1", minutes=90)
    assert [one.branches for one in lacks(world)] == [("1",)]


def test_a_screen_that_the_academie_does_not_offer_is_no_slot(world: World) -> None:
    """Mutation: take any way."""
    tuesdays(world, by_phone=False, by_video=True)
    assert causes(world) == [Cause.FULL]
    AgendaRules.objects.create(academy=world.academy, video_pattern="https://visio.exemple.fr/{salle}")
    assert causes(world) == []


def test_it_is_told_once_a_day_and_on_three_days_at_most(world: World) -> None:
    """On working mornings; anew when something else is wrong. Mutations: tell on Sundays; never mute; mute for good."""

    def mails() -> int:
        return OutgoingEmail.objects.filter(kind="slots_missing").count()

    one = tell_of_missing_slots(at=MONDAY - timedelta(days=1)) + tell_of_missing_slots(at=MONDAY - timedelta(hours=4))
    assert one == mails() == 0
    tell_of_missing_slots(at=MONDAY)
    a_day = mails()
    assert a_day
    for days in range(5):
        for hours in (1, 5):
            tell_of_missing_slots(at=MONDAY + timedelta(days=days, hours=hours))
    assert mails() == 3 * a_day
    assert SlotAlarm.objects.get(academy=world.academy).days_told == 3
    absent = {"valid_from": MONDAY.date(), "valid_until": MONDAY.date() + timedelta(days=60)}
    tuesdays(world)
    Absence.objects.create(person=world.people["counsellor"], **absent)
    tell_of_missing_slots(at=MONDAY + timedelta(days=7))
    ours = OutgoingEmail.objects.filter(kind="slots_missing").order_by("pk").last()
    assert mails() > 3 * a_day
    assert world.team.name not in str(ours.body)
    assert reverse("enquiries:morning") in str(ours.body)


def test_the_morning_tells_what_was_read_and_costs_no_query_more(world: World) -> None:
    """Mutation: read the agendas for the page."""
    client, morning = visitor(world, "coordinator"), reverse("enquiries:morning")
    client.get(morning)
    assert "aucun rendez-vous" not in text(client.get(morning))
    with CaptureQueriesContext(connection) as before:
        client.get(morning)
    tell_of_missing_slots(at=timezone.now())
    with CaptureQueriesContext(connection) as after:
        shown = text(client.get(morning))
    assert len(before) == len(after)
    assert world.team.name in shown
    assert "aucune heure ouverte" in shown
    assert "ouvrir des heures" in shown


def test_reading_costs_the_same_with_many_teams_and_people(world: World) -> None:
    """Mutation: read one agenda after the other."""

    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            find_lacks(world.academy, at=MONDAY)
        return len(found)

    tuesdays(world)
    few = cost()
    for number in range(4):
        team = Team.objects.create(
            kind=world.team.kind, name=f"Équipe {number}", academy=world.academy, valid_from=LONG_AGO
        )
        team.coverages.create(department=world.department, valid_from=LONG_AGO)
        Posting.objects.create(
            person=make_person(f"collegue {number}", with_account=False),
            role=Role.COUNSELLOR,
            academy=world.academy,
            department=world.department,
            team=team,
            valid_from=LONG_AGO,
        )
    assert len(find_lacks(world.academy, at=MONDAY)) >= 4
    assert cost() == few
