"""Addresses of the demonstration (`demo/`)."""

from django.urls import path

from proxirh.demo import views

app_name = "demo"
urlpatterns = [
    path("", views.home, name="home"),
    path("connexion/", views.sign_in, name="sign_in"),
    path("courriels/", views.mailbox, name="mailbox"),
    path("courriels.json", views.mailbox_json, name="mailbox_json"),
]
