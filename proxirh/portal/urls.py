"""Home, help at once, quick exit, public pages and probes."""

from django.urls import path

from proxirh.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("aide-immediate/", views.urgent_help, name="urgent_help"),
    path("reseau/", views.network, name="network"),
    path("reseau/<str:uai>/", views.site_help, name="site_help"),
    path("quitter/", views.leave, name="leave"),
    path("accessibilite/", views.accessibility, name="accessibility"),
    path("confidentialite/", views.privacy, name="privacy"),
    path("mentions-legales/", views.legal, name="legal"),
    path("live", views.live, name="live"),
    path("ready", views.ready, name="ready"),
]
