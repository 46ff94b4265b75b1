"""Quick exchanges: past months as counts alone, since their lines have gone; `gestures` plays the last ones."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from proxirh.demo.generation.chance import Deck, PerKey
from proxirh.demo.generation.ledger import Counts
from proxirh.demo.generation.lives import BRANCHES, FAMILIES
from proxirh.demo.generation.seasons import Season
from proxirh.demo.generation.territory import Place
from proxirh.enquiries.models import Outcome
from proxirh.enquiries.services import keys_of_exchange
from proxirh.enquiries.services.quick import Line

ONE_IN = 10  # enquiries, for each question of the corridor
OUTCOMES = {
    Outcome.INDIVIDUAL_INFORMATION: 60,
    Outcome.COLLECTIVE_INFORMATION: 5,
    Outcome.INTERNAL_REFERRAL: 24,
    Outcome.EXTERNAL_REFERRAL: 6,
    Outcome.OTHER_SERVICE: 3,
    Outcome.SUPPORT_ENGAGED: 2,
}


def lines(rng: random.Random) -> Iterator[Line]:
    """Lines in the proportions of the enquiries, without end."""
    topics, families, outcomes = Deck(rng, BRANCHES), Deck(rng, FAMILIES), Deck(rng, OUTCOMES)
    while True:
        yield Line(topics.draw(), families.draw(), outcomes.draw().value)


def count_past(
    rng: random.Random, places: dict[str, Place], counts: dict[str, int], first: date, today: date
) -> Counts:
    """What was noted in the months that are over, by département: `counts` says how many."""
    found: Counts = Counter()
    season = Season(rng, first, today.replace(day=1) - timedelta(days=1))
    drawn: PerKey[str, Iterator[Line]] = PerKey(lambda: lines(rng))
    for code, place in places.items():
        for _ in range(counts[code]):
            line = next(drawn[place.academy.slug])
            month = season.day(line.topic).replace(day=1)
            for indicator, key in keys_of_exchange(line.topic, line.family, line.outcome):
                found[month, code, indicator, key, month] += 1
    return found
