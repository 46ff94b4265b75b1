"""Codes that change every thirty seconds (RFC 6238): which interval a code belongs to, and none twice."""

from datetime import datetime

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.utils.crypto import constant_time_compare

PERIOD = 30
# A clock half a minute off still serves.
TOLERANCE = 1


def step_of(secret: str, code: str, *, at: datetime) -> int | None:
    """The interval around `at` whose code this is; None when there is none."""
    now = int(at.timestamp()) // PERIOD
    steps = range(now - TOLERANCE, now + TOLERANCE + 1)
    matching = [step for step in steps if constant_time_compare(format_hotp_value(hotp_value(secret, step)), code)]
    return max(matching, default=None)
