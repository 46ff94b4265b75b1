"""Who may not meet an enquiry, told for people rather than for rows: the same rule as `querysets.conflict_free`."""

from collections.abc import Collection
from datetime import date

from django.db.models import Q

from proxirh.accounts.models import Person
from proxirh.kernel.errors import DomainError
from proxirh.territories.actor import on_day
from proxirh.territories.models import Posting, Role, Team, WorkTie
from proxirh.territories.services.routing import Need, covering_teams, neighbouring_teams

RECEIVING_ROLES = (Role.COUNSELLOR, Role.HR_OFFICER)


def tied_people(need: Need, *, day: date) -> set[int]:
    """People with a post or an authority, outside their HR mission, where the author works."""
    place = Q()
    if need.site is not None:
        place |= Q(site=need.site)
        if need.site.circonscription_id:
            place |= Q(circonscription_id=need.site.circonscription_id)
    if not place:
        return set()
    return set(WorkTie.objects.filter(place, on_day(day)).values_list("person_id", flat=True))


def members(team_ids: Collection[int], *, day: date) -> dict[int, set[int]]:
    """People serving in each team on `day`."""
    found: dict[int, set[int]] = {pk: set() for pk in team_ids}
    rows = Posting.objects.filter(on_day(day), team_id__in=team_ids, role__in=RECEIVING_ROLES)
    for team_id, person_id in rows.values_list("team_id", "person_id"):
        found[team_id].add(person_id)
    return found


def team_for(need: Need, *, author: Person, excluded: Collection[int], day: date) -> Team:
    """The first covering team where someone is free of any conflict, else a neighbouring one.

    Raises DomainError when the whole region has nobody.
    """
    kept_away = tied_people(need, day=day) | set(excluded) | {author.pk}
    for teams in (covering_teams(need, day=day), neighbouring_teams(need.department.academy, day=day)):
        serving = members([team.pk for team in teams], day=day)
        for team in teams:
            if serving[team.pk] - kept_away:
                return team
    raise DomainError(
        "Aucune équipe ne peut recevoir votre demande pour l’instant. Vos réponses sont gardées : "
        "réessayez demain, ou joignez le service RH de votre rectorat."
    )
