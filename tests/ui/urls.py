"""The live sheet alone, so that these tests need no other app."""

from django.urls import include, path

urlpatterns = [path("ui/", include("proxirh.ui.urls"))]
