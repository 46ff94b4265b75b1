"""Entry point of the web server, which serves no database of another mode."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
import_string("proxirh.demo.marker.require_match")()  # its models load once Django is set up
# Views and what they import, now rather than for the first visitor. None of it ever goes: gone through again by the
# collector, it took a tenth of a second of somebody’s page.
len(get_resolver().url_patterns)
gc.collect()
gc.freeze()
