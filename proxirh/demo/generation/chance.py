"""Seeded chance: packs of cards dealt to the end, so that proportions hold exactly in every hundred draws."""

import random
import uuid
from bisect import bisect
from collections.abc import Callable, Hashable, Mapping
from itertools import accumulate


class Deck[T]:
    """Deals values in the proportions given: a shuffled pack is dealt to its last card, then shuffled again.

    Any run of draws, however cut by place or by month, stays within one pack of the proportions.
    """

    def __init__(self, rng: random.Random, counts: Mapping[T, int]) -> None:
        self._rng = rng
        self._cards = [value for value, count in counts.items() for _ in range(count)]
        self._left: list[T] = []

    def draw(self) -> T:
        """The next card."""
        if not self._left:
            self._left = self._cards.copy()
            self._rng.shuffle(self._left)
        return self._left.pop()


class Weights[T]:
    """Independent draws by weight, without building a pack."""

    def __init__(self, rng: random.Random, weights: Mapping[T, float]) -> None:
        self._rng = rng
        self._values = list(weights)
        self._edges = list(accumulate(weights.values()))

    def draw(self) -> T:
        """One value."""
        return self._values[bisect(self._edges, self._rng.random() * self._edges[-1])]


class PerKey[K: Hashable, V]:
    """One maker of draws per key (an académie), made when first asked for."""

    def __init__(self, make: Callable[[], V]) -> None:
        self._make = make
        self._made: dict[K, V] = {}

    def __getitem__(self, key: K) -> V:
        if key not in self._made:
            self._made[key] = self._make()
        return self._made[key]


def shares(total: int, weights: Mapping[str, float], *, least: int = 0) -> dict[str, int]:
    """`total` cut into whole parts by weight (largest remainders), each part at least `least`."""
    spare = total - least * len(weights)
    if spare < 0:
        raise ValueError("not enough for everyone")
    whole = sum(weights.values())
    exact = {key: spare * weight / whole for key, weight in weights.items()}
    parts = {key: int(value) for key, value in exact.items()}
    by_remainder = sorted(exact, key=lambda key: (parts[key] - exact[key], key))
    for key in by_remainder[: spare - sum(parts.values())]:
        parts[key] += 1
    return {key: part + least for key, part in parts.items()}


def random_uid(rng: random.Random) -> uuid.UUID:
    """A version 4 UUID drawn from the seed."""
    return uuid.UUID(int=rng.getrandbits(128), version=4)


def numbered_code(alphabet: str, length: int, seed: int) -> Callable[[int], str]:
    """A function giving each number a different code of `length` letters that does not look like a number.

    Multiplying by a number prime to the size of the space is a bijection: no code comes twice.
    """
    size = len(alphabet) ** length
    factor = 0x9E3779B97F4A7C15 % size | 1
    while any(factor % prime == 0 for prime in _prime_factors(len(alphabet))):
        factor += 2

    def code(number: int) -> str:
        value = (number * factor + seed * 7919) % size
        letters = []
        for _ in range(length):
            value, index = divmod(value, len(alphabet))
            letters.append(alphabet[index])
        return "".join(letters)

    return code


def _prime_factors(number: int) -> set[int]:
    return {p for p in range(2, number + 1) if number % p == 0 and all(p % q for q in range(2, p))}
