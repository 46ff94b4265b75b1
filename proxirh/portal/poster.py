"""The poster of a site or of an académie: neutral words, a square to photograph, its address typed (PDF/UA-1)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from proxirh.ui import french
from proxirh.ui.pictures import square_to_photograph

TITLE = "Une question sur votre travail, un projet, un moment difficile ?"
PROMISES = (
    "Une personne vous répond.",
    "Ni votre hiérarchie ni votre établissement ne lit ce que vous écrivez.",
    "C’est gratuit, et vous pouvez demander à toute heure.",
)
MOST_NUMBERS = 4
PAGE = Path(__file__).with_name("poster.typ")


@dataclass(frozen=True, slots=True)
class Poster:
    """What differs from one poster to the next: where, for whom, teams with their numbers, the page it leads to.

    The page tells every number; the paper holds the first four.
    """

    place: str
    about: str
    numbers: Sequence[tuple[str, str]]
    address: str


def poster(told: Poster, *, on: date) -> bytes:
    """One sheet, without anybody's name; whoever photographs the square reads the same address under it."""
    import typst  # noqa: PLC0415 — a document library: only who prints loads it

    words = {
        "title": TITLE,
        "place": told.place,
        "about": told.about,
        "promises": PROMISES,
        "numbers": [list(one) for one in told.numbers[:MOST_NUMBERS]],
        "address": told.address,
        "alternative": f"Code à photographier, qui mène à {told.address}",
        "done": f"Affiche faite le {french.plain_day(on)}. À refaire à chaque rentrée.",
    }
    inputs = {"told": json.dumps(words), "square": square_to_photograph(told.address)}
    return typst.compile(PAGE.read_bytes(), sys_inputs=inputs, pdf_standards="ua-1")
