"""The addresses of the service, and the floor."""

from django.urls import include, path

from bench.floor import floor

urlpatterns = [
    path("plancher/", floor, name="floor"),
    path("", include("config.urls")),
]
