from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Home page of each role, health probes, public pages; no model."""

    name = "proxirh.portal"
    verbose_name = "accueil"
