"""The addresses of the service, and the floor."""

from django.urls import include, path

from bench.floor import floor
from proxirh.enquiries.services import searching

# A bench looks for more names in ten minutes than a person may: each is counted, none refused.
searching.SEARCHES = 1_000_000

urlpatterns = [
    path("plancher/", floor, name="floor"),
    path("", include("config.urls")),
]
