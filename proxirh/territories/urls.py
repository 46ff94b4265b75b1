"""Addresses of this app."""

from django.urls import path

from proxirh.territories.views import academy, coverage, factors, listening, partners

app_name = "territories"
urlpatterns = [
    path("second-facteur/", factors.find_colleague, name="find_colleague"),
    path("ecoute/<slug:academy_slug>/", listening.academy_listening, name="listening"),
    path("academie/", academy.academies, name="academies"),
    path("academie/<slug:academy_slug>/", academy.academy_home, name="academy"),
    path("academie/<slug:academy_slug>/joindre/", academy.academy_reach, name="reach"),
    path("academie/<slug:academy_slug>/suppleances/", academy.academy_deputies, name="deputies"),
    path("perimetres/<slug:academy_slug>/", coverage.academy_coverage, name="coverage"),
    path("perimetres/<slug:academy_slug>/ajouter/", coverage.add_coverage, name="add_coverage"),
    path("perimetres/<slug:academy_slug>/<int:coverage_id>/", coverage.change_coverage, name="change_coverage"),
    path("interlocuteurs/", partners.directories, name="directories"),
    path("interlocuteurs/<slug:academy_slug>/", partners.directory, name="partners"),
    path("interlocuteurs/<slug:academy_slug>/ajouter/", partners.add_partner, name="add_partner"),
    path("interlocuteurs/<slug:academy_slug>/<uuid:partner_uid>/", partners.change_partner, name="change_partner"),
    path("<uuid:person_uid>/second-facteur/", factors.reset_factor, name="reset_factor"),
]
