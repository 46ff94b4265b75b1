"""The real browser of the suite: finds a Chromium, drives it with Playwright, and fails on whatever it complains of.

`python -m tests.chromium` prints its path, or says in French that there is none and exits 1.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"),
    *("--disable-component-update", "--no-first-run", "--disable-sync", "--disable-default-apps"),
]
MISSING = "aucun Chromium trouvé : les essais de navigateur ne sont pas lancés (sudo apt install chromium)"


@cache
def find_chromium() -> str:
    """Path of a Chromium that starts, or an empty string; PROXIRH_TEST_CHROMIUM names one, or `none` to do without."""
    wanted = os.environ.get("PROXIRH_TEST_CHROMIUM")
    for name in (wanted,) if wanted else NAMES:
        path = shutil.which(name)
        if path and not subprocess.run([path, "--version"], capture_output=True, check=False).returncode:
            return path
    return ""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run."""
    # Playwright's loop runs in this thread, so Django believes itself inside asynchronous code: it is not.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages, each in a profile of its own; console errors (content security policy included) fail the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(**options: object) -> Page:
        context = browser.new_context(**{"locale": "fr-FR", "viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            # A form refused with 422 is a normal answer, which Chromium reports as a failed resource.
            lambda line: line.type == "error" and "status of 4" not in line.text and complaints.append(line.text),
        )
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A desktop page."""
    return new_page()


if __name__ == "__main__":
    print(find_chromium() or f"Navigateur : {MISSING}.")
    sys.exit(not find_chromium())
