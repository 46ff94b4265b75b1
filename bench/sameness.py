"""Compares what the pages show with what `bench.oracle` says they must."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.browsing import Browser, Page, form_fields

MOST_PAGES = 20
PAGE = 25
IN_HAND = ("aujourdhui", "agent", "date", "en-cours", "sans-nouvelles", "a-terminer")
UID = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/?$")


@dataclass(slots=True)
class Recall:
    """Of the searches of one shape: how much of what they meant was found, among twenty-five rows at most."""

    meant: int = 0
    found: int = 0
    searches: int = 0

    @property
    def share(self) -> float:
        """From 0 to 1; nothing meant, nothing missed."""
        return self.found / self.meant if self.meant else 1.0


@dataclass(slots=True)
class Sameness:
    """What was compared on one base, and what differs, in words."""

    rows: int = 0
    recalls: dict[str, Recall] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def rows_of(page: Page) -> list[str]:
    """Ids of the lines of a list, in its order."""
    if page.status != 200:
        raise RuntimeError(f"{page.path} : {page.status}")
    links = page.soup.select("[data-ui-list] tbody [data-ui-row] td:first-child a[href]")
    return [found[1] for link in links if (found := UID.search(str(link["href"])))]


def _next(page: Page) -> str:
    link = page.soup.select_one(".fr-pagination a[href*='apres=']")
    return str(link["href"]) if link else ""


def whole_view(browser: Browser, code: str) -> list[str]:
    """Every line of a view, page after page."""
    found: list[str] = []
    page = browser.get(f"/bureau/?vue={code}")
    for _ in range(MOST_PAGES):
        found += rows_of(page)
        following = _next(page)
        if not following:
            return found
        page = browser.get(following)
    raise RuntimeError(f"la vue {code} ne finit pas")


def is_in_order(shown: Sequence[str], ordered: Sequence[str]) -> bool:
    """True when these come one after the other in the other list."""
    places = iter(ordered)
    return all(one in places for one in shown)


def compare_desk(browser: Browser, expected: Mapping[str, Any]) -> Sameness:
    """The first page of what waits, line by line; all views of what is in hand together, and each in its order."""
    same = Sameness()
    new = rows_of(browser.get("/bureau/?vue=nouvelles"))
    if new != expected["new"]:
        same.faults.append("« Nouvelles » n’a pas les lignes de l’oracle")
    views = {code: whole_view(browser, code) for code in IN_HAND}
    shown = [uid for lines in views.values() for uid in lines]
    if sorted(shown) != sorted(expected["in_hand"]):
        same.faults.append("les vues du jour n’ont pas, ensemble et une seule fois, ce qui est en main")
    ordered = expected["in_hand"]
    same.faults += [
        f"« {code} » n’est pas dans l’ordre" for code, lines in views.items() if not is_in_order(lines, ordered)
    ]
    same.rows = len(new) + len(shown)
    return same


def search_fields(browser: Browser) -> dict[str, str | list[str]]:
    """The search box of the desk as it stands, before anything is typed."""
    form = browser.get("/bureau/").soup.select_one("form[role=search]")
    if form is None:
        raise RuntimeError("le bureau n’a pas de recherche")
    return form_fields(form)


def compare_searches(browser: Browser, expected: Mapping[str, Any], same: Sameness) -> None:
    """How much each shape of typing finds; a line that this person may not read is a fault."""
    readable, blank = set(expected["readable"]), search_fields(browser)
    for search in expected["searches"]:
        shown = rows_of(browser.post("/bureau/", blank | {"q": search["typed"]}))
        count(same.recalls.setdefault(search["shape"], Recall()), shown, search["meant"])
        if set(shown) - readable:
            same.faults.append(f"une recherche ({search['shape']}) montre ce que cette personne ne peut lire")


def count(recall: Recall, shown: Iterable[str], meant: Sequence[str]) -> None:
    """Add one search: a page holds twenty-five, no more is asked of it."""
    recall.searches += 1
    recall.meant += min(PAGE, len(meant))
    recall.found += min(PAGE, len(set(shown) & set(meant)))
