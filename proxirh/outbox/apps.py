from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Mail rows, their sender and dead letters; no HR word."""

    name = "proxirh.outbox"
    verbose_name = "courriels sortants"
