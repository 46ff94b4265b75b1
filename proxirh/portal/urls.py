"""Home, probes and public pages."""

app_name = "portal"
urlpatterns: list = []
