"""Eight visitors at once on one page, the floor measured the same way just before: pages a second, and their wait."""

import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench.browsing import Browser

VISITORS = 8
EACH = 50
# 220 pages a second where the floor gives 888 (PERFORMANCE, row 1).
FEWEST = 220 / 888


@dataclass(frozen=True, slots=True)
class Crowd:
    """What came out of it: pages a second of the page and of the floor, and how long the page was waited for."""

    label: str
    rate: float
    floor_rate: float
    ms: float
    p95: float

    @property
    def fault(self) -> str:
        """What it misses, in words; empty when it holds."""
        share = self.rate / self.floor_rate
        return "" if share >= FEWEST else f"{share:.0%} du plancher, au moins {FEWEST:.0%}".replace("%", "\u00a0%")


def _visit(browser: Browser, path: str, times: int) -> list[float]:
    waited = []
    for _ in range(times):
        page = browser.get(path)
        if page.status != 200:
            raise RuntimeError(f"{path} : {page.status}")
        waited.append(page.ms)
    return waited


def rush(browsers: Sequence[Browser], path: str, times: int = EACH) -> tuple[float, list[float]]:
    """Pages a second of all of them, and the wait of each page."""
    start = time.perf_counter()
    with ThreadPoolExecutor(len(browsers)) as pool:
        waits = list(pool.map(lambda browser: _visit(browser, path, times), browsers))
    spent = time.perf_counter() - start
    return len(browsers) * times / spent, [ms for wait in waits for ms in wait]


def crowd(browsers: Sequence[Browser], label: str, path: str, floor: str, times: int = EACH) -> Crowd:
    """The floor then the page, both warm."""
    for address in (floor, path):
        rush(browsers, address, max(1, times // 10))
    floor_rate, _ = rush(browsers, floor, times)
    rate, waits = rush(browsers, path, times)
    return Crowd(label, rate, floor_rate, statistics.median(waits), statistics.quantiles(waits, n=20)[-1])
