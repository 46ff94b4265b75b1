"""When time takes an enquiry: a year after its last contact, never less than thirty days after its author was told."""

from datetime import date, datetime, timedelta

from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.permissions import REOPENING
from proxirh.kernel.calendar import local_day
from proxirh.kernel.retention import kept

NOTICE = timedelta(days=30)


def expires_at(enquiry: Enquiry) -> datetime:
    """When it goes, if there is no contact from now on."""
    expiry = enquiry.last_contact_at + kept("CONTENT")
    if enquiry.will_expire and enquiry.expiry_told_at is not None:
        return max(expiry, enquiry.expiry_told_at + NOTICE)
    return expiry


def expires_on(enquiry: Enquiry) -> date:
    """First day on which it may be gone, where it was asked."""
    return local_day(expires_at(enquiry), enquiry.department.time_zone)


def files_expire_at(enquiry: Enquiry) -> datetime | None:
    """When its files go; None while it is open."""
    return None if enquiry.closed_at is None else enquiry.closed_at + REOPENING + kept("FILES")
