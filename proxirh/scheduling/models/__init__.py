"""When somebody may be met, where, and what holds her time."""

from proxirh.scheduling.models.agenda import AgendaDay, HeldQuarter, HeldTime, Holder
from proxirh.scheduling.models.appointments import SAID_BY_AGENT, AgendaFeed, Appointment, TopicLength, WhyCancelled
from proxirh.scheduling.models.openings import Availability, AvailabilityChange
from proxirh.scheduling.models.permanences import ROOM_CHECKS, SitePermanence
from proxirh.scheduling.models.places import AgendaRules, MeetingPlace, Way
from proxirh.scheduling.models.sessions import CollectiveSession, SessionSeat, SessionTitle
from proxirh.scheduling.models.visits import DeclineReason, Half, VisitRequest

__all__ = [
    "ROOM_CHECKS",
    "SAID_BY_AGENT",
    "AgendaDay",
    "AgendaFeed",
    "AgendaRules",
    "Appointment",
    "Availability",
    "AvailabilityChange",
    "CollectiveSession",
    "DeclineReason",
    "Half",
    "HeldQuarter",
    "HeldTime",
    "Holder",
    "MeetingPlace",
    "SessionSeat",
    "SessionTitle",
    "SitePermanence",
    "TopicLength",
    "VisitRequest",
    "Way",
    "WhyCancelled",
]
