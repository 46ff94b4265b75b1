"""Addresses of this app."""

from django.urls import path

from proxirh.territories import views

app_name = "territories"
urlpatterns = [
    path("second-facteur/", views.find_colleague, name="find_colleague"),
    path("<uuid:person_uid>/second-facteur/", views.reset_factor, name="reset_factor"),
]
