from django.apps import AppConfig


class EnquiriesConfig(AppConfig):
    """Enquiries: asking, treating, messages, files, facts and counts."""

    name = "proxirh.enquiries"
    verbose_name = "demandes"
