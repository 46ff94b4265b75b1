"""Who may change what territories hold."""

from collections.abc import Collection

from proxirh.kernel.journal import SYSTEM
from proxirh.territories.actor import Actor
from proxirh.territories.models import Academy, Role

# Whoever holds one of these reaches beyond an académie: only an administrator helps them.
NATIONAL_ROLES = frozenset({Role.NATIONAL_REFERENT, Role.ADMINISTRATOR})


def can_grant_roles(actor: Actor) -> bool:
    """An administrator gives and ends missions; so does the command line, which whoever holds the server may type."""
    return actor.is_administrator


def rescues_colleagues(actor: Actor) -> bool:
    """Coordinators and administrators, with their own second factor, help a colleague who has lost hers."""
    return actor.second_factor and bool(actor.coordinates or actor.is_administrator)


def can_run_academy(actor: Actor, academy: Academy) -> bool:
    """Whoever coordinates the académie or heads its service, with a second factor: how it is reached, and covered."""
    return actor.second_factor and academy.pk in actor.runs


def can_run_directory(actor: Actor, academy: Academy | None) -> bool:
    """Whoever runs the académie keeps its directory of partners; the national one, for None, is the administrator's."""
    if academy is None:
        return actor.second_factor and actor.is_administrator
    return can_run_academy(actor, academy)


def lacks_factor_to_run(actor: Actor, academy: Academy) -> bool:
    """Whoever would, but came in without her second factor."""
    return not actor.second_factor and academy.pk in actor.runs


def can_record_absence(actor: Actor, *, person_id: int, academies: Collection[int | None]) -> bool:
    """Whoever coordinates an académie where the colleague receives today, or does it for who is away; never oneself."""
    return actor.second_factor and person_id != actor.person_id and not actor.answers_for.isdisjoint(academies)


def can_export_network(actor: Actor) -> bool:
    """Only the command line, which whoever holds the server may type; a page shows what its reader may read."""
    return actor.label == SYSTEM and actor.is_administrator


def can_reset_factors(actor: Actor, *, person_id: int, missions: Collection[tuple[str, int | None]]) -> bool:
    """A coordinator for whoever serves in her académie, an administrator for everyone with a mission; never oneself.

    `missions` are the roles and académies that the colleague holds today.
    """
    if not rescues_colleagues(actor) or person_id == actor.person_id or not missions:
        return False
    if actor.is_administrator:
        return True
    reaches_far = any(role in NATIONAL_ROLES for role, _ in missions)
    return not reaches_far and any(academy in actor.coordinates for _, academy in missions)
