"""Puts the actor on the request, once."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from proxirh.accounts.services import SECOND_FACTOR_KEY
from proxirh.territories.actor import ANONYMOUS, Actor, read_actor


def actor_of(request: HttpRequest) -> Actor:
    """Actor of the signed-in account, or ANONYMOUS."""
    if not request.user.is_authenticated:
        return ANONYMOUS
    person = getattr(request.user, "person", None)  # loaded with the account: see accounts.backends
    return read_actor(
        user_id=request.user.pk,
        person_id=person and person.pk,
        person_uid=person and person.uid,
        staff_index=bytes(person.staff_index) if person and person.staff_index else None,
        second_factor=SECOND_FACTOR_KEY in request.session,
    )


class ActorMiddleware:
    """`request.actor`, read from the database at first use."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: actor_of(request))  # type: ignore[attr-defined]
        return self.get_response(request)
