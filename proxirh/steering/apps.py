from django.apps import AppConfig


class SteeringConfig(AppConfig):
    """What committees and coordinators see: figures, never a case."""

    name = "proxirh.steering"
    verbose_name = "pilotage"
