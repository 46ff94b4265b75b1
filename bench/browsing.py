"""A browser without a screen: keeps its cookies and its connection, and times each request."""

import http.client
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from bench.probe import QUERIES, SQL

IDLE = 5  # seconds after which a kept connection is not trusted any more
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Page:
    """One answer, and what it cost: milliseconds until its last byte, milliseconds of processor, queries, SQL."""

    path: str
    status: int
    ms: float
    cpu_ms: float
    queries: int
    sql_ms: float
    body: bytes
    location: str

    @property
    def soup(self) -> BeautifulSoup:
        """The page, parsed."""
        return BeautifulSoup(self.body, "html.parser")


class Browser:
    """One visitor. `cpu` reads the processor time of the server, in seconds."""

    def __init__(self, port: int, cpu: Callable[[], float], client: str = "192.0.2.1") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._origin = f"http://localhost:{port}"
        self._cpu, self._client = cpu, client
        self._cookies: dict[str, str] = {}
        self._used_at = time.monotonic()

    def twin(self, client: str) -> "Browser":
        """The same visit on a connection of its own, its processor time not read: for several at once."""
        other = Browser(self._connection.port, lambda: 0.0, client)
        other._cookies = dict(self._cookies)
        return other

    def get(self, path: str) -> Page:
        """One GET, redirects not followed."""
        return self._send("GET", path, None)

    def post(self, path: str, fields: Mapping[str, str | list[str]]) -> Page:
        """One POST of a form, redirects not followed."""
        return self._send("POST", path, urlencode(fields, doseq=True).encode())

    def follow(self, page: Page) -> Page:
        """The page where redirects end."""
        while page.status in REDIRECTS:
            page = self.get(page.location)
        if page.status != 200:
            raise RuntimeError(f"{page.path} : {page.status}\n{page.soup.get_text(' ', strip=True)[:600]}")
        return page

    def _send(self, method: str, path: str, body: bytes | None) -> Page:
        headers = {
            "Host": urlsplit(self._origin).netloc,
            "Accept": "text/html",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
            "X-Forwarded-For": self._client,
        }
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self._origin}
        if time.monotonic() - self._used_at > IDLE:
            self._connection.close()
        before, start = self._cpu(), time.perf_counter()
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        ms = (time.perf_counter() - start) * 1000
        spent = self._cpu() - before
        self._used_at = time.monotonic()
        for header in answer.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(header).items():
                self._cookies[name] = morsel.value
        location = answer.headers.get("Location", "")
        return Page(
            path=path,
            status=answer.status,
            ms=ms,
            cpu_ms=spent * 1000,
            queries=int(answer.headers.get(QUERIES, 0)),
            sql_ms=float(answer.headers.get(SQL, 0)),
            body=content,
            location=urlsplit(urljoin(self._origin + path, location))._replace(scheme="", netloc="").geturl()
            if location
            else "",
        )


def form_fields(form: Tag) -> dict[str, str | list[str]]:
    """What a browser would send of a form as it stands: its hidden fields, its checked boxes, its first options."""
    fields: dict[str, str | list[str]] = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        name, kind = str(field["name"]), field.get("type", "text")
        if kind in {"checkbox", "radio"}:
            if field.has_attr("checked"):
                fields.setdefault(name, [])
                fields[name] += [str(field.get("value", "on"))]  # type: ignore[operator]
        elif field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            fields[name] = str(chosen["value"]) if chosen else ""
        elif kind != "file":
            fields[name] = field.get_text() if field.name == "textarea" else str(field.get("value", ""))
    return fields
