"""Root addresses; the apps mounted at the root name their own prefixes (`connexion/`, `demander/`, `bureau/` …)."""

from django.urls import include, path

urlpatterns = [
    path("", include("proxirh.portal.urls")),
    path("", include("proxirh.accounts.urls")),
    path("", include("proxirh.enquiries.urls")),
    path("", include("proxirh.scheduling.urls")),
    path("", include("proxirh.knowledge.urls")),
    path("", include("proxirh.notifications.urls")),
    path("collegues/", include("proxirh.territories.urls")),
    path("pilotage/", include("proxirh.steering.urls")),
    path("", include("proxirh.privacy.urls")),
    path("demo/", include("proxirh.demo.urls")),
    path("ui/", include("proxirh.ui.urls")),
]
