"""Addresses of the agenda: one's own (`agenda/`), how an académie runs its own (`collegues/rendez-vous/`), and the
signed link of one appointment (`rendez-vous/`)."""

from django.urls import path

from proxirh.scheduling.views import appointments, feeds, openings, own_appointment, places

app_name = "scheduling"
urlpatterns = [
    path("agenda/", openings.agenda, name="agenda"),
    path("agenda/ouvrir/", openings.open_hours, name="open"),
    path("agenda/a-renseigner/", appointments.to_fill_in, name="to_fill_in"),
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
    path("collegues/rendez-vous/<slug:academy_slug>/ajouter/", places.add_place, name="add_place"),
    path("collegues/rendez-vous/<slug:academy_slug>/regles/", places.academy_rules, name="rules"),
    path("collegues/rendez-vous/<slug:academy_slug>/<uuid:place_uid>/", places.change_place, name="change_place"),
]
