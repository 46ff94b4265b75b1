from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """What is kept about someone, until when, and how it goes."""

    name = "proxirh.privacy"
    verbose_name = "données personnelles"
