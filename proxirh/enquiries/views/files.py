"""Downloads, always through the enquiry: saved, never shown, whatever they hold."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from proxirh.enquiries.attachments import quarantine, read_attachment
from proxirh.enquiries.models import Enquiry, Scan
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
    """The clear bytes as a file to save; one that is gone or does not open is a 404, never a page with content.

    One in quarantine leads back to its enquiry, with the reason.
    """
    attachment = enquiry.attachments.filter(uid=file_uid).first()
    if attachment is None:
        raise Http404
    if (held_back := quarantine(attachment)) is not None:
        level = messages.INFO if held_back == Scan.UNSCANNED else messages.ERROR
        messages.add_message(request, level, HELD_BACK[held_back])
        return redirect(back, enquiry.uid)
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
