"""Where somebody receives people today, and who answers for an académie."""

from datetime import date

from django.db.models import Q, QuerySet

from proxirh.territories.actor import Actor, on_day, standing_in
from proxirh.territories.models import Department, Posting, Role

RECEIVING = (Role.COUNSELLOR, Role.HR_OFFICER)


def receiving_missions(actor: Actor) -> QuerySet[Posting]:
    """Missions of hers, past ones too, in the teams where she receives today."""
    return Posting.objects.filter(person_id=actor.person_id or 0, role__in=RECEIVING, team_id__in=actor.teams)


def departments_served(actor: Actor) -> list[Department]:
    """Départements where this person receives people today, of which some may serve a whole académie."""
    missions = receiving_missions(actor)
    everywhere = missions.filter(department=None).values("academy")
    served = Q(pk__in=missions.exclude(department=None).values("department")) | Q(academy__in=everywhere)
    return list(Department.objects.filter(served).order_by("code"))


def charged_with(academy_id: int, *roles: Role, day: date) -> set[int]:
    """Keys of those who hold one of these roles in an académie on a day."""
    rows = Posting.objects.filter(on_day(day), role__in=roles, academy_id=academy_id)
    return set(rows.values_list("person_id", flat=True))


def deputies_for(academy_id: int, *roles: Role, day: date) -> set[int]:
    """Keys of those who stand in for them there on that day; without roles, for any who is stood in for."""
    rows = standing_in(day, *roles).filter(academy_id=academy_id)
    return set(rows.values_list("deputy_id", flat=True))


def in_charge(academy_id: int, *roles: Role, day: date) -> set[int]:
    """Both: whom the service writes to about an académie."""
    return charged_with(academy_id, *roles, day=day) | deputies_for(academy_id, *roles, day=day)
