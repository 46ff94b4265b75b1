"""What in some words says who an enquiry is about: a name, however it is spelt, how to reach her, where she works."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from proxirh.enquiries.wishes import names_kept_away
from proxirh.kernel.text import fold

FEWEST_LETTERS = 3  # « de », « Le »: parts of names that are words as well
TITLES = frozenset({"m", "mr", "mme", "mlle", "monsieur", "madame", "mademoiselle"})


def identified_by(enquiry: Any, text: str) -> str:
    """The words of a text that name its author, whom she keeps away, her place, or how to reach her; else nothing.

    A word of a name counts with a capital or after « Mme »: « petit » is a word, « Petit » and « Mme petit » are not.
    """
    contact = enquiry.contact
    text = unicodedata.normalize("NFC", text)
    names = [contact.get("first_name", ""), contact.get("last_name", ""), *names_kept_away(enquiry)]
    parts = {part for name in names for part in _folded(name) if len(part) >= FEWEST_LETTERS}
    words = list(_words(text))
    for at, (word, plain) in enumerate(words):
        # « Mme de Brion », « M. O’Brien »: a title may stand two words before.
        is_titled = any(one in TITLES for _, one in words[max(0, at - 2) : at])
        if plain in parts and (word[0].isupper() or is_titled):
            return word
    site = enquiry.site
    for phrase in (site.name, site.town) if site else ():
        if found := _phrase(words, _folded(phrase)):
            return found
    return _reached(contact, [enquiry.reference, enquiry.reference.replace("-", ""), site.uai if site else ""], text)


def _words(text: str) -> Iterator[tuple[str, str]]:
    """Each word as it is typed, then folded."""
    for word in re.findall(r"\w+", text):
        yield word, fold(word)


def _folded(text: str) -> list[str]:
    return [plain for _, plain in _words(unicodedata.normalize("NFC", text))]


def _phrase(words: Sequence[tuple[str, str]], wanted: Sequence[str]) -> str:
    """These words one after the other, one of them at least with a capital: « l’école primaire » is any school."""
    for at in range(len(words) - len(wanted) + 1) if wanted else ():
        here = words[at : at + len(wanted)]
        if [plain for _, plain in here] == list(wanted) and any(word[0].isupper() for word, _ in here):
            return " ".join(word for word, _ in here)
    return ""


def _reached(contact: dict[str, str], known: Sequence[str], text: str) -> str:
    for word in filter(None, (*known, contact.get("email") or "")):
        if word.casefold() in text.casefold():
            return word
    digits = re.sub(r"\D", "", contact.get("phone") or "")[-9:]
    return contact["phone"] if digits and digits in re.sub(r"[\s.\-]", "", text) else ""
