#!/usr/bin/env python
"""Django's command line for ProxiRH."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db import connections


def main() -> None:
    """Run the command, then stop the threads of the PostgreSQL pool, which would hold the program for five seconds."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        execute_from_command_line(sys.argv)
    finally:
        for connection in connections.all(initialized_only=True):
            if connection.vendor == "postgresql":
                connection.close_pool()  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
