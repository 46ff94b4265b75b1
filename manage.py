#!/usr/bin/env python
"""Django's command line for ProxiRH."""

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import connections


def main() -> None:
    """Run the command; a configuration that cannot be is one sentence, and status 2."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    finally:
        if settings.configured:
            close_pools()


def close_pools() -> None:
    """Stop the threads of the PostgreSQL pool, which would hold the program for five seconds."""
    for connection in connections.all(initialized_only=True):
        if connection.vendor == "postgresql":
            connection.close_pool()  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
