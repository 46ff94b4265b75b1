"""Files given by people: accepted by their content, capped before decoding, stripped, and kept encrypted on disk."""

import io
import os
import re
import time
import unicodedata
import uuid
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageOps, UnidentifiedImageError

from proxirh.kernel import encryption
from proxirh.kernel.errors import DomainError
from proxirh.kernel.text import clean_text

MEGABYTE = 1024 * 1024
MOST_BYTES = 10 * MEGABYTE
MOST_PIXELS = 50_000_000
# Decoded points kept in memory at once: a larger photograph is halved while it is read, a larger drawing refused.
COMFORTABLE_PIXELS = 16_000_000
MOST_DRAWN_PIXELS = 25_000_000
MOST_UNZIPPED = 100 * MEGABYTE
MOST_MEMBERS = 2000
# A camera writes ten scans at most; each further one draws the whole picture again, for a few bytes.
MOST_SCANS = 64
SCAN = b"\xff\xda"
ACCEPTED = "Formats acceptés : PDF, PNG, JPEG, ODT et DOCX, 10 Mo au plus."
PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
ODT = "application/vnd.oasis.opendocument.text"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF_TAIL = 2048
MACROS = re.compile(r"vbaproject|(^|/)(basic|scripts)/", re.IGNORECASE)
# What a DOCX says of its parts: macros keep their type under any name. No honest writer spells a type by references.
MACRO_TYPES = re.compile(rb"vbaproject|macroenabled|&#|<!entity", re.IGNORECASE)
TYPES = "[Content_Types].xml"
# What an office file may be packed with; the others swell whole, however little of them is asked for.
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# Names that some systems open as a device rather than a file, whatever the extension.
DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\.|$)", re.IGNORECASE)
EXTENSIONS = {PDF: ".pdf", PNG: ".png", JPEG: ".jpg", ODT: ".odt", DOCX: ".docx"}


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that passed every check: harmless name, type told by its content, bytes without image metadata."""

    name: str
    media_type: str
    data: bytes


def check_file(name: str, data: bytes) -> CheckedFile:
    """Accept or refuse a file; raises DomainError with a sentence that says what to do."""
    shown = safe_name(name)
    if not data:
        raise DomainError(f"Le fichier « {shown} » est vide. Choisissez-le à nouveau.")
    if len(data) > MOST_BYTES:
        raise DomainError(f"Le fichier « {shown} » dépasse 10 Mo. Réduisez-le ou envoyez-le en plusieurs parties.")
    media_type = _type_of(data, shown)
    if media_type in (PNG, JPEG):
        data = _clean_image(data, media_type, shown)
    return CheckedFile(_with_extension(shown, EXTENSIONS[media_type]), media_type, data)


def safe_name(name: str) -> str:
    """Last part of a file name, without control or direction characters, no device, at most 100 characters."""
    last = unicodedata.normalize("NFC", clean_text(name)).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in last if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*').strip(". ")
    kept = f"_{kept}" if DEVICES.match(kept) else kept
    stem, dot, extension = kept.rpartition(".")
    return (f"{stem[:90]}.{extension[:9]}" if dot else kept[:100]) or "document"


def _with_extension(name: str, extension: str) -> str:
    """`name` with the extension of its real type in place of the one it claims."""
    return re.sub(r"\.[A-Za-z0-9]{1,5}$", "", name) + extension


def _type_of(data: bytes, shown: str) -> str:
    if data.startswith(b"%PDF-"):
        if b"%%EOF" not in data[-PDF_TAIL:] or zipfile.is_zipfile(io.BytesIO(data)):
            raise DomainError(f"Le PDF « {shown} » est incomplet ou altéré. Enregistrez-le à nouveau, puis joignez-le.")
        return PDF
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"PK\x03\x04"):
        found = _office_type(data, shown)
        if found:
            return found
    raise DomainError(f"Le contenu de « {shown} » n’est pas d’un format accepté. {ACCEPTED}")


def _office_type(data: bytes, shown: str) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_UNZIPPED:
                raise DomainError(f"Le fichier « {shown} » est trop gros une fois ouvert. Envoyez-le en PDF.")
            names = {member.filename for member in members}
            if any(MACROS.search(name) for name in names) or _declares_macros(archive, names):
                raise DomainError(f"Le fichier « {shown} » contient des macros. Envoyez-le en PDF.")
            if "mimetype" in names:
                return ODT if _start_of(archive, "mimetype", most=200).strip() == ODT.encode() else None
            return DOCX if {TYPES, "word/document.xml"} <= names else None
    except (zipfile.BadZipFile, RuntimeError, ValueError, OSError):
        return None


def _declares_macros(archive: zipfile.ZipFile, names: Collection[str]) -> bool:
    """True also for a list of types too long to be one."""
    if TYPES not in names:
        return False
    types = _start_of(archive, TYPES, most=MEGABYTE + 1)
    return len(types) > MEGABYTE or bool(MACRO_TYPES.search(types.replace(b"\0", b"")))  # UTF-16 then reads like ASCII


def _start_of(archive: zipfile.ZipFile, name: str, *, most: int) -> bytes:
    """The first bytes of a member, which cost no more than that whatever the size it claims."""
    if archive.getinfo(name).compress_type not in PACKED:
        raise zipfile.BadZipFile
    with archive.open(name) as member:
        return member.read(most)


def _clean_image(data: bytes, media_type: str, shown: str) -> bytes:
    """The same picture drawn anew: upright, without metadata nor anything hidden behind it."""
    if media_type == JPEG and data.count(SCAN) > MOST_SCANS:
        raise DomainError(f"L’image « {shown} » est trop longue à lire. Enregistrez-la à nouveau, ou en PDF.")
    kind = "PNG" if media_type == PNG else "JPEG"
    out = io.BytesIO()
    try:
        with Image.open(io.BytesIO(data), formats=(kind,)) as image:
            _shrink(image, most=MOST_DRAWN_PIXELS if media_type == PNG else MOST_PIXELS)
            ImageOps.exif_transpose(image, in_place=True)
            image.load()
            image.info = {name: value for name, value in image.info.items() if name == "transparency"}
            image.save(out, kind, quality=88)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DomainError(
            f"L’image « {shown} » est trop grande. Réduisez-la, ou photographiez la page en moins grand."
        ) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise DomainError(
            f"L’image « {shown} » ne se lit pas. Enregistrez-la à nouveau, ou envoyez-la en PDF."
        ) from error
    return out.getvalue()


def _shrink(image: Image.Image, *, most: int) -> None:
    points = image.width * image.height
    if points > most:
        raise Image.DecompressionBombError
    scale = 1
    while points > COMFORTABLE_PIXELS * scale * scale:
        scale *= 2
    image.draft(None, (image.width // scale, image.height // scale))


def _root() -> Path:
    return Path(settings.PROXIRH_DATA_DIR) / "fichiers"


def _path(stored_name: str) -> Path:
    return _root() / stored_name[:2] / stored_name


def write_sealed(data: bytes, *, key: bytes, place: bytes) -> str:
    """Store encrypted bytes under a new random name, which is returned; whole or not at all."""
    stored_name = uuid.uuid4().hex
    path = _path(stored_name)
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(encryption.seal(key, data, place))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        delete_sealed(part.name)
        raise DomainError(
            "Le fichier n’a pas pu être enregistré. Votre message n’est pas parti : réessayez dans quelques minutes."
        ) from error
    return stored_name


def read_sealed(stored_name: str, *, key: bytes, place: bytes) -> bytes:
    """Clear bytes of a stored file; raises FileNotFoundError or DecryptionError."""
    return encryption.unseal(key, _path(stored_name).read_bytes(), place)


def delete_sealed(stored_name: str) -> None:
    """Remove a stored file; nothing happens when it is gone already."""
    try:
        _path(stored_name).unlink(missing_ok=True)
    except NotADirectoryError:
        return


def stored_batches() -> Iterator[tuple[str, list[str]]]:
    """Every stored name, by its first two letters, unfinished files included."""
    root = _root()
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        yield folder.name, sorted(path.name for path in folder.iterdir())


def delete_unknown(stored_names: Collection[str], *, known: Collection[str], older_than: float) -> int:
    """Remove the files that `known` does not name and that were written more than `older_than` seconds ago."""
    limit = time.time() - older_than
    gone = 0
    for stored_name in set(stored_names) - set(known):
        try:
            if _path(stored_name).stat().st_mtime < limit:
                _path(stored_name).unlink()
                gone += 1
        except FileNotFoundError:
            continue
    return gone
