"""The territorial mesh, the nomenclatures, the teams and the people who serve in them: data with dates."""

from proxirh.territories.models.closures import Closure, Reason, SchoolHoliday
from proxirh.territories.models.nomenclature import StaffCategory, Topic
from proxirh.territories.models.partners import Partner
from proxirh.territories.models.places import Academy, Basin, Circonscription, Department, Division, Site
from proxirh.territories.models.staff import Absence, Deputy, Location, Posting, Profile, Role, Training, WorkTie
from proxirh.territories.models.teams import Coverage, Team, TeamKind, neutral_name

__all__ = [
    "Absence",
    "Academy",
    "Basin",
    "Circonscription",
    "Closure",
    "Coverage",
    "Department",
    "Deputy",
    "Division",
    "Location",
    "Partner",
    "Posting",
    "Profile",
    "Reason",
    "Role",
    "SchoolHoliday",
    "Site",
    "StaffCategory",
    "Team",
    "TeamKind",
    "Topic",
    "Training",
    "WorkTie",
    "neutral_name",
]
