"""Downloads, always through the enquiry: saved, never shown, whatever they hold."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from proxirh.enquiries.attachments import delivered_files, quarantine, read_attachment
from proxirh.enquiries.models import Attachment, Enquiry, Scan
from proxirh.enquiries.views.desk_access import at_desk, find_handled, signed_in, turned_away
from proxirh.enquiries.views.space import find_own
from proxirh.kernel.encryption import DecryptionError

HELD_BACK = {
    Scan.UNSCANNED: "Ce fichier est en cours d’analyse par l’antivirus. Il s’ouvrira dans quelques minutes.",
    Scan.REFUSED: "L’antivirus a refusé ce fichier : il n’a pas été gardé. Le message, lui, est bien arrivé.",
}


@require_safe
@signed_in
def follow_file(request: HttpRequest, uid: UUID, file_uid: UUID) -> HttpResponse:
    """A file of one's own enquiry."""
    return _download(request, find_own(request, uid), file_uid, back="enquiries:follow")


@require_safe
@at_desk
def desk_file(request: HttpRequest, uid: UUID, file_uid: UUID) -> HttpResponse:
    """A file of an enquiry in hand."""
    found = find_handled(request, uid)
    if found is None:
        return turned_away(request, uid)
    return _download(request, found, file_uid, back="enquiries:enquiry")


def _download(request: HttpRequest, enquiry: Enquiry, file_uid: UUID, *, back: str) -> HttpResponse:
    """A file of an enquiry that came through a door; one in quarantine leads back to it, with the reason."""
    attachment = delivered_files(enquiry).filter(uid=file_uid).first()
    if attachment is None:
        raise Http404
    return held_back(request, attachment, back, enquiry.uid) or saved(enquiry, attachment)


def held_back(request: HttpRequest, attachment: Attachment, back: str, *args: UUID) -> HttpResponse | None:
    """Back to a page that says why this file does not open yet, or ever; None when it does."""
    if (why := quarantine(attachment)) is None:
        return None
    level = messages.INFO if why == Scan.UNSCANNED else messages.ERROR
    messages.add_message(request, level, HELD_BACK[why])
    return redirect(back, *args)


def saved(enquiry: Enquiry, attachment: Attachment) -> HttpResponse:
    """The clear bytes as a file to save; one that is gone or does not open is a 404, never a page with content."""
    try:
        data = read_attachment(enquiry, attachment)
    except (FileNotFoundError, DecryptionError) as error:
        raise Http404 from error
    return HttpResponse(
        data,
        content_type=attachment.media_type,
        headers={
            "Content-Disposition": content_disposition_header(as_attachment=True, filename=attachment.name),
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
        },
    )
