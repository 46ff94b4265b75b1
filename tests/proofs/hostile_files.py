"""What nobody should join to a message: bombs, polyglots, false labels and false names; and what one costs to look at.

Nothing here needs the database: a process of its own may measure it.
"""

import functools
import io
import resource
import struct
import time
import zipfile
import zlib

from proxirh.kernel import files
from proxirh.kernel.errors import DomainError
from proxirh.kernel.files import MEGABYTE, MOST_UNZIPPED, check_file
from tests.kernel.test_files import PDF, archive, docx, odt, picture, png_header

TYPES = "[Content_Types].xml"


def lying(member: str, *, zeros: int, told: int = 150) -> bytes:
    """An archive whose member says that it holds a few bytes, and holds as many zeros as one likes."""
    data = bytearray(archive({member: bytes(zeros), "word/document.xml": b"x"}))
    directory = data.index(b"PK\x01\x02")
    data[22:26] = data[directory + 24 : directory + 28] = struct.pack("<I", told)
    return bytes(data)


def packed_otherwise(member: str, *, zeros: int) -> bytes:
    """The same in a packing of which a single block opens to all it holds."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as made:
        made.writestr(member, bytes(zeros))
        made.writestr("word/document.xml", b"x")
    data = bytearray(out.getvalue())
    directory = data.index(b"PK\x01\x02")
    data[22:26] = data[directory + 24 : directory + 28] = struct.pack("<I", 150)
    return bytes(data)


def nested(depth: int) -> bytes:
    """Archives of archives, each of sixteen, as 42.zip is."""
    data = bytes(MEGABYTE)
    for _ in range(depth):
        data = archive({f"{n}.zip": data for n in range(16)})
    return data


def png_of_text(zeros: int) -> bytes:
    """A picture of one point whose comment swells."""
    body = b"Comment\0\0" + zlib.compress(bytes(zeros), 9)
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    small = picture("PNG", size=(1, 1))
    return small[:33] + chunk + small[33:]


def laughing() -> bytes:
    """XML whose entities swell a billion times."""
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE l [<!ENTITY l0 "lol">{lines}]><Types>&l9;</Types>'.encode()


@functools.cache
def bombs() -> dict[str, tuple[bytes, str]]:
    """By name, bytes and what is said of them."""
    some = 150 * MEGABYTE
    return {
        "42.docx": (nested(3), "format accepté"),
        "gonfle.docx": (docx(**{"word/zeros": bytes(MOST_UNZIPPED)}), "trop gros une fois ouvert"),
        "ment.docx": (lying(TYPES, zeros=some), "format accepté"),
        "ment.odt": (lying("mimetype", zeros=some), "format accepté"),
        "bloc.docx": (packed_otherwise(TYPES, zeros=some), "format accepté"),
        "bloc.odt": (packed_otherwise("mimetype", zeros=some), "format accepté"),
        "rires.docx": (docx(**{TYPES: laughing()}), "contient des macros"),
        "géante.png": (png_header(40_000, 25_000), "trop grande"),
        "grande.png": (png_header(9_000, 9_000), "trop grande"),
        "commentaire.png": (png_of_text(some), "ne se lit pas"),
    }


def mislabelled() -> dict[str, tuple[bytes, str]]:
    hidden = archive({"a.txt": b"x"})
    return {
        "deux.pdf": (PDF + hidden, "incomplet ou altéré"),
        "page.pdf": (b"<!doctype html><script>alert(1)</script>", "format accepté"),
        "dessin.png": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "format accepté"),
        "programme.jpg": (b"MZ\x90\0 a program", "format accepté"),
        "archive.odt": (hidden, "format accepté"),
        "macros.odt": (odt(**{"Basic/Standard/Module1.xml": b"x"}), "contient des macros"),
        "vide.pdf": (b"", "est vide"),
        "coupée.jpg": (picture("JPEG", size=(400, 400))[:900], "ne se lit pas"),
        "lourd.pdf": (PDF[:9] + b" " * files.MOST_BYTES + PDF[9:], "dépasse 10 Mo"),
    }


HOSTILE_NAMES = {
    "../../../etc/passwd": "passwd.pdf",
    "..\\..\\windows\\system32\\evil.exe": "evil.pdf",
    "a\0.pdf.exe": "a.pdf.pdf",
    "facture\u202efdp.exe": "facturefdp.pdf",
    "re\u200bcu\u2066.pdf": "recu.pdf",
    "CON.pdf": "_CON.pdf",
    "con": "_con.pdf",
    "nul.tar.pdf": "_nul.tar.pdf",
    "COM1 .pdf": "_COM1 .pdf",
    "LPT¹.pdf": "_LPT¹.pdf",
    "Conseil.pdf": "Conseil.pdf",
    "a%0d%0aSet-Cookie: x=1.pdf": "a%0d%0aSet-Cookie x=1.pdf",
    "...": "document.pdf",
    "é" * 300: f"{'é' * 100}.pdf",
}


def cost(given: str, data: bytes) -> tuple[str, float, float]:
    """What is said of a file, the seconds that it takes, and the megabytes by which this process grows."""
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    try:
        said = check_file(given, data).media_type
    except DomainError as refusal:
        said = str(refusal).replace("\u00a0", " ")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return said, time.process_time() - began, grown / 1024
