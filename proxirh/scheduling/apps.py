from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    """One agenda for each counsellor: when she may be met, and what holds her time; never about what."""

    name = "proxirh.scheduling"
    verbose_name = "agenda"
