from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Personas, demonstration mailbox and data generator; absent outside demo mode."""

    name = "proxirh.demo"
    verbose_name = "démonstration"
