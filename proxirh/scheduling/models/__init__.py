"""When somebody may be met, where, what holds her time, and who answers a telephone line."""

from proxirh.scheduling.models.agenda import AgendaDay, Half, HeldQuarter, HeldTime, Holder
from proxirh.scheduling.models.alarms import Cause, Lack, SlotAlarm
from proxirh.scheduling.models.appointments import SAID_BY_AGENT, AgendaFeed, Appointment, TopicLength, WhyCancelled
from proxirh.scheduling.models.calls import Means, PhoneCall, Promise, PromiseRung, PromiseStep
from proxirh.scheduling.models.openings import Availability, AvailabilityChange
from proxirh.scheduling.models.permanences import ROOM_CHECKS, SitePermanence
from proxirh.scheduling.models.places import ROOM, AgendaRules, MeetingPlace, Way
from proxirh.scheduling.models.roster import DutyPattern, LineRules, Reinforcement, Season
from proxirh.scheduling.models.sessions import CollectiveSession, SessionSeat, SessionTitle
from proxirh.scheduling.models.shifts import DutyShift, ShiftSwap
from proxirh.scheduling.models.visits import DeclineReason, VisitRequest

__all__ = [
    "ROOM",
    "ROOM_CHECKS",
    "SAID_BY_AGENT",
    "AgendaDay",
    "AgendaFeed",
    "AgendaRules",
    "Appointment",
    "Availability",
    "AvailabilityChange",
    "Cause",
    "CollectiveSession",
    "DeclineReason",
    "DutyPattern",
    "DutyShift",
    "Half",
    "HeldQuarter",
    "HeldTime",
    "Holder",
    "Lack",
    "LineRules",
    "Means",
    "MeetingPlace",
    "PhoneCall",
    "Promise",
    "PromiseRung",
    "PromiseStep",
    "Reinforcement",
    "Season",
    "SessionSeat",
    "SessionTitle",
    "ShiftSwap",
    "SitePermanence",
    "SlotAlarm",
    "TopicLength",
    "VisitRequest",
    "Way",
    "WhyCancelled",
]
