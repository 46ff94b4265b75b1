"""The desk’s lists: each enquiry in one view, the most pressing first, read by key, and never a name too many."""

import base64
import json
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import desk, desk_pages, desk_search, services
from proxirh.enquiries.desk import AGENT, DATE, ELSEWHERE, ENDED, NEW, TO_END, TODAY, UNDER_WAY
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.querysets import Side
from proxirh.enquiries.workflow import State
from tests.enquiries import acts
from tests.enquiries.acts import LATER
from tests.enquiries.referring import refer
from tests.enquiries.visitors import text, visitor
from tests.world import NOW, World

pytestmark = pytest.mark.django_db

VIEW = {view.code: view for view in (*desk.VIEWS, *desk.ACADEMY_VIEWS)}
TOMORROW = NOW + timedelta(days=1)


def listed(world: World, code: str, *, part: str = "counsellor", at: datetime = TOMORROW) -> list[str]:
    """Titles of every page of one view, in order."""
    actor, titles, after = world.actor(part, at=at), [], ""
    while True:
        page = desk_pages.read_desk(actor, VIEW[code], after=after, at=at)
        titles += [row.title for row in page.rows]
        if not page.after:
            return titles
        after = page.after


def only(world: World) -> None:
    """Leave the counsellor with what the test gives her."""
    acts.withdraw(world, world.reload())


def place_of(world: World, enquiry: Enquiry, *, at: datetime = TOMORROW) -> list[str]:
    """Views of the counsellor in which the enquiry stands."""
    actor = world.actor("counsellor", at=at)
    found = []
    for view in desk.VIEWS:
        rows = desk_pages.read_desk(actor, view, at=at).rows
        found += [view.code for row in rows if row.uid == enquiry.uid]
    return found


# ── Where each one stands ──────────────────────────────────────────────────────────────────────────
def just_asked(world: World) -> Enquiry:
    return world.submit()


def just_taken(world: World) -> Enquiry:
    return acts.in_state(world, State.IN_PROGRESS)


def with_step_later(world: World) -> Enquiry:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    acts.log(world, enquiry)
    return enquiry


def with_step_later_and_a_cell(world: World) -> Enquiry:
    enquiry = with_step_later(world)
    refer(world, enquiry=world.reload(enquiry), at=LATER)
    return enquiry


def answered_by_its_author(world: World) -> Enquiry:
    enquiry = with_step_later(world)
    acts.write(world, world.reload(enquiry), at=LATER + timedelta(minutes=1))
    return enquiry


def to_call_today(world: World) -> Enquiry:
    enquiry = world.submit(wants_call_today=True)
    acts.take(world, enquiry)
    acts.set_step(world, world.reload(enquiry))
    return enquiry


def waiting_for_agent(world: World) -> Enquiry:
    return acts.in_state(world, State.WAITING_FOR_AGENT)


def waiting_for_date(world: World) -> Enquiry:
    return acts.in_state(world, State.WAITING_FOR_DATE)


def tried_three_times(world: World) -> Enquiry:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    for _ in range(3):
        acts.miss(world, world.reload(enquiry))
    return enquiry


def handed_back(world: World) -> Enquiry:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    acts.give_back(world, enquiry)
    return enquiry


def ended(world: World) -> Enquiry:
    return acts.in_state(world, State.CLOSED)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (just_asked, NEW),
        (handed_back, NEW),
        (just_taken, TODAY),
        (with_step_later, UNDER_WAY),
        (answered_by_its_author, TODAY),
        (to_call_today, TODAY),
        (waiting_for_agent, AGENT),
        (waiting_for_date, DATE),
        (with_step_later_and_a_cell, ELSEWHERE),
        (tried_three_times, TO_END),
        (ended, ENDED),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_each_enquiry_stands_in_one_view_and_only_one(world: World, make, expected: str) -> None:
    """Nobody is forgotten: no state of affairs falls between two views."""
    assert place_of(world, make(world)) == [expected]


@pytest.mark.parametrize("make", [with_step_later, waiting_for_agent, waiting_for_date])
def test_the_day_of_the_step_brings_it_back_to_today(world: World, make) -> None:
    enquiry = make(world)
    assert place_of(world, enquiry, at=NOW + timedelta(days=6)) != [TODAY]
    assert place_of(world, enquiry, at=NOW + timedelta(days=7)) == [TODAY]


def test_twenty_working_days_of_silence_propose_to_end(world: World) -> None:
    """By the calendar of the département: 17 November + 20 working days is 15 December."""
    enquiry = waiting_for_agent(world)
    assert place_of(world, enquiry, at=datetime(2026, 12, 14, 9, tzinfo=NOW.tzinfo)) == [TODAY]
    assert place_of(world, enquiry, at=datetime(2026, 12, 15, 9, tzinfo=NOW.tzinfo)) == [TO_END]


def test_the_counters_say_what_the_lists_hold(world: World) -> None:
    makers = (
        just_asked,
        handed_back,
        just_taken,
        with_step_later,
        waiting_for_agent,
        waiting_for_date,
        tried_three_times,
    )
    for make in makers:
        make(world)
    counts = desk_pages.read_desk(world.actor("counsellor"), at=TOMORROW).counts
    assert counts == {code: len(listed(world, code)) for code in VIEW if code in counts}
    assert set(counts) == {NEW, TODAY, AGENT, DATE, ELSEWHERE, UNDER_WAY, TO_END}


def test_an_ended_enquiry_leaves_the_desk_after_thirty_days(world: World) -> None:
    enquiry = ended(world)
    assert place_of(world, enquiry, at=LATER + timedelta(days=29)) == [ENDED]
    assert place_of(world, enquiry, at=LATER + timedelta(days=31)) == []


# ── Order, lateness, pages ─────────────────────────────────────────────────────────────────────────
def test_the_oldest_comes_first_and_whoever_must_be_called_today_before(world: World) -> None:
    new = world.submit(at=NOW)
    old = world.submit(at=NOW - timedelta(days=5))
    urgent = world.submit(at=NOW + timedelta(hours=2), wants_call_today=True)
    assert listed(world, NEW) == [old.reference, urgent.reference, new.reference]


def test_late_is_said_in_words_and_marked(world: World) -> None:
    world.submit(at=NOW - timedelta(days=7))
    world.submit(at=NOW)
    rows = desk_pages.read_desk(world.actor("counsellor"), VIEW[NEW], at=NOW).rows
    assert [row.is_late for row in rows] == [True, False]
    assert [("En retard", "error") in row.badges for row in rows] == [True, False]


@pytest.mark.parametrize("code", [NEW, UNDER_WAY, ENDED])
def test_pages_go_forth_and_back_without_losing_nor_repeating(world: World, code: str) -> None:
    """Rows of the same instant too. Mutation: compare the first column of the key alone."""
    only(world)
    made = []
    for n in range(desk_pages.SIZE * 2 + 3):
        enquiry = world.submit(at=NOW - timedelta(days=n // 20))
        if code != NEW:
            acts.take(world, enquiry)
            acts.log(world, world.reload(enquiry))
        if code == ENDED:
            acts.close(world, world.reload(enquiry), at=LATER + timedelta(minutes=n // 7))
        made.append(enquiry.uid)
    actor, pages, after = world.actor("counsellor"), [], ""
    for _ in range(3):
        page = desk_pages.read_desk(actor, VIEW[code], after=after, at=TOMORROW)
        pages.append([row.uid for row in page.rows])
        after = page.after
    assert [len(rows) for rows in pages] == [25, 25, 3]
    assert not page.after
    assert sorted(uid for rows in pages for uid in rows) == sorted(made)
    back = desk_pages.read_desk(actor, VIEW[code], before=page.before, at=TOMORROW)
    assert [row.uid for row in back.rows] == pages[1]
    first = desk_pages.read_desk(actor, VIEW[code], before=back.before, at=TOMORROW)
    assert [row.uid for row in first.rows] == pages[0]
    assert not first.before
    assert first.after


@pytest.mark.parametrize("key", ["x", "W10", base64.urlsafe_b64encode(b"[" * 100_000).decode()])
def test_a_forged_page_key_is_the_first_page(world: World, key: str) -> None:
    """Mutation: read a key of any length; so deeply nested, it overflows the reader."""
    world.submit()
    assert len(desk_pages.read_desk(world.actor("counsellor"), VIEW[NEW], after=key, at=TOMORROW).rows) == 1


BEFORE_OUR_CALENDAR = base64.urlsafe_b64encode(
    json.dumps(["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00", str(UUID(int=1))]).encode()
).decode()


@pytest.mark.parametrize(
    "key", ["x", "....", "bnVsbA", "W10", "WyJhIiwiYiIsImMiXQ", "é", "a" * 500, BEFORE_OUR_CALENDAR]
)
def test_an_unreadable_key_gives_the_first_page(world: World, key: str) -> None:
    world.submit()
    page = desk_pages.read_desk(world.actor("counsellor"), VIEW[NEW], after=key, at=TOMORROW)
    assert len(page.rows) == 1


# ── Pages ──────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("code", [view.code for view in desk.VIEWS])
def test_an_empty_view_says_why_and_what_to_do(world: World, code: str) -> None:
    only(world)
    page = text(visitor(world, "counsellor").get(reverse("enquiries:desk"), {"vue": code}))
    assert VIEW[code].empty_title in page
    assert VIEW[code].empty[:30] in page


def test_the_desk_opens_where_something_waits(world: World) -> None:
    client = visitor(world, "counsellor")
    assert "<h1>À rappeler aujourd’hui</h1>" in text(client.get(reverse("enquiries:desk")))
    world.submit()
    assert "<h1>Nouvelles</h1>" in text(client.get(reverse("enquiries:desk")))


def test_a_row_of_the_team_holds_no_name_no_topic_no_word(world: World) -> None:
    enquiry = world.submit(first_name="Zoé", last_name="Secrète", words="Mots secrets")
    page = text(visitor(world, "counsellor").get(reverse("enquiries:desk"), {"vue": NEW}))
    assert enquiry.reference in page
    assert world.category.label in page
    for secret in ("Zoé", "Secrète", "Mots secrets", world.topic.label, world.site.name):
        assert secret not in page


def test_a_row_in_hand_holds_the_name_and_the_topic(world: World) -> None:
    page = text(visitor(world, "counsellor").get(reverse("enquiries:desk"), {"vue": TODAY}))
    assert world.people["author"].full_name in page
    assert world.topic.label in page


def test_queries_and_bytes_do_not_grow_with_the_rows(world: World) -> None:
    """At most twelve queries and thirty kilobytes, whatever the list."""
    client = visitor(world, "counsellor")
    client.get(reverse("enquiries:desk"))  # the first page of a visit marks its hour
    for code in (NEW, TODAY):
        few = queries(client, code)
        for _ in range(desk_pages.SIZE + 5):
            enquiry = world.submit(at=timezone.now())
            if code == TODAY:
                acts.take(world, enquiry)
        many = queries(client, code)
        assert few == many <= 12
        page = client.get(reverse("enquiries:desk"), {"vue": code})
        assert page.content.count(b"data-ui-row") == desk_pages.SIZE
        assert len(page.content) <= 30_000


def queries(client, code: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get(reverse("enquiries:desk"), {"vue": code})
    return len(captured)


def test_a_fragment_holds_the_list_alone(world: World) -> None:
    page = visitor(world, "counsellor").get(reverse("enquiries:desk"), headers={"HX-Request": "true"})
    assert b"<html" not in page.content
    assert b"<h1>" in page.content


def test_an_unknown_view_is_not_found(world: World) -> None:
    assert visitor(world, "counsellor").get(reverse("enquiries:desk"), {"vue": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("part", "status"),
    [
        ("anonymous", 302),
        ("author", 404),
        ("counsellor", 200),
        ("HR officer", 200),
        ("coordinator", 200),
        ("code-only staff", 403),
        ("head of service", 404),
        ("cell officer", 404),
        ("administrator", 404),
    ],
)
def test_who_has_a_desk(world: World, part: str, status: int) -> None:
    response = visitor(world, part).get(reverse("enquiries:desk"))
    assert response.status_code == status
    if status == 403:
        assert "second facteur" in text(response)
    if status == 302:
        assert response.url.startswith(reverse("accounts:sign_in"))


# ── Searching ──────────────────────────────────────────────────────────────────────────────────────
def search(world: World, words: str, *, part: str = "counsellor") -> list[str]:
    return [row.title for row in desk_search.search(world.actor(part), words, at=TOMORROW).rows]


def test_one_s_own_are_found_by_name_without_accents_and_by_reference(world: World) -> None:
    enquiry = world.taken(first_name="Éléonore", last_name="Brûlé-Œuvrard")
    for words in ("eleonore", "BRULE", "oeuvrard éléo", enquiry.reference, enquiry.reference.lower().replace("-", " ")):
        assert search(world, words) == ["Éléonore Brûlé-Œuvrard"], words
    acts.close(world, enquiry)
    assert search(world, "brûlé") == ["Éléonore Brûlé-Œuvrard"]


def test_the_enquiries_of_others_are_never_found(world: World) -> None:
    """Not by name in the team; by whole reference, as the row it is."""
    enquiry = world.submit(first_name="Zoé", last_name="Secrète")
    assert search(world, "zoé") == []
    assert search(world, enquiry.reference) == [enquiry.reference]
    assert search(world, enquiry.reference[:6]) == []
    assert search(world, world.enquiry.reference, part="fellow counsellor") == []
    assert search(world, enquiry.reference, part="counsellor elsewhere") == []


def test_a_search_without_result_says_where_it_looked(world: World) -> None:
    page = text(visitor(world, "counsellor").post(reverse("enquiries:desk"), {"q": "<script>introuvable"}))
    assert "Rien ne correspond" in page
    assert "&lt;script&gt;introuvable" in page


def test_a_name_searched_is_in_no_address(world: World) -> None:
    """Histories and logs of proxies keep addresses. Mutation: search by GET."""
    page = visitor(world, "counsellor").get(reverse("enquiries:desk"), {"q": "author"})
    assert "Recherche" not in text(page)
    assert 'name="q"' in page.content.decode()


# ── Coordinating ───────────────────────────────────────────────────────────────────────────────────
def test_a_coordinator_sees_who_waits_and_who_is_late_as_rows(world: World) -> None:
    waiting = world.submit(at=NOW, first_name="Zoé", last_name="Secrète")
    late = world.taken(at=NOW - timedelta(days=10))
    at = NOW + timedelta(hours=2)
    assert listed(world, desk.ACADEMY_WAITING, part="coordinator", at=at) == [waiting.reference]
    assert listed(world, desk.ACADEMY_LATE, part="coordinator", at=at) == [late.reference]
    counts = desk_pages.read_desk(world.actor("coordinator"), at=at).counts
    assert counts == {desk.ACADEMY_WAITING: 1, desk.ACADEMY_LATE: 1}
    (row,) = desk_pages.read_desk(world.actor("coordinator"), VIEW[desk.ACADEMY_LATE], at=at).rows
    assert (row.step, row.subtitle) == (world.people["counsellor"].full_name, "suivie")
    page = text(visitor(world, "coordinator").get(reverse("enquiries:desk")))
    for secret in ("Zoé", "Secrète", world.topic.label):
        assert secret not in page


def test_the_rows_of_an_academie_stay_in_it(world: World) -> None:
    services.submit_enquiry(
        actor=world.actor("colleague"),
        answers=world.answers(department=world.team_elsewhere.department, site=None),
        idempotency_key=world.enquiry.uid,
        at=NOW,
    )
    assert listed(world, desk.ACADEMY_WAITING, part="coordinator") == []
    assert len(listed(world, NEW, part="counsellor elsewhere")) == 1
    assert listed(world, NEW) == []


def test_what_its_author_took_back_is_neither_found_nor_counted(world: World) -> None:
    """Mutation: find what one leads in any state, or search by the lead alone."""
    name = world.reload().contact_name
    assert search(world, name)
    services.withdraw_enquiry(actor=world.actor("author"), enquiry=world.reload(), at=LATER)
    assert search(world, name) == []
    assert desk.standings(world.actor("counsellor")) == []
    assert not Enquiry.objects.visible_to(world.actor("counsellor"), side=Side.LEAD).exists()
