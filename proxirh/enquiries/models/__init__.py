"""Enquiries and all that hangs from them."""

from proxirh.enquiries.models.access import CARD_REASONS, AccessRecord, BreakGlass, Level, Why
from proxirh.enquiries.models.care import (
    PROTECTED_TOPICS,
    Concern,
    ConcernCall,
    Protection,
    ProtectionStep,
    Rung,
)
from proxirh.enquiries.models.conversation import Attachment, Exchange, Means, Message, Scan
from proxirh.enquiries.models.draft import Draft
from proxirh.enquiries.models.enquiry import Channel, Consent, Enquiry, Handling, PersonChoice
from proxirh.enquiries.models.facts import EnquiryFact, MonthlyCount, Outcome
from proxirh.enquiries.models.notes import WorkingNote
from proxirh.enquiries.models.notes_requests import Decision, NoteReview, NotesRequest
from proxirh.enquiries.models.transmission import Transmission, TransmissionMessage, TransmissionReading

__all__ = [
    "CARD_REASONS",
    "PROTECTED_TOPICS",
    "AccessRecord",
    "Attachment",
    "BreakGlass",
    "Channel",
    "Concern",
    "ConcernCall",
    "Consent",
    "Decision",
    "Draft",
    "Enquiry",
    "EnquiryFact",
    "Exchange",
    "Handling",
    "Level",
    "Means",
    "Message",
    "MonthlyCount",
    "NoteReview",
    "NotesRequest",
    "Outcome",
    "PersonChoice",
    "Protection",
    "ProtectionStep",
    "Rung",
    "Scan",
    "Transmission",
    "TransmissionMessage",
    "TransmissionReading",
    "Why",
    "WorkingNote",
]
