"""Addresses of asking (`demander/`), of the author's space (`suivi/`) and of the desk (`bureau/`)."""

app_name = "enquiries"
urlpatterns: list = []
