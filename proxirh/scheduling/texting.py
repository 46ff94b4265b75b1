"""Short text messages, through whatever sends them here: one function that takes a number and a few words.

`PROXIRH_SMS_SENDER` names it, as a dotted path to `send(to: str, text: str) -> None`, which raises when nothing left;
« fichier » writes lines to `sms.jsonl` in the data folder, for a demonstration. Without it, nobody is offered any.
"""

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

FILE = "fichier"
MOST = 160
# What a French text keeps of that alphabet beside plain letters.
GSM = frozenset("éèùàÉÇ")
Send = Callable[[str, str], None]


def has_texts() -> bool:
    """True where something sends them."""
    return bool(settings.PROXIRH_SMS_SENDER)


def plain(text: str) -> str:
    """The same in the alphabet of text messages (GSM 03.38): any other letter makes a message of 70 instead of 160."""
    straight = text.replace("\u2019", "'").replace("\u00a0", " ").replace("\u202f", " ")
    return "".join(one if one.isascii() or one in GSM else _bare(one) for one in straight)


def _bare(letter: str) -> str:
    """Without its accent."""
    return "".join(one for one in unicodedata.normalize("NFD", letter) if one.isascii())


def send_text(to: str, text: str) -> None:
    """Send one; raises whatever the sender raises, and ValueError for what is too long to be one message."""
    if len(text) > MOST:
        raise ValueError("a text message holds 160 letters")
    send: Send = write_to_file if settings.PROXIRH_SMS_SENDER == FILE else import_string(settings.PROXIRH_SMS_SENDER)
    send(to, text)


def write_to_file(to: str, text: str) -> None:
    """A line a message, for whoever tries the service."""
    line = json.dumps({"to": to, "text": text, "at": timezone.now().isoformat()}, ensure_ascii=False)
    with Path(settings.PROXIRH_DATA_DIR, "sms.jsonl").open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
