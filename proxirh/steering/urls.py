"""Addresses of this app."""

app_name = "steering"
urlpatterns: list = []
