"""Text as people type it: cleaned before it is kept, folded before it is compared."""

import re
import unicodedata

# NUL breaks PostgreSQL; the marks of direction let a text show otherwise than it reads.
_FORBIDDEN = re.compile("[\x00\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Those of Latin letters, taken away at once; a search folds hundreds of names.
_ACCENTS = re.compile("[\u0300-\u036f]+")
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "’": "'", "ʼ": "'"})


def clean_text(text: str) -> str:
    """The same text without NUL bytes nor direction marks, with one kind of line end; emoji are kept."""
    return _FORBIDDEN.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def fold(text: str) -> str:
    """Lower case without accents nor ligatures, so that “Éléonore” and “eleonore” compare equal."""
    if text.isascii():
        return text.lower()
    decomposed = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.translate(_LIGATURES).casefold()))
    if decomposed.isascii():
        return decomposed
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def slugify_fr(text: str) -> str:
    """Lower-case name for an address: accents dropped, any other run becomes one hyphen."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")


def is_slip(typed: str, meant: str) -> bool:
    """True when one letter too many, too few, changed, or changed places with the next, is all that differs."""
    start = next((at for at, pair in enumerate(zip(typed, meant, strict=False)) if pair[0] != pair[1]), None)
    if start is None:
        return abs(len(typed) - len(meant)) == 1
    rest, other = typed[start:], meant[start:]
    return (
        rest[1:] == other
        or rest == other[1:]
        or rest[1:] == other[1:]
        or (rest[:2] == other[1::-1] and rest[2:] == other[2:])
    )
