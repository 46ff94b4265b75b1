"""A call: saved as soon as somebody picks up, read by who answered or holds its promise, forgotten in thirty days."""

import uuid
from datetime import timedelta

import pytest

from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.models import DataKey, JournalEntry
from proxirh.scheduling import retention
from proxirh.scheduling.figures import volumes
from proxirh.scheduling.models import PhoneCall, Promise
from proxirh.scheduling.services import calling, promising
from proxirh.scheduling.services.calling import Heard, likely_sheets
from proxirh.scheduling.workflow import CALL_WORKFLOW, CallState, CallStep
from proxirh.territories.models import Posting, Topic
from tests.scheduling.line import COLLEAGUE, OFFICER, a_call, a_sheet, keys_of_calls, with_line
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
WORDS = {"name": "Mme Martin", "reach": "01 99 00 00 10", "note": "Veut connaître la date."}
MOVES = {
    ("answered", "promise"): "call_back_due",
    ("missed", "promise"): "call_back_due",
    ("call_back_due", "call_back"): "called_back",
    ("answered", "close"): "closed_first_level",
    ("called_back", "close"): "closed_first_level",
    ("answered", "become_enquiry"): "became_enquiry",
    ("called_back", "become_enquiry"): "became_enquiry",
}


@pytest.mark.parametrize("state", CallState.values)
@pytest.mark.parametrize("step", CallStep.values)
def test_every_pair_of_states(state: str, step: str) -> None:
    """Mutation: let a missed call be closed."""
    assert CALL_WORKFLOW.allows(step, state) == ((state, step) in MOVES)
    if (state, step) in MOVES:
        assert CALL_WORKFLOW.moves[step].target == MOVES[state, step]


def test_picking_up_twice_with_a_key_is_one_call_and_only_the_line_may(world: World) -> None:
    """Mutation: let any HR officer pick up, on any line."""
    line, key = with_line(world), uuid.uuid4()
    actor = world.actor(OFFICER)
    first = calling.pick_up(actor=actor, team=line, key=key, at=NOW)
    again = calling.pick_up(actor=actor, team=line, key=key, at=NOW + timedelta(minutes=1))
    assert (first.pk, first.half_hour, first.state) == (again.pk, 20, "answered")  # ten o’clock in Paris
    assert PhoneCall.objects.count() == 1
    for part in ("counsellor", "coordinator", "head of service", "author"):
        with pytest.raises(NotAllowed):
            calling.pick_up(actor=world.actor(part), team=line, key=uuid.uuid4(), at=NOW)
    with pytest.raises(NotAllowed):
        calling.miss(actor=actor, team=world.officers, key=uuid.uuid4(), at=NOW)


def test_what_is_written_twice_is_written_once_and_sealed(world: World) -> None:
    """Mutation: write the journal whatever changed."""
    call = a_call(world, topic=world.topic, **WORDS)
    lines = JournalEntry.objects.count()
    calling.write_down(actor=world.actor(OFFICER), call=call, heard=Heard(topic=world.topic, **WORDS), at=NOW)
    assert JournalEntry.objects.count() == lines
    row = PhoneCall.objects.select_related("data_key").get()
    assert (row.caller_name, row.caller_reach, row.note) == tuple(WORDS.values())
    stored = PhoneCall.objects.values_list("caller_name", "caller_reach", "note").get()
    assert not any(word.encode() in bytes(cell) for word in WORDS.values() for cell in stored)


def test_a_sensitive_call_leaves_no_note_and_violence_no_name(world: World) -> None:
    """Mutation: refuse the note of violence alone."""
    sensitive = Topic.objects.filter(is_sensitive=True, is_violence=False).first()
    violence = Topic.objects.get(is_violence=True, branch__isnull=False)
    call, actor = a_call(world), world.actor(OFFICER)
    cases = [
        (sensitive, {"note": "Elle pleure."}),
        (violence, {"name": "Mme Martin"}),
        (violence, {"note": "Il crie."}),
    ]
    for topic, said in cases:
        with pytest.raises(DomainError):
            calling.write_down(actor=actor, call=call, heard=Heard(topic=topic, **said), at=NOW)
    row = PhoneCall.objects.select_related("data_key").get(pk=call.pk)
    assert (row.topic, row.note, row.caller_name) == (None, None, None)
    calling.write_down(actor=actor, call=row, heard=Heard(topic=violence, **WORDS), drops_note=True, at=NOW)
    row = PhoneCall.objects.select_related("data_key").get(pk=call.pk)
    assert (row.topic_id, row.note, row.caller_name, row.caller_reach) == (violence.pk, None, None, None)


def test_only_who_answered_and_who_holds_the_promise_read_it(world: World) -> None:
    """Mutation: let the whole line read a call; let who promised go on reading what another holds."""
    call = a_call(world, **WORDS)
    parts = ("counsellor", "coordinator", "head of service", "administrator", "author", "HR officer", COLLEAGUE)

    def readers() -> set[str]:
        return {part for part in parts if calling.find_call(world.actor(part), call.uid)}

    assert readers() == {OFFICER}
    promise = promising.promise_call(
        actor=world.actor(OFFICER), call=call, to=world.people["counsellor"], means="phone", working_days=1, at=NOW
    )
    assert readers() == {OFFICER, "counsellor"}
    promising.hand_over(actor=world.actor("counsellor"), promise=promise, to=world.people[COLLEAGUE], away=(), at=NOW)
    assert readers() == {OFFICER, COLLEAGUE}
    for part in ("coordinator", "head of service"):
        assert not Promise.objects.visible_to(world.actor(part)).exists()
        (row,) = Promise.objects.listed_for(world.actor(part))
        assert {"note", "caller_name", "caller_reach", "topic_id"} <= row.call.get_deferred_fields()
    assert not Promise.objects.listed_for(world.actor("counsellor")).exists()
    Posting.objects.filter(team=call.team).update(valid_until=NOW.date() - timedelta(days=1))
    assert readers() == set(), "a mission that ended reads nothing"


def test_the_three_likely_sheets_are_the_most_used_in_date(world: World) -> None:
    """Mutation: count calls of every académie, or every topic."""
    other = Topic.objects.get(code="1.2")
    titles = ["A", "B", "C", "D"]
    sheets = {title: a_sheet(world, title) for title in titles}
    a_sheet(world, "Autre sujet", topic=other)
    a_sheet(world, "Échue", reviewed_on=NOW.date() - timedelta(days=9), expires_on=NOW.date() - timedelta(days=1))
    for used in ("D", "D", "C"):
        a_call(world, topic=world.topic, sheets=[sheets[used]])
    found = likely_sheets(with_line(world), world.topic, day=NOW.date())
    assert [one.title for one in found] == ["D", "C", "A"]


def test_thirty_days_later_only_what_is_counted_stays(world: World) -> None:
    """Mutation: leave the officer, or the exact day, on the row; leave the key."""
    call = a_call(world, topic=world.topic, category=world.category, department=world.department, **WORDS)
    promising.promise_call(
        actor=world.actor(OFFICER), call=call, to=world.officers, means="phone", working_days=0, at=NOW
    )
    key = call.data_key_id
    assert retention.CALLS.apply(at=NOW + timedelta(days=30)) == 0
    assert retention.CALLS.apply(at=NOW + timedelta(days=30, seconds=1)) == 1
    assert retention.CALLS.apply(at=NOW + timedelta(days=30, seconds=1)) == 0
    row = PhoneCall.objects.get()
    assert (row.officer_id, row.received_at, row.category_id, row.department_id, row.data_key_id) == (None,) * 5
    assert (row.caller_name, row.caller_reach, row.note, row.idempotency_key) == (None,) * 4
    assert (row.day.day, row.half_hour, row.topic.code, row.state) == (1, 20, "1", "call_back_due")
    assert not DataKey.objects.filter(pk=key).exists()
    assert not Promise.objects.exists()
    assert keys_of_calls() == 0
    assert not calling.find_call(world.actor(OFFICER), call.uid)


def test_volumes_are_whole_or_not_told_and_compared_with_a_year_before(world: World) -> None:
    """Mutation: show a half-hour of one call; forget who hung up."""
    first = NOW.date().replace(day=1)
    for minutes in (0, 1, 2, 3):
        a_call(world, at=NOW + timedelta(minutes=minutes), topic=world.topic)
    assert volumes(world.academy.pk, first=first, months=1).total is None
    for minutes in range(240, 250):
        calling.miss(
            actor=world.actor(OFFICER), team=with_line(world), key=uuid.uuid4(), at=NOW + timedelta(minutes=minutes)
        )
    found = volumes(world.academy.pk, first=first, months=1)
    assert (found.total, found.before) == (14, 0)
    assert found.answered.rows is None, "four answered, of fourteen"
    assert found.by_hour.rows is None
    assert found.by_line.rows == {"Ligne RH, Cantal": 14}
    a_call(world, at=NOW + timedelta(minutes=9), topic=world.topic)
    found = volumes(world.academy.pk, first=first, months=1)
    assert found.answered.rows == {"décrochés": 5, "manqués": 10}
    assert (found.by_hour.rows, found.by_hour.is_coarser) == ({"10 h à 10 h 30": 5, "14 h à 14 h 30": 10}, False)
    assert not volumes(world.elsewhere.pk, first=first, months=1).total
    retention.CALLS.apply(at=NOW + timedelta(days=31))
    assert volumes(world.academy.pk, first=first, months=1) == found, "what is erased stays counted"
