"""Who keeps an agenda, who opens the room of a site, and who comes to it."""

from proxirh.scheduling.models import CollectiveSession, SitePermanence, VisitRequest
from proxirh.territories.actor import Actor
from proxirh.territories.models import Site


def keeps_agenda(actor: Actor) -> bool:
    """Whoever receives people today has an agenda: her own."""
    return actor.receives


def lacks_factor_for_agenda(actor: Actor) -> bool:
    """Whoever would, but came in without her second factor."""
    return not actor.second_factor and bool(actor.teams)


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


def goes_to(actor: Actor, visit: VisitRequest) -> bool:
    """Whoever took the visit."""
    return counsels(actor) and visit.taken_by_id == actor.person_id
