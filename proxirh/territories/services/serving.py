"""Where somebody receives people today."""

from django.db.models import Q, QuerySet

from proxirh.territories.actor import Actor
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
