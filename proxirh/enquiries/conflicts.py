"""Who may not meet an enquiry, told for people rather than for rows: the same rule as `querysets.conflict_free`."""

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import Q

from proxirh.accounts.models import Person
from proxirh.enquiries.models import Enquiry, Handling, PersonChoice
from proxirh.enquiries.workflow import HandlingState
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError
from proxirh.territories.actor import on_day
from proxirh.territories.models import Posting, Role, Team, WorkTie
from proxirh.territories.services.routing import Need, covering_teams, neighbouring_teams

RECEIVING_ROLES = (Role.COUNSELLOR, Role.HR_OFFICER)


class NobodyFree(DomainError):
    """Everyone who could receive the enquiry has a conflict of interest; `team` holds it, without meeting it."""

    def __init__(self, team: Team) -> None:
        super().__init__("Personne ne peut recevoir cette demande sans conflit d’intérêts.")
        self.team = team


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


def team_for(need: Need, *, author_id: int | None, excluded: Collection[int], day: date) -> Team:
    """The first covering team where someone is free of any conflict, else a neighbouring one.

    Raises NobodyFree when the whole region has nobody without a conflict, DomainError when it has no team at all.
    """
    kept_away = tied_people(need, day=day) | set(excluded) | {author_id}
    first: Team | None = None
    for teams in (covering_teams(need, day=day), neighbouring_teams(need.department.academy, day=day)):
        serving = members([team.pk for team in teams], day=day)
        for team in teams:
            first = first or team
            if serving[team.pk] - kept_away:
                return team
    if first is not None:
        raise NobodyFree(first)
    raise DomainError(
        "Aucune équipe ne peut recevoir votre demande pour l’instant. Vos réponses sont gardées : "
        "réessayez demain, ou joignez le service RH de votre rectorat."
    )


def free_members(enquiry: Enquiry, *, at: datetime) -> list[Person]:
    """People of its team who may meet an enquiry: no tie, not excluded nor declined, not its author."""
    day = local_day(at, enquiry.department.time_zone)
    serving = Posting.objects.filter(on_day(day), team_id=enquiry.team_id, role__in=RECEIVING_ROLES)
    choices = list(PersonChoice.objects.filter(enquiry=enquiry).values_list("person_id", "kind"))
    accepted = {person_id for person_id, kind in choices if kind == "accepted"}
    kept_away = {person_id for person_id, kind in choices if kind != "accepted"} | {enquiry.author_id}
    declined = Handling.objects.filter(enquiry=enquiry, state=HandlingState.DECLINED, person__isnull=False)
    kept_away |= set(declined.values_list("person_id", flat=True))
    places = (enquiry.site_id, enquiry.circonscription_id, enquiry.division_id)
    ties = WorkTie.objects.filter(on_day(day), person__postings__in=serving)
    for person_id, kind, *tied in ties.values_list("person_id", "kind", "site_id", "circonscription_id", "division_id"):
        here = any(tie is not None and tie == place for tie, place in zip(tied, places, strict=True))
        if here and (kind == "has_authority" or person_id not in accepted):
            kept_away.add(person_id)
    people = Person.objects.filter(pk__in=serving.values("person_id")).exclude(pk__in=kept_away)
    if enquiry.address_index is not None:  # she may have asked with her own service address, before signing in
        people = people.exclude(staff_index=bytes(enquiry.address_index))
    return list(people.select_related("data_key").order_by("pk"))
