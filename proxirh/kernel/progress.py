"""How far a long task is, on standard error: a bar for someone who watches, a line now and then for a log."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

SECONDS_BETWEEN_LINES = 10.0

type Advance = Callable[[int], object]


@contextmanager
def progress(
    label: str, *, total: int, unit: str = "", clock: Callable[[], float] = time.monotonic
) -> Iterator[Advance]:
    """Give the function to call with what has just been done; a short task leaves no trace in a log."""
    if sys.stderr.isatty():
        with tqdm(total=total, desc=label, unit=unit, unit_scale=True, file=sys.stderr, leave=False) as bar:
            yield bar.update
        return
    done, last = 0, clock()

    def advance(count: int) -> None:
        nonlocal done, last
        done += count
        if clock() - last >= SECONDS_BETWEEN_LINES:
            last = clock()
            sys.stderr.write(f"{label} : {min(100, 100 * done // max(total, 1))} %\n")

    yield advance


@contextmanager
def paused() -> Iterator[None]:
    """Wipe the bars while a line is written, then draw them again."""
    with tqdm.external_write_mode(file=sys.stderr):
        yield
