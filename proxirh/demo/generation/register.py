"""A past register of any size, in the proportions that the ministry published in October 2020.

Every column is dealt in whole parts by largest remainders, then shuffled, so that each share is within one point of the
published one from a hundred rows up. The five topics published add up to 101 %: they are weights here, and none of them
is cut to make a hundred. Whatever was not published (dates, channels, delays, opinions) is drawn at random.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from proxirh.demo.generation.chance import Weights, shares
from proxirh.territories.models import Department, Site

FEWEST = 100
HEADER = (
    *("reference", "deposee_le", "departement", "uai", "categorie", "sexe", "annee_naissance", "motif", "canal"),
    *("prise_en_charge_le", "premiere_reponse_le", "close_le", "issues", "satisfaction"),
)
TOPICS = {"1": 39, "2": 17, "3": 16, "4": 15, "5": 14}
CATEGORIES = {"1d": 38, "2d": 42, "biatss": 16, "encadrement": 4}
SEXES = {"F": 80, "M": 20}
AGES = {"24-39": 34, "40-49": 39, "50-66": 27}
OUTCOMES = {"information": 67, "orientation_en": 27, "orientation_externe": 6}
CLOSED = {"close": 96, "": 4}
SUBTOPICS = {"1": 5, "2": 4, "3": 4, "4": 4, "5": 3}
CHANNELS = {"courriel": 45, "telephone": 25, "web": 15, "permanence": 10, "courrier": 3, "relais": 2}
OPINIONS = {"": 60, "5": 14, "4": 15, "3": 7, "2": 3, "1": 1}
COLLECTIVE, SUPPORTED, UNANSWERED = 0.1, 0.1, 0.03
SLOWEST_ANSWER, SLOWEST_END = 12, 75

type Cells = tuple[str, ...]


def register(*, rows: int, seed: int, first: date, last: date, today: date) -> Iterator[Cells]:
    """Rows of a register asked between two days, both included, with sites of the directory if there is one.

    Nothing in it comes after `today`. Raises ValueError under a hundred rows, where a row weighs more than a point.
    """
    if rows < FEWEST or not first <= last <= today:
        raise ValueError("a hundred rows at least, and days in order")
    rng = random.Random(seed)
    codes = dict.fromkeys(
        Department.objects.filter(in_national_sample=True).order_by("code").values_list("code", flat=True), 1
    )
    sites: dict[str, list[str]] = defaultdict(list)
    for code, uai in Site.objects.order_by("uai").values_list("department__code", "uai"):
        sites[code].append(uai)
    ends = _dealt(rng, rows, CLOSED)
    outcomes = iter(_dealt(rng, sum(map(bool, ends)), OUTCOMES))
    channels, opinions = Weights(rng, CHANNELS), Weights(rng, OPINIONS)
    columns = (_dealt(rng, rows, weights) for weights in (codes, CATEGORIES, SEXES, AGES, TOPICS))
    for number, (code, category, sex, ages, branch, end) in enumerate(zip(*columns, ends, strict=True), start=1):
        asked = first + timedelta(days=rng.randint(0, (last - first).days))
        answered = min(asked + timedelta(days=rng.randint(0, SLOWEST_ANSWER)), today)
        closed = min(answered + timedelta(days=rng.randint(0, SLOWEST_END)), today) if end else None
        youngest, oldest = map(int, ages.split("-"))
        yield (
            f"{code}-{number:07d}",
            asked.isoformat(),
            code,
            rng.choice(sites[code]) if sites[code] else "",
            category,
            sex,
            str(asked.year - rng.randint(youngest, oldest)),
            f"{branch}.{rng.randint(1, SUBTOPICS[branch])}",
            channels.draw(),
            asked.isoformat(),
            "" if rng.random() < UNANSWERED else answered.isoformat(),
            closed.isoformat() if closed else "",
            _outcomes(rng, next(outcomes)) if closed else "",
            opinions.draw() if closed else "",
        )


def _dealt(rng: random.Random, rows: int, weights: Mapping[str, float]) -> list[str]:
    """Values in proportion, in any order."""
    cards = [value for value, count in shares(rows, weights).items() for _ in range(count)]
    rng.shuffle(cards)
    return cards


def _outcomes(rng: random.Random, family: str) -> str:
    """Outcomes of one published family, support sometimes beside it."""
    name = "information_collective" if family == "information" and rng.random() < COLLECTIVE else family
    return f"{name}|accompagnement" if rng.random() < SUPPORTED else name


def lines(rows: Iterable[Cells]) -> Iterator[str]:
    """Lines of the file, its header first."""
    yield ";".join(HEADER) + "\n"
    yield from (";".join(row) + "\n" for row in rows)
