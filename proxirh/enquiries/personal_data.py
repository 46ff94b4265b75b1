"""What each stored field of an enquiry holds. Identity and content are encrypted under the enquiry's own key."""

from datetime import timedelta

from proxirh.accounts.models import address_indexes
from proxirh.enquiries.models import Draft, Enquiry
from proxirh.kernel.personal_data import Registry, content, identity, statistic, technical
from proxirh.kernel.rotation import Recomputed, WaitedOut

FIELDS: Registry = {
    "EnquiryFact": technical("id")
    | statistic(
        "day",
        "department_code",
        "category_code",
        "family",
        "topic_code",
        "channel",
        "sex",
        "age_band",
        "outcomes",
        "first_answer_days",
        "handling_days",
        "satisfaction",
    ),
    "MonthlyCount": technical("id") | statistic("month", "department_code", "indicator", "key", "n", "counted_in"),
    "Draft": technical(
        "id",
        "uid",
        "data_key",
        "browser_digest",
        "address_index",
        "version",
        "is_shared_computer",
        "created_at",
        "expires_at",
    )
    | content("answers"),
    "Enquiry": technical(
        "id",
        "uid",
        "reference",
        "state",
        "idempotency_key",
        "data_key",
        "fact",
        "author",
        "created_by",
        "channel",
        "academy",
        "department",
        "site",
        "circonscription",
        "division",
        "category",
        "address_index",
        "claim_digest",
        "claim_tries",
        "disowned_at",
        "wants_call_today",
        "team",
        "lead",
        "submitted_at",
        "due_at",
        "first_answered_at",
        "last_contact_at",
        "waiting_since",
        "next_step_on",
        "failed_attempts",
        "closed_at",
        "previous",
        "merged_into",
        "notice_version",
        "nomenclature_version",
    )
    | identity("contact")
    | content("wishes", "call_code", "next_step", "closing_word"),
    "Handling": technical(
        "id",
        "enquiry",
        "team",
        "person",
        "state",
        "is_lead",
        "reason",
        "offered_at",
        "accepted_at",
        "ended_at",
    ),
    "AccessRecord": technical("id", "enquiry", "reader", "level", "why", "at", "quarter"),
    "BreakGlass": technical("id", "uid", "enquiry", "person", "witness", "opened_at", "until") | content("reason"),
    "Transmission": technical(
        "id",
        "uid",
        "data_key",
        "team",
        "enquiry",
        "consent",
        "locator",
        "code_digest",
        "sent_at",
        "due_at",
        "seen_at",
        "seen_by",
        "answered_at",
        "ended_at",
        "withdrawn_at",
    )
    | identity("identity")
    | content("body"),
    "TransmissionMessage": technical(
        "id", "uid", "transmission", "person", "is_from_cell", "idempotency_key", "sent_at"
    )
    | content("body"),
    "TransmissionReading": technical("id", "transmission", "reader", "at", "quarter"),
    "ProtectionStep": technical("id", "enquiry", "code", "done_on", "person", "noted_at"),
    "Concern": technical("id", "uid", "enquiry", "raised_by", "raised_at", "acknowledged_by", "acknowledged_at"),
    "ConcernCall": technical("id", "concern", "person", "rung", "called_at", "times"),
    "PersonChoice": technical("id", "enquiry", "person", "kind", "since"),
    "Consent": technical("id", "enquiry", "kind", "wording_version", "given_at", "withdrawn_at"),
    "Message": technical("id", "uid", "enquiry", "sender", "is_from_agent", "is_opening", "idempotency_key", "sent_at")
    | content("body"),
    "Exchange": technical(
        "id",
        "uid",
        "enquiry",
        "person",
        "means",
        "happened_at",
        "was_reached",
        "next_step_on",
        "idempotency_key",
        "recorded_at",
    )
    | content("summary", "next_step"),
    "Attachment": technical("id", "uid", "enquiry", "message", "media_type", "size", "stored_name", "added_at", "scan")
    | content("name"),
}

_DRAFT = timedelta(days=16)
_REASON = "changement de clé des empreintes"
INDEXES = (
    Recomputed(
        "adresses données",
        "address_index",
        lambda: Enquiry.objects.for_system(_REASON).to_index(),
        lambda row: row.contact.get("email", ""),
        address_indexes,
    ),
    WaitedOut("brouillons, navigateur", "browser_digest", Draft.objects.all, _DRAFT),
    WaitedOut("brouillons, adresse de reprise", "address_index", Draft.objects.all, _DRAFT),
    # Since then they are made under the enquiry’s own key, which bears 0 for a version.
    WaitedOut(
        "anciens codes de vive voix, qu’un nouveau code donné depuis la demande remplace",
        "claim_digest",
        lambda: Enquiry.objects.for_system(_REASON).filter(claim_digest__gte=b"\x01"),
        None,
    ),
)
