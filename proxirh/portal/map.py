"""Where each académie is drawn: the shapes stand in `portal/map.svg`, each under the code of its académie.

The drawing says nothing that the list beside it does not say: no colour carries a meaning.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from proxirh.kernel.text import fold
from proxirh.territories.models import Academy, Department

# Where the name of each stands in the frame of the mainland, 1010 by 1010.
NAMED_AT = {
    "02": (756, 748),
    "03": (777, 389),
    "04": (332, 650),
    "06": (570, 630),
    "07": (633, 403),
    "08": (765, 606),
    "09": (506, 60),
    "10": (680, 540),
    "11": (600, 788),
    "12": (756, 252),
    "13": (318, 517),
    "14": (142, 300),
    "15": (884, 296),
    "16": (430, 772),
    "17": (259, 387),
    "18": (439, 413),
    "19": (654, 303),
    "20": (542, 139),
    "22": (448, 563),
    "23": (832, 790),
    "27": (966, 930),
    "70": (337, 212),
}
# Too small there to be named or touched: they are drawn again, larger, in a frame of their own.
ENLARGED = {"01": (500, 237), "24": (546, 268), "25": (468, 252)}
OVERSEAS = {"32": "0 0 55 48", "31": "0 0 41 48", "33": "0 0 38 48", "28": "0 0 54 48", "43": "0 0 36 48"}


@dataclass(frozen=True, slots=True)
class Shape:
    """One académie on the drawing, and where its name is written."""

    academy: Academy
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Frame:
    """One overseas académie, in a small frame."""

    academy: Academy
    view_box: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """The mainland and Corsica, what is too small there, and the overseas frames."""

    mainland: Sequence[Shape]
    enlarged: Sequence[Shape]
    overseas: Sequence[Frame]


@dataclass(frozen=True, slots=True)
class Entry:
    """One académie of the list, with its départements."""

    academy: Academy
    departments: Sequence[Department]


@dataclass(frozen=True, slots=True)
class Region:
    """One région académique of the list."""

    name: str
    academies: Sequence[Entry]


def drawing(academies: Iterable[Academy]) -> Drawing:
    """What is drawn of them, by name; one that has no shape stands in the list alone."""
    by_code = {one.code: one for one in sorted(academies, key=lambda one: fold(one.name))}
    return Drawing(
        mainland=[Shape(one, *NAMED_AT[code]) for code, one in by_code.items() if code in NAMED_AT],
        enlarged=[Shape(one, *ENLARGED[code]) for code, one in by_code.items() if code in ENLARGED],
        overseas=[Frame(by_code[code], box) for code, box in OVERSEAS.items() if code in by_code],
    )


def by_region(departments: Iterable[Department]) -> list[Region]:
    """The list beside the drawing: regions, then académies, by name; départements by code."""
    rows = sorted(departments, key=lambda one: (fold(one.academy.region), fold(one.academy.name), one.code))
    return [
        Region(
            region,
            [Entry(academy, list(here)) for academy, here in groupby(of_region, key=lambda one: one.academy)],
        )
        for region, of_region in groupby(rows, key=lambda one: one.academy.region)
    ]
