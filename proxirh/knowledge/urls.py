"""Addresses of the answer sheets (`fiches/`)."""

from django.urls import path

from proxirh.knowledge.views import sheets

app_name = "knowledge"
urlpatterns = [
    path("fiches/", sheets.sheets, name="sheets"),
    path("fiches/ecrire/", sheets.write_sheet, name="write_sheet"),
    path("fiches/<uuid:sheet_uid>/", sheets.sheet, name="sheet"),
    path("fiches/<uuid:sheet_uid>/corriger/", sheets.correct_sheet, name="correct_sheet"),
]
