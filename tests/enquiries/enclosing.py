"""Files that go with referrals of the cast, and how each side asks for them."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries.models import (
    Attachment,
    Enquiry,
    Referral,
)
from tests.enquiries.referring import (
    ANSWER,
    PDF,
    a_partner,
    link,
    refer,
)
from tests.strict_client import StrictClient
from tests.world import World


def ids(*files: Attachment) -> list[str]:
    return [str(one.uid) for one in files]


def sent(world: World, *files: Attachment, enquiry: Enquiry, **more: Any) -> Referral:
    """By an agreement of the day, to these files among others."""
    return refer(world, enquiry=world.reload(enquiry), at=timezone.now(), enclosed=ids(*files), **more)


def to_partner(world: World, *files: Attachment, enquiry: Enquiry, **more: Any) -> tuple[Referral, str]:
    """The same to a partner, with the address of his link."""
    to = more.pop("to", None) or a_partner(confirmed_on=timezone.localdate())
    made = sent(world, *files, enquiry=enquiry, to=to, **more)
    return made, reverse("enquiries:partner", args=[link()])


def address_of(referral: Referral, file: Attachment) -> str:
    return reverse("enquiries:cell_file", args=[referral.uid, file.uid])


def ask(address: str, file: Attachment | str, client: StrictClient | None = None) -> Any:
    """A partner presses the button of a file."""
    uid = file if isinstance(file, str) else str(file.uid)
    return (client or StrictClient()).post(address, {"geste": "fichier", "enclosed": uid})


def is_saved(answer: Any, file: Attachment, world: World) -> bool:
    """The bytes of that very file, as a file to save and nothing else."""
    file.enquiry = world.reload(file.enquiry)
    return (
        answer.status_code == 200
        and answer.content == PDF.data + file.name.encode()
        and answer.headers["Content-Disposition"].startswith("attachment;")
        and answer.headers["X-Content-Type-Options"] == "nosniff"
        and "sandbox" in answer.headers["Content-Security-Policy"]
        and "no-store" in answer.headers["Cache-Control"]
    )


def reply(address: str, *files: tuple[str, bytes], body: str = ANSWER) -> Any:
    given = [SimpleUploadedFile(name, data) for name, data in files]
    return StrictClient().post(address, {"geste": "repondre", "body": body, "files": given})


GOOD = b"%PDF-1.7\nessai\n%%EOF"
