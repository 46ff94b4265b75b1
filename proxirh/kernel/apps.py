from django.apps import AppConfig


class KernelConfig(AppConfig):
    """Mechanisms shared by every app."""

    name = "proxirh.kernel"
    verbose_name = "noyau"
