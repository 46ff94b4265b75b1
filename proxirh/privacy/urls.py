"""Addresses of one’s own data (`mes-donnees/`)."""

from django.urls import URLPattern

app_name = "privacy"
urlpatterns: list[URLPattern] = []
