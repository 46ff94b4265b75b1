"""A test client that reads every page it fetches and refuses what our content security policy or our rules refuse."""

from html.parser import HTMLParser
from typing import Any, override

from django.http import HttpResponse
from django.test import Client

DATA_SCRIPTS = {"application/json", "application/ld+json"}


class PageReader(HTMLParser):
    """Collects the faults of one page or fragment, in plain words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.is_page = False
        self.lang = self.title = ""
        self.headings = 0
        self.in_title = self.in_raw = False
        self.ids: set[str] = set()
        self.post_forms: list[bool] = []
        self.in_post_form = False

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self._check_attributes(tag, values)
        match tag:
            case "html":
                self.is_page, self.lang = True, values.get("lang") or ""
            case "title" if not self.title:
                self.in_title = True
            case "h1":
                self.headings += 1
            case "style":
                self.faults.append("<style> in the page")
            case "script":
                self.in_raw = True
                if not values.get("src") and values.get("type") not in DATA_SCRIPTS:
                    self.faults.append("<script> without src")
            case "form":
                self.in_post_form = (values.get("method") or "get").lower() == "post"
                if self.in_post_form:
                    self.post_forms.append(False)
            case "input" if self.in_post_form and values.get("name") == "csrfmiddlewaretoken":
                self.post_forms[-1] = True

    def _check_attributes(self, tag: str, values: dict[str, str | None]) -> None:
        for name, value in values.items():
            if name == "style":
                self.faults.append(f"style attribute on <{tag}>")
            if name.startswith(("on", "hx-on")):
                self.faults.append(f"{name} handler on <{tag}>")
            if name in {"href", "action", "src"} and (value or "").strip().lower().startswith("javascript:"):
                self.faults.append(f"javascript: address on <{tag}>")
            self._check_leftover(value or "")
        if (name := values.get("id")) is not None:
            if name in self.ids:
                self.faults.append(f"id {name!r} twice")
            self.ids.add(name)

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag in {"title", "script", "form"}:
            self.handle_endtag(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self.in_title = False
        elif tag == "script":
            self.in_raw = False
        elif tag == "form":
            self.in_post_form = False

    @override
    def handle_data(self, data: str) -> None:
        if self.in_title:
            self.title += data.strip()
        if not self.in_raw:
            self._check_leftover(data)

    def _check_leftover(self, text: str) -> None:
        for leftover in ("{{", "{%", "{#"):
            if leftover in text:
                self.faults.append(f"template leftover {text[text.index(leftover) :][:40]!r}")

    def all_faults(self) -> list[str]:
        """Faults of the elements, then those of the page as a whole."""
        faults = [*self.faults, *("POST form without CSRF token" for has_token in self.post_forms if not has_token)]
        if self.is_page:
            if not self.lang:
                faults.append("<html> without lang")
            if not self.title:
                faults.append("page without title")
            if self.headings != 1:
                faults.append(f"page with {self.headings} <h1>")
        return faults


def faults_of(html: str) -> list[str]:
    """What is wrong with a page or a fragment; empty when nothing is."""
    reader = PageReader()
    reader.feed(html)
    reader.close()
    return reader.all_faults()


class StrictClient(Client):
    """Django's client, whose every HTML answer must be clean."""

    @override
    def request(self, **request: Any) -> HttpResponse:
        response = super().request(**request)
        if not response.streaming and response.headers.get("Content-Type", "").startswith("text/html"):
            faults = faults_of(response.content.decode(response.charset))
            assert not faults, f"{request.get('REQUEST_METHOD')} {request.get('PATH_INFO')}: {'; '.join(faults)}"
        return response
