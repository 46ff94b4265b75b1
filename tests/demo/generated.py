"""A generated organisation for the tests of the generator: everyone and every place, no enquiry yet."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from proxirh.demo.generation.cast import NAMES
from proxirh.demo.generation.ledger import Ledger
from proxirh.demo.generation.lives import Lives
from proxirh.demo.generation.load import first_day
from proxirh.demo.generation.staff import Recruiter
from proxirh.demo.generation.territory import Place, build_places

# A Tuesday in term time, 10:00 in Paris.
NOW = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)


@dataclass
class Generated:
    """The places and the two ends of the generator: stories drawn, rows written."""

    places: dict[str, Place]
    lives: Lives
    ledger: Ledger


def generate(seed: int = 7) -> Generated:
    """An organisation in the current database."""
    rng = random.Random(seed)
    places = build_places(first_day(NOW.date(), 1) - timedelta(days=40), NOW.date())
    service = Recruiter(rng, places, NAMES, NOW.date()).build()
    ledger = Ledger(rng, seed)
    return Generated(places, Lives(rng, service, ledger.people, now=NOW), ledger)
