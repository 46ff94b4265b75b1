"""Two rows of one person become one: what she asked and where she is registered follow her."""

from proxirh.scheduling.models import SessionSeat, SitePermanence, VisitRequest


def follow_person(*, former_id: int, staff_id: int) -> None:
    """What stood under her former row becomes hers; where both are registered, the later one goes with the former."""
    hers = SessionSeat.objects.filter(person=staff_id).values("session")
    SessionSeat.objects.filter(person=former_id).exclude(session__in=hers).update(person_id=staff_id)
    VisitRequest.objects.filter(asked_by=former_id).update(asked_by_id=staff_id)
    SitePermanence.objects.filter(made_by=former_id).update(made_by_id=staff_id)
