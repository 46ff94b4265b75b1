"""Downloads, always through the enquiry: saved, never shown, whatever they hold."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from proxirh.enquiries.attachments import read_attachment
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.querysets import Side
from proxirh.enquiries.views.desk_access import actor_of, at_desk, find_handled, signed_in, turned_away
from proxirh.kernel.encryption import DecryptionError


@require_safe
@signed_in
def follow_file(request: HttpRequest, uid: UUID, file_uid: UUID) -> HttpResponse:
    """A file of one's own enquiry."""
    actor = actor_of(request)
    found = Enquiry.objects.visible_to(actor, side=Side.AUTHOR).filter(uid=uid).first()
    if found is None:
        raise Http404
    return _download(found, file_uid)


@require_safe
@at_desk
def desk_file(request: HttpRequest, uid: UUID, file_uid: UUID) -> HttpResponse:
    """A file of an enquiry in hand."""
    found = find_handled(request, uid)
    return turned_away(request, uid) if found is None else _download(found, file_uid)


def _download(enquiry: Enquiry, file_uid: UUID) -> HttpResponse:
    """The clear bytes as a file to save; one that is gone or does not open is a 404, never a page with content."""
    attachment = enquiry.attachments.filter(uid=file_uid).first()
    if attachment is None:
        raise Http404
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
