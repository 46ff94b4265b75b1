"""When somebody may be met, where, and what holds her time."""

from proxirh.scheduling.models.agenda import AgendaDay, HeldQuarter, HeldTime, Holder
from proxirh.scheduling.models.appointments import SAID_BY_AGENT, AgendaFeed, Appointment, TopicLength, WhyCancelled
from proxirh.scheduling.models.openings import Availability, AvailabilityChange
from proxirh.scheduling.models.places import AgendaRules, MeetingPlace, Way

__all__ = [
    "SAID_BY_AGENT",
    "AgendaDay",
    "AgendaFeed",
    "AgendaRules",
    "Appointment",
    "Availability",
    "AvailabilityChange",
    "HeldQuarter",
    "HeldTime",
    "Holder",
    "MeetingPlace",
    "TopicLength",
    "Way",
    "WhyCancelled",
]
