"""Files given by people: told by their content, capped, cleaned, and kept sealed, whole or not at all."""

import io
import os
import random
import resource
import struct
import zipfile
import zlib
from collections.abc import Iterator
from email.message import Message
from email.utils import collapse_rfc2231_value
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.http import content_disposition_header
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from proxirh.kernel import files
from proxirh.kernel.encryption import DecryptionError
from proxirh.kernel.errors import DomainError
from proxirh.kernel.uploads import MOST_TOGETHER

KEY = bytes(range(32))
PLACE = b"table:row:file"
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
GPS_IFD, ORIENTATION, UPSIDE_DOWN = 0x8825, 0x0112, 3


def picture(kind: str, *, size: tuple[int, int] = (8, 4), **options: object) -> bytes:
    image = Image.new("RGB", size, "white")
    image.putpixel((0, 0), (255, 0, 0))
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def archive(members: dict[str, bytes], *, stored_first: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name, data, zipfile.ZIP_STORED if name == stored_first else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def docx(**more: bytes) -> bytes:
    return archive({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>", **more})


def odt(**more: bytes) -> bytes:
    return archive({"mimetype": files.ODT.encode(), "content.xml": b"<office/>", **more}, stored_first="mimetype")


def png_header(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be immense."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.fixture
def store(settings, tmp_path: Path) -> Path:
    """An empty data folder."""
    settings.PROXIRH_DATA_DIR = tmp_path
    return tmp_path / "fichiers"


@pytest.fixture
def full_disk() -> Iterator[None]:
    """The system itself refuses to write more than 100 bytes into a file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


# ── What is accepted ───────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("data", "media_type", "extension"),
    [
        (PDF, files.PDF, ".pdf"),
        (picture("PNG"), files.PNG, ".png"),
        (picture("JPEG"), files.JPEG, ".jpg"),
        (docx(), files.DOCX, ".docx"),
        (odt(), files.ODT, ".odt"),
    ],
)
def test_a_file_is_known_by_its_content_whatever_its_name_claims(data: bytes, media_type: str, extension: str) -> None:
    """Mutation: trust the extension."""
    for claimed in ("pièce.exe", "pièce.pdf", "pièce"):
        checked = files.check_file(claimed, data)
        assert (checked.media_type, checked.name) == (media_type, f"pièce{extension}")


@pytest.mark.parametrize(
    "data",
    [
        b"MZ\x90\x00 this program cannot be run",
        b"<!doctype html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"GIF89a\x01\x00\x01\x00",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old Word document",
        b"  %PDF-1.7\n%%EOF",
        archive({"a.txt": b"only a zip"}),
        archive({"mimetype": b"application/epub+zip", "x": b""}, stored_first="mimetype"),
        b"PK\x03\x04 not an archive at all",
        b"un simple texte",
    ],
    ids=["exe", "html", "svg", "gif", "doc", "late pdf", "zip", "epub", "broken zip", "text"],
)
def test_any_other_content_is_refused_under_an_innocent_name(data: bytes) -> None:
    for name in ("photo.jpg", "lettre.pdf", "lettre.docx"):
        with pytest.raises(DomainError, match="format accepté"):
            files.check_file(name, data)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(DomainError, match="est vide"):
        files.check_file("arrêté.pdf", b"")


def test_more_than_ten_megabytes_are_refused() -> None:
    """Mutation: compare with MOST_BYTES + 1."""
    padding = files.MOST_BYTES - len(PDF)
    assert files.check_file("a.pdf", PDF[:9] + b" " * padding + PDF[9:]).media_type == files.PDF
    with pytest.raises(DomainError, match="10 Mo"):
        files.check_file("a.pdf", PDF[:9] + b" " * (padding + 1) + PDF[9:])


@pytest.mark.parametrize("data", [PDF + archive({"a": b"x"}), PDF[:-6], PDF + b" " * 3000])
def test_a_pdf_that_is_also_something_else_or_is_cut_is_refused(data: bytes) -> None:
    with pytest.raises(DomainError, match="incomplet ou altéré"):
        files.check_file("a.pdf", data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_what_hides_behind_an_image_is_left_out(kind: str) -> None:
    """A picture followed by an archive is both; only the picture is kept."""
    hidden = archive({"word/document.xml": b"x"})
    checked = files.check_file("a", picture(kind) + hidden)
    assert hidden not in checked.data
    assert not zipfile.is_zipfile(io.BytesIO(checked.data))


# ── Bombs ──────────────────────────────────────────────────────────────────────────────────────────
def test_an_archive_that_swells_is_refused() -> None:
    bomb = docx(**{"word/media/zeros": bytes(files.MOST_UNZIPPED)})
    assert len(bomb) < files.MEGABYTE
    with pytest.raises(DomainError, match="trop gros une fois ouvert"):
        files.check_file("a.docx", bomb)


def test_an_archive_of_thousands_of_members_is_refused() -> None:
    with pytest.raises(DomainError, match="trop gros une fois ouvert"):
        files.check_file("a.docx", docx(**{f"word/{n}": b"" for n in range(files.MOST_MEMBERS)}))


@pytest.mark.parametrize(
    "name",
    ["word/vbaProject.bin", "Basic/Standard/Module1.xml", "Scripts/python/x.py", "Object 1/Basic/Standard/Module1.xml"],
)
@pytest.mark.parametrize("make", [docx, odt])
def test_macros_are_refused(make, name: str) -> None:
    with pytest.raises(DomainError, match="macros"):
        files.check_file("a.docx", make(**{name: b"x"}))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    "declared",
    [
        "application/vnd.ms-office.vbaProject",
        "application/vnd.ms-word.document.macroEnabled.main+xml",
        "application/vnd.ms-office.&#118;baProject",
    ],
)
def test_macros_under_an_innocent_name_are_refused_by_their_declared_type(declared: str, encoding: str) -> None:
    """Mutation: look at the names of the members alone."""
    types = f'<Types><Override PartName="/word/image.bin" ContentType="{declared}"/></Types>'.encode(encoding)
    with pytest.raises(DomainError, match="macros"):
        files.check_file("a.docx", docx(**{"[Content_Types].xml": types, "word/image.bin": b"x"}))


@pytest.mark.parametrize("size", [(60_000, 60_000), (9_000, 9_000), (5_001, 5_000)])
def test_a_giant_image_is_refused_before_it_is_drawn(size: tuple[int, int]) -> None:
    """Mutation: decode before measuring; a few bytes would ask for ten gigabytes."""
    with pytest.raises(DomainError, match="trop grande"):
        files.check_file("a.png", png_header(*size))


def test_a_large_photograph_is_reduced_while_it_is_read() -> None:
    big = picture("JPEG", size=(7000, 5000))
    with Image.open(io.BytesIO(files.check_file("a.jpg", big).data)) as kept:
        assert kept.size == (3500, 2500)


def test_a_photograph_drawn_a_thousand_times_over_is_refused_before_it_is_read() -> None:
    """Mutation: drop MOST_SCANS; ten megabytes of repeated scans hold a process for minutes."""
    once = picture("JPEG", size=(64, 64), progressive=True)
    last = once[once.rindex(files.SCAN) : -2]

    def drawn(scans: int) -> bytes:
        return once[:-2] + last * (scans - once.count(files.SCAN)) + once[-2:]

    assert files.check_file("a.jpg", drawn(files.MOST_SCANS)).media_type == files.JPEG
    with pytest.raises(DomainError, match="trop longue à lire"):
        files.check_file("a.jpg", drawn(files.MOST_SCANS + 1))


def test_a_broken_image_is_refused_with_a_way_out() -> None:
    with pytest.raises(DomainError, match="ou envoyez-la en PDF"):
        files.check_file("a.jpg", picture("JPEG", size=(400, 400))[:900])


def test_random_bytes_behind_a_right_signature_never_crash() -> None:
    chance = random.Random(7)
    for start in (b"%PDF-", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"PK\x03\x04"):
        for _ in range(50):
            with pytest.raises(DomainError):
                files.check_file("a", start + chance.randbytes(chance.randrange(400)))


# ── Metadata ───────────────────────────────────────────────────────────────────────────────────────
def test_a_photograph_keeps_neither_its_place_nor_its_comments() -> None:
    """Mutation: pass exif=image.info["exif"] when saving."""
    exif = Image.Exif()
    exif[0x010E] = "chez moi"
    exif.get_ifd(GPS_IFD)[1] = "N"
    data = picture("JPEG", exif=exif, comment=b"secret comment", icc_profile=b"profile of my camera")
    kept = files.check_file("a.jpg", data).data
    for trace in (b"chez moi", b"secret comment", b"my camera", b"Exif"):
        assert trace in data
        assert trace not in kept


def test_a_drawing_keeps_no_text() -> None:
    info = PngInfo()
    info.add_text("Author", "Jeanne Exemple")
    data = picture("PNG", pnginfo=info)
    assert b"Jeanne" in data
    assert b"Jeanne" not in files.check_file("a.png", data).data


def test_a_photograph_taken_sideways_stays_upright() -> None:
    """Mutation: drop the orientation with the rest of the metadata, and letters are read upside down."""
    exif = Image.Exif()
    exif[ORIENTATION] = UPSIDE_DOWN
    with Image.open(io.BytesIO(files.check_file("a.png", picture("PNG", exif=exif)).data)) as kept:
        assert kept.getpixel((7, 3)) == (255, 0, 0)


# ── Names ──────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\moi\\arrêté.pdf", "arrêté.pdf"),
        ("facture\u202efdp.exe", "facturefdp.pdf"),
        ("a\x00b\r\nContent-Type: text.pdf", "abContent-Type text.pdf"),
        ('"><script>alert(1)</script>.pdf', "script.pdf"),
        ("C.V. Dupont", "C.V. Dupont.pdf"),
        ("e\u0301te\u0301.pdf", "été.pdf"),
        ("...", "document.pdf"),
        ("", "document.pdf"),
        ("😀.pdf", "😀.pdf"),
        (f"{'x' * 300}.pdf", f"{'x' * 90}.pdf"),
    ],
)
def test_a_hostile_name_becomes_harmless(given: str, kept: str) -> None:
    assert files.check_file(given, PDF).name == kept


def test_any_name_comes_back_whole_from_the_header_of_a_download() -> None:
    """Two hundred names of anything. Mutation: keep control or direction characters."""
    chance = random.Random(11)
    alphabet = "aé.\0\r\n\t\"';%/\\:*?<>|\u202e\u2066\u200b\ufeff\ud7ff漢😀 "
    for _ in range(200):
        name = files.safe_name("".join(chance.choices(alphabet, k=chance.randrange(40))))
        assert name
        assert not set(name) & set("/\\\0\r\n\u202e\u2066\u200b\ufeff")
        header = content_disposition_header(as_attachment=True, filename=name) or ""
        answer = HttpResponse(headers={"Content-Disposition": header})
        said = Message()
        said["Content-Disposition"] = answer.headers["Content-Disposition"]
        assert collapse_rfc2231_value(said.get_param("filename", header="content-disposition")) == name


# ── On disk ────────────────────────────────────────────────────────────────────────────────────────
def test_a_stored_file_comes_back_and_is_not_clear_on_disk(store: Path) -> None:
    stored_name = files.write_sealed(PDF, key=KEY, place=PLACE)
    (path,) = [path for path in store.rglob("*") if path.is_file()]
    assert path.name == stored_name
    assert b"PDF" not in path.read_bytes()
    assert files.read_sealed(stored_name, key=KEY, place=PLACE) == PDF


def test_a_stored_file_opens_only_in_its_place(store: Path) -> None:
    stored_name = files.write_sealed(PDF, key=KEY, place=PLACE)
    with pytest.raises(DecryptionError):
        files.read_sealed(stored_name, key=KEY, place=b"table:another row:file")


def test_nothing_is_left_when_the_disk_is_full(store: Path, full_disk: None) -> None:
    """Mutation: write under the final name at once."""
    with pytest.raises(DomainError, match="réessayez dans quelques minutes"):
        files.write_sealed(PDF * 10, key=KEY, place=PLACE)
    assert [path for path in store.rglob("*") if path.is_file()] == []


def test_a_folder_that_cannot_be_made_is_told_kindly(store: Path) -> None:
    store.write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(DomainError, match="réessayez dans quelques minutes"):
        files.write_sealed(PDF, key=KEY, place=PLACE)


def test_deleting_twice_is_the_same_as_once(store: Path) -> None:
    stored_name = files.write_sealed(PDF, key=KEY, place=PLACE)
    files.delete_sealed(stored_name)
    files.delete_sealed(stored_name)
    with pytest.raises(FileNotFoundError):
        files.read_sealed(stored_name, key=KEY, place=PLACE)


def test_files_that_nothing_names_go_once_they_are_old(store: Path) -> None:
    known, orphan, recent = (files.write_sealed(PDF, key=KEY, place=PLACE) for _ in range(3))
    unfinished = store / orphan[:2] / f"{orphan}.part"
    unfinished.write_bytes(b"half")
    for path in (store / known[:2] / known, store / orphan[:2] / orphan, unfinished):
        os.utime(path, (0, 0))
    gone = sum(files.delete_unknown(names, known={known}, older_than=3600) for _, names in list(files.stored_batches()))
    assert gone == 2
    assert {name for _, names in files.stored_batches() for name in names} == {known, recent}


def test_an_empty_store_has_nothing_to_sweep(store: Path) -> None:
    assert list(files.stored_batches()) == []


# ── On the way in ──────────────────────────────────────────────────────────────────────────────────
def received(*sizes: int) -> list[tuple[int, int]]:
    """(size told, bytes held) of files posted together."""
    uploads = [SimpleUploadedFile(f"{n}.pdf", bytes(size)) for n, size in enumerate(sizes)]
    request = RequestFactory().post("/", {"files": uploads})
    return [(upload.size, len(upload.read())) for upload in request.FILES.getlist("files")]


def test_several_large_files_all_arrive() -> None:
    """Mutation: go back to Django's memory handler, which loses them all beyond 11 MB without a word."""
    size = 8 * files.MEGABYTE
    assert received(size, size, size) == [(size, size)] * 3


def test_what_passes_the_caps_is_told_not_kept() -> None:
    one = files.MOST_BYTES + 1
    ((told, held),) = received(one)
    assert told == one
    assert held <= files.MOST_BYTES
    size = 9 * files.MEGABYTE
    together = received(size, size, size)
    assert [told for told, _ in together] == [size] * 3
    assert sum(held for _, held in together) <= MOST_TOGETHER
