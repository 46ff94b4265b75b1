"""Addresses of this app."""

from django.urls import path

from proxirh.territories.views import factors, listening

app_name = "territories"
urlpatterns = [
    path("second-facteur/", factors.find_colleague, name="find_colleague"),
    path("ecoute/<slug:academy_slug>/", listening.academy_listening, name="listening"),
    path("<uuid:person_uid>/second-facteur/", factors.reset_factor, name="reset_factor"),
]
