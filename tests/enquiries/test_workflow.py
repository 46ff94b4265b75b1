"""Every pair of states: the table refuses what it does not name, and so does every act of every service."""

import pytest

from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.workflow import ENQUIRY_WORKFLOW, HANDLING_WORKFLOW, OPEN_STATES, HandlingState, State, Step
from proxirh.kernel.errors import DomainError
from tests.enquiries import acts
from tests.world import World

S = State
# RULES §4, written again so that a slip in the table is seen.
PERMITTED = {
    (S.SUBMITTED, S.IN_PROGRESS),
    (S.SUBMITTED, S.WITHDRAWN),
    (S.SUBMITTED, S.MERGED),
    (S.SUBMITTED, S.CLOSED),
    (S.IN_PROGRESS, S.WAITING_FOR_AGENT),
    (S.WAITING_FOR_AGENT, S.IN_PROGRESS),
    (S.IN_PROGRESS, S.WAITING_FOR_DATE),
    (S.WAITING_FOR_DATE, S.IN_PROGRESS),
    (S.CLOSED, S.IN_PROGRESS),
    *((state, end) for state in (S.IN_PROGRESS, S.WAITING_FOR_AGENT, S.WAITING_FOR_DATE) for end in
      (S.CLOSED, S.WITHDRAWN, S.MERGED)),
    *((state, S.ANONYMISED) for state in (S.CLOSED, S.WITHDRAWN, S.MERGED)),
}  # fmt: skip
HANDLING_PERMITTED = {
    ("offered", "accepted"),
    ("offered", "declined"),
    ("accepted", "done"),
    ("accepted", "given_back"),
}
# The state after each act from each state; None: refused, and nothing moves.
AFTER: dict[acts.Act, tuple[str | None, ...]] = {
    # in the order of acts.WAYS: submitted, in_progress, waiting_for_agent, waiting_for_date, closed, withdrawn
    acts.take:          (S.IN_PROGRESS, None, None, None, None, None),
    acts.decline:       (S.SUBMITTED, None, None, None, None, None),
    acts.give_back:     (None, S.IN_PROGRESS, S.WAITING_FOR_AGENT, S.WAITING_FOR_DATE, None, None),
    acts.set_step:      (None, S.IN_PROGRESS, S.WAITING_FOR_AGENT, S.WAITING_FOR_DATE, None, None),
    acts.wait_for_agent: (None, S.WAITING_FOR_AGENT, None, None, None, None),
    acts.wait_for_date: (None, S.WAITING_FOR_DATE, None, None, None, None),
    acts.resume:        (None, None, S.IN_PROGRESS, S.IN_PROGRESS, None, None),
    acts.log:           (None, S.IN_PROGRESS, S.IN_PROGRESS, S.WAITING_FOR_DATE, None, None),
    acts.miss:          (None, S.IN_PROGRESS, S.WAITING_FOR_AGENT, S.WAITING_FOR_DATE, None, None),
    acts.reply:         (None, S.IN_PROGRESS, S.WAITING_FOR_AGENT, S.WAITING_FOR_DATE, None, None),
    acts.write:         (S.SUBMITTED, S.IN_PROGRESS, S.IN_PROGRESS, S.WAITING_FOR_DATE, S.IN_PROGRESS, None),
    acts.close:         (None, S.CLOSED, S.CLOSED, S.CLOSED, None, None),
    acts.withdraw:      (S.WITHDRAWN, S.WITHDRAWN, S.WITHDRAWN, S.WITHDRAWN, None, None),
    acts.reopen:        (None, None, None, None, S.IN_PROGRESS, None),
}  # fmt: skip


@pytest.mark.parametrize("source", State.values)
@pytest.mark.parametrize("target", State.values)
def test_only_the_moves_of_the_rules_exist(source: str, target: str) -> None:
    """Mutation: add a source to any move."""
    found = any(move.target == target and source in move.sources for move in ENQUIRY_WORKFLOW.moves.values())
    assert found == ((source, target) in PERMITTED)


@pytest.mark.parametrize("source", HandlingState.values)
@pytest.mark.parametrize("target", HandlingState.values)
def test_only_the_moves_of_a_handling_exist(source: str, target: str) -> None:
    found = any(move.target == target and source in move.sources for move in HANDLING_WORKFLOW.moves.values())
    assert found == ((source, target) in HANDLING_PERMITTED)


REFUSED = [(step, state) for step in Step for state in State if not ENQUIRY_WORKFLOW.allows(step, state)]


@pytest.mark.parametrize(("step", "state"), REFUSED)
def test_a_refused_move_writes_nothing(step: str, state: str) -> None:
    """Mutation: do not look at the sources in apply; without a database, any query would be an error."""
    enquiry = Enquiry(pk=1, state=state)
    with pytest.raises(DomainError):
        ENQUIRY_WORKFLOW.apply(enquiry, step)
    assert enquiry.state == state


@pytest.mark.django_db
@pytest.mark.parametrize("state", list(acts.WAYS))
@pytest.mark.parametrize("act", list(AFTER), ids=lambda act: act.__name__)
def test_each_act_from_each_state(world: World, act: acts.Act, state: str) -> None:
    """Mutation: drop the permission or the move from any service."""
    enquiry = acts.in_state(world, state)
    expected = AFTER[act][list(acts.WAYS).index(state)]
    if expected is None:
        before = Enquiry.objects.for_system("comparaison").filter(pk=enquiry.pk).values().get()
        with pytest.raises(DomainError):
            act(world, enquiry)
        assert Enquiry.objects.for_system("comparaison").filter(pk=enquiry.pk).values().get() == before
    else:
        act(world, enquiry)
        assert world.reload(enquiry).state == expected


@pytest.mark.django_db
@pytest.mark.parametrize("state", [state for state in acts.WAYS if state in OPEN_STATES])
def test_an_open_enquiry_always_has_someone_or_an_offer(world: World, state: str) -> None:
    """Nobody is forgotten: a lead in charge, or an offer before a team."""
    for act in (None, acts.give_back, acts.withdraw):
        enquiry = acts.in_state(world, state)
        if act and (act is not acts.give_back or enquiry.lead_id):
            act(world, enquiry)
        enquiry = world.reload(enquiry)
        in_charge = enquiry.handlings.filter(state="accepted", is_lead=True, person=enquiry.lead).exists()
        offered = enquiry.handlings.filter(state="offered").exists()
        assert in_charge != offered if enquiry.is_open else True
