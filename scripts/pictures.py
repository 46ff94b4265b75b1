"""Takes the pictures of docs/images from a fresh demonstration: `make pictures` (needs a Chromium)."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.chromium import ARGUMENTS, MISSING, find_chromium

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
PHONE = {"width": 360, "height": 740}
AN_ENQUIRY = re.compile(r"/(?:bureau|suivi)/[0-9a-f-]{36}/")
DESKTOP = {"width": 1280, "height": 800}


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Until the site answers; at most three minutes."""
    for _ in range(360):
        if process.poll() is not None:
            sys.exit("La démonstration n’a pas démarré.")
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            time.sleep(0.5)
        else:
            return
    sys.exit("La démonstration ne répond pas.")


class Photographer:
    """One browser, and how to become someone of the demonstration."""

    def __init__(self, browser: Browser, base: str) -> None:
        self.browser, self.base = browser, base

    def open(self, persona: str, size: dict[str, int], theme: str) -> Page:
        """A page in the skin of a persona, or of a visitor."""
        context = self.browser.new_context(locale="fr-FR", viewport=size, color_scheme=theme, device_scale_factor=1)
        page = context.new_page()
        if persona:
            page.goto(f"{self.base}/demo/")
            page.locator(f"form:has(input[value='{persona}']) button").click()
        return page

    def take(self, name: str, persona: str, path: str, size: dict[str, int], *, theme: str = "light") -> None:
        """One picture of one page, as the window shows it."""
        page = self.open(persona, size, theme)
        page.goto(f"{self.base}{path}", wait_until="networkidle")
        self.keep(page, name)

    def keep(self, page: Page, name: str) -> None:
        """Write the picture and close the page."""
        page.screenshot(path=IMAGES / f"{name}.png")
        page.context.close()
        print(f"docs/images/{name}.png")


def pictures(photographer: Photographer) -> None:
    """Every picture that the documents show."""
    photographer.take("accueil-telephone", "", "/", PHONE)
    photographer.take("accueil-telephone-sombre", "", "/", PHONE, theme="dark")
    photographer.take("bureau", "conseillere", "/bureau/", DESKTOP)
    photographer.take("bureau-sombre", "conseillere", "/bureau/", DESKTOP, theme="dark")
    photographer.take("suivi", "agent", "/suivi/", PHONE)
    photographer.take("chiffres", "coordinatrice", "/pilotage/", DESKTOP)
    for name, path, persona, size in (
        ("demande", "/bureau/", "conseillere", DESKTOP),
        ("suivi-demande", "/suivi/", "agent", PHONE),
    ):
        page = photographer.open(persona, size, "light")
        page.goto(f"{photographer.base}{path}", wait_until="networkidle")
        links = page.locator("main a").evaluate_all("links => links.map(link => link.pathname)")
        first = next(link for link in links if AN_ENQUIRY.fullmatch(link))
        page.goto(f"{photographer.base}{first}", wait_until="networkidle")
        photographer.keep(page, name)


def with_demonstration(work: Callable[[Browser, str], None]) -> None:
    """Serve a demonstration of its own, let `work` use it, and stop it."""
    port = free_port()
    base = f"http://localhost:{port}"
    with tempfile.TemporaryDirectory() as folder:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PROXIRH_")}
        environ |= {"PROXIRH_PORT": str(port), "PROXIRH_DATA_DIR": folder}
        process = subprocess.Popen(
            [sys.executable, "-m", "config.serve", "--demo"], cwd=ROOT, env=environ, stdout=subprocess.DEVNULL
        )
        try:
            wait_for(f"{base}/live", process)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
                work(browser, base)
                browser.close()
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    if not find_chromium():
        sys.exit(f"Pas d’images : {MISSING}.")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with_demonstration(lambda browser, base: pictures(Photographer(browser, base)))
