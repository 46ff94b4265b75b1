"""The name that a page is asked by, the headers it carries, and what is said when it cannot be made."""

import errno
import logging
from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)

PERMISSIONS_POLICY = (
    "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
    "microphone=(), midi=(), payment=(), usb=(), browsing-topics=(), "
    "publickey-credentials-get=(self), publickey-credentials-create=(self)"
)


DISK_REFUSES = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
# Shorter answers (a code, a choice) are sent again but say nothing to a reader.
READ_FROM = 12


class HostMiddleware:
    """Only under a name of ours: Django itself looks when a page writes its own address, which few do."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Raises DisallowedHost, which becomes a 400; the probes answer under any name."""
        if request.path not in settings.PROBES:
            request.get_host()
        return self.get_response(request)


class UnavailableMiddleware:
    """When the disk or the database refuses: a 503 that says so, with what was typed behind one button."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing to do on the way."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page, or None for a fault of ours. It asks nothing of the database that has just refused."""
        is_full = isinstance(error, OSError) and error.errno in DISK_REFUSES
        if not (is_full or isinstance(error, OperationalError | InterfaceError)):
            return None
        logger.error("unavailable: %s", type(error).__name__)
        fields = [
            (name, value) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken" for value in values
        ]
        context = {
            "fields": fields,
            "texts": [value for _, value in fields if len(value) >= READ_FROM and " " in value.strip()],
            "had_files": bool(request.FILES),
            "path": request.get_full_path(),
            "csrf_token": get_token(request),
            "is_post": request.method == "POST",
        }
        return HttpResponse(render_to_string("503.html", context), status=503, headers={"Retry-After": "120"})


class PageHeadersMiddleware:
    """Nothing is kept by a cache nor shown in a frame unless the view says so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set each header that the view left open."""
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("X-Frame-Options", "DENY")
        return response
