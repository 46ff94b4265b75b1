"""The worker of django-ox, found here first, which works on no database of another mode."""

from typing import Any

from django_ox.management.commands import ox_worker

from proxirh.demo import marker


class Command(ox_worker.Command):
    """The same command, after the check that every start makes."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises ImproperlyConfigured when the mode and the database do not belong together."""
        marker.require_match()
        super().handle(*args, **options)
