"""Addresses of the agenda: one's own (`agenda/`), how an académie runs its own (`collegues/rendez-vous/`), and the
signed link of one appointment (`rendez-vous/`)."""

from django.urls import path

from proxirh.scheduling.views import (
    absences,
    appointments,
    feeds,
    line_rules,
    my_shifts,
    openings,
    own_appointment,
    places,
    rosters,
)

app_name = "scheduling"
urlpatterns = [
    path("agenda/", openings.agenda, name="agenda"),
    path("agenda/ouvrir/", openings.open_hours, name="open"),
    path("agenda/a-renseigner/", appointments.to_fill_in, name="to_fill_in"),
    path("agenda/absences/", absences.own_absences, name="own_absences"),
    path("agenda/calendrier/", feeds.feed, name="feed"),
    path("agenda/rendez-vous/", appointments.alone, name="alone"),
    path("agenda/rendez-vous/<uuid:appointment_uid>/", appointments.appointment, name="appointment"),
    path("agenda/rendez-vous/<uuid:appointment_uid>/deplacer/", appointments.move, name="move"),
    path("agenda/<uuid:availability_uid>/", openings.opening, name="opening"),
    path("agenda/<uuid:availability_uid>/<slug:day>/", openings.opening_day, name="opening_day"),
    path("calendriers/<str:feed>.ics", feeds.busy, name="busy"),
    path("rendez-vous/<str:link>/", own_appointment.own_appointment, name="own_appointment"),
    path("rendez-vous/<str:link>/deplacer/", own_appointment.move_own, name="move_own"),
    path("rendez-vous/<str:link>/annuler/", own_appointment.cancel_own, name="cancel_own"),
    path("rendez-vous/<str:link>/rappels/", own_appointment.stop_reminders, name="stop_reminders"),
    path("rendez-vous/<str:link>/rendez-vous.ics", own_appointment.own_event, name="own_event"),
    path("rendez-vous/<str:link>/attestation.pdf", own_appointment.own_attestation, name="own_attestation"),
    path("collegues/rendez-vous/<slug:academy_slug>/", places.academy_places, name="places"),
    path("collegues/rendez-vous/<slug:academy_slug>/absences/", absences.academy_absences, name="academy_absences"),
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
