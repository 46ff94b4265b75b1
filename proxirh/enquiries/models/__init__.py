"""Enquiries and all that hangs from them."""

from proxirh.enquiries.models.access import CARD_REASONS, AccessRecord, BreakGlass, Level, Why
from proxirh.enquiries.models.calls import CallLink, EnquiryCall
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
from proxirh.enquiries.models.facts import MANAGERIAL_BRANCH, EnquiryFact, MonthlyCount, Outcome
from proxirh.enquiries.models.ladder import LadderRung, LadderStep, Watch
from proxirh.enquiries.models.meetings import EnquiryAppointment
from proxirh.enquiries.models.notes import WorkingNote
from proxirh.enquiries.models.notes_requests import Decision, NoteReview, NotesRequest
from proxirh.enquiries.models.presence import Presence
from proxirh.enquiries.models.questions import ExpertQuestion, NotOurs
from proxirh.enquiries.models.quick import QUICK_OUTCOMES, QuickExchange
from proxirh.enquiries.models.referrals import (
    Agreement,
    CellRules,
    Referral,
    ReferralAnswer,
    ReferralOpening,
    Refusal,
)
from proxirh.enquiries.models.registers import Register, RegisterLine
from proxirh.enquiries.models.reply_templates import ReplyTemplate
from proxirh.enquiries.models.signposting import Signposting
from proxirh.enquiries.models.summaries import SharedSummary
from proxirh.enquiries.models.transfers import Transfer, TransferRefusal
from proxirh.enquiries.models.transmission import Transmission, TransmissionMessage, TransmissionReading

__all__ = [
    "CARD_REASONS",
    "MANAGERIAL_BRANCH",
    "PROTECTED_TOPICS",
    "QUICK_OUTCOMES",
    "AccessRecord",
    "Agreement",
    "Attachment",
    "BreakGlass",
    "CallLink",
    "CellRules",
    "Channel",
    "Concern",
    "ConcernCall",
    "Consent",
    "Decision",
    "Draft",
    "Enquiry",
    "EnquiryAppointment",
    "EnquiryCall",
    "EnquiryFact",
    "Exchange",
    "ExpertQuestion",
    "Handling",
    "LadderRung",
    "LadderStep",
    "Level",
    "Means",
    "Message",
    "MonthlyCount",
    "NotOurs",
    "NoteReview",
    "NotesRequest",
    "Outcome",
    "PersonChoice",
    "Presence",
    "Protection",
    "ProtectionStep",
    "QuickExchange",
    "Referral",
    "ReferralAnswer",
    "ReferralOpening",
    "Refusal",
    "Register",
    "RegisterLine",
    "ReplyTemplate",
    "Rung",
    "Scan",
    "SharedSummary",
    "Signposting",
    "Transfer",
    "TransferRefusal",
    "Transmission",
    "TransmissionMessage",
    "TransmissionReading",
    "Watch",
    "Why",
    "WorkingNote",
]
