"""What surrounds a page: links of the header, the side and the footer, given by the apps above."""

from dataclasses import dataclass
from functools import cache

from django.urls import reverse


@cache
def page_address(name: str) -> str:
    """Address of a page that takes no argument, found once: the links around every page are made anew each time."""
    return reverse(name)


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of a menu; `post` makes it a button that posts (signing out), `count` adds a counter."""

    label: str
    url: str
    icon: str = ""
    current: bool = False
    count: int | None = None
    count_label: str = ""
    urgent: bool = False
    post: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class LinkGroup:
    """Links under one heading of a side navigation."""

    title: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Chrome:
    """Everything around the content that depends on who reads; empty values hide their part."""

    home_url: str = "/"
    quick_links: tuple[Link, ...] = ()
    navigation: tuple[Link, ...] = ()
    side_navigation: tuple[LinkGroup, ...] = ()
    footer_links: tuple[Link, ...] = ()
    demo_links: tuple[Link, ...] = ()
    help_url: str = ""
    quick_exit_url: str = ""
    quick_exit_to: str = "https://meteofrance.com/"
