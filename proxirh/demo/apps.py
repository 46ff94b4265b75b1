from django.apps import AppConfig
from django.core import checks

from proxirh.demo.marker import check_database


class DemoConfig(AppConfig):
    """Personas, demonstration mailbox and data generator; absent outside demo mode."""

    name = "proxirh.demo"
    verbose_name = "démonstration"

    def ready(self) -> None:
        checks.register(check_database, checks.Tags.database)
