"""A few small real files to attach: a PDF and a PNG, kept encrypted like any other."""

import io
import uuid
from dataclasses import dataclass

from PIL import Image, ImageDraw

from proxirh.enquiries.models import Attachment, Message, Scan
from proxirh.kernel import encryption, files
from proxirh.kernel.files import CheckedFile, check_file


@dataclass(frozen=True, slots=True)
class Paper:
    """A file to attach: its name, and the words printed on it."""

    name: str
    words: str

    def checked(self) -> CheckedFile:
        """The file as the service accepts it."""
        data = _png(self.words) if self.name.endswith(".png") else _pdf(self.words)
        return check_file(self.name, data)


def store(message: Message, paper: Paper, uid: uuid.UUID) -> Attachment:
    """The row of a file whose bytes are written now."""
    checked = paper.checked()
    key = message.enquiry.data_key.clear
    place = encryption.place("enquiries_attachment", uid, "file")
    return Attachment(
        uid=uid,
        enquiry=message.enquiry,
        message=message,
        name=checked.name,
        media_type=checked.media_type,
        size=len(checked.data),
        stored_name=files.write_sealed(checked.data, key=key, place=place),
        added_at=message.sent_at,
        scan=Scan.CLEAN,  # drawn here: a demonstration has no scanner, and only what one has seen may be passed on
    )


def _png(words: str) -> bytes:
    image = Image.new("RGB", (480, 200), "#f5f5fe")
    draw = ImageDraw.Draw(image)
    draw.rectangle((8, 8, 471, 191), outline="#000091", width=3)
    draw.text((28, 88), words.encode("latin-1", "replace").decode("latin-1"), fill="#161616")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _pdf(words: str) -> bytes:
    """One A4 page with one line, written by hand: five objects and their table."""
    text = words.replace("\\", "").replace("(", "").replace(")", "").encode("cp1252", "replace")
    stream = b"BT /F1 16 Tf 72 760 Td (" + text + b") Tj ET"
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    )
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start)
