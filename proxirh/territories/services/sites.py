"""Finding a school or service as people type it, and knowing the mailboxes that others read."""

import re
import unicodedata

from django.db.models import Q

from proxirh.territories.models import Department, Site
from proxirh.territories.models.search import folded_words
from proxirh.territories.models.uai import uai_fault

MOST_FOUND = 20
MOST_WORDS = 8
MOST_CHARACTERS = 200
# Words that tell nothing apart.
EMPTY_WORDS = {"a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "un", "une"}
# Words that so many sites bear that sorting their bearers would cost more than it tells.
_COMMON = {
    "circonscription",
    "college",
    "ecole",
    "elementaire",
    "general",
    "lycee",
    "maternelle",
    "polyvalent",
    "prive",
    "privee",
    "primaire",
    "professionnel",
    "publique",
    "public",
    "saint",
    "sainte",
    "service",
    "technologique",
}
_UAI = re.compile(r"(?<![0-9a-z])[0-9]{7}[a-z](?![0-9a-z])")
# Some académies write it right after letters: e0330001a@….
_UAI_AT_SCHOOL = re.compile(r"(?<![0-9])[0-9]{7}[a-z](?![0-9a-z])")
# What the ministry's own domains name so is a school's, even copied with a wrong check letter.
_HEAD_OF_SCHOOL = re.compile(r"ce\.?[0-9]{7}[a-z]")
_IDLE = re.compile(r'["\\]')


def find_sites(text: str) -> tuple[list[Site], bool]:
    """At most 20 open sites whose name, kind, town, postal code and UAI hold every word typed, or its beginning.

    A whole word may also be of the name of the département. With the sites, True when more match. Accents, capitals and
    the order of words do not matter; “St” is read “Saint”. Empty when nothing useful was typed.
    """
    words = [word for word in folded_words(text[:MOST_CHARACTERS]) if word not in EMPTY_WORDS][:MOST_WORDS]
    if not words:
        return [], False
    sites = Site.objects.filter(is_open=True).select_related("department")
    named = _departments_by_word()
    for word in words:
        is_uai = uai_fault(word.upper()) is None
        about = Q(search_text__contains=f" {word}") | Q(department__in=named.get(word, ()))
        sites = sites.filter(uai=word.upper()) if is_uai else sites.filter(about)
    is_narrow = any(not any(common.startswith(word) for common in _COMMON) for word in words)
    found = list(sites.order_by(*(("name", "town", "uai") if is_narrow else ("pk",)))[: MOST_FOUND + 1])
    return found[:MOST_FOUND], len(found) > MOST_FOUND


def site_of(code: str) -> Site | None:
    """The open site of this UAI, with its département and its académie; None for whatever is no UAI."""
    if uai_fault(code) is not None:
        return None
    return Site.objects.filter(uai=code, is_open=True).select_related("department__academy").first()


def _departments_by_word() -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for pk, name in Department.objects.values_list("pk", "name"):
        for word in folded_words(name):
            found.setdefault(word, []).append(pk)
    return found


def is_shared_mailbox(address: str) -> bool:
    """True for the mailbox of a school or service, which others read: named after a UAI, or in the directory."""
    # Quotes, backslashes and wide letters change how an address is written, not where its mail arrives.
    address = _IDLE.sub("", unicodedata.normalize("NFKC", address).strip().lower())
    local, _, domain = address.rpartition("@")
    if domain.startswith("ac-") and _HEAD_OF_SCHOOL.match(local):
        return True
    found = (_UAI_AT_SCHOOL if domain.startswith("ac-") else _UAI).findall(local)
    if any(uai_fault(code.upper()) is None for code in found):
        return True
    without_tag = f"{local.partition('+')[0]}@{domain}"
    return Site.objects.filter(mailbox__in={address, without_tag}).exclude(mailbox="").exists()
