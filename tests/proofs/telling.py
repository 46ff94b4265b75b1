"""What a proof of docs/preuves.md counted, in one line, for `make preuves`; and how long each proof lasts.

The ordinary suite runs the same tests on a few rounds; `make preuves` sets PROXIRH_TEST_PROOFS for the whole of them.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

AT_LENGTH = bool(os.environ.get("PROXIRH_TEST_PROOFS"))
TOLD_IN = os.environ.get("PROXIRH_TEST_FIGURES", "")

type Tell = Callable[..., None]


def rounds(few: int, many: int) -> int:
    """How many of something: `few` in the ordinary suite, `many` in `make preuves`."""
    return many if AT_LENGTH else few


@pytest.fixture
def tell() -> Tell:
    """Say a figure just before it is asserted, so that a red one says its result too."""

    def said(number: int, *, counted: str, target: str, result: str, seed: int | None = None) -> None:
        line = {"number": number, "counted": counted, "target": target, "result": result, "seed": seed}
        print(f"\n{line}")
        if TOLD_IN:
            with Path(TOLD_IN).open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")

    return said
