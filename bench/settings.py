"""Settings of the measured server: those of the service, a probe around each request, and the page of the floor."""

from pathlib import Path

from config.settings import *

MIDDLEWARE = ["bench.probe.ProbeMiddleware", *MIDDLEWARE]
ROOT_URLCONF = "bench.urls"
TEMPLATES = [TEMPLATES[0] | {"DIRS": [Path(__file__).parent / "templates"]}]
# Each journey says another client address, as a proxy would, so that the limits of public forms stay out of the way.
PROXIRH_TRUSTED_PROXIES = 1
