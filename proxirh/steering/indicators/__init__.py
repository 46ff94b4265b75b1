"""The registry of indicators: each figure defined once, computed once, and read by screens, reports and open data."""

from proxirh.steering.indicators import answering, asking, people
from proxirh.steering.indicators.shape import Indicator

INDICATORS = {one.id: one for one in (*people.INDICATORS, *asking.INDICATORS, *answering.INDICATORS)}


def describe(name: str) -> Indicator:
    """What an indicator says of itself; KeyError for one that does not exist."""
    return INDICATORS[name]
