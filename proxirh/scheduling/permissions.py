"""Who keeps an agenda, who draws up the roster of a telephone line, reads it and answers; who opens the room of a site
and who comes to it."""

from proxirh.scheduling.models import CollectiveSession, PhoneCall, Promise, SitePermanence, VisitRequest
from proxirh.territories.actor import Actor
from proxirh.territories.models import Site, Team
from proxirh.territories.permissions import can_run_academy


def keeps_agenda(actor: Actor) -> bool:
    """Whoever receives people today has an agenda: her own."""
    return actor.receives


def lacks_factor_for_agenda(actor: Actor) -> bool:
    """Whoever would, but came in without her second factor."""
    return not actor.second_factor and bool(actor.teams)


def draws_roster(actor: Actor, line: Team) -> bool:
    """The head of the service, or whoever coordinates the académie, with a second factor."""
    return can_run_academy(actor, line.academy)


def reads_fairness(actor: Actor, line: Team) -> bool:
    """The head of the service alone, or who stands in for her: how many half-days each has had."""
    return actor.second_factor and line.academy_id in actor.heads


def has_rosters(actor: Actor) -> bool:
    """Whoever answers a line, or draws up those of an académie, has a page of rosters."""
    return actor.second_factor and bool(actor.lines or actor.runs)


def sees_rosters_daily(actor: Actor) -> bool:
    """Whoever heads a service finds them in the menu; the coordination on the page of its académie, and whoever answers
    beside her own half-days.
    """
    return actor.second_factor and bool(actor.heads)


def lacks_factor_for_lines(actor: Actor) -> bool:
    """Whoever would, but came in without her second factor."""
    return not actor.second_factor and bool(actor.lines or actor.runs)


def answers_line(actor: Actor, line_id: int) -> bool:
    """Whoever serves that telephone line, with a second factor."""
    return actor.answers_phone and line_id in actor.lines


def can_write_call(actor: Actor, call: PhoneCall) -> bool:
    """Whoever answered, while she serves that line and nothing is erased; the holder of its promise reads, and acts."""
    return answers_line(actor, call.team_id) and call.officer_id == actor.person_id and call.erased_at is None


def holds_promise(actor: Actor, promise: Promise) -> bool:
    """Whoever holds it by herself, in a mission, with a second factor."""
    serves = actor.second_factor and actor.person_id is not None and bool(actor.lines or actor.teams)
    return serves and promise.owner_id == actor.person_id


def can_take_promise(actor: Actor, promise: Promise) -> bool:
    """A member of the team that holds it, while nobody has taken it."""
    serves = actor.second_factor and actor.person_id is not None
    return serves and promise.team_id is not None and promise.team_id in actor.lines | actor.teams


def can_hand_over_promise(actor: Actor, promise: Promise) -> bool:
    """Its holder, a member of the team that holds it, and who answers for the académie of its line."""
    if not actor.second_factor or actor.person_id is None:
        return False
    coordinates = promise.call.team.academy_id in actor.answers_for
    return coordinates or holds_promise(actor, promise) or can_take_promise(actor, promise)


def reads_volumes(actor: Actor, academy_id: int) -> bool:
    """Counts of the lines of an académie: who answers for it, or heads its service; never one officer’s."""
    return actor.second_factor and academy_id in actor.answers_for | actor.heads


def counsels(actor: Actor) -> bool:
    """Whoever goes to sites: a counsellor, with her second factor."""
    return actor.second_factor and bool(actor.counsels)


def has_authority_at(actor: Actor, site: Site) -> bool:
    """The head of a school or service, or of the circonscription that it is in."""
    return site.pk in actor.commands_sites or site.circonscription_id in actor.commands_circonscriptions


def may_check_room(actor: Actor, permanence: SitePermanence) -> bool:
    """Whoever receives there, or has authority over the place."""
    is_hers = counsels(actor) and permanence.person_id == actor.person_id
    return is_hers or has_authority_at(actor, permanence.site)


def appoints_at(actor: Actor, site: Site) -> bool:
    """Whoever coordinates the académie of the site, or does for someone who is away, says who goes there."""
    return actor.second_factor and site.department.academy_id in actor.answers_for


def runs_session(actor: Actor, session: CollectiveSession) -> bool:
    """Its host, and nobody else: she reads who comes."""
    return keeps_agenda(actor) and session.host_id == actor.person_id


def may_cancel_session(actor: Actor, session: CollectiveSession) -> bool:
    """Its host, and whoever coordinates the académie or heads its service: the host may be away. None reads a name."""
    return runs_session(actor, session) or can_run_academy(actor, session.department.academy)


def goes_to(actor: Actor, visit: VisitRequest) -> bool:
    """Whoever took the visit."""
    return counsels(actor) and visit.taken_by_id == actor.person_id
