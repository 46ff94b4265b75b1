"""Measures of health are made afresh for each test."""

import pytest

from proxirh.portal import health


@pytest.fixture(autouse=True)
def fresh_probe() -> None:
    """Forget what an earlier test measured."""
    health.probe.last = None
