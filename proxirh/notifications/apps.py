from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Kinds of notice, what each person wants of them, and the one mail that gathers a day."""

    name = "proxirh.notifications"
    verbose_name = "courriels choisis"
