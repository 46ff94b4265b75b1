"""Addresses of the agenda: one's own (`agenda/`), and how an académie runs its own (`collegues/rendez-vous/`)."""

from django.urls import path

from proxirh.scheduling.views import openings, places

app_name = "scheduling"
urlpatterns = [
    path("agenda/", openings.agenda, name="agenda"),
    path("agenda/ouvrir/", openings.open_hours, name="open"),
    path("agenda/<uuid:availability_uid>/", openings.opening, name="opening"),
    path("agenda/<uuid:availability_uid>/<slug:day>/", openings.opening_day, name="opening_day"),
    path("collegues/rendez-vous/<slug:academy_slug>/", places.academy_places, name="places"),
    path("collegues/rendez-vous/<slug:academy_slug>/ajouter/", places.add_place, name="add_place"),
    path("collegues/rendez-vous/<slug:academy_slug>/regles/", places.academy_rules, name="rules"),
    path("collegues/rendez-vous/<slug:academy_slug>/<uuid:place_uid>/", places.change_place, name="change_place"),
]
