"""The visits that are measured: who opens what, and the whole of an enquiry from « Commencer » to « Envoyer »."""

import dataclasses
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urljoin

import altcha
from bs4 import Tag

from bench.browsing import REDIRECTS, Browser, Page, form_fields
from bench.sameness import Sameness, compare_desk, compare_searches, search_fields
from bench.together import VISITORS, Crowd, crowd

SENT = "/demander/envoyee/"
MOST_STEPS = 20
PROOF = "data-proof-of-work"
WORDS = "Je voudrais parler de mon projet professionnel avec quelqu’un, au téléphone si possible. " * 4
# What is typed or chosen on the way; the rest is sent as the page offers it.
TYPED = {
    "first_name": "Camille",
    "last_name": "Exemple",
    "phone": "0639980000",
    "words": WORDS,
    "category": "professeur_2d",
}


@dataclass(frozen=True, slots=True)
class Places:
    """Addresses of the measured pages, as `bench.locate` prints them, and a school to choose."""

    enquiry: str
    follow: str
    figures: str
    site: str
    drawn: Sequence[str] = ()
    expected: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Targets:
    """What a row must not exceed: times the floor, milliseconds at 200,000 enquiries."""

    ratio: float | None = None
    ms: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `visit` gives the pages of one repetition, all of them measured."""

    label: str
    visit: Callable[[], list[Page]]
    targets: Targets = Targets()
    is_page: bool = True


class Visits:
    """The browsers of one run, signed in once."""

    def __init__(self, port: int, cpu: Callable[[], float], places: Places) -> None:
        self._port, self._cpu, self._places = port, cpu, places
        self._clients = (f"198.51.100.{n % 250 + 1}" for n in itertools.count())
        self._serial = itertools.count(1)
        self.anonymous = self.browser()
        self.signed_in = {code: self._enter(code) for code in ("agent", "conseillere", "coordinatrice")}
        self._drawn = itertools.cycle(places.drawn)
        self._names = itertools.cycle([search["typed"] for search in places.expected.get("searches", ())])

    def browser(self) -> Browser:
        """A new visitor, from another address."""
        return Browser(self._port, self._cpu, next(self._clients))

    def _enter(self, persona: str) -> Browser:
        browser = self.browser()
        entered = browser.post("/demo/connexion/", {"persona": persona})
        if entered.status != 302:
            raise RuntimeError(f"la personne {persona} n’entre pas : {entered.status}")
        return browser

    def floor(self) -> list[Page]:
        """The bare signed-in page."""
        return opened(self.signed_in["conseillere"], "/plancher/")

    def rows(self) -> list[Row]:
        """Every line of the table."""
        places, counsellor, agent = self._places, self.signed_in["conseillere"], self.signed_in["agent"]
        return [
            Row("Accueil", lambda: opened(self.anonymous, "/")),
            Row("Demander, première page", lambda: opened(self.anonymous, "/demander/")),
            Row("Demander, tous les envois", self._submit, is_page=False),
            Row("« Envoyer » seul", lambda: self._submit()[-1:], Targets(ratio=6), is_page=False),
            Row("Espace de l’agent", lambda: opened(agent, "/suivi/")),
            Row("Suivi de l’agent, 20 messages", lambda: opened(agent, places.follow)),
            Row("Bureau, liste", lambda: opened(counsellor, "/bureau/"), Targets(ratio=3)),
            Row("Demande, 20 messages", lambda: opened(counsellor, places.enquiry), Targets(ratio=4)),
            Row("Demande au hasard, 10 messages", self._open_drawn, Targets(ratio=4)),
            Row("Présence dite par cette page", self._attend_drawn),
            Row("Recherche d’un nom", self._search, Targets(ratio=4)),
            Row("Matinée de la coordination", lambda: opened(self.signed_in["coordinatrice"], "/collegues/matinee/")),
            Row(
                "Chiffres d’une académie, un an",
                lambda: opened(self.signed_in["coordinatrice"], places.figures),
                Targets(ms=60),
            ),
        ]

    def _open_drawn(self) -> list[Page]:
        """The next of those that were drawn: its thread, its files, its history."""
        return opened(self.signed_in["conseillere"], next(self._drawn))

    def _attend_drawn(self) -> list[Page]:
        """What its script sends as soon as it is open, and the answer: who else is there."""
        return [_read(self.signed_in["conseillere"].post(f"{next(self._drawn)}presence/", self._blank))]

    @cached_property
    def _blank(self) -> dict[str, str | list[str]]:
        return search_fields(self.signed_in["conseillere"])

    def _search(self) -> list[Page]:
        """The next name to look for, as it was typed."""
        return [_read(self.signed_in["conseillere"].post("/bureau/", self._blank | {"q": next(self._names)}))]

    def together(self) -> Crowd:
        """Eight counsellors at once on the list of the desk."""
        browsers = [self.signed_in["conseillere"].twin(next(self._clients)) for _ in range(VISITORS)]
        return crowd(browsers, "Bureau, liste", "/bureau/", "/plancher/")

    def compare(self) -> Sameness:
        """What the desk shows beside what an oracle says; before any row, since some of them write."""
        same = compare_desk(self.signed_in["conseillere"], self._places.expected)
        compare_searches(self.signed_in["conseillere"], self._places.expected, same)
        return same

    def _submit(self) -> list[Page]:
        """The POSTs of one whole enquiry, « Envoyer » last."""
        browser = self.browser()
        sent: list[Page] = []
        page = browser.get("/demander/")
        while page.path != SENT:
            if len(sent) > MOST_STEPS:
                raise RuntimeError(f"le parcours ne finit pas : {page.path}")
            page = browser.follow(self._step(browser, page, sent))
        return sent

    def _step(self, browser: Browser, page: Page, sent: list[Page]) -> Page:
        """Answer one screen as someone would: its form if it has one, else its main link."""
        if page.path == "/demander/lieu/":
            return browser.get(f"/demander/lieu/?q={self._places.site}")
        here = page.path.partition("?")[0]
        forms = [form for form in page.soup.select("main form[method=post]") if _posts_here(form, here)]
        if not forms:
            onward = page.soup.select_one("main a.fr-btn:not(.fr-btn--tertiary):not(.fr-btn--secondary)")
            if onward is None:
                raise RuntimeError(f"{page.path} n’a ni formulaire ni suite")
            return browser.get(str(onward["href"]))
        answer = browser.post(urljoin(page.path, str(forms[-1].get("action", ""))), self._fields(forms[-1]))
        if answer.status not in REDIRECTS:
            raise RuntimeError(f"{page.path} : {answer.status}\n{answer.soup.get_text(' ', strip=True)[:800]}")
        sent.append(answer)
        return answer

    def _fields(self, form: Tag) -> dict[str, str | list[str]]:
        fields = form_fields(form)
        names = {str(field["name"]) for field in form.select("[name]")}
        fields |= {name: value for name, value in TYPED.items() if name in names}
        if "email" in names:
            fields["email"] = f"bench.{next(self._serial)}@courriel.invalid"
        if "site" in names:
            fields["site"] = self._places.site
        if "topic" in names:
            offered = [str(field["value"]) for field in form.select("[name=topic]")]
            fields["topic"] = "1" if "1" in offered else "1.1"
        for field in form.select(f"[{PROOF}]"):
            fields[str(field["name"])] = solve(str(field[PROOF]))
        return fields


def opened(browser: Browser, path: str) -> list[Page]:
    """One page, which must be the page and not a refusal."""
    return [_read(browser.get(path))]


def _read(page: Page) -> Page:
    if page.status != 200:
        raise RuntimeError(f"{page.path} : {page.status}")
    return page


def _posts_here(form: Tag, path: str) -> bool:
    """True unless the form belongs to something else than the question of the page (erase, later)."""
    action = str(form.get("action", ""))
    return not action or action.startswith("?") or action == path


def solve(challenge: str) -> str:
    """The proof of work that the page's script would have computed."""
    asked = altcha.Challenge.from_dict(json.loads(challenge))
    solution = altcha.solve_challenge(asked)
    if solution is None:
        raise RuntimeError("la preuve de travail n’a pas été trouvée")
    return altcha.Payload(challenge=asked, solution=solution).to_base64()
