from django.apps import AppConfig


class UiConfig(AppConfig):
    """Design system: page, header, form base, components; no model."""

    name = "proxirh.ui"
    verbose_name = "interface"
