"""The room of a site as a place of appointments: made when it is first needed, found again after."""

from django.db import IntegrityError, transaction

from proxirh.kernel.errors import DomainError
from proxirh.scheduling.models import MeetingPlace
from proxirh.territories.models import Site

NOT_OFFERED = "La coordination ne propose plus cette salle. Choisissez-en une autre, ou demandez-lui de la rouvrir."
MOST = MeetingPlace._meta.get_field("name").max_length or 120


def room_at(site: Site, room: str = "") -> MeetingPlace:
    """The place of this room in this site, made when there is none; DomainError for one that is offered no longer."""
    name = _name(site, room)
    found = MeetingPlace.objects.filter(site=site, name=name).first()
    if found is None:
        found = _made(site, name) or _made(site, _name(site, f"{room} ({site.uai})".strip()))
    if found is None:
        raise DomainError(NOT_OFFERED)
    if not found.is_open:
        raise DomainError(NOT_OFFERED)
    return found


def _made(site: Site, name: str) -> MeetingPlace | None:
    """A new one, or the one that another made meanwhile; None when the name is that of another site."""
    try:
        with transaction.atomic():
            return MeetingPlace.objects.create(
                department_id=site.department_id,
                site=site,
                name=name,
                address=site.town,
                time_zone=site.own_time_zone or site.department.time_zone,
            )
    except IntegrityError:
        return MeetingPlace.objects.filter(site=site, name=name).first()


def _name(site: Site, room: str) -> str:
    end = f", {room}" if room else ""
    return f"{site.name[: MOST - len(end)]}{end}"
