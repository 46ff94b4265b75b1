"""ClamAV, asked over its socket whether bytes are dangerous; no kept library speaks to it any more.

Only its INSTREAM order is used: the bytes are in memory, encrypted on the disk, and never written there in clear.
"""

import socket
from urllib.parse import urlsplit

from django.conf import settings

CHUNK = 64 * 1024
CONNECTING, ANSWERING = 2.0, 20.0  # seconds
MOST_ANSWERED = 4096
CLEAN, DANGEROUS = b"stream: OK", b" FOUND"


class ScannerDown(Exception):
    """No verdict: the scanner does not answer, or not with one. Holds nothing of what was scanned."""


def is_configured() -> bool:
    """True where files wait for their verdict before anybody opens them."""
    return bool(settings.PROXIRH_CLAMD)


def is_dangerous(data: bytes) -> bool:
    """The verdict of the scanner; raises ScannerDown when there is none."""
    try:
        with _connected() as link:
            link.sendall(b"zINSTREAM\0")
            for start in range(0, len(data), CHUNK):
                part = data[start : start + CHUNK]
                link.sendall(len(part).to_bytes(4, "big") + part)
            link.sendall(bytes(4))
            answer = _answer(link)
    except OSError as error:
        raise ScannerDown(f"{type(error).__name__}: {error.strerror or error}") from None
    if answer == CLEAN:
        return False
    if answer.endswith(DANGEROUS):
        return True
    raise ScannerDown(f"answers {answer[:80]!r}")


def _connected() -> socket.socket:
    """An open link to the address of the settings: a path, or a host and a port."""
    address = settings.PROXIRH_CLAMD
    if address.startswith("/"):
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(CONNECTING)
        try:
            link.connect(address)
        except OSError:
            link.close()
            raise
    else:
        parts = urlsplit(f"//{address}")
        link = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=CONNECTING)
    link.settimeout(ANSWERING)
    return link


def _answer(link: socket.socket) -> bytes:
    held = b""
    while b"\0" not in held and len(held) < MOST_ANSWERED and (more := link.recv(MOST_ANSWERED)):
        held += more
    return held.partition(b"\0")[0]
