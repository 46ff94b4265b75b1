"""What surrounds every page, by role."""

from django.http import HttpRequest

from proxirh.portal.navigation import chrome_for
from proxirh.territories.actor import ANONYMOUS
from proxirh.ui.chrome import Chrome


def chrome(request: HttpRequest) -> dict[str, Chrome]:
    """Links of the header and of the footer; a request refused before the actor was read gets a visitor's."""
    return {"chrome": chrome_for(getattr(request, "actor", ANONYMOUS), request.path)}
