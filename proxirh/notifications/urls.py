"""Addresses of one’s mails: chosen signed in or from the foot of one, and how each is written."""

from django.urls import path

from proxirh.notifications.views import choosing, previews

app_name = "notifications"
urlpatterns = [
    path("mes-courriels/", choosing.mine, name="mine"),
    path("courriels/<str:token>/", choosing.stop, name="stop"),
    path("modeles-de-courriels/", previews.kinds, name="kinds"),
    path("modeles-de-courriels/<slug:code>/", previews.kind, name="kind"),
]
