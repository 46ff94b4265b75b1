"""Variables every template finds."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from proxirh.ui.chrome import Chrome


@dataclass(frozen=True, slots=True)
class Site:
    """What the settings say about this service; reading it costs no query."""

    name: str = "ProxiRH"
    tagline: str = "Vos ressources humaines, près de vous"
    ministry: tuple[str, ...] = ("Ministère", "de l’Éducation", "nationale")
    is_state: bool = True
    is_demo: bool = False

    @property
    def ministry_name(self) -> str:
        """The same in one line, for titles and images."""
        return " ".join(self.ministry)


def site(request: HttpRequest) -> dict[str, object]:
    """The site, and an empty chrome that a processor listed later may replace."""
    return {"site": current_site(), "chrome": Chrome()}


def current_site() -> Site:
    """The site as the settings stand, also for pages rendered without a request."""
    return Site(is_state=settings.PROXIRH_THEME == "etat", is_demo=settings.PROXIRH_DEMO)
