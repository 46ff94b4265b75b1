"""Asking for a code takes as long for an address that someone has proved as for one that nobody has (figure 8).

A stopwatch on a busy machine is no test of the ordinary suite: `make preuves` alone runs this one.
"""

import random
import re
import statistics
import time

import pytest

from proxirh.outbox.models import OutgoingEmail
from tests.accounts.conftest import Visitor, wrong
from tests.proofs.telling import Tell
from tests.strict_client import StrictClient
from tests.world import make_person

pytestmark = [pytest.mark.django_db, pytest.mark.at_length]
EACH, SHUFFLES, SEED = 200, 20_000, 8
# One false alarm in a thousand runs.
CONFIDENCE = 0.999


def once(address: str, number: int) -> tuple[float, list[tuple[int, str]]]:
    """Ask for a code and mistype it, in a browser and on a network of its own: the time it takes, and the answers."""
    client = StrictClient(HTTP_X_FORWARDED_FOR=f"198.51.{number // 250}.{number % 250}")
    visitor = Visitor(client, address)
    began = time.perf_counter()
    asked = visitor.ask()
    took = time.perf_counter() - began
    mail = OutgoingEmail.objects.select_related("data_key").latest("pk")
    (digits,) = re.findall(r"^\d{6}$", mail.body or "", re.MULTILINE)
    began = time.perf_counter()
    typed = visitor.type(wrong(digits))
    took += time.perf_counter() - began
    page = (
        re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]*', r"\1", typed.text)
        .replace(address, "—")
        .replace(wrong(digits), "—")
    )
    return took, [(asked.status_code, asked.headers["Location"]), (typed.status_code, page)]


def noise(times: list[float], chance: random.Random) -> float:
    """What two halves drawn at random of the same times may differ by, in median."""
    shuffled, found = list(times), []
    for _ in range(SHUFFLES):
        chance.shuffle(shuffled)
        found.append(abs(statistics.median(shuffled[:EACH]) - statistics.median(shuffled[EACH:])))
    return sorted(found)[int(CONFIDENCE * SHUFFLES)]


def test_the_time_of_a_code_does_not_tell_who_is_known(settings, tell: Tell) -> None:
    """Mutations: queue no mail for an address that nobody has proved; look the account up first."""
    chance = random.Random(SEED)
    known = [f"connue{number:03}@exemple.invalid" for number in range(EACH)]
    unknown = [f"autre{number:04}@exemple.invalid" for number in range(EACH)]
    for number, address in enumerate(known):
        make_person(f"personne {number}", address=address)
    settings.PROXIRH_TRUSTED_PROXIES = 1
    for number in range(20):
        once(f"chauffe{number:02}@exemple.invalid", number)
    times: dict[bool, list[float]] = {True: [], False: []}
    answers: dict[bool, set[str]] = {True: set(), False: set()}
    turns = [*((True, address) for address in known), *((False, address) for address in unknown)]
    chance.shuffle(turns)
    for number, (is_known, address) in enumerate(turns):
        took, told = once(address, number + 20)
        times[is_known].append(took)
        answers[is_known].add(repr(told))
    apart = abs(statistics.median(times[True]) - statistics.median(times[False]))
    bound = noise(times[True] + times[False], chance)
    same = answers[True] == answers[False] and len(answers[True]) == 1
    tell(
        8,
        counted=f"{EACH} adresses connues et {EACH} inconnues, mêlées : demander un code, puis se tromper",
        target=f"mêmes réponses ; écart des médianes sous le bruit, {bound * 1000:.2f} ms à 99,9 %",
        result=f"réponses {'identiques' if same else 'différentes'} ; {apart * 1000:.2f} ms d’écart",
        seed=SEED,
    )
    assert same
    assert apart <= bound
