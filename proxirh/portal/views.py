"""Home and errors."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open too long or in two tabs: say what to do, keep no one locked out."""
    return render(request, "403.html", status=403)
