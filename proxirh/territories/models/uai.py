"""The UAI, the ministry's name of a site: seven digits and a check letter."""

import re

CHECK_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_SHAPE = re.compile(r"[0-9]{7}[A-Z]")


def check_letter(digits: str) -> str:
    """Letter that ends a UAI: the remainder by 23 of its seven digits, in an alphabet without I, O and Q."""
    return CHECK_LETTERS[int(digits) % len(CHECK_LETTERS)]


def uai_fault(code: str) -> str | None:
    """What is wrong with an upper-case UAI, as a French phrase; None when it is right."""
    if not _SHAPE.fullmatch(code):
        return f"« {code} » n’est pas un UAI : sept chiffres et une lettre"
    if check_letter(code[:7]) != code[7]:
        return f"la lettre de contrôle de {code} n’est pas la bonne"
    return None
