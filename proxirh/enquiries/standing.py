"""How someone stands to enquiries, as conditions on rows: what she wrote, has in hand or is proposed, and may not meet.

The doors of `querysets` are made of these, and nothing else decides who reads.
"""

from collections.abc import Collection
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from proxirh.enquiries.workflow import OPEN_STATES, HandlingState, State
from proxirh.kernel.queries import STILL_TO_COME, Wanted, wanted
from proxirh.territories.actor import Actor

# What nobody of the service reads any more, whatever hands it was in.
TAKEN_BACK = (State.WITHDRAWN, State.MERGED)
# Key of no row: without it, whoever has no person would be taken for "person unknown".
NOBODY = 0


def conflict_free(actor: Actor) -> Q:
    """Rows from which no conflict of interest keeps this actor (PRODUCT §6).

    A tie is a post held outside the HR mission. The author may accept someone despite a shared place, never someone
    who has authority there; whoever she excluded or named as superior, or who knows her, meets nothing.
    """
    rule = (
        ~Q(author_id=actor.person_id)
        & ~Q(address_index__in=actor.own_indexes)  # she may have asked before signing in
        & ~Q(pk__among=_chosen(actor, "excluded", "superior"))
        & ~Q(pk__among=_handled(actor, HandlingState.DECLINED))
    )
    commands = _asked_from(actor.commands_sites, actor.commands_circonscriptions, actor.commands_divisions)
    if commands is not None:
        rule &= ~commands
    works = _asked_from(actor.works_at_sites, actor.works_in_circonscriptions, actor.works_in_divisions)
    if works is not None:
        rule &= Q(pk__among=_chosen(actor, "accepted")) | ~works
    return rule


def _chosen(actor: Actor, *kinds: str) -> Wanted:
    return wanted("enquiries.PersonChoice", "enquiry", person=actor.person_id or NOBODY, kind=kinds)


def _handled(actor: Actor, *states: HandlingState, **where: Any) -> Wanted:
    return wanted("enquiries.Handling", "enquiry", person=actor.person_id or NOBODY, state=states, **where)


def _asked_from(sites: Collection[int], circonscriptions: Collection[int], divisions: Collection[int]) -> Q | None:
    """Asked from one of these places; from a division, also by someone of its site who did not say which is hers."""
    places = []
    if sites:
        places.append(Q(site_id__in=sites))
    if circonscriptions:
        places.append(Q(circonscription_id__in=circonscriptions))
    if divisions:
        around = wanted("territories.Division", "site", pk=tuple(divisions))
        places += [Q(division_id__in=divisions), Q(division=None, site__pk__among=around)]
    return reduce(or_, places) if places else None


def written_by(actor: Actor) -> Q:
    """Rows this actor wrote: under his own person, or before he had an account, with an address he has since proved.

    What someone else typed for him (`claim_digest`) opens only with the code given by word of mouth.
    """
    return Q(author_id=actor.person_id) | Q(
        address_index__in=actor.addresses, author__user=None, claim_digest=None, disowned_at=None
    )


def handled_by(actor: Actor) -> Q:
    """Rows in this person's hands now, as lead or beside the lead, in a mission that lasts and without conflict.

    Beside the lead, the mission may be in another team than the one that has the enquiry.
    """
    serving = tuple(sorted(actor.teams)) or (NOBODY,)
    hers = Q(pk__among=_handled(actor, HandlingState.ACCEPTED, team=serving)) & ~Q(state__one_of=TAKEN_BACK)
    return hers & conflict_free(actor)


def once_followed_by(actor: Actor) -> Q:
    """Rows that this very person took in hand one day, whatever became of them, without conflict of interest since."""
    taken = (HandlingState.ACCEPTED, HandlingState.DONE, HandlingState.GIVEN_BACK)
    return Q(pk__among=_handled(actor, *taken)) & conflict_free(actor)


def proposed_to(actor: Actor) -> Q:
    """Open rows that somebody proposes to this person by name, in a mission that lasts and without conflict."""
    serving = tuple(sorted(actor.teams)) or (NOBODY,)
    proposed = Q(pk__among=_handled(actor, HandlingState.OFFERED, team=serving), state__one_of=OPEN_STATES)
    return proposed & conflict_free(actor)


def led_by(actor: Actor) -> Q:
    """Open rows that this person leads: found by their lead alone, however many passed through her hands before.

    Once withdrawn or merged, a row still bears her name, and is hers no more.
    """
    leads = Q(lead_id=actor.person_id or NOBODY, state__one_of=OPEN_STATES)
    return leads & Q(team_id__in=actor.teams) & conflict_free(actor)


def opened_to(actor: Actor) -> Q:
    """Rows that this coordinator has opened within the hour, by an exceptional access, without conflict."""
    running = wanted("enquiries.BreakGlass", "enquiry", person=actor.person_id or NOBODY, until=STILL_TO_COME)
    return Q(pk__among=running) & Q(academy_id__in=actor.coordinates) & conflict_free(actor)
