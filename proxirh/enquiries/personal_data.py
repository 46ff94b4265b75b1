"""What each stored field of an enquiry holds. Identity and content are encrypted under the enquiry's own key."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from proxirh.accounts.models import Person, address_indexes
from proxirh.accounts.personal_data import FIELDS as ACCOUNT_FIELDS
from proxirh.enquiries.attachments import quarantine, read_attachment
from proxirh.enquiries.models import (
    AccessRecord,
    Attachment,
    BreakGlass,
    Consent,
    Draft,
    Enquiry,
    EnquiryFact,
    Exchange,
    ExpertQuestion,
    Message,
    NoteReview,
    NotesRequest,
    PersonChoice,
    ProtectionStep,
    Referral,
    ReferralAnswer,
    SharedSummary,
    Signposting,
    Transfer,
    Transmission,
    TransmissionMessage,
)
from proxirh.enquiries.querysets import EnquiryQuerySet, Side
from proxirh.kernel.personal_data import Held, Registry, content, identity, note, statistic, technical
from proxirh.kernel.rotation import Recomputed, WaitedOut
from proxirh.scheduling.models import Appointment
from proxirh.scheduling.personal_data import FIELDS as AGENDA_FIELDS
from proxirh.territories.actor import Actor

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
        "is_counted",
        "is_passed_on",
    ),
    "MonthlyCount": technical("id") | statistic("month", "department_code", "indicator", "key", "n", "counted_in"),
    "QuickExchange": technical("id", "uid", "person", "department", "idempotency_key", "recorded_at", "withdrawn_at")
    | statistic("day", "topic_code", "family", "outcome"),
    "Register": technical("id", "department", "data_key"),
    "RegisterLine": technical("id", "register", "digest", "fact", "last_day", "imported_at"),
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
        "expiry_told_at",
        "expiry_told_for",
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
    "Presence": technical("id", "enquiry", "person", "seen_at"),
    "LadderStep": technical("id", "enquiry", "watch", "deadline", "rung", "taken_at"),
    "BreakGlass": technical("id", "uid", "enquiry", "person", "witness", "opened_at", "until") | content("reason"),
    "Transfer": technical(
        "id",
        "uid",
        "enquiry",
        "arrival",
        "state",
        "written_by",
        "department",
        "site",
        "moves_on",
        "reason",
        "idempotency_key",
        "asked_at",
        "written_at",
        "agreed_at",
        "ended_at",
    )
    | content("body"),
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
    "Concern": technical(
        "id", "uid", "enquiry", "call", "raised_by", "raised_at", "acknowledged_by", "acknowledged_at"
    ),
    "EnquiryCall": technical("id", "enquiry", "call", "kind", "made_at"),
    "ConcernCall": technical("id", "concern", "person", "rung", "called_at", "times"),
    "WorkingNote": technical(
        "id", "uid", "enquiry", "author", "idempotency_key", "written_at", "shared_at", "set_aside_at"
    )
    | note("body"),
    "NotesRequest": technical("id", "uid", "person", "idempotency_key", "asked_at", "due_on", "delivered_at"),
    "NoteReview": technical(
        "id", "uid", "request", "enquiry", "note", "written_at", "author_role", "decision", "reviewed_at"
    )
    | content("text", "reason"),
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
    "SharedSummary": technical(
        "id", "uid", "enquiry", "written_by", "state", "held_on", "idempotency_key", "written_at", "agreed_at"
    )
    | content("body", "remark"),
    "Signposting": technical(
        "id", "uid", "enquiry", "message", "is_internal", "state", "ask_on", "asked_at", "answered_at"
    )
    | content("name", "reach"),
    "Referral": technical(
        "id",
        "uid",
        "reference",
        "enquiry",
        "team",
        "partner",
        "link_print",
        "link_for",
        "state",
        "agreement",
        "agreed_on",
        "written_by",
        "idempotency_key",
        "proposed_at",
        "sent_at",
        "seen_at",
        "accepted_at",
        "ended_at",
        "verified_at",
        "refusal",
        "remind_at",
        "expires_at",
        "reminded_at",
        "enclosed",
    )
    | content("body"),
    "ReferralAnswer": technical(
        "id", "uid", "enquiry", "referral", "written_by", "written_at", "validated_by", "delivered_at"
    )
    | content("body"),
    "ReferralOpening": technical("id", "referral", "at", "quarter", "file_at"),
    "ExpertQuestion": technical(
        "id",
        "uid",
        "reference",
        "enquiry",
        "team",
        "state",
        "asked_by",
        "answered_by",
        "reason",
        "idempotency_key",
        "asked_at",
        "due_at",
        "reminded_at",
        "ended_at",
    )
    | content("facts", "body", "answer"),
    # Of a cell or of a team, and about nobody.
    "CellRules": technical(
        "id",
        "team",
        "opens_on",
        "closes_on",
        "topics",
        "most_open",
        "head_validates",
        "what_to_send",
        "usual_answer",
        "changed_at",
    ),
    "ReplyTemplate": technical("id", "uid", "team", "title", "body", "idempotency_key", "changed_at"),
    "EnquiryAppointment": technical("id", "enquiry", "series", "followed"),
    "Attachment": technical(
        "id", "uid", "enquiry", "message", "answer", "media_type", "size", "stored_name", "added_at", "scan"
    )
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
    WaitedOut("codes de retour", "code_digest", Transmission.objects.to_index, None),
    # Since then they are made under the enquiry’s own key, which bears 0 for a version.
    WaitedOut(
        "anciens codes de vive voix, qu’un nouveau code donné depuis la demande remplace",
        "claim_digest",
        lambda: Enquiry.objects.for_system(_REASON).filter(claim_digest__gte=b"\x01"),
        None,
    ),
)

_PLACES = ("department", "site", "category", "team")
_DATES = ("submitted_at", "due_at", "first_answered_at", "last_contact_at", "next_step_on", "closed_at")
_OF_A_REFERRAL = (
    *("reference", "state", "agreement", "agreed_on", "sent_at", "seen_at", "refusal", "ended_at"),
    "enclosed_names",
)
# What hangs from an enquiry, and what is told of it besides what was written: never who.
_HANGING: tuple[tuple[str, type, tuple[str, ...]], ...] = (
    ("messages", Message, ("enquiry", "is_from_agent", "is_opening", "sent_at")),
    ("exchanges", Exchange, ("enquiry", "means", "was_reached", "happened_at", "next_step_on")),
    ("summaries", SharedSummary, ("enquiry", "state", "held_on", "written_at", "agreed_at")),
    ("signpostings", Signposting, ("enquiry", "state", "ask_on", "asked_at", "answered_at")),
    ("transfers", Transfer, ("enquiry", "state", "moves_on", "asked_at", "agreed_at", "ended_at")),
    ("attachments", Attachment, ("enquiry", "media_type", "size", "added_at", "scan")),
    ("consents", Consent, ("enquiry", "kind", "wording_version", "given_at", "withdrawn_at")),
    ("choices", PersonChoice, ("enquiry", "kind", "since")),
    ("readings", AccessRecord, ("enquiry", "level", "why", "at")),
    ("openings", BreakGlass, ("enquiry", "opened_at", "until")),
    ("protection", ProtectionStep, ("enquiry", "code", "done_on")),
    ("referrals", Referral, ("enquiry", *_OF_A_REFERRAL)),
    ("questions", ExpertQuestion, ("enquiry", "reference", "state", "asked_at", "due_at", "ended_at")),
    ("referral_answers", ReferralAnswer, ("enquiry", "written_at", "delivered_at")),
    ("transmissions", Transmission, ("enquiry", "sent_at", "seen_at", "answered_at", "ended_at", "withdrawn_at")),
)
_OF_A_NOTE = ("written_at", "author_role", "decision", "reviewed_at")
# Of an appointment: when, how, where and what became of it; never whom she met.
_OF_A_MEETING = (
    *("state", "starts_at", "ends_at", "way", "place", "wants_reminders", "wants_texts", "why_cancelled"),
    *("booked_at", "ended_at"),
)
_PASSED_ON = ("meetings", "attachments__answer", "transmissions__data_key", "transmissions__messages")


def own_enquiries(actor: Actor) -> EnquiryQuerySet:
    """All that this person asked, for « Mes données »."""
    return Enquiry.objects.visible_to(actor, side=Side.AUTHOR).found_first()


def held_about(subject: Actor) -> list[Held]:
    """All that someone asked and whatever hangs from it, in as many queries however much that is; her drafts too.

    Names of the service’s people are left out: they are someone else’s, and « Qui a consulté » shows them. What was
    passed on without a name leads back to nobody, hence is in no one’s file.
    """
    own = own_enquiries(subject).order_by("submitted_at", "pk")
    rows: list[Any] = list(
        own.select_related("data_key", "fact", "author__data_key", *_PLACES)
        .with_topic("agent_label")
        .prefetch_related(*(name for name, _, _ in _HANGING), *_PASSED_ON)
    )
    drafts = Draft.objects.filter(address_index__in=subject.addresses).select_related("data_key").order_by("pk")
    asked = list(NotesRequest.objects.asked_by(subject).order_by("asked_at", "pk"))
    answered = list(NoteReview.objects.answered_to(subject).order_by("written_at", "pk"))
    passed_on = _children(rows, "transmissions")
    letters = [letter for one in passed_on for letter in one.messages.all()]
    met = Appointment.objects.of_series([one.series for one in _children(rows, "meetings")]).to_tell()
    # Before she had an account, each enquiry made a person of its own.
    authors = {row.author_id: row.author for row in rows if row.author_id != subject.person_id}
    shown = ("reference", "state", "channel", "topic_agent_label", *_PLACES, "wants_call_today", "notice_version")
    return [
        Held(Person, ACCOUNT_FIELDS["Person"], list(authors.values()), also=("created_at",)),
        Held(Enquiry, FIELDS["Enquiry"], rows, also=(*shown, *_DATES)),
        Held(EnquiryFact, FIELDS["EnquiryFact"], [row.fact for row in rows], also=_of_class_statistic()),
        *(
            Held(model, FIELDS[model.__name__], list(_children(rows, name)), also=also, file=_FILES.get(name))
            for name, model, also in _HANGING
        ),
        Held(TransmissionMessage, FIELDS["TransmissionMessage"], letters, also=("is_from_cell", "sent_at")),
        Held(Appointment, AGENDA_FIELDS["Appointment"], list(met), also=_OF_A_MEETING),
        Held(NotesRequest, FIELDS["NotesRequest"], asked, also=("asked_at", "due_on", "delivered_at")),
        Held(NoteReview, FIELDS["NoteReview"], answered, also=("enquiry", *_OF_A_NOTE)),
        Held(Draft, FIELDS["Draft"], list(drafts), also=("created_at", "expires_at")),
    ]


def _children(rows: Iterable[Any], name: str) -> Iterable[Any]:
    return (child for row in rows for child in getattr(row, name).all() if _is_delivered(child))


def _is_delivered(child: Any) -> bool:
    """Not an answer, nor its files, that its head has not validated yet: nobody reads it before."""
    answer = child.answer if isinstance(child, Attachment) and child.answer_id else child
    return not isinstance(answer, ReferralAnswer) or answer.delivered_at is not None


def _of_class_statistic() -> tuple[str, ...]:
    return tuple(name for name in FIELDS["EnquiryFact"] if name != "id")


def _bytes_of(attachment: Attachment) -> bytes | None:
    return None if quarantine(attachment) is not None else read_attachment(attachment.enquiry, attachment)


_FILES = {"attachments": _bytes_of}
