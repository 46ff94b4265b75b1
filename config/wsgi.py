"""Entry point of the web server, which serves no database of another mode."""

import os

from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
import_string("proxirh.demo.marker.require_match")()  # its models load once Django is set up
