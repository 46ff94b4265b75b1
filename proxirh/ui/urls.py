"""Live sheet of the design system, in demonstration mode."""

from django.urls import path

from proxirh.ui import views

app_name = "ui"
urlpatterns = [
    path("", views.kitchen_sink, name="kitchen_sink"),
    path("agent/", views.sample_agent_page, name="sample_agent_page"),
    path("bureau/", views.sample_desk_page, name="sample_desk_page"),
]
