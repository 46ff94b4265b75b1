"""Addresses of one’s own data (`mes-donnees/`) and of the notice (`donnees-personnelles/`)."""

from django.urls import path

from proxirh.privacy.views import correcting, erasing, mine, notes, notice

app_name = "privacy"
urlpatterns = [
    path("mes-donnees/", mine.mine, name="mine"),
    path("mes-donnees/telecharger/", mine.download, name="download"),
    path("mes-donnees/notes/", notes.notes, name="notes"),
    path("mes-donnees/corriger/", correcting.correct_person, name="correct_person"),
    path("mes-donnees/effacer-tout/", erasing.erase_everything, name="erase_everything"),
    path("mes-donnees/efface/", erasing.erased, name="erased"),
    path("donnees-personnelles/", notice.notice, name="notice"),
    path("donnees-personnelles/<int:number>/", notice.notice_version, name="notice_version"),
]
