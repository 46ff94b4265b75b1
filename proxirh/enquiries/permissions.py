"""May this actor do that? Each docstring says the rule in business words."""

from datetime import datetime, timedelta

from django.utils import timezone

from proxirh.enquiries.models import PROTECTED_TOPICS, Enquiry
from proxirh.enquiries.workflow import TAKEN_STATES, HandlingState, State
from proxirh.territories.actor import Actor
from proxirh.territories.models import TeamKind

REOPENING = timedelta(days=90)
GIVING_BACK_FREELY = timedelta(minutes=30)


def is_author(actor: Actor, enquiry: Enquiry) -> bool:
    """The person who asked, also when she proved her address only afterwards (see `standing.written_by`)."""
    if actor.person_id is None or enquiry.lead_id == actor.person_id:
        return False
    return enquiry.author_id == actor.person_id or (
        enquiry.address_index is not None
        and bytes(enquiry.address_index) in actor.addresses
        and enquiry.claim_digest is None
        and enquiry.disowned_at is None
    )


def is_lead(actor: Actor, enquiry: Enquiry) -> bool:
    """The person who answers for it now, as long as her mission in that very team lasts."""
    return (
        actor.receives
        and actor.person_id is not None
        and enquiry.lead_id == actor.person_id
        and enquiry.team_id in actor.teams
    )


def can_take(actor: Actor, enquiry: Enquiry) -> bool:
    """A colleague of the team that received it, with a second factor, while nobody has it."""
    return actor.receives and enquiry.lead_id is None and enquiry.is_open and enquiry.team_id in actor.teams


def can_treat(actor: Actor, enquiry: Enquiry) -> bool:
    """Log, wait, close: its lead, while it is followed."""
    return is_lead(actor, enquiry) and enquiry.state in TAKEN_STATES


def may_need_protection(enquiry: Enquiry) -> bool:
    """About violence, or an attack on someone’s image or integrity: whoever reads it already reads the topic."""
    return enquiry.fact.topic_code in PROTECTED_TOPICS


def is_handling(actor: Actor, enquiry: Enquiry) -> bool:
    """In one’s hands, as lead or beside the lead, in a mission that lasts."""
    if not actor.receives or actor.person_id is None:
        return False
    held = enquiry.handlings.filter(state=HandlingState.ACCEPTED, person_id=actor.person_id)
    return held.filter(team_id__in=actor.teams).exists()


def can_note(actor: Actor, enquiry: Enquiry) -> bool:
    """Write for oneself or for those who follow it too: whoever follows it, while it is open."""
    return enquiry.is_open and is_handling(actor, enquiry)


def can_merge(actor: Actor, enquiry: Enquiry) -> bool:
    """Its lead, while it is followed: say that it is the same need as another one of the same person."""
    return can_treat(actor, enquiry)


def can_hand_over(actor: Actor, enquiry: Enquiry) -> bool:
    """Its lead, while it is followed: give it to a colleague, invite one beside, let one go."""
    return can_treat(actor, enquiry)


def can_change_academy(actor: Actor, enquiry: Enquiry) -> bool:
    """Say that she works elsewhere from now on: its author, or whoever follows it, while it is open."""
    return enquiry.is_open and (is_author(actor, enquiry) or is_handling(actor, enquiry))


def is_first_level(actor: Actor, enquiry: Enquiry) -> bool:
    """An HR officer who leads a management question: she answers it at once, or passes it on to the counsellors."""
    return can_treat(actor, enquiry) and enquiry.team.kind == TeamKind.HR_OFFICERS


def can_raise_concern(actor: Actor, enquiry: Enquiry) -> bool:
    """Whoever follows it, while it is open."""
    return enquiry.is_open and is_handling(actor, enquiry)


def can_note_protection(actor: Actor, enquiry: Enquiry) -> bool:
    """Its author or whoever follows it, where protection may be needed, while it is open."""
    if not (enquiry.is_open and may_need_protection(enquiry)):
        return False
    return is_author(actor, enquiry) or is_handling(actor, enquiry)


def gives_back_freely(taken_at: datetime | None, *, at: datetime | None = None) -> bool:
    """In the thirty minutes after taking, without a reason."""
    return taken_at is not None and (at or timezone.now()) <= taken_at + GIVING_BACK_FREELY


def can_write(actor: Actor, enquiry: Enquiry, *, at: datetime | None = None) -> bool:
    """The author while it is open or may be reopened; its lead while it is followed."""
    if is_author(actor, enquiry):
        return enquiry.is_open or can_reopen(actor, enquiry, at=at)
    return can_treat(actor, enquiry)


def can_withdraw(actor: Actor, enquiry: Enquiry) -> bool:
    """The author alone, while it is open; no reason is asked."""
    return is_author(actor, enquiry) and enquiry.is_open


def can_reopen(actor: Actor, enquiry: Enquiry, *, at: datetime | None = None) -> bool:
    """The author, in the ninety days after closing; never what goes on in another académie."""
    return (
        is_author(actor, enquiry)
        and enquiry.state == State.CLOSED
        and enquiry.closed_at is not None
        and not enquiry.fact.is_passed_on
        and (at or timezone.now()) <= enquiry.closed_at + REOPENING
    )


def awaits_claim(enquiry: Enquiry) -> bool:
    """Typed by a colleague, and not yet recognised by its author with the spoken code."""
    return enquiry.claim_digest is not None


def can_renew_code(actor: Actor, enquiry: Enquiry) -> bool:
    """Whoever may say a new code to the author: her lead, or the colleague who typed the enquiry for her."""
    typed_it = actor.receives and actor.person_id is not None and enquiry.created_by_id == actor.person_id
    return typed_it or can_treat(actor, enquiry)


def can_create_for_someone(actor: Actor) -> bool:
    """Whoever answers the public: a counsellor or an HR officer, for a call, a permanence, a letter."""
    return actor.receives or actor.answers_phone


def can_note_exchange(actor: Actor) -> bool:
    """Count a question of the corridor or of a permanence: whoever answers the public."""
    return actor.receives


def coordinates(actor: Actor, enquiry: Enquiry) -> bool:
    """Whoever answers for the académie where it was asked, with a second factor."""
    return actor.second_factor and actor.person_id is not None and enquiry.academy_id in actor.coordinates


def stands_in(actor: Actor, enquiry: Enquiry) -> bool:
    """Whoever answers for the académie where it was asked, or for someone who does and is away: row, card, hands."""
    return actor.second_factor and actor.person_id is not None and enquiry.academy_id in actor.answers_for


def can_reassign(actor: Actor, enquiry: Enquiry) -> bool:
    """Give it to somebody else of the service, without reading it, while it is open."""
    return enquiry.is_open and stands_in(actor, enquiry)


def answers_the_phone(actor: Actor) -> bool:
    """An HR officer, with a second factor: she says where an enquiry stands to who gives its reference and its code."""
    return actor.second_factor and actor.person_id is not None and bool(actor.officers or actor.lines)


def reads_figures(actor: Actor) -> bool:
    """Whoever answers for a service: coordinators, heads of service, the national referent; with a second factor."""
    return actor.second_factor and _answers_for_a_service(actor)


def lacks_factor_for_figures(actor: Actor) -> bool:
    """Whoever would read figures, but came in without her second factor."""
    return not actor.second_factor and _answers_for_a_service(actor)


def _answers_for_a_service(actor: Actor) -> bool:
    return bool(actor.runs or actor.is_national)


def can_see_national_figures(actor: Actor) -> bool:
    """Figures of the country and of the régions académiques: the national referent."""
    return reads_figures(actor) and actor.is_national


def can_see_figures(actor: Actor, academy_id: int) -> bool:
    """Figures of an académie: those who answer for it, and the national referent for all."""
    return reads_figures(actor) and (actor.is_national or academy_id in actor.runs)
