"""Home, help at once, quick exit, public pages and probes."""

from django.urls import path

from proxirh.portal.views import pages, places

app_name = "portal"
urlpatterns = [
    path("", pages.home, name="home"),
    path("aide-immediate/", pages.urgent_help, name="urgent_help"),
    path("reseau/", pages.network, name="network"),
    path("reseau/<str:uai>/", pages.site_help, name="site_help"),
    path("reseau/<str:uai>/affiche/", places.site_poster, name="site_poster"),
    path("carte/", places.service_map, name="map"),
    path("academies/<slug:academy_slug>/", places.academy, name="academy"),
    path("academies/<slug:academy_slug>/affiche/", places.academy_poster, name="academy_poster"),
    path("quitter/", pages.leave, name="leave"),
    path("accessibilite/", pages.accessibility, name="accessibility"),
    path("confidentialite/", pages.privacy, name="privacy"),
    path("mentions-legales/", pages.legal, name="legal"),
    path("live", pages.live, name="live"),
    path("ready", pages.ready, name="ready"),
]
