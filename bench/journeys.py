"""The visits that are measured: who opens what, and the whole of an enquiry from « Commencer » to « Envoyer »."""

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin

import altcha
from bs4 import Tag

from bench.browsing import REDIRECTS, Browser, Page, form_fields

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
            Row(
                "Chiffres d’une académie, un an",
                lambda: opened(self.signed_in["coordinatrice"], places.figures),
                Targets(ms=60),
            ),
        ]

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
    page = browser.get(path)
    if page.status != 200:
        raise RuntimeError(f"{path} : {page.status}")
    return [page]


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
