"""Addresses of asking (`demander/`, `sans-nom/`), of the author’s space (`suivi/`), of the desk (`bureau/`), of the
listening cell (`cellule/`), of the alerts (`alertes/`) and of the calendar of an académie (`collegues/calendrier/`)."""

from django.urls import path

from proxirh.enquiries.views import (
    ask,
    ask_reaching,
    ask_sending,
    ask_waiting,
    assisted,
    calendar,
    cell,
    concerns,
    desk,
    desk_enquiry,
    desk_opening,
    files,
    hands,
    notes,
    notes_reviews,
    protection,
    space,
    space_care,
    space_claims,
    space_readings,
    space_rights,
    unnamed,
)
from proxirh.enquiries.views.desk_gestures import GESTURES

app_name = "enquiries"
asking = [
    path("demander/", ask.ask, name="ask"),
    path("demander/lieu/", ask.ask_place, name="ask_place"),
    path("demander/service/", ask.ask_division, name="ask_division"),
    path("demander/departement/", ask.ask_department, name="ask_department"),
    path("demander/bientot/", ask.ask_not_open, name="ask_not_open"),
    path("demander/metier/", ask.ask_category, name="ask_category"),
    path("demander/equipe/", ask.ask_team, name="ask_team"),
    path("demander/besoin/", ask.ask_topic, name="ask_topic"),
    path("demander/precision/", ask.ask_subtopic, name="ask_subtopic"),
    path("demander/avant/", ask.ask_before, name="ask_before"),
    path("demander/mots/", ask.ask_words, name="ask_words"),
    path("demander/coordonnees/", ask_reaching.ask_contact, name="ask_contact"),
    path("demander/souhaits/", ask_reaching.ask_wishes, name="ask_wishes"),
    path("demander/discretion/", ask_reaching.ask_discretion, name="ask_discretion"),
    path("demander/relecture/", ask_sending.ask_review, name="ask_review"),
    path("demander/envoyee/", ask_sending.ask_sent, name="ask_sent"),
    path("demander/envoyee/code/", ask_sending.ask_new_code, name="ask_new_code"),
    path("demander/envoyee/mesure/", ask_sending.ask_measure, name="ask_measure"),
    path("demander/envoyee/effacer/", ask_sending.ask_leave, name="ask_leave"),
    path("demander/plus-tard/", ask_waiting.ask_later, name="ask_later"),
    path("demander/effacer/", ask_waiting.ask_erase, name="ask_erase"),
    path("demander/reprendre/<uuid:uid>/", ask_waiting.ask_resume, name="ask_resume"),
    path("demander/reprendre/<uuid:uid>/code/", ask_waiting.ask_resume_code, name="ask_resume_code"),
]
following = [
    path("suivi/", space.space, name="space"),
    path("suivi/retrouver/", space_claims.find_again, name="find_again"),
    path("suivi/pas-moi/<str:token>/", space_claims.disown, name="disown"),
    path("suivi/<uuid:uid>/", space.follow, name="follow"),
    path("suivi/<uuid:uid>/consultations/", space_readings.readings, name="readings"),
    path("suivi/<uuid:uid>/cellule/", space_care.pass_on, name="pass_on"),
    path("suivi/<uuid:uid>/demarches/", space_care.steps, name="steps"),
    path("suivi/<uuid:uid>/corriger/", space_rights.correct, name="correct"),
    path("suivi/<uuid:uid>/effacer/", space_rights.erase, name="erase"),
    path("suivi/<uuid:uid>/retirer/", space.withdraw, name="withdraw"),
    path("suivi/<uuid:uid>/rouvrir/", space.reopen, name="reopen"),
    path("suivi/<uuid:uid>/reconnaitre/", space_claims.recognise, name="recognise"),
    path("suivi/<uuid:uid>/pas-moi/", space_claims.not_mine, name="not_mine"),
    path("suivi/<uuid:uid>/fichiers/<uuid:file_uid>/", files.follow_file, name="follow_file"),
]
treating = [
    path("bureau/", desk.desk, name="desk"),
    path("bureau/saisir/", assisted.assist, name="assist"),
    path("bureau/saisir/<uuid:uid>/", assisted.slip, name="slip"),
    path("bureau/appel/", desk_opening.call, name="call"),
    path("bureau/a-deux/", hands.beside, name="beside"),
    path("bureau/notes/", notes.notes_aside, name="notes_aside"),
    path("bureau/notes/a-relire/", notes_reviews.notes_to_review, name="notes_to_review"),
    path("bureau/notes/a-relire/<uuid:review_uid>/", notes_reviews.note_to_review, name="note_to_review"),
    path("bureau/<uuid:uid>/", desk_enquiry.enquiry, name="enquiry"),
    path("bureau/<uuid:uid>/carte/", desk_opening.card, name="card"),
    path("bureau/<uuid:uid>/acces-exceptionnel/", desk_opening.exceptional, name="exceptional"),
    path("bureau/<uuid:uid>/reattribuer/", hands.reassign, name="reassign"),
    path("bureau/<uuid:uid>/qui-suit/", hands.hands, name="hands"),
    path("bureau/<uuid:uid>/notes/", notes.notes, name="notes"),
    path("bureau/<uuid:uid>/notes/<uuid:note_uid>/", notes.note, name="note"),
    path("bureau/<uuid:uid>/demarches/", protection.protection, name="protection"),
    path("bureau/<uuid:uid>/alerte/", concerns.worry, name="worry"),
    path("bureau/<uuid:uid>/prendre/", desk_enquiry.take, name="take"),
    path("bureau/<uuid:uid>/decliner/", desk_enquiry.decline, name="decline"),
    *(
        path(f"bureau/<uuid:uid>/{gesture.code}/", desk_enquiry.gesture_view(gesture), name=gesture.name)
        for gesture in GESTURES
    ),
    path("bureau/<uuid:uid>/code/", desk_enquiry.renew_code, name="desk_code"),
    path("bureau/<uuid:uid>/fichiers/<uuid:file_uid>/", files.desk_file, name="desk_file"),
]
caring = [
    path("sans-nom/", unnamed.come_back, name="come_back"),
    path("sans-nom/<slug:academy_slug>/", unnamed.transmit, name="transmit"),
    path("cellule/", cell.cell, name="cell"),
    path("cellule/<uuid:transmission_uid>/", cell.transmission, name="transmission"),
    path("alertes/", concerns.concerns, name="concerns"),
    path("alertes/<uuid:concern_uid>/", concerns.concern, name="concern"),
]
running = [
    path("collegues/calendrier/<slug:academy_slug>/", calendar.calendar, name="calendar"),
    path("collegues/calendrier/<slug:academy_slug>/fermer/", calendar.add_closure, name="add_closure"),
    path(
        "collegues/calendrier/<slug:academy_slug>/vacances/<int:holiday_id>/",
        calendar.close_for_holiday,
        name="close_for_holiday",
    ),
    path("collegues/calendrier/<slug:academy_slug>/<uuid:closure_uid>/", calendar.closure, name="closure"),
    path(
        "collegues/calendrier/<slug:academy_slug>/<uuid:closure_uid>/deplacer/",
        calendar.move_deadlines,
        name="move_deadlines",
    ),
    path(
        "collegues/calendrier/<slug:academy_slug>/<uuid:closure_uid>/retirer/",
        calendar.withdraw_closure,
        name="withdraw_closure",
    ),
]
urlpatterns = [*asking, *following, *treating, *caring, *running]
