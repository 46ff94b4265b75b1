"""Addresses of the figures (`pilotage/`)."""

from django.urls import path

from proxirh.steering import views

app_name = "steering"
urlpatterns = [
    path("", views.figures, name="figures"),
    path("indicateurs/", views.indicators, name="indicators"),
    path("reseau/", views.network, name="network"),
]
