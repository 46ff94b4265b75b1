"""Échanges éclair: three codes on a real day, counted apart, taken back the same day, or made an enquiry."""

import uuid
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import models
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import figures
from proxirh.enquiries.figures import Period
from proxirh.enquiries.models import Enquiry, EnquiryFact, MonthlyCount, QuickExchange
from proxirh.enquiries.retention import EXCHANGES
from proxirh.enquiries.services import quick
from proxirh.enquiries.services.quick import SHEETS_PER_HOUR, SHOWN, Line, WrongDay, note_exchanges
from proxirh.kernel.errors import DomainError, NotAllowed, TooManyTries
from proxirh.kernel.fields import EncryptedTextField
from proxirh.kernel.models import JournalEntry
from proxirh.territories.models import Posting
from tests.enquiries.test_assisted import ADDRESS, answers
from tests.enquiries.visitors import visitor
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
OWN = reverse("enquiries:own_exchanges")
LINE = Line("1", "2d", "individual_information")
OTHER = Line("4", "1d", "internal_referral")
DAY = timedelta(days=1)


def note(
    world: World, *lines: Line, part: str = "counsellor", day: date | None = None, **changes
) -> list[QuickExchange]:
    at = changes.pop("at", NOW)
    return note_exchanges(
        actor=world.actor(part, at=at),
        department=changes.pop("department", world.department),
        day=day or at.date(),
        lines=lines or (LINE,),
        key=changes.pop("key", None) or uuid.uuid4(),
        at=at,
        **changes,
    )


def counted(**of: object) -> dict[tuple[str, str], int]:
    found: Counter[tuple[str, str]] = Counter()
    rows = MonthlyCount.objects.filter(indicator__startswith="quick.", **of)
    for indicator, key, n in rows.values_list("indicator", "key", "n"):
        found[indicator.removeprefix("quick."), key] += n
    return {cell: n for cell, n in found.items() if n}


# ── Counting ──────────────────────────────────────────────────────────────────────────────────────
def test_each_line_counts_its_three_codes_in_the_month_of_its_day(world: World) -> None:
    """Mutation: count in the month of the act."""
    note(world, LINE, LINE, OTHER, day=date(2026, 10, 20))
    assert counted(month=date(2026, 10, 1), counted_in=date(2026, 11, 1), department_code="15") == {
        ("by_topic", "1"): 2,
        ("by_topic", "4"): 1,
        ("by_category", "2d"): 2,
        ("by_category", "1d"): 1,
        ("by_family", "information"): 2,
        ("by_family", "internal_referral"): 1,
    }


def test_they_are_never_mixed_with_enquiries(world: World) -> None:
    """Mutation: count them under `enquiries.by_topic`."""
    facts, enquiries = EnquiryFact.objects.count(), Enquiry.objects.for_system("preuve").count()
    before = figures.figures(["15"], Period.month(NOW.date()), commitment=2, today=date(2027, 1, 4), threshold=1)
    note(world, *[LINE] * 6)
    after = figures.figures(["15"], Period.month(NOW.date()), commitment=2, today=date(2027, 1, 4), threshold=1)
    assert (after.total, after.topics, after.outcomes) == (before.total, before.topics, before.outcomes)
    assert (before.quick.total, after.quick.total) == (0, 6)
    assert (EnquiryFact.objects.count(), Enquiry.objects.for_system("preuve").count()) == (facts, enquiries)


def test_a_table_with_a_small_row_is_withheld_whole(world: World) -> None:
    """Mutation: show quick exchanges without `steps`."""
    note(world, *[LINE] * 8, OTHER)
    found = figures.figures(["15"], Period.month(NOW.date()), commitment=2, today=date(2027, 1, 4)).quick
    assert (found.total, found.topics.counts, found.outcomes.counts) == (9, None, None)


def test_nothing_of_a_line_can_name_anyone() -> None:
    """No text, no place, no author of the question. Mutation: add a comment, or the site, to the model."""
    fields = {field.name: field for field in QuickExchange._meta.concrete_fields}
    assert set(fields) == {
        *("id", "uid", "person", "department", "day", "topic_code", "family", "outcome"),
        *("idempotency_key", "recorded_at", "withdrawn_at"),
    }
    assert not [one for one in fields.values() if isinstance(one, (models.TextField, EncryptedTextField))]


def test_the_journal_says_that_something_was_noted_and_not_what(world: World) -> None:
    note(world, LINE, OTHER)
    lines = JournalEntry.objects.filter(verb="échange_éclair.noté")
    assert [line.details for line in lines] == [{}, {}]


# ── The day ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("days", "is_right"), [(0, True), (30, True), (31, False), (-1, False)])
def test_the_day_goes_from_thirty_days_back_to_today(world: World, days: int, is_right: bool) -> None:
    """Mutation: drop either bound."""
    day = NOW.date() - days * DAY
    if is_right:
        assert note(world, day=day)[0].day == day
    else:
        with pytest.raises(WrongDay):
            note(world, day=day)
        assert not QuickExchange.objects.exists()


def test_the_day_is_that_of_the_departement(world: World) -> None:
    """Late in the evening in Paris, it is tomorrow at La Réunion. Mutation: take the date of the server."""
    late = datetime(2026, 11, 17, 21, 30, tzinfo=UTC)
    far = world.team_elsewhere.department
    assert far is not None
    assert note(world, part="counsellor elsewhere", department=far, day=date(2026, 11, 18), at=late)
    with pytest.raises(WrongDay):
        note(world, day=date(2026, 11, 18), at=late)


def test_never_before_ones_mission(world: World) -> None:
    """Mutation: leave the mission out of `_check_day`."""
    Posting.objects.filter(person=world.people["counsellor"]).update(valid_from=NOW.date() - 3 * DAY)
    assert note(world, day=NOW.date() - 3 * DAY)
    with pytest.raises(WrongDay, match="pas encore de mission"):
        note(world, day=NOW.date() - 4 * DAY)


def test_nor_in_a_departement_where_one_does_not_serve(world: World) -> None:
    """Mutation: look for a mission anywhere."""
    far = world.team_elsewhere.department
    with pytest.raises(WrongDay):
        note(world, department=far)


@pytest.mark.parametrize("part", ["author", "coordinator", "code-only staff", "cell officer", "administrator"])
def test_only_who_receives_people_notes_them(world: World, part: str) -> None:
    """Mutation: drop the permission from the service."""
    with pytest.raises(NotAllowed):
        note(world, part=part)
    assert not QuickExchange.objects.exists()


@pytest.mark.parametrize(
    "line",
    [
        *(Line(topic, "2d", "individual_information") for topic in ("1.1", "9")),
        Line("1", "aesh", "individual_information"),
        *(Line("1", "2d", outcome) for outcome in ("withdrawn", "not_reached")),
    ],
)
def test_a_code_that_is_not_offered_is_refused_with_the_whole_sheet(world: World, line: Line) -> None:
    """Mutation: leave `_check_lines` out."""
    with pytest.raises(DomainError):
        note(world, LINE, line)
    assert not QuickExchange.objects.exists()
    assert counted() == {}


# ── Twice ─────────────────────────────────────────────────────────────────────────────────────────
def test_the_same_key_counts_once(world: World) -> None:
    """Mutation: draw a new key for each row."""
    key = uuid.uuid4()
    first, second = note(world, LINE, OTHER, key=key), note(world, LINE, OTHER, key=key)
    assert {one.uid for one in first} == {one.uid for one in second}
    assert counted()["by_topic", "1"] == 1


def test_the_same_key_with_another_line_is_refused_rather_than_lost(world: World) -> None:
    """« Retour », one line more, sent again. Mutation: answer with what was written."""
    key = uuid.uuid4()
    note(world, LINE, key=key)
    with pytest.raises(DomainError, match="déjà servi"):
        note(world, LINE, OTHER, key=key)
    assert QuickExchange.objects.count() == 1


def test_a_key_of_someone_else_is_refused(world: World) -> None:
    key = uuid.uuid4()
    note(world, key=key)
    with pytest.raises(DomainError, match="déjà servi"):
        note(world, part="fellow counsellor", key=key)
    assert counted()["by_topic", "1"] == 1


def test_too_many_in_an_hour_are_refused(world: World) -> None:
    """Mutation: leave `limits.attempt` out."""
    for _ in range(SHEETS_PER_HOUR):
        note(world)
    with pytest.raises(TooManyTries):
        note(world)


# ── Taking back ───────────────────────────────────────────────────────────────────────────────────
def test_its_author_takes_it_back_the_same_day_and_once(world: World) -> None:
    """Mutation: subtract at each turn."""
    [mine] = note(world)
    [same] = QuickExchange.objects.filter(pk=mine.pk)
    for one in (mine, same):
        quick.withdraw_exchange(actor=world.actor("counsellor"), exchange=one, at=NOW + timedelta(hours=2))
    assert counted() == {}
    assert JournalEntry.objects.filter(verb="échange_éclair.retiré").count() == 1
    assert not QuickExchange.objects.noted_by(world.actor("counsellor")).standing(since=NOW - SHOWN).exists()


def test_not_the_day_after(world: World) -> None:
    """Mutation: count twenty-four hours rather than the day, or nothing."""
    [mine] = note(world, at=NOW)
    with pytest.raises(DomainError, match="le jour où il est noté"):
        quick.withdraw_exchange(actor=world.actor("counsellor"), exchange=mine, at=NOW + timedelta(hours=16))
    assert counted()["by_topic", "1"] == 1


def test_nor_by_anyone_else(world: World) -> None:
    """Mutation: leave `_check_own` out; find by the id alone."""
    [mine] = note(world, at=timezone.now(), day=timezone.localdate())
    with pytest.raises(NotAllowed):
        quick.withdraw_exchange(actor=world.actor("fellow counsellor"), exchange=mine, at=timezone.now())
    fellow = visitor(world, "fellow counsellor")
    assert str(mine.uid) not in fellow.get(OWN).text
    fellow.post(OWN, {"exchange": str(mine.uid)})
    assert counted()["by_topic", "1"] == 1


def test_a_line_taken_back_does_not_come_again_with_its_page(world: World) -> None:
    """« Retour » after taking back. Mutation: delete the row."""
    key = uuid.uuid4()
    [mine] = note(world, key=key)
    quick.withdraw_exchange(actor=world.actor("counsellor"), exchange=mine, at=NOW)
    note(world, key=key)
    assert counted() == {}


# ── Becoming an enquiry ───────────────────────────────────────────────────────────────────────────
def test_a_line_becomes_an_enquiry_with_its_real_day_and_counts_no_more(world: World) -> None:
    """Its delays run from that day. Mutations: leave the day out of `_begun`; keep counting the exchange."""
    day = timezone.localdate() - 5 * DAY
    [mine] = note(world, Line("1", "2d", "support_engaged"), at=timezone.now() - DAY, day=day)
    client = visitor(world, "counsellor")
    assert f"?echange={mine.uid}" in client.get(OWN).text
    form = client.get(ADDRESS, {"echange": str(mine.uid)}).context["form"]
    shown = {name: form[name].value() for name in ("channel", "asked_on", "department", "category", "from_exchange")}
    assert shown == {
        "channel": "permanence",
        "asked_on": day,
        "department": "15",
        "category": "2d",
        "from_exchange": str(mine.uid),
    }
    sent = answers(world, channel="permanence", asked_on=day.isoformat(), from_exchange=str(mine.uid))
    for _ in range(2):
        assert client.post(ADDRESS, sent).status_code == 302
    made = Enquiry.objects.for_system("preuve").get(created_by=world.people["counsellor"])
    assert world.reload(made).fact.day == day
    assert counted() == {}


def test_another_s_line_fills_in_nothing_and_is_not_taken_away(world: World) -> None:
    """Mutation: find it by its id alone."""
    [mine] = note(world, at=timezone.now(), day=timezone.localdate())
    fellow = visitor(world, "fellow counsellor")
    assert not fellow.get(ADDRESS, {"echange": str(mine.uid)}).context["form"]["from_exchange"].value()
    fellow.post(ADDRESS, answers(world, from_exchange=str(mine.uid)))
    assert counted()["by_topic", "1"] == 1


def test_an_enquiry_that_is_refused_leaves_the_line_counted(world: World) -> None:
    [mine] = note(world, at=timezone.now(), day=timezone.localdate())
    sent = answers(world, from_exchange=str(mine.uid))
    del sent["oral_agreement"]
    answer = visitor(world, "counsellor").post(ADDRESS, sent)
    assert answer.status_code == 422
    assert str(mine.uid) in answer.text
    assert counted()["by_topic", "1"] == 1


# ── Time ──────────────────────────────────────────────────────────────────────────────────────────
def test_after_thirty_days_the_line_goes_and_its_count_stays(world: World) -> None:
    """Run twice. Mutation: delete the counts too; keep the line."""
    note(world)
    assert EXCHANGES.apply(at=NOW + SHOWN - timedelta(seconds=1)) == 0
    assert [EXCHANGES.apply(at=NOW + SHOWN), EXCHANGES.apply(at=NOW + SHOWN)] == [1, 0]
    assert counted()["by_topic", "1"] == 1
