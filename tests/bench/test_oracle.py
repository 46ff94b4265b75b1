"""The oracle of the bench says what the desk must show, and what is compared with it is what pages show."""

import pytest
from django.http import HttpResponse

from bench import oracle
from bench.browsing import Page
from bench.sameness import Recall, Sameness, compare_desk, compare_searches, count, is_in_order, rows_of
from proxirh.enquiries.models import Enquiry, Handling, PersonChoice
from proxirh.enquiries.workflow import HandlingState, State
from tests.enquiries.visitors import now_taken, visitor
from tests.world import NOW, World


class SameBrowser:
    """A visit of the suite that answers as the bench’s own browser does."""

    def __init__(self, world: World) -> None:
        self._client = visitor(world, "counsellor")

    def get(self, path: str) -> Page:
        return self._page(path, self._client.get(path))

    def post(self, path: str, fields: dict[str, str]) -> Page:
        return self._page(path, self._client.post(path, fields))

    def _page(self, path: str, answer: HttpResponse) -> Page:
        return Page(path, answer.status_code, 0, 0, 0, 0, answer.content, "")


@pytest.fixture
def told(world: World) -> dict[str, list]:
    """What the oracle says to the counsellor: some in hand, some that wait, some that she may not meet."""
    for _ in range(3):
        now_taken(world, last_name="Lefèvre")
        world.submit(last_name="Élan")
    kept = world.submit(last_name="Élan")
    PersonChoice.objects.create(enquiry=kept, person=world.people["counsellor"], kind="excluded")
    hidden = now_taken(world, last_name="Lefèvre")
    Enquiry.objects.filter(pk=hidden.pk).update(state=State.WITHDRAWN)
    return oracle.expected(world.people["counsellor"], NOW.date())


@pytest.mark.django_db
def test_the_desk_shows_what_the_oracle_says(world: World, told: dict[str, list]) -> None:
    """Mutation: leave the conflict of interest, or the state, out of the oracle: it must then differ."""
    assert (len(told["new"]), len(told["in_hand"])) == (3, 4)
    assert compare_desk(SameBrowser(world), told).faults == []
    for broken in ({"new": told["new"][::-1]}, {"in_hand": told["in_hand"][1:]}):
        assert compare_desk(SameBrowser(world), told | broken).faults


@pytest.mark.django_db
def test_searches_find_what_is_meant_and_nothing_of_others(world: World, told: dict[str, list]) -> None:
    """Mutation: leave what may be read out of the comparison."""
    same = Sameness()
    short = told | {"searches": told["searches"][:40]}
    compare_searches(SameBrowser(world), short, same)
    assert same.faults == []
    assert all(same.recalls[shape].share == 1 for shape in oracle.SHAPES if shape != oracle.TYPO)
    compare_searches(SameBrowser(world), short | {"readable": []}, same)
    assert "ne peut lire" in " ".join(same.faults)


@pytest.mark.django_db
def test_what_was_given_back_is_not_expected(world: World) -> None:
    """Mutation: take any handling for one that lasts."""
    now_taken(world)
    before = oracle.expected(world.people["counsellor"], NOW.date())
    hers = Handling.objects.filter(enquiry=world.enquiry, person=world.people["counsellor"])
    hers.update(state=HandlingState.GIVEN_BACK)
    after = oracle.expected_names(world.people["counsellor"], NOW.date())
    assert str(world.enquiry.uid) in before["readable"]
    assert str(world.enquiry.uid) not in after["readable"]


@pytest.mark.parametrize(
    ("typed", "name", "shape", "meant"),
    [
        ("lefevre", "Anne Lefèvre", oracle.NO_ACCENT, True),
        ("Lefè", "Anne Lefèvre", oracle.PART, True),
        ("Lefévra", "Anne Lefèvre", oracle.TYPO, True),
        ("Lefvre", "Anne Lefèvre", oracle.TYPO, True),
        ("Lefvra", "Anne Lefèvre", oracle.TYPO, False),
        ("Lefévra", "Anne Lefèvre", oracle.AS_IT_IS, False),
    ],
)
def test_oracle_compares_without_accents_and_to_a_letter(typed: str, name: str, shape: str, meant: bool) -> None:
    assert oracle.is_meant(typed, name, shape) is meant


def test_recall_asks_for_a_page_at_most() -> None:
    recall = Recall()
    many = [str(number) for number in range(60)]
    count(recall, many[:25], many)
    assert recall.share == 1
    count(recall, [], many[:25])
    assert recall.share == 0.5


def test_order_is_that_of_the_other_list() -> None:
    assert is_in_order("bd", "abcd")
    assert not is_in_order("db", "abcd")


def test_rows_are_those_of_the_list_alone() -> None:
    uid = "0b0f3c52-5e0c-4b8e-9f59-1f1d3b3a3f10"
    body = f"""<a href="/bureau/modeles/">x</a><table data-ui-list><tbody>
    <tr data-ui-row><td><a href="{uid}/">A</a></td><td><a href="/autre/">B</a></td></tr></tbody></table>"""
    assert rows_of(Page("/bureau/", 200, 0, 0, 0, 0, body.encode(), "")) == [uid]
