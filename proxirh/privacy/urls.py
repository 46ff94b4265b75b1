"""Addresses of one’s own data (`mes-donnees/`)."""

from django.urls import path

from proxirh.privacy.views import mine, notes

app_name = "privacy"
urlpatterns = [
    path("", mine.mine, name="mine"),
    path("telecharger/", mine.download, name="download"),
    path("notes/", notes.notes, name="notes"),
]
