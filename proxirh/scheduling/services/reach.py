"""Which sites a counselling team goes to, who serves there, and where each person is written to."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet

from proxirh.accounts.models import Address, Person
from proxirh.territories.actor import Actor, on_day
from proxirh.territories.models import Coverage, Division, Posting, Role, Site, TeamKind, WorkTie


def sites_covered(actor: Actor, *, day: date) -> QuerySet[Site]:
    """Those that a perimeter of one of her counselling teams holds on that day."""
    held = Coverage.objects.filter(on_day(day), team__in=actor.counsels).order_by()

    def zone(name: str) -> QuerySet[Coverage, int]:
        return held.filter(**{f"{name}__isnull": False}).values_list(f"{name}_id", flat=True)

    return Site.objects.filter(
        Q(pk__in=zone("site"))
        | Q(circonscription__in=zone("circonscription"))
        | Q(basin__in=zone("basin"))
        | Q(department__in=zone("department"))
        | Q(department__academy__in=zone("academy"))
    )


def hosted_sites(actor: Actor) -> QuerySet[Site]:
    """Open ones over which she has authority, by herself or through a circonscription."""
    rows = Site.objects.filter(
        Q(pk__in=actor.commands_sites) | Q(circonscription__in=actor.commands_circonscriptions), is_open=True
    )
    return rows.select_related("department__academy")


def tied_sites(actor: Actor) -> Q:
    """Rows (by their `site`) where she works or has authority outside her mission: others go there."""
    return (
        Q(site__in=actor.works_at_sites)
        | Q(site__circonscription__in=actor.works_in_circonscriptions)
        | Q(site__in=Division.objects.filter(pk__in=actor.works_in_divisions).values("site"))
    )


def tied_to(site: Site, *, day: date) -> QuerySet[WorkTie, int]:
    """The same read from the site: keys of those whom such a tie keeps away from it on that day."""
    around = Q(site=site.pk) | Q(division__site=site.pk)
    if site.circonscription_id:
        around |= Q(circonscription=site.circonscription_id)
    return WorkTie.objects.filter(around, on_day(day)).order_by().values_list("person_id", flat=True)


def counsellors_at(site: Site, *, day: date) -> QuerySet[Person]:
    """Those whose team covers the site on that day, and who serve in its département or in all of the académie."""
    zone = Q(academy=site.department.academy_id) | Q(department=site.department_id) | Q(site=site.pk)
    if site.basin_id:
        zone |= Q(basin=site.basin_id)
    if site.circonscription_id:
        zone |= Q(circonscription=site.circonscription_id)
    teams = Coverage.objects.filter(zone, on_day(day), team__kind=TeamKind.COUNSELLING).order_by().values("team")
    serving = Posting.objects.filter(
        Q(department=site.department_id) | Q(department=None, academy=site.department.academy_id),
        on_day(day),
        role=Role.COUNSELLOR,
        team__in=teams,
    )
    people = Person.objects.filter(Q(user=None) | Q(user__is_active=True), pk__in=serving.order_by().values("person"))
    return people.select_related("data_key").order_by("pk")


def reached(people: Iterable[int | None], *, at_work: bool = False) -> dict[int, str]:
    """Where each of them is written to: at a proved address, or first at her service address; none without either."""
    known = Person.objects.filter(pk__in=[one for one in people if one]).select_related("data_key")
    rows = {one.pk: one for one in known}
    users = {one.user_id: pk for pk, one in rows.items() if one.user_id is not None}
    proved: dict[int, str] = {}
    for row in Address.objects.filter(user__in=users).select_related("data_key").order_by("confirmed_at", "pk"):
        proved.setdefault(users[row.user_id], str(row.ciphertext))
    staff = {pk: str(one.staff_address) for pk, one in rows.items() if one.staff_address}
    return proved | staff if at_work else staff | proved
