"""Addresses of the agenda: one's own (`agenda/`), and how an académie runs its own (`collegues/rendez-vous/`)."""

from django.urls import path

from proxirh.scheduling.views import line_rules, my_shifts, openings, places, rosters

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
    path("lignes/", rosters.all_rosters, name="rosters"),
    path("lignes/ouvrir/<slug:academy_slug>/", line_rules.open_line, name="open_line"),
    path("lignes/<uuid:line_uid>/planning/", rosters.roster, name="roster"),
    path("lignes/<uuid:line_uid>/planning/<slug:day>/<slug:half>/", rosters.half_day, name="half_day"),
    path("lignes/<uuid:line_uid>/semaine-type/", rosters.pattern, name="pattern"),
    path("lignes/<uuid:line_uid>/regles/", line_rules.line_rules, name="line_rules"),
    path("lignes/<uuid:line_uid>/renforts/", line_rules.reinforcements, name="reinforcements"),
    path("lignes/<uuid:line_uid>/equipe/", line_rules.line_team, name="line_team"),
    path("mes-permanences/", my_shifts.my_shifts, name="my_shifts"),
    path("mes-permanences/permanences.ics", my_shifts.my_shifts_file, name="my_shifts_file"),
    path("mes-permanences/<uuid:shift_uid>/echanger/", my_shifts.offer_shift, name="offer_shift"),
]
