"""Addresses of the agenda: one's own (`agenda/`), how an académie runs its own (`collegues/rendez-vous/`), the signed
link of one appointment (`rendez-vous/`), what the head of a site reads (`permanences/`), and what everybody asks or
joins (`rencontres/`, `visites/`)."""

from django.urls import path

from proxirh.scheduling.views import (
    appointments,
    attending,
    feeds,
    hosting,
    hosting_sessions,
    openings,
    own_appointment,
    permanences,
    places,
    visits,
)

app_name = "scheduling"
urlpatterns = [
    path("agenda/", openings.agenda, name="agenda"),
    path("agenda/ouvrir/", openings.open_hours, name="open"),
    path("agenda/a-renseigner/", appointments.to_fill_in, name="to_fill_in"),
    path("agenda/calendrier/", feeds.feed, name="feed"),
    path("agenda/rendez-vous/", appointments.alone, name="alone"),
    path("agenda/rendez-vous/<uuid:appointment_uid>/", appointments.appointment, name="appointment"),
    path("agenda/rendez-vous/<uuid:appointment_uid>/deplacer/", appointments.move, name="move"),
    path("agenda/permanences/", permanences.permanences, name="permanences"),
    path("agenda/permanences/preparer/", permanences.draft, name="draft_permanence"),
    path("agenda/permanences/<uuid:permanence_uid>/", permanences.permanence, name="permanence"),
    path("agenda/rencontres/", hosting_sessions.sessions, name="sessions"),
    path("agenda/rencontres/ouvrir/", hosting_sessions.open_session, name="open_session"),
    path("agenda/rencontres/<uuid:session_uid>/", hosting_sessions.session, name="session"),
    path("agenda/rencontres/<uuid:session_uid>/deplacer/", hosting_sessions.move_session, name="move_session"),
    path("agenda/visites/", visits.visits, name="visits"),
    path("agenda/visites/<uuid:visit_uid>/", visits.visit, name="visit"),
    path("agenda/<uuid:availability_uid>/", openings.opening, name="opening"),
    path("agenda/<uuid:availability_uid>/<slug:day>/", openings.opening_day, name="opening_day"),
    path("calendriers/<str:token>.ics", feeds.busy, name="busy"),
    path("rendez-vous/<str:token>/", own_appointment.own_appointment, name="own_appointment"),
    path("rendez-vous/<str:token>/deplacer/", own_appointment.move_own, name="move_own"),
    path("rendez-vous/<str:token>/annuler/", own_appointment.cancel_own, name="cancel_own"),
    path("rendez-vous/<str:token>/rappels/", own_appointment.stop_reminders, name="stop_reminders"),
    path("rendez-vous/<str:token>/rendez-vous.ics", own_appointment.own_event, name="own_event"),
    path("rendez-vous/<str:token>/attestation.pdf", own_appointment.own_attestation, name="own_attestation"),
    path("collegues/rendez-vous/<slug:academy_slug>/", places.academy_places, name="places"),
    path("collegues/rendez-vous/<slug:academy_slug>/ajouter/", places.add_place, name="add_place"),
    path("collegues/rendez-vous/<slug:academy_slug>/regles/", places.academy_rules, name="rules"),
    path("collegues/rendez-vous/<slug:academy_slug>/<uuid:place_uid>/", places.change_place, name="change_place"),
    path("permanences/", hosting.hosted, name="hosted"),
    path("permanences/proposer/", hosting.propose, name="propose_permanence"),
    path("permanences/<uuid:permanence_uid>/", hosting.hosted_one, name="hosted_one"),
    path("permanences/<uuid:permanence_uid>/affiche/", hosting.notice, name="permanence_notice"),
    path("rencontres/", attending.academies, name="session_academies"),
    path("rencontres/mes-rencontres/", attending.my_sessions, name="my_sessions"),
    path("rencontres/<uuid:session_uid>/", attending.attend, name="attend"),
    path("rencontres/<slug:academy_slug>/", attending.open_sessions, name="open_sessions"),
    path("visites/", visits.my_visits, name="my_visits"),
    path("visites/demander/", visits.ask_visit, name="ask_visit"),
    path("visites/<uuid:visit_uid>/", visits.my_visit, name="my_visit"),
]
