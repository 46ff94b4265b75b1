"""When somebody may be met, where, and what holds her time."""

from proxirh.scheduling.models.agenda import AgendaDay, HeldQuarter, HeldTime, Holder
from proxirh.scheduling.models.calls import Means, PhoneCall, Promise, PromiseRung, PromiseStep
from proxirh.scheduling.models.openings import Availability, AvailabilityChange
from proxirh.scheduling.models.places import AgendaRules, MeetingPlace, Way

__all__ = [
    "AgendaDay",
    "AgendaRules",
    "Availability",
    "AvailabilityChange",
    "HeldQuarter",
    "HeldTime",
    "Holder",
    "Means",
    "MeetingPlace",
    "PhoneCall",
    "Promise",
    "PromiseRung",
    "PromiseStep",
    "Way",
]
