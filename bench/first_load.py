"""What a first visit downloads, with a real browser and an empty cache."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from tests.chromium import ARGUMENTS, find_chromium

MOST_BYTES = 300_000


@dataclass(frozen=True, slots=True)
class FirstLoad:
    """Compressed bytes of a page with all it needs, how many requests, and the other hosts it asked."""

    path: str
    bytes: int
    requests: int
    foreign: tuple[str, ...]


def first_load(port: int, path: str) -> FirstLoad | None:
    """Open `path` for the first time; None where no Chromium is found."""
    chromium = find_chromium()
    if not chromium:
        return None
    sizes: dict[str, float] = {}
    hosts: set[str] = set()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        context = browser.new_context(locale="fr-FR", viewport={"width": 360, "height": 740})
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", lambda event: hosts.add(urlsplit(event["request"]["url"]).netloc))
        session.on(
            "Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]})
        )
        page.goto(f"http://localhost:{port}{path}", wait_until="networkidle")
        browser.close()
    foreign = tuple(sorted(host for host in hosts if host and host != f"localhost:{port}"))
    return FirstLoad(path, int(sum(sizes.values())), len(sizes), foreign)
