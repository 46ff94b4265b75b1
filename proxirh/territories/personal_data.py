"""How the fields of territories are classified: places and rules are technical, what is counted of staff is statistic.

Mailboxes, addresses and telephones here belong to a service; those of a person stand on Person, encrypted.
"""

from proxirh.kernel.personal_data import Held, Registry, Subject, statistic, technical
from proxirh.territories.models import Absence, Posting, Training, WorkTie

FIELDS: Registry = {
    "Academy": technical(
        "id",
        "code",
        "slug",
        "name",
        "region",
        "school_zone",
        "opened_on",
        "first_answer_days",
        "contact_email",
        "contact_phone",
        "listening_cell",
        "listening_checked_on",
        "notice_reviewed",
        "concern_protocol",
    ),
    "Department": technical(
        "id", "code", "name", "academy", "time_zone", "holiday_calendar", "in_national_sample", "closed"
    ),
    "Basin": technical("id", "code", "name", "academy"),
    "Circonscription": technical("id", "code", "name", "department"),
    "Site": technical(
        "id",
        "uai",
        "name",
        "kind",
        "town",
        "postal_code",
        "search_text",
        "department",
        "basin",
        "circonscription",
        "mailbox",
        "own_time_zone",
        "is_open",
    ),
    "Division": technical("id", "site", "name"),
    "Topic": technical(
        "id",
        "code",
        "version",
        "branch",
        "label",
        "agent_label",
        "hint",
        "is_sensitive",
        "is_violence",
        "is_open",
        "position",
    ),
    "StaffCategory": technical("id", "code", "family", "label", "hint", "is_open", "position"),
    "Team": technical(
        "id",
        "uid",
        "kind",
        "name",
        "academy",
        "department",
        "is_listening",
        "email",
        "phone",
        "valid_from",
        "valid_until",
    ),
    "Coverage": technical(
        "id",
        "team",
        "academy",
        "department",
        "basin",
        "circonscription",
        "site",
        "categories",
        "topics",
        "valid_from",
        "valid_until",
    ),
    "SchoolHoliday": technical(
        "id", "academy", "department", "name", "population", "school_year", "valid_from", "valid_until"
    ),
    "Closure": technical(
        "id",
        "uid",
        "academy",
        "department",
        "reason",
        "valid_from",
        "valid_until",
        "declared_at",
        "withdrawn_at",
    ),
    "Partner": technical(
        "id",
        "uid",
        "academy",
        "departments",
        "topics",
        "name",
        "purpose",
        "address",
        "phone",
        "website",
        "hours",
        "confirmed_on",
        "confirmed_by",
        "withdrawn_on",
        "changed_at",
    ),
    "Posting": technical("id", "person", "academy", "department", "team", "site", "valid_from", "valid_until")
    | statistic("role", "profile", "working_share", "location"),
    "Absence": technical("id", "person", "valid_from", "valid_until"),
    "Deputy": technical("id", "person", "deputy", "academy", "valid_from", "valid_until"),
    "Training": technical("id", "person", "course", "since") | statistic("state"),
    "WorkTie": technical("id", "person", "kind", "site", "circonscription", "division", "valid_from", "valid_until"),
}


def held_about(subject: Subject) -> list[Held]:
    """What the service knows of the work of someone who serves in it: missions, absences, training, ties elsewhere."""
    mine = {"person_id": subject.person_id or 0}
    dates, places = ("valid_from", "valid_until"), ("site", "circonscription", "division")
    posted = ("role", "profile", "working_share", "location", "academy", "department", "team")
    missions = Posting.objects.filter(**mine).select_related("academy", "department", "team").order_by("pk")
    ties = WorkTie.objects.filter(**mine).select_related(*places).order_by("pk")
    return [
        Held(Posting, FIELDS["Posting"], list(missions), also=(*posted, *dates)),
        Held(Absence, FIELDS["Absence"], list(Absence.objects.filter(**mine).order_by("pk")), also=dates),
        Held(
            Training, FIELDS["Training"], list(Training.objects.filter(**mine).order_by("pk")), also=("state", "since")
        ),
        Held(WorkTie, FIELDS["WorkTie"], list(ties), also=("kind", *places, *dates)),
    ]
