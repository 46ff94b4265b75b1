"""Who asks: a name, a way to be reached, wishes, and for some an account that comes back."""

import random
from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from proxirh.accounts.models import Person
from proxirh.demo.generation.names import Name, draw_name, draw_phone
from proxirh.demo.generation.people import People
from proxirh.demo.generation.territory import Place

REMEMBERED = 40  # authors with an account who may ask again, by département
MEANS = (("phone",), ("phone", "written"), ("written",), ("phone", "video"), ("in_person", "phone"), ())
TIMES = (("evening",), ("noon", "evening"), ("outside_class",), ("morning",), ("afternoon", "evening"), ())


@dataclass(slots=True)
class Author:
    """Someone who asks, as the form would have received her."""

    name: Name
    sex: str
    email: str
    phone: str
    account: Person | None


class Authors:
    """Draws authors; those with an account come back now and then, in the same département."""

    def __init__(self, rng: random.Random, people: People, series: int = 0) -> None:
        self._rng, self._people, self._series = rng, people, series
        self._known: dict[str, deque[Author]] = defaultdict(lambda: deque(maxlen=REMEMBERED))
        self._serial = 0

    def draw(self, place: Place, sex: str, at: datetime, *, signed_in: bool) -> Author:
        """One author; `signed_in` when she asked with an account."""
        rng, known = self._rng, self._known[place.department.code]
        if signed_in and known and rng.random() < 0.25:
            again = rng.choice(known)
            if again.sex == sex and again.account and again.account.created_at < at:
                return again
        self._serial += 1
        name = draw_name(rng, sex)
        domain = place.domain if rng.random() < 0.4 else "courriel.invalid"
        email = f"{name.login}.{self._series}-{self._serial}@{domain}"
        phone = draw_phone(rng) if rng.random() < 0.8 else ""
        author = Author(name, sex, email, phone, None)
        if signed_in:
            author.account = self.sign_in(author, at)
            known.append(author)
        return author

    def sign_in(self, author: Author, at: datetime) -> Person:
        """The person of the account that an author opens by proving her address."""
        return self._people.add(author.name, at=at, phone=author.phone or None, account=author.email)

    def wishes(self) -> dict[str, Any]:
        """How and when to reach her, in the codes of the form."""
        rng = self._rng
        return {
            "means": rng.choice(MEANS),
            "times": rng.choice(TIMES),
            "may_leave_voicemail": rng.random() < 0.4,
            "not_at_work": rng.random() < 0.25,
        }
